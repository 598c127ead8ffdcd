"""What the memory's tests share: the real embedder, loaded once, drafts to keep, and a profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nowprint.events import Notice, Progress
from nowprint.inspection import EpisodeFilter
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import (
    Alternative,
    Contribution,
    EpisodeDraft,
    EpisodeKind,
    Message,
    Moment,
    Recollection,
    Signature,
    Source,
    TokenScore,
    Trigger,
    Why,
)
from nowprint.settings import Profile

if TYPE_CHECKING:
    from .talked import Talk

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
CELLO = "My sister Marta plays the cello in Porto."
Draft = Callable[..., EpisodeDraft]


@pytest.fixture(scope="session")
def make_draft() -> Callable[..., EpisodeDraft]:
    """A draft of a text, read from a message if one is given."""

    def make(
        text: str,
        message: Message | None = None,
        *,
        kind: EpisodeKind = "captured",
        salience: float = 0.8,
    ) -> EpisodeDraft:
        sources: tuple[Source, ...] = ()
        moments: tuple[Moment, ...] = ()
        if message is not None:
            start = message.text.index(text)
            place = (message.id, message.conversation_id, message.role, start, start + len(text))
            sources = (Source(*place),)
            signature = Signature((7, 70_000), (0.5, 0.25), 2.5, 1.5, "c0ffee")
            trigger = Trigger("surprisal", 9.5, 6.25)
            moments = (Moment(message.id, 3, text.rsplit(maxsplit=1)[-1], (trigger,), signature),)
        why = Why(salience, 0.5, -1.0, (Contribution("words", 12.0, 0.7),), moments)
        return EpisodeDraft(text, text, kind, salience, why, sources)

    return make


class Profiled:
    """A memory in a profile folder, that can be opened again."""

    def __init__(
        self, profile: Profile, embedder: Embedder, encoder: Embedder | None = None
    ) -> None:
        profile.home.mkdir(exist_ok=True)
        self.profile = profile
        self.embedder = embedder
        self.encoder = encoder
        self.events: list[Progress | Notice] = []
        self.open()

    def open(self) -> None:
        self.store = ConversationStore(self.profile.database)
        self.memory = Memory(
            self.store,
            self.embedder,
            self.profile.index,
            self.events.append,
            encoder=self.encoder,
        )

    def reopen(self) -> None:
        self.memory.close()
        self.open()

    def turn(
        self,
        draft: Draft,
        *texts: str,
        conversation: int | None = None,
        recollections: tuple[Recollection, ...] = (),
    ) -> tuple[Message, Message]:
        """The user's message of ``texts``, one draft each, and its answer."""
        if conversation is None:
            conversation = self.store.create_conversation().id
        asked = self.store.add_message(conversation, "user", " ".join(texts))
        answer = self.store.add_message(conversation, "assistant", "", state="writing")
        self.memory.finish_turn(
            answer_id=answer.id,
            answer_text="Okay.",
            state="complete",
            traces={asked.id: [score(asked.text)]},
            baselines={("m1", "user"): b"figures"},
            recollections=recollections,
            pinned=self.memory.pinned(),
        )
        self.memory.judge(asked.id, None, (), [draft(text, asked) for text in texts])
        return asked, self.store.message(answer.id)


def score(text: str) -> TokenScore:
    top = (Alternative(1, "dog", 0.5),)
    return TokenScore(5, text[:2], 0, 2, 4.0, 3.0, 1.0, 0.5, top)


@pytest.fixture
def home(profile: Profile, embedder: Embedder, encoder: Embedder) -> Iterator[Profiled]:
    home = Profiled(profile, embedder, encoder)
    yield home
    home.memory.close()


def texts(home: Profiled, text: str = "", *, pinned: bool = False) -> list[str]:
    page = home.memory.query.page(EpisodeFilter(text, pinned_only=pinned), "oldest")
    assert page.total == len(page.episodes)
    return [episode.text for episode in page.episodes]


@pytest.fixture
def talk(tmp_path: Path, make_draft: Draft) -> Iterator[Talk]:
    from .talked import Talk  # which builds on what stands here

    talk = Talk(tmp_path / "profile", make_draft)
    yield talk
    talk.memory.close()
