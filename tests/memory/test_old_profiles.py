"""A profile of each version there has been opens in this one, whole and with its content.

``data/profiles/N.db.gz`` is a database that the code of that time wrote, when its newest migration was the
Nth to be added; writing_profiles.py says what is in it, and writes the one of this version.
"""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pytest

from nowprint.inspection import EpisodeFilter
from nowprint.memory.backups import restoring
from nowprint.memory.backups.backups import Backups
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.schema.migrations import known

from .marked import WordEmbedder
from .writing_profiles import CAT, CELLO, MORNING, PROFILES, write

NOW = 0
VERSIONS = [*sorted(int(path.name.partition(".")[0]) for path in PROFILES.iterdir()), NOW]


def unpacked(version: int, folder: Path) -> Path:
    if version == NOW:
        return write(folder)
    path = folder / "memory.db"
    path.write_bytes(gzip.decompress((PROFILES / f"{version}.db.gz").read_bytes()))
    return path


def steps(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = {row[0] for row in connection.execute("SELECT name FROM _sqlite_migrations")}
    connection.close()
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_it_opens_with_its_content_and_the_doctor_finds_nothing(
    version: int, tmp_path: Path
) -> None:
    path = unpacked(version, tmp_path)
    before = steps(path)
    assert len(before) == version or version == NOW
    assert before <= known()
    store = ConversationStore(path)
    memory = Memory(store, WordEmbedder(), tmp_path / "index.hnsw", lambda _: None)
    try:
        assert steps(path) == known()
        cat = next(one for one in store.conversations() if one.title == "The cat")
        said = [(one.role, one.text) for one in store.messages(cat.id)]
        assert said[:5] == [
            ("user", CAT), ("assistant", "Okay."), ("user", CELLO), ("assistant", "Okay."),
            ("user", "Hello there"),
        ]  # fmt: skip
        assert said[5:] == [("assistant", "Yes.")]
        assert {one.title for one in store.conversations()} == {"The cat", "Another chat"}
        kept = memory.query.page(EpisodeFilter(), "oldest").episodes
        assert [(one.text, one.pinned) for one in kept] == [(CAT, True), (CELLO, False)]
        assert [source.start for one in kept for source in one.sources] == [0, 0]
        assert memory.why(kept[0].id).moments[0].signature.tokens == (7, 70_000)
        assert memory.retrieval.search("Pickwick", 3)[0].episode.text == CAT
        (found,) = memory.messages.find("Morgen")
        assert found.excerpt == MORNING
        assert [one for one in memory.findings(False) if not one.ok] == []
    finally:
        memory.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_its_backup_is_restored(version: int, tmp_path: Path) -> None:
    """The form of its database is that of a new profile's once it is brought up to date."""
    store = ConversationStore(unpacked(version, tmp_path))
    backups = Backups(tmp_path, store.database, lambda _: None, lambda: 1e9)
    made = backups.make()
    assert backups.preview(made.path).backup.contents.memories == 2
    store.database.close()
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    restoring.ask(fresh, Path(made.path))
    done = restoring.at_opening(fresh, lambda: 1e9)
    assert done is not None
    assert not done.fault
