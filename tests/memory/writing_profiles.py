"""Writes the profile of test_old_profiles.py with the code as it is now.

``python -m tests.memory.writing_profiles`` puts it beside those of earlier versions: do that once for a
version whose migrations are released.
"""

from __future__ import annotations

import gzip
import sqlite3
import tempfile
from pathlib import Path

from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.schema.migrations import known
from nowprint.records import (
    Contribution,
    Episode,
    EpisodeDraft,
    Moment,
    Signature,
    Source,
    TokenScore,
    Trigger,
    Why,
)

from .marked import WordEmbedder

PROFILES = Path(__file__).parent / "data" / "profiles"
CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
CELLO = "My sister Marta plays the cello in Porto."
MORNING = "Guten Morgen, wie geht es?"


def write(folder: Path) -> Path:
    """Two facts that were told and answered, one of them pinned, an answer that was given again, and a chat
    without an answer; the database's path."""
    store = ConversationStore(folder / "memory.db")
    memory = Memory(store, WordEmbedder(), folder / "index.hnsw", lambda _: None)
    chat = store.create_conversation("The cat").id
    cat = _turn(memory, store, chat, CAT)
    memory.pin([cat.id], True)
    _turn(memory, store, chat, CELLO)
    store.add_message(chat, "user", "Hello there")
    old = store.add_message(chat, "assistant", "No.", model="tiny")
    store.add_message(chat, "assistant", "Yes.", model="tiny", replaces=old.id)
    store.add_message(store.create_conversation("Another chat").id, "user", MORNING)
    memory.close()
    return folder / "memory.db"


def _turn(memory: Memory, store: ConversationStore, chat: int, text: str) -> Episode:
    asked = store.add_message(chat, "user", text)
    answer = store.add_message(chat, "assistant", "", state="writing", model="tiny")
    memory.finish_turn(
        answer_id=answer.id, answer_text="Okay.", state="complete",
        traces={asked.id: [TokenScore(5, text[:2], 0, 2, 4.0, 3.0, 1.0, 0.5, ())]},
        baselines={("m1", "user"): b"figures"}, recollections=(), pinned=memory.pinned(),
    )  # fmt: skip
    signature = Signature((7, 70_000), (0.5, 0.25), 2.5, 1.5, "c0ffee")
    moment = Moment(
        asked.id, 3, text.rsplit(maxsplit=1)[-1], (Trigger("surprisal", 9.5, 6.25),), signature
    )
    why = Why(0.8, 0.5, -1.0, (Contribution("words", 12.0, 0.7),), (moment,))
    source = Source(asked.id, chat, "user", 0, len(text))
    (kept,) = memory.judge(
        asked.id, None, (), [EpisodeDraft(text, text, "captured", 0.8, why, (source,))]
    )
    return kept.episode


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder))
        connection = sqlite3.connect(path)
        connection.execute("VACUUM")
        connection.close()
        packed = gzip.compress(path.read_bytes(), mtime=0)
    (PROFILES / f"{len(known())}.db.gz").write_bytes(packed)


if __name__ == "__main__":
    main()
