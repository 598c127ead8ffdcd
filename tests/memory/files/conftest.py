"""Memory files over the real store, with an embedder that takes no time; and profiles to compare."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from nowprint.errors import MemoryFileError
from nowprint.inspection import EpisodeFilter, Exported, ExportOptions
from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.files.staging import Contents
from nowprint.memory.formats.task import Work
from nowprint.memory.storage.episode_codec import FloatArray
from nowprint.records import (
    Alternative,
    Contribution,
    EpisodeDraft,
    Message,
    Moment,
    Signature,
    Source,
    TokenScore,
    Trigger,
    Why,
)
from nowprint.settings import Profile

from ..conftest import Profiled

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
RENT = "The rent is 950 euros.\nHeating is extra."
STRANGE = "مرحبا 👩‍👩‍👧 naïve <b>bold</b>'; DROP TABLE episode; -- ]]> ${x}"


class Hashed(Embedder):
    """A vector for each text that nothing but the text decides."""

    def __init__(self, name: str = "hashed", dimension: int = 32) -> None:
        self.name = name
        self.dimension = dimension
        self.texts = 0
        """How many were embedded."""

    def load(self) -> None:
        """There is nothing to load."""

    def embed(self, texts: Sequence[str]) -> FloatArray:
        self.texts += len(texts)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            seed = hashlib.sha256(f"{self.name} {text}".encode()).digest()
            chance = np.random.default_rng(int.from_bytes(seed[:8], "little"))
            vector = chance.normal(size=self.dimension)
            vectors[row] = vector / np.linalg.norm(vector)
        return vectors


@pytest.fixture(scope="session")
def embedder() -> Hashed:
    return Hashed()


@pytest.fixture
def home(profile: Profile, embedder: Hashed) -> Iterator[Profiled]:
    """Without the encoder: whether a telling changes another is no matter of files."""
    home = Profiled(profile, embedder)
    yield home
    home.memory.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Profiled]]:
    """More profiles, by their names."""
    homes: list[Profiled] = []

    def open_one(name: str, embedder: Embedder | None = None) -> Profiled:
        homes.append(Profiled(Profile(tmp_path / name), embedder or Hashed()))
        return homes[-1]

    yield open_one
    for home in homes:
        home.memory.close()


def tell(home: Profiled, *texts: str, answer: str = "Okay.") -> tuple[int, ...]:
    """A conversation in which each of the texts is said and kept; the episodes' ids."""
    store, memory = home.store, home.memory
    conversation = store.create_conversation().id
    ids = []
    for text in texts:
        message = store.add_message(conversation, "user", text)
        store.add_message(conversation, "assistant", answer, model="tiny")
        memory.hear(message.id, trace_of(text), {})
        (kept,) = memory.judge(message.id, None, (), [draft_of(text, message)])
        ids.append(kept.episode.id)
    return tuple(ids)


def trace_of(text: str) -> list[TokenScore]:
    """A token a word, some of them surprising."""
    scores, at = [], 0
    for number, word in enumerate(text.split(" ")):
        end = at + len(word)
        top = (Alternative(17, "dog", 0.31), Alternative(99, " 🐈", 0.0787)) if number % 2 else ()
        surprisal = 6.789 if number % 2 else 0.123
        scores.append(TokenScore(number, word, at, end, surprisal, 3.1, 1.7, 0.4, top))
        at = min(end + 1, len(text))
    return scores


def draft_of(text: str, message: Message) -> EpisodeDraft:
    signature = Signature((7, 70_000, 12), (0.51, 0.249, 0.0039), 2.5172, 1.5, "c0ffee")
    triggers = (Trigger("surprisal", 9.513, 6.25), Trigger("kl", 3.3333, 3.1))
    moments = (Moment(message.id, 3, text.rsplit(maxsplit=1)[-1], triggers, signature),)
    why = Why(
        0.7312,
        0.5,
        -1.1,
        (Contribution("words", 12.0, 0.7), Contribution("names", 1, 0.2)),
        moments,
    )
    source = Source(message.id, message.conversation_id, "user", 0, len(text))
    return EpisodeDraft(text, text.split("\n", maxsplit=1)[0], "captured", 0.7312, why, (source,))


def fill(home: Profiled) -> None:
    """A bit of everything that an episode may have."""
    memory = home.memory
    cat, rent, strange = tell(home, CAT, RENT, STRANGE)
    old, new = tell(home, "I live in Porto.", "I moved to Braga.")
    flat, garden = tell(home, "The flat has two rooms.", "The garden has a plum tree.")
    long, gone = tell(home, "First this. Then that.", "This will be forgotten.")
    memory.pin([cat, strange], True)
    memory.edit(rent, "The rent is 990 euros.")
    memory.editing.merge([flat, garden], "The flat has two rooms and a plum tree.")
    memory.editing.split(long, [12])
    home_project = memory.projects.create("Home")
    memory.projects.move([rent], home_project.id)
    with home.store.database.writing() as connection:
        connection.execute("UPDATE episode SET replaces = ? WHERE id = ?", [old, new])
    (found,) = memory.query.page(EpisodeFilter(ids=(cat,)), "newest", 0, 1).episodes
    asked = home.store.create_conversation().id
    answer = home.store.add_message(asked, "assistant", "", state="writing")
    memory.finish_turn(
        answer_id=answer.id,
        answer_text="The low phosphorus food.",
        state="complete",
        traces={},
        baselines={},
        recollections=[recollected(found)],
        pinned=(),
    )
    memory.forget([gone])
    memory.purge(all=True)


def recollected(episode: Any) -> Any:
    from nowprint.records import Recollection

    return Recollection(episode, 0.8, (("words", 0.8),))


def export(home: Profiled, path: Path, **options: Any) -> Exported:
    return home.memory.files.export(str(path), EpisodeFilter(), ExportOptions(**options))


def bring(home: Profiled, path: Path, *choices: Any, read: bool = False) -> int:
    """The import's id."""
    files = home.memory.files
    review = files.review(str(path), "")
    return files.apply(review.id, choices, read=read).id


def chats_of(contents: Contents) -> list[Chat]:
    assert contents.chats is not None
    work = Work("Reading", lambda _: None, Event())
    return list(contents.chats.source.chats(work))


def lines(path: Path, part: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        return [json.loads(line) for line in archive.read(part).splitlines()]


def rows(home: Profiled) -> str:
    """All that the database holds."""
    with home.store.database.reading() as connection:
        return "\n".join(connection.iterdump())


# --- files that are refused ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    home = Profiled(Profile(folder), Hashed())
    fill(home)
    export(home, folder / "whole.nowprint")
    home.memory.close()
    return (folder / "whole.nowprint").read_bytes()


@pytest.fixture
def refused(opened: Callable[..., Profiled], tmp_path: Path) -> Callable[[bytes], str]:
    """The sentence with which a file is refused; nothing has changed."""
    home = opened("refusing")
    home.memory.prepare()

    def review(data: bytes) -> str:
        path = tmp_path / "hostile.nowprint"
        path.write_bytes(data)
        before = {p.name: p.read_bytes() for p in home.profile.home.iterdir() if p.is_file()}
        with pytest.raises(MemoryFileError) as told:
            home.memory.files.review(str(path), "")
        after = {p.name: p.read_bytes() for p in home.profile.home.iterdir() if p.is_file()}
        assert before == after
        sentence = str(told.value)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        return sentence

    return review
