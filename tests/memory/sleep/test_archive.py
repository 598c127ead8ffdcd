"""The archive: recall leaves it alone, the user's searches find it, and what the user says brings it back."""

from __future__ import annotations

import random
from dataclasses import asdict
from pathlib import Path

import pytest

from nowprint.inspection import EpisodeFilter, ExportOptions, Forgetting
from nowprint.language.dates import DAY
from nowprint.memory.sleep import archive
from nowprint.memory.sleep.archive import Due
from nowprint.records import INFLUENTIAL_NATS

from ..conftest import CELLO, Draft, Profiled
from ..files.conftest import bring, export, lines
from ..marked import STORED, Clock, forms, found, marker, open_memory, tell
from ..talked import BOILER, CAT, CODE, Talk

ASKED = "What does my cat need to eat?"
NONE = {"archive_below": 0.0, "most_episodes": 0, "most_megabytes": 0}


def indexed(home: Profiled | Talk) -> frozenset[int]:
    return home.memory._index_sync.opened().ids()


def healthy(home: Profiled | Talk) -> None:
    assert [finding for finding in home.memory.findings(False) if not finding.ok] == []


def due(talk: Talk, **bounds: float) -> list[tuple[int, str]]:
    found = talk.memory.archive.due(**{**NONE, **bounds}, now=talk.clock.now)  # type: ignore[arg-type]
    return [(one.id, one.reason) for one in found]


# --- in the archive ------------------------------------------------------------------------------


def test_an_archived_episode_is_searched_and_not_recalled(
    home: Profiled, make_draft: Draft
) -> None:
    home.turn(make_draft, CAT, CELLO)
    memory = home.memory
    assert [one.episode.id for one in memory.retrieval.recall(ASKED, limit=3)] == [1]
    assert memory.archive.archive([1, 9]) == (1,)
    assert memory.archive.archive([1]) == ()
    assert (memory.archive.counts(), indexed(home)) == ((1, 1), {2})
    for again in range(2):
        assert memory.retrieval.recall(ASKED, limit=3) == ()
        assert memory.retrieval.gather("my cat Pickwick").ranked()[0].id == 2
        found = memory.retrieval.search("my cat's illness", 1)
        assert [(one.episode.id, one.episode.archived) for one in found] == [(1, True)]
        assert memory.about(ASKED, 3)[0].episode.id == 1, "the user may want to forget it"
        assert [one.id for one in memory.past.find("phosphorus", ()).episodes] == [1]
        for filter, ids in (
            (EpisodeFilter(), (2, 1)),
            (EpisodeFilter("Pickw"), (1,)),
            (EpisodeFilter(archived=True), (1,)),
            (EpisodeFilter("cello", archived=True), ()),
            (EpisodeFilter(meaning="things about my pet's health"), (1,)),
        ):
            assert memory.query.ids(filter) == ids, filter
        healthy(home)
        if not again:
            home.reopen()
            memory = home.memory
    assert memory.archive.bring_back([1, 2]) == (1,)
    assert [one.episode.id for one in memory.retrieval.recall(ASKED, limit=3)] == [1]
    assert (memory.archive.counts(), indexed(home)) == ((2, 0), {1, 2})
    healthy(home)
    history = [line.action for line in memory.detail(1).history]
    assert history == ["kept", "archived", "brought back"]


def test_neither_a_pinned_episode_is_archived_nor_one_that_is_not_recalled(talk: Talk) -> None:
    cat, boiler, code = (talk.say(text)[0] for text in (CAT, BOILER, CODE))
    talk.memory.pin([cat], True)
    talk.memory.forget([boiler])
    with talk.store.database.writing() as connection:
        connection.execute("UPDATE episode SET held_back = 'it gives orders' WHERE id = ?", [code])
    assert talk.memory.archive.archive([cat, boiler, code]) == ()


@pytest.mark.parametrize("open_again", [False, True])
def test_saying_it_again_pinning_and_editing_bring_it_back(talk: Talk, open_again: bool) -> None:
    ids = [talk.say(text)[0] for text in (CAT, BOILER, CODE)]
    assert talk.memory.archive.archive(ids) == tuple(ids)
    if open_again:
        talk.reopen()
    assert talk.say(CAT)[0] == ids[0]
    assert talk.memory.pin([ids[1]], True)[0].archived is False
    assert talk.memory.edit(ids[2], "The code of the garage is 12.").archived is False
    assert indexed(talk) == set(ids)
    assert talk.memory.archive.counts() == (3, 0)
    for id in ids:
        assert "brought back" in [line.action for line in talk.memory.detail(id).history]
    healthy(talk)


def test_without_an_embedder_words_find_what_is_said_again(talk: Talk) -> None:
    cat = talk.say(CAT)[0]
    talk.memory.archive.archive([cat])
    (kept,) = talk.memory._writer.drafts([talk.draft(CAT)], None, None, talk.clock.now)[0]
    assert (kept.episode.id, kept.reinforced, kept.episode.archived) == (cat, True, False)


def test_its_words_are_found_by_the_doctor(talk: Talk) -> None:
    talk.memory.archive.archive([talk.say(CAT)[0]])
    with talk.store.database.writing() as connection:
        connection.execute("INSERT INTO archive_search (archive_search) VALUES ('delete-all')")
    assert [one.check for one in talk.memory.findings(False) if not one.ok] == ["words"]
    assert all(one.ok for one in talk.memory.findings(True))
    assert talk.memory.query.ids(EpisodeFilter("phosphorus")) == (1,)


# --- forgetting and files ------------------------------------------------------------------------


def test_undo_of_forgetting_keeps_the_mark(talk: Talk) -> None:
    cat, boiler = talk.say(CAT)[0], talk.say(BOILER)[0]
    talk.memory.archive.archive([cat])
    talk.memory.forget([cat, boiler])
    assert talk.there() == set()
    assert talk.memory.undo_forget([cat, boiler]) == 2
    assert indexed(talk) == {boiler}
    assert talk.memory.query.ids(EpisodeFilter(archived=True)) == (cat,)
    healthy(talk)


def test_no_byte_of_a_forgotten_one_is_left(tmp_path: Path) -> None:
    """Neither of one that was archived when it was forgotten, nor of one that had been brought back."""
    folder = tmp_path / "profile"
    memory = open_memory(folder, Clock())
    chance = random.Random(5)
    chat = memory._store.create_conversation().id
    told = [tell(memory, number, chance, chat) for number in range(40)]
    wanted = [forms(memory, one) for one in told]
    ids = [one.id for one in told]
    memory.archive.archive(ids[:20])
    assert memory.backups is not None
    memory.backups.make()
    memory.archive.bring_back(ids[10:20])
    memory.close()
    memory = open_memory(folder, Clock())
    there = found(folder, wanted[:20])
    assert all({*STORED, "full text"} <= {where.split(" in ")[0] for where in one} for one in there)
    gone = (*ids[:5], *ids[10:15])
    memory.forgetting.forget(Forgetting(gone), messages=True, answers=True)
    assert memory.purge(all=True) == 10
    (receipt,) = memory.purging.receipts.all()
    assert [one for one in receipt.checks if one.hits] == []
    assert memory.query.ids(EpisodeFilter(archived=True)) == tuple(reversed(ids[5:10]))
    assert all(finding.ok for finding in memory.findings(False))
    memory.close()
    assert [where for where in found(folder, wanted[:5] + wanted[10:15]) if where] == []
    assert all(found(folder, wanted[5:10] + wanted[15:]))


def test_a_memory_file_carries_the_mark(home: Profiled, make_draft: Draft, tmp_path: Path) -> None:
    home.turn(make_draft, CAT, CELLO)
    home.memory.archive.archive([1])
    export(home, tmp_path / "a.nowprint")
    for name, form, said in (("a.md", "markdown", "(archived)"), ("a.csv", "csv", ",yes\n")):
        path = tmp_path / name
        home.memory.files.export(str(path), EpisodeFilter(), ExportOptions(form))
        assert path.read_text(encoding="utf-8").count(said) == 1
    archived, active = lines(tmp_path / "a.nowprint", "episodes.jsonl")
    assert archived["archived"] > archived["created"]
    assert "archived" not in active
    home.memory.forget([1, 2])
    home.memory.purge(all=True)
    bring(home, tmp_path / "a.nowprint", ("forgotten", "import"))
    assert home.memory.query.ids(EpisodeFilter(archived=True)) == (3,)
    assert indexed(home) == {4}
    healthy(home)


# --- what is due ---------------------------------------------------------------------------------


def test_nothing_is_due_unless_a_bound_says_so(talk: Talk) -> None:
    for text in (CAT, BOILER, CODE):
        talk.say(text)
    talk.clock.now += 3650 * DAY
    assert due(talk) == []
    assert due(talk, most_episodes=3, most_megabytes=1) == []
    assert len(due(talk, archive_below=0.5)) == 3


def test_what_leaves_first(talk: Talk) -> None:
    old = talk.say("I work at the harbour.")[0]
    over = talk.say("I'm on holiday until the 20th of November 2023.")[0]
    dull = talk.say(BOILER)[0]
    asked = talk.memory.keep(talk.draft(CODE, kind="remembered", salience=0.1)).episode.id
    new = talk.say("I work at the theatre.")[0]
    pinned = talk.say(CELLO)[0]
    dear = talk.say(CAT)[0]
    talk.memory.pin([pinned], True)
    with talk.store.database.writing() as connection:
        connection.execute("UPDATE episode SET replaces = ? WHERE id = ?", [old, new])
        connection.execute("UPDATE episode SET salience = 0.2 WHERE id = ?", [dull])
        connection.execute("UPDATE episode SET salience = 0.99 WHERE id = ?", [dear])
        connection.execute("UPDATE episode SET salience = 0.9 WHERE id = ?", [old])
    talk.clock.now += 30 * DAY
    order = [
        (old, "replaced"), (over, "over"), (dull, "faded"), (new, "faded"), (dear, "faded"),
        (asked, "faded"),
    ]  # fmt: skip
    assert due(talk, most_episodes=1) == order
    for left in range(2, 7):
        assert due(talk, most_episodes=left) == order[: 7 - left]
    assert due(talk, archive_below=0.95) == order[:-1], "what was asked for fades slower"
    (first, *_) = talk.memory.archive.due(**{**NONE, "most_episodes": 6}, now=talk.clock.now)  # type: ignore[arg-type]
    assert asdict(first) == asdict(Due(old, pytest.approx(0.9), "replaced"))
    talk.memory.archive.archive([old, over])
    assert due(talk, most_episodes=5) == []
    assert due(talk, most_episodes=4) == order[2:3]


def test_the_budget_in_bytes(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(3)
    for _ in range(30):
        talk.say(f"My {marker(chance)} is in the {marker(chance)}.")
    monkeypatch.setattr(archive, "MEGABYTE", 10_000)
    whole = talk.memory.archive.bytes()
    assert 3 * 10_000 < whole < 6 * 10_000
    ids = [id for id, _ in due(talk, most_megabytes=2)]
    talk.memory.archive.archive(ids)
    assert 20_000 - whole / 30 < talk.memory.archive.bytes() <= 20_000


def test_the_bytes_are_measured_again_only_when_the_number_has_changed(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(4)

    def say() -> int:
        return talk.say(f"My {marker(chance)} is in the {marker(chance)}.")[0]

    for _ in range(60):
        say()
    measured = []
    measure = talk.memory.archive._measure

    def counting() -> int:
        measured.append(measure())
        return measured[-1]

    monkeypatch.setattr(talk.memory.archive, "_measure", counting)
    whole = talk.memory.archive.bytes()
    assert [whole, talk.memory.archive.bytes()] == measured * 2
    say()
    assert (talk.memory.archive.bytes(), len(measured)) == (whole * 61 // 60, 1)
    last = say()
    assert [whole, talk.memory.archive.bytes()] == measured
    talk.memory.archive.archive(range(1, last + 1))
    assert talk.memory.archive.bytes() == 0


def test_influence_and_confirming_slow_fading_and_recall_does_not(talk: Talk) -> None:
    said = [talk.say(text)[0] for text in (CAT, BOILER, CODE, CELLO)]
    cat, boiler, code, cello = said
    talk.clock.now += 20 * DAY
    for _ in range(3):
        talk.say("And now something else.", recalled=cello)
    answer = talk.say("What else is there?", recalled=boiler)[2]
    talk.memory.measurements.set_influence(answer.id, {boiler: INFLUENTIAL_NATS})
    with talk.store.database.writing() as connection:
        at = [talk.clock.now, answer.id]
        connection.execute("UPDATE message SET created = ? WHERE id = ?", at)
    talk.say(CODE)
    talk.clock.now += 30 * DAY

    def left(*ids: int) -> list[float]:
        found = talk.memory.retrieval.gather("What about it all?").candidates
        there = {one.id: one.retrievability for one in found}
        return [there[id] for id in ids]

    never, recalled, mattered, again = left(cat, cello, boiler, code)
    assert never == recalled == pytest.approx((1 + 19 / 81 * 50 / 30) ** -0.5)
    assert mattered == pytest.approx((1 + 19 / 81 * 30 / 60) ** -0.5)
    assert again == pytest.approx((1 + 19 / 81 * 30 / 150) ** -0.5)
    talk.memory.pin([cat], True)
    assert left(cat) == [1.0]
    gathered = talk.memory.retrieval.gather("What about it all?").ranked()
    parts = {one.id: dict(one.parts) for one in gathered}
    assert "faded" not in parts[cat]
    assert parts[cello]["faded"] < parts[code]["faded"] < 0.0
