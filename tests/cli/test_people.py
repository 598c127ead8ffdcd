"""``nowprint memory people [NAME]``."""

from __future__ import annotations

import json

import pytest

from nowprint.people_records import Name, NameList, NamePage, PlainFact, Together, ToldOf
from nowprint.service.requests.people import AskFacts, GetNamePage, ListNames

from .conftest import episode

MARTA = Name("marta", "Marta", "person", "sister", 2, 1.7e9, 1.7e9 + 86_400, page=True)
PORTO = Name("porto", "Porto", "place", "", 1, 1.7e9, 1.7e9, page=False)
NOW, BEFORE = episode(5, "Marta lives in Braga now."), episode(4, "Marta lives in Porto.")
PAGE = NamePage(
    MARTA,
    ("My sister",),
    ("sister",),
    (ToldOf(NOW, BEFORE),),
    (5,),
    (Together("porto", "Porto", 1),),
    (PlainFact("lives in", "Braga", NOW.text, 5, NOW.created),),
)


def test_all_names(core, run) -> None:
    core.replies[ListNames] = NameList((MARTA, PORTO))
    status, out, _ = run("memory", "people")
    assert status == 0
    assert [line.split()[-1] for line in out.splitlines()] == ["name", "Marta", "Porto"]
    assert "your sister" in out
    assert core.requests[-1] == ListNames("")


def test_one_of_them(core, run) -> None:
    core.replies[AskFacts] = ()
    core.replies[ListNames] = NameList((MARTA,))
    core.replies[GetNamePage] = PAGE
    status, out, _ = run("memory", "people", "marta")
    assert status == 0
    assert core.requests[-2:] == [ListNames("marta"), GetNamePage("marta")]
    for part in ("Marta", "your sister", "My sister", "Porto 1", "lives in", "#5", "before: Marta"):
        assert part in out


@pytest.mark.parametrize("said", ["", "marta"])
def test_as_json(core, run, said: str) -> None:
    core.replies[AskFacts] = ()
    core.replies[ListNames] = NameList((MARTA,) if said else (MARTA, PORTO))
    core.replies[GetNamePage] = PAGE
    _, out, _ = run("memory", "people", *([said] if said else []), "--json")
    told = json.loads(out)
    if said:
        assert told["facts"][0]["sentence"] == NOW.text
        assert told["told"][0]["before"]["id"] == 4
    else:
        assert [name["key"] for name in told["names"]] == ["marta", "porto"]


@pytest.mark.parametrize("json_wanted", [False, True])
def test_a_question_is_answered(core, run, json_wanted: bool) -> None:
    core.replies[AskFacts] = (
        PlainFact("lives in", "Braga", NOW.text, 5, NOW.created, whose="Marta"),
    )
    said = ("memory", "people", "Where does Marta live?", *(["--json"] if json_wanted else []))
    status, out, _ = run(*said)
    assert status == 0
    assert core.requests[-1] == AskFacts("Where does Marta live?")
    if json_wanted:
        assert json.loads(out)["facts"][0]["value"] == "Braga"
    else:
        for part in ("Braga", "Marta, lives in", "1970-01-01", "#5", NOW.text):
            assert part in out


def test_a_name_that_is_not_told_of(core, run) -> None:
    core.replies[AskFacts] = ()
    core.replies[ListNames] = NameList(())
    status, _, err = run("memory", "people", "nobody")
    assert status == 1
    assert "nobody" in err
    assert run("memory", "people")[:2] == (0, "No names yet.\n")
