"""Texts that are told to a memory and answered, in a folder whose bytes can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft, Message, Recollection

from .conftest import score
from .marked import WordEmbedder

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
BOILER = "The boiler in the cellar is serviced by Tomasz every May."
CODE = "The code of the garage is 471109."
ALL = {"messages": True, "answers": True}
"""Forget the messages and the answers, too."""
Draft = Callable[..., EpisodeDraft]


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Talk:
    """A memory in a folder, and what was told to it."""

    def __init__(self, folder: Path, draft: Draft) -> None:
        folder.mkdir()
        self.folder = folder
        self.draft = draft
        self.clock = Clock()
        self.told: list[object] = []
        self.open()

    def open(self) -> None:
        self.store = ConversationStore(self.folder / "memory.db")
        index = self.folder / "index.hnsw"
        self.memory = Memory(self.store, WordEmbedder(), index, self.told.append, clock=self.clock)

    def reopen(self) -> None:
        self.memory.close()
        self.open()

    def say(
        self, text: str, answer: str = "Okay.", conversation: int = 0, *, recalled: int = 0
    ) -> tuple[int, Message, Message]:
        """The episode of a message, the message and its answer."""
        conversation = conversation or self.store.create_conversation().id
        asked = self.store.add_message(conversation, "user", text)
        said = self.store.add_message(conversation, "assistant", "", state="writing", model="tiny")
        given = [Recollection(one, 1.0, ()) for one in self.memory.episodes([recalled])]
        self.memory.finish_turn(
            answer_id=said.id, answer_text=answer, state="complete",
            traces={asked.id: [score(text)]}, baselines={}, recollections=given, pinned=(),
        )  # fmt: skip
        (kept,) = self.memory.judge(asked.id, None, (), [self.draft(text, asked)])
        return kept.episode.id, asked, self.store.message(said.id)

    def tell(self, *texts: str) -> list[int]:
        """Tell these a day after one another; returns the ids of what is kept."""
        ids = []
        for text in texts:
            self.clock.now += 86_400
            ids.append(self.say(text)[0])
        return ids

    def texts(self, conversation: int) -> list[str]:
        return [message.text for message in self.store.messages(conversation)]

    def there(self) -> set[int]:
        return set(self.memory.query.ids())

    def found(self, *texts: str) -> list[str]:
        """Which of these any file holds."""
        files = [path.read_bytes() for path in self.folder.iterdir() if path.is_file()]
        return [text for text in texts if any(text.encode() in data for data in files)]
