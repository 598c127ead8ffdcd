"""``nowprint persona``, and who answers in ``nowprint chat``."""

from __future__ import annotations

import json
from pathlib import Path

from nowprint.inspection import Project
from nowprint.persona_records import Persona
from nowprint.records import NewConversation
from nowprint.service.protocol import Send
from nowprint.service.requests.memory import ListProjects
from nowprint.service.requests.personas import DeletePersona, ListPersonas, PutPersona

PIRATE = Persona(
    3, "Pirate", "You are\na pirate.", "/models/their.gguf", {"top_k": 4}, "project", 7
)
SEA = Project(7, "Sea", 0, 0)


def known(core) -> None:
    core.replies |= {ListPersonas: (PIRATE,), ListProjects: (SEA,)}


def test_they_are_listed_and_shown(core, run) -> None:
    known(core)
    assert "Pirate   their.gguf  project   You are a pirate." in run("persona", "list")[1]
    status, out, _ = run("persona", "show", "PIRATE")
    assert status == 0
    assert out.splitlines()[:4] == [
        *("Pirate", "model: /models/their.gguf", "memories: those of Sea", "top k: 4"),
    ]
    (told,) = json.loads(run("persona", "list", "--json")[1])
    assert (told["name"], told["sampling"]) == ("Pirate", {"top_k": 4})
    core.replies[ListPersonas] = ()
    assert run("persona", "list")[1] == "There is no persona yet.\n"


def test_one_is_added_with_its_model_and_its_memories(core, run, tmp_path: Path) -> None:
    known(core)
    core.replies[PutPersona] = PIRATE
    file = str(tmp_path / "m.gguf")
    assert (
        run("persona", "add", "Cook", "--system", "Cook.", "--model", file, "--project", "sea")[0]
        == 0
    )
    assert run("persona", "add", "Cook", "--no-memories")[0] == 0
    assert [one.persona for one in core.requests if isinstance(one, PutPersona)] == [
        Persona(0, "Cook", "Cook.", file, {}, "project", 7),
        Persona(0, "Cook", memories="none"),
    ]
    status, _, err = run("persona", "add", "Cook", "--project", "Land")
    assert (status, err) == (1, "nowprint: There is no project “Land”.\n")


def test_one_is_removed_by_its_name(core, run) -> None:
    known(core)
    core.replies[DeletePersona] = None
    assert run("persona", "remove", "pirate")[0] == 0
    assert core.requests[-1] == DeletePersona(3)
    status, _, err = run("persona", "remove", "Cook")
    assert status == 1
    assert "There is no persona “Cook”" in err


def test_one_answers_in_a_chat(core, run) -> None:
    known(core)
    assert run("chat", "--persona", "pirate", "--say", "One")[0] == 0
    assert core.requests[-1] == Send(NewConversation(persona=3), "One")
    assert run("chat", "--persona", "Cook", "--say", "One")[0] == 1
