"""A core with its memory on, and without PySide6: it must never need it.

The tests of this file share one core, because loading the embedder takes seconds.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nowprint.errors import NotFound, UserError
from nowprint.events import Answer, AnswerText, Progress, Recalled, Started
from nowprint.inspection import EpisodeFilter
from nowprint.records import Episode, EpisodeDetail, Kept, Source
from nowprint.service import client as module
from nowprint.service.protocol import (
    ChangeSettings,
    Doctor,
    EditEpisode,
    ForgetEpisodes,
    GetHead,
    GetSettings,
    ListMessages,
    LoadModel,
    MemoryStatistics,
    NotWorthKeeping,
    PinEpisodes,
    Prepare,
    PurgeForgotten,
    Remember,
    SearchEpisodes,
    ShowEpisode,
    UndoForget,
)
from nowprint.service.requests.memory import FindEpisodes
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

from .conftest import LONG, SECONDS, Front

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
WITHOUT_QT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6"):
            raise ModuleNotFoundError(f"{name} is not for the core")
sys.meta_path.insert(0, Missing())
"""
CORE = f"""{WITHOUT_QT}
import time
from pathlib import Path
from nowprint.__main__ import main
from nowprint.memory.embedding.embedder import Embedder
load = Embedder.load
def when_allowed(self):
    while not (Path(sys.argv[2]).parent / "embedder").exists():
        time.sleep(0.01)
    load(self)
Embedder.load = when_allowed
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def front(
    tmp_path_factory: pytest.TempPathFactory, starter_model: Path, embedder_folder: Path
) -> Iterator[Front]:
    profile = Profile(tmp_path_factory.mktemp("core") / "home")
    prepare_profile(profile)
    save_settings(profile, Settings(context=1024, temperature=0, answer_tokens=200))
    front = Front(profile)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            module,
            "core_command",
            lambda profile: [sys.executable, "-P", "-c", CORE, "core", str(profile.home)],
        )
        front.start(model=False)
    preparing = front.client.call(Prepare())
    # neither the inspector nor the model waits for the embedder
    assert front.ask(FindEpisodes()).total == 0
    assert front.ask(LoadModel()).name == starter_model.stem
    assert not preparing.done()
    (profile.home.parent / "embedder").touch()
    preparing.result(SECONDS)
    yield front
    front.close()


def short(front: Front, tokens: int = 8) -> None:
    front.ask(ChangeSettings(replace(front.ask(GetSettings()), answer_tokens=tokens)))


def episodes(front: Front) -> tuple[Episode, ...]:
    found: tuple[Episode, ...] = front.ask(FindEpisodes(sort="oldest")).episodes
    return found


def test_qt_really_cannot_be_imported_there() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"{WITHOUT_QT}import PySide6.QtCore"], capture_output=True, text=True
    )
    assert "ModuleNotFoundError: PySide6 is not for the core" in ended.stderr


def test_what_takes_a_while_was_told(front: Front, starter_model: Path) -> None:
    told: dict[str, list[float | None]] = {}
    for event in front.announced:
        assert isinstance(event, Progress)
        told.setdefault(event.task, []).append(event.fraction)
    assert set(told) == {
        "Loading the memory",
        f"Loading {starter_model.name}",
    }
    assert all(fractions[-1] == 1.0 for fractions in told.values())


def test_a_fact_told_to_one_conversation_comes_back_in_another(front: Front) -> None:
    short(front)
    first = front.begin(CAT)
    answer = first.future.result(SECONDS)
    assert [type(e) for e in first.events if not isinstance(e, AnswerText | Progress)] == [
        Started, Recalled, Answer,
    ]  # fmt: skip
    (kept,) = front.until_stored(first.started.message)
    assert (kept.episode.text, kept.reinforced) == (CAT, False)

    second = front.begin("What does my cat need to eat?").future.result(SECONDS)
    assert kept.episode.id in second.sources

    detail: EpisodeDetail = front.ask(ShowEpisode(kept.episode.id))
    (source,) = detail.sources
    assert source.message.id == first.started.message.id
    assert "".join(CAT[t.start : t.end] for t in source.tokens) == CAT
    assert [m.index for m in detail.why.moments] == [m.index for m in kept.why.moments] != []
    for told, stored in zip(kept.why.contributions, detail.why.contributions, strict=True):
        assert told.feature == stored.feature
        assert stored.contribution == pytest.approx(told.contribution, abs=0.01)
    assert [message.id for message in detail.answers] == [second.message.id]
    assert answer.sources == ()


def test_the_inspector_works_while_the_model_writes(front: Front) -> None:
    short(front, 200)
    writing = front.begin(LONG)
    writing.until_tokens(2)
    kept: Kept = front.ask(Remember("The blue door's code is 7214."))
    id = kept.episode.id
    assert front.ask(SearchEpisodes("Which code opens the door?"))[0].episode.id == id
    assert front.ask(EditEpisode(id, "The red door's code is 9093.")).edited
    assert front.ask(PinEpisodes((id,), True))[0].pinned
    assert front.ask(FindEpisodes(EpisodeFilter("red", pinned_only=True))).total == 1
    assert front.ask(ForgetEpisodes((id,))) == 1
    with pytest.raises(NotFound):
        front.ask(ShowEpisode(id))
    assert front.ask(UndoForget((id,))) == 1
    assert front.ask(MemoryStatistics()).pinned == 1
    assert not writing.future.done()
    front.client.stop()
    answer = writing.future.result(SECONDS)
    assert id not in answer.sources  # it was not there yet when the prompt was made
    assert front.ask(ForgetEpisodes((id,))) == 1


def test_what_was_chosen_in_a_message_is_kept_with_its_place(front: Front) -> None:
    short(front)
    answer = front.begin("What is a heron?").future.result(SECONDS)
    chosen = answer.message.text[2:20]
    kept: Kept = front.ask(Remember(chosen, answer.message.id, 2, 20))
    assert kept.episode.kind == "remembered"
    message = answer.message
    place = Source(message.id, message.conversation_id, "assistant", 2, 20)
    assert kept.episode.sources == (place,)
    taught = front.ask(GetHead()).worth
    asked, _ = front.ask(ListMessages(message.conversation_id))
    front.ask(Remember(asked.text, asked.id, 0, len(asked.text)))
    assert front.ask(GetHead()).worth == taught + 1
    with pytest.raises(NotFound):
        front.ask(Remember("x", 9999, 0, 1))


def test_forgetting_what_is_not_there_forgets_and_teaches_nothing(front: Front) -> None:
    short(front)
    told = front.begin("My brother Tomas breeds Merino sheep in Patagonia.")
    told.future.result(SECONDS)
    (kept,) = front.until_stored(told.started.message)
    id = kept.episode.id
    before = front.ask(GetHead())
    for request in (ForgetEpisodes, NotWorthKeeping):
        with pytest.raises(NotFound, match="There is no episode 9999"):
            front.ask(request((id, 9999)))
    assert front.ask(GetHead()) == before
    assert front.ask(ForgetEpisodes((id,))) == 1
    taught = front.ask(GetHead())
    assert taught.not_worth == before.not_worth + 1
    with pytest.raises(NotFound, match=f"There is no episode {id}"):
        front.ask(ForgetEpisodes((id,)))
    with pytest.raises(NotFound, match=f"There is no episode {id}"):
        front.ask(PinEpisodes((id,), True))
    assert front.ask(GetHead()) == taught
    assert front.ask(UndoForget((id,))) == 1
    assert front.ask(GetHead()) == before

    front.ask(ForgetEpisodes((id,)))
    front.ask(PurgeForgotten())
    assert front.ask(UndoForget((id,))) == 0
    assert front.ask(GetHead()) == taught


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_nothing_is_not_kept(front: Front, text: str) -> None:
    before = episodes(front)
    with pytest.raises(UserError, match="nothing to remember"):
        front.ask(Remember(text))
    assert episodes(front) == before


def test_a_place_outside_the_message_is_drawn_into_it(front: Front) -> None:
    short(front)
    answer = front.begin("What is a heron?").future.result(SECONDS).message
    size = len(answer.text)
    for n, (start, end, place) in enumerate(
        [(-1, 4, (0, 4)), (4, 2, (4, 4)), (0, 9999, (0, size)), (9998, 9999, (size, size))]
    ):
        text = f"The heron of lake {n} is called {'ABCD'[n]}nna."
        kept: Kept = front.ask(Remember(text, answer.id, start, end))
        (source,) = kept.episode.sources
        assert (source.start, source.end) == place


def test_what_is_chosen_in_a_temporary_conversation_names_no_message(front: Front) -> None:
    short(front)
    conversation = front.new(temporary=True)
    said = front.begin("I collect thimbles from Braga.", conversation).future.result(SECONDS)
    user = front.ask(ListMessages(conversation))[0]
    kept: Kept = front.ask(Remember("I collect thimbles.", user.id, 0, 17))
    assert kept.episode.sources == ()
    assert said.sources == ()


def test_a_request_that_waits_does_not_wait_for_the_judging(front: Front) -> None:
    short(front, 60)
    first = front.begin(f"My brother Aurelio repairs organs in Bergamo. {LONG}")
    first.until_tokens(2)
    second = front.begin("What is a heron?")
    assert first.future.result(SECONDS).finish == "length"
    assert front.until_stored(first.started.message) == ()
    second.future.result(SECONDS)
    (kept,) = front.until_stored(first.started.message)
    assert "Aurelio" in kept.episode.text


def test_doctor_finds_nothing_wrong(front: Front) -> None:
    findings = front.ask(Doctor())
    assert len(findings) > 8
    assert [finding for finding in findings if not finding.ok] == []
    assert {"llama.cpp", "disk", "chosen model"} <= {finding.check for finding in findings}


def test_the_log_holds_no_text(front: Front) -> None:
    log = front.profile.log.read_text(encoding="utf-8")
    for text in ("Pickwick", "door", "thimble", "heron"):
        assert text not in log


def test_a_copy_of_the_database_alone_has_what_was_kept(front: Front, tmp_path: Path) -> None:
    key = "The spare key is under the blue flowerpot."
    front.ask(Remember(key))
    copy = tmp_path / "memory.db"
    until = time.monotonic() + SECONDS
    found: list[str] = []
    while key not in found:
        assert time.monotonic() < until, found
        time.sleep(0.2)
        shutil.copyfile(front.profile.database, copy)  # as people do it, without the log beside it
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            found = [row[0] for row in connection.execute("SELECT text FROM episode")]
