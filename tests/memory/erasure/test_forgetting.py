"""Forgotten is gone: from every list at once, and from every byte of the profile after a minute.

A kill is played by copying the profile's folder at that moment: what ``kill -9`` leaves behind is
what the files hold then.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from nowprint.errors import ProfileError
from nowprint.inspection import EpisodeFilter
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.index import Index
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episode_codec import encode_vector
from nowprint.records import UNDO_SECONDS, EpisodeDraft, TokenScore

MARKER = "zygomorphic xanthous"
SECRET = f"My password for the {MARKER} vault is quetzalcoatl."
TRACES = (b"zygomorph", b"xanthous", b"quetzalcoatl")
Draft = Callable[..., EpisodeDraft]


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "profile"
    folder.mkdir()
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(embedder: Embedder, clock: Clock) -> Callable[[Path], Memory]:
    def open(folder: Path) -> Memory:
        store = ConversationStore(folder / "memory.db")
        index = folder / "index.hnsw"
        return Memory(store, embedder, index, lambda event: None, clock=clock)

    return open


def tell(memory: Memory, draft: Draft, text: str) -> tuple[int, int]:
    """Conversation and episode."""
    store = memory._store
    conversation = store.create_conversation()
    asked = store.add_message(conversation.id, "user", text)
    answer = store.add_message(conversation.id, "assistant", "", state="writing")
    traced = [TokenScore(1, text[:9], 0, 9, 1.0, 1.0, 1.0, 1.0, ())]
    memory.finish_turn(
        answer_id=answer.id,
        answer_text=f"I heard: {text}",
        state="complete",
        traces={asked.id: traced},
        baselines={},
        recollections=(),
        pinned=(),
    )
    (kept,) = memory.judge(asked.id, None, (), [draft(text, asked)])
    return conversation.id, kept.episode.id


def left(folder: Path, *wanted: bytes) -> list[str]:
    """The files of the profile that still hold one of the traces."""
    return [
        f"{file.name}: {trace!r}"
        for file in sorted(folder.rglob("*"))
        for trace in wanted
        if trace.lower() in file.read_bytes().lower()
    ]


def vector_of(embedder: Embedder, text: str) -> list[bytes]:
    """The vector's bytes in every precision (from its middle, where no header could hide a match)."""
    vector = embedder.embed([text])[0]
    half = vector.astype("<f2")
    return [
        encode_vector(vector)[100:132],
        half[100:116].tobytes(),
        half.astype("<f4")[100:108].tobytes(),
        vector[100:108].tobytes(),
    ]


def test_forgotten_at_once_and_undone_within_a_minute(
    folder: Path, opened: Callable[[Path], Memory], make_draft: Draft, clock: Clock
) -> None:
    memory = opened(folder)
    _, id = tell(memory, make_draft, SECRET)
    question = "What's my password for the vault?"
    assert memory.retrieval.recall(question, limit=1)
    assert memory.forget([id]) == 1
    assert memory.forget([]) == 0
    assert memory.retrieval.recall(question, limit=1) == ()
    assert memory.retrieval.search(question, 5) == ()
    assert memory.query.page().total == 0
    assert memory.query.page(EpisodeFilter("zygomorphic")).total == 0
    assert memory.stats().episodes == 0
    clock.now += UNDO_SECONDS - 1
    assert memory.purge() == 0
    assert memory.undo_forget([id]) == 1
    assert memory.retrieval.recall(question, limit=1)
    memory.forget([id])
    clock.now += UNDO_SECONDS
    assert memory.undo_forget([id]) == 0
    assert memory.purge() == 1
    assert memory.purge() == 0
    assert all(finding.ok for finding in memory.findings(False))
    memory.close()


def test_no_byte_is_left_in_any_file(
    folder: Path, opened: Callable[[Path], Memory], make_draft: Draft, embedder: Embedder
) -> None:
    memory = opened(folder)
    for number in range(60):
        tell(memory, make_draft, f"Fact {number}: " + "plain words " * (number % 7 + 1))
    conversation, id = tell(memory, make_draft, SECRET)
    memory.edit(id, SECRET + " Really.")
    for number in range(60, 120):
        tell(memory, make_draft, f"Fact {number}: " + "plain words " * (number % 7 + 1))
    memory._index_sync.save()
    vectors = vector_of(embedder, SECRET), vector_of(embedder, SECRET + " Really.")
    # deflated, so that no search for words would find it
    moments = memory._database.value("SELECT data FROM moment WHERE episode_id = ?", [id])
    wanted = [*TRACES, *vectors[0], *vectors[1], moments]
    assert len(left(folder, *TRACES)) >= 3
    assert left(folder, vectors[1][0])
    assert left(folder, moments)
    assert memory.delete_conversation(conversation, forget=True).episodes == 1
    assert memory.purge(all=True) == 1
    assert left(folder, *wanted) == []
    memory.close()
    assert left(folder, *wanted) == []


def test_the_source_message_stays_unless_it_is_deleted(
    folder: Path, opened: Callable[[Path], Memory], make_draft: Draft
) -> None:
    memory = opened(folder)
    conversation, id = tell(memory, make_draft, SECRET)
    memory.forget([id])
    memory.purge(all=True)
    assert memory._store.messages(conversation)[0].text == SECRET
    memory.delete_conversation(conversation, forget=False)
    memory.close()
    assert left(folder, *TRACES) == []


def test_episodes_outlive_their_conversation_if_they_may(
    folder: Path, opened: Callable[[Path], Memory], make_draft: Draft
) -> None:
    memory = opened(folder)
    conversation, id = tell(memory, make_draft, SECRET)
    assert memory.delete_conversation(conversation, forget=False).episodes == 0
    detail = memory.detail(id)
    assert detail.episode.text == SECRET
    assert detail.sources == ()
    memory.close()


def test_many_grown_answers_leave_no_copy_in_a_page(
    folder: Path, opened: Callable[[Path], Memory]
) -> None:
    """What secure_delete alone leaves behind: copies that page balancing made as answers grew."""
    chance = random.Random(4)
    memory = opened(folder)
    store = memory._store
    conversations = [store.create_conversation("talk").id for _ in range(4)]
    marks: dict[int, list[bytes]] = {id: [] for id in conversations}
    growing: list[tuple[int, str]] = []
    with memory._database.writing():
        for number in range(400):
            mark = f"{chance.getrandbits(96):024x}"
            conversation = conversations[number % 4]
            answer = store.add_message(conversation, "assistant", mark, state="writing")
            marks[conversation].append(mark.encode())
            growing.append((answer.id, mark))
        for _ in range(3):
            chance.shuffle(growing)
            for place, (id, text) in enumerate(growing):
                growing[place] = (id, text + " word" * chance.randint(1, 60))
                store.update_message(*growing[place], "complete")
    gone, *kept = conversations
    memory.delete_conversation(gone, forget=True)
    memory.purge(all=True)
    assert left(folder, *marks[gone]) == []
    data = (folder / "memory.db").read_bytes()
    assert all(mark in data for id in kept for mark in marks[id])
    memory.close()


def test_what_it_said_before_an_edit_goes_with_it(
    folder: Path, opened: Callable[[Path], Memory], make_draft: Draft
) -> None:
    memory = opened(folder)
    id = memory.keep(make_draft(SECRET)).episode.id
    memory.edit(id, "My vault has a password.")
    memory.close()
    assert left(folder, *TRACES), "the history keeps it"
    memory = opened(folder)
    memory.forget([id])
    memory.close()
    assert left(folder, *TRACES, b"My vault has") == []


def test_a_deleted_conversation_waits_for_its_minute(
    folder: Path, opened: Callable[[Path], Memory], make_draft: Draft, clock: Clock
) -> None:
    memory = opened(folder)
    conversation, told = tell(memory, make_draft, SECRET)
    memory.edit(told, "My vault has a password.")
    batch = memory.forgetting.delete_conversations((conversation,)).batch
    assert memory._store.conversations() == ()
    assert memory.detail(told).sources == ()
    memory.purge()
    assert memory.forgetting.undo(batch).messages == 1
    assert memory.detail(told).sources
    memory.forgetting.delete_conversations((conversation,))
    clock.now += UNDO_SECONDS
    memory.forget([told])
    assert memory.purge() == 0, "the episode has a minute of its own"
    assert memory._database.value("SELECT count(*) FROM message") == 0
    clock.now += UNDO_SECONDS
    assert memory.purge() == 1
    assert left(folder, *TRACES) == []
    memory.close()


def test_what_has_no_undo_goes_with_any_purge(
    folder: Path, opened: Callable[[Path], Memory], make_draft: Draft
) -> None:
    memory = opened(folder)
    memory.saved_filters.save(MARKER, EpisodeFilter(text="quetzalcoatl"), "newest")
    memory.saved_filters.delete(MARKER)
    waiting = memory.keep(make_draft("The boiler is serviced every May.")).episode.id
    memory.forget([waiting])
    assert memory.purge() == 0
    assert left(folder, *TRACES) == []
    assert memory.undo_forget([waiting]) == 1
    assert all(finding.ok for finding in memory.findings(False))
    memory.close()


def test_a_purge_that_fails_is_told_and_owed(
    folder: Path, opened: Callable[[Path], Memory], make_draft: Draft
) -> None:
    memory = opened(folder)
    conversation, id = tell(memory, make_draft, SECRET)
    memory.forget([id])
    memory.delete_conversation(conversation, forget=False)
    with memory._database.reading() as connection:
        connection.execute("PRAGMA busy_timeout = 10")
    reader = sqlite3.connect(folder / "memory.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM episode").fetchone()
    with pytest.raises(ProfileError, match=r"hidden.*Another program"):
        memory.purge(all=True)
    memory.close()  # which fails to purge, too
    assert left(folder, *TRACES)
    reader.close()
    again = opened(folder)
    assert left(folder, *TRACES) == []
    assert again._database.meta("wipe") == 0
    again.close()


def test_the_audit_log_holds_no_text(
    folder: Path, opened: Callable[[Path], Memory], make_draft: Draft
) -> None:
    memory = opened(folder)
    _, id = tell(memory, make_draft, SECRET)
    memory.pin([id], True)
    memory.forget([id])
    memory.purge(all=True)
    with memory._database.reading() as connection:
        lines = [tuple(row) for row in connection.execute("SELECT action, detail FROM audit")]
    assert [action for action, _ in lines] == ["kept", "pinned", "forgotten", "purged"]
    assert not any("vault" in detail for _, detail in lines)
    memory.close()


def test_a_kill_within_the_minute_ends_in_a_purge(
    folder: Path,
    tmp_path: Path,
    opened: Callable[[Path], Memory],
    make_draft: Draft,
    embedder: Embedder,
) -> None:
    memory = opened(folder)
    conversation, _ = tell(memory, make_draft, SECRET)
    tell(memory, make_draft, "The boiler is serviced every May.")
    memory._index_sync.save()
    memory.delete_conversation(conversation, forget=True)
    killed = Path(shutil.copytree(folder, tmp_path / "killed"))
    memory.close()
    assert left(killed, *TRACES)
    again = opened(killed)
    assert left(killed, *TRACES, *vector_of(embedder, SECRET)) == []
    assert all(finding.ok for finding in again.findings(False))
    assert again.query.page().total == 1
    again.close()


@pytest.mark.parametrize("step", ["index", "rewrite"])
def test_a_kill_within_the_purge_is_made_good(
    *,
    folder: Path,
    tmp_path: Path,
    opened: Callable[[Path], Memory],
    make_draft: Draft,
    embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    memory = opened(folder)
    conversation, _ = tell(memory, make_draft, SECRET)
    memory._index_sync.save()
    memory.delete_conversation(conversation, forget=True)
    memory._index_sync.save()  # with the entry only marked
    killed = tmp_path / "killed"
    owner, name = (Index, "save") if step == "index" else (Database, "wipe")
    real = getattr(owner, name)

    def killed_here(*given: object) -> None:
        if not killed.exists():
            shutil.copytree(folder, killed)
        real(*given)

    monkeypatch.setattr(owner, name, killed_here)
    memory.close()
    # the unfinished files still hold something, or there would be nothing to make good
    assert left(killed, *TRACES, *vector_of(embedder, SECRET))
    again = opened(killed)
    assert left(killed, *TRACES, *vector_of(embedder, SECRET)) == []
    assert all(finding.ok for finding in again.findings(False))
    again.close()
