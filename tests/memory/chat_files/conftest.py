"""A profile whose chats have all that a chat may have, and the ways out of it and into another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from nowprint.inspection import ChatFormat, Import
from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.exports.records import LeftOut
from nowprint.memory.exports.source import recognised
from nowprint.memory.formats.task import Work
from nowprint.settings import Profile

from ..conftest import Profiled
from ..marked import WordEmbedder

CODE = "Here:\n\n```python\ndef twice(x):\n    return 2 * x  # 你好\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def home(profile: Profile, embedder: WordEmbedder) -> Iterator[Profiled]:
    """Without the encoder: whether a telling changes another is no matter of files."""
    home = Profiled(profile, embedder)
    yield home
    home.memory.close()


@pytest.fixture
def opened(tmp_path: Path, embedder: WordEmbedder) -> Iterator[Callable[[str], Profiled]]:
    """More profiles, by their names."""
    homes: list[Profiled] = []

    def open_one(name: str) -> Profiled:
        homes.append(Profiled(Profile(tmp_path / name), embedder))
        return homes[-1]

    yield open_one
    for home in homes:
        home.memory.close()


def fill(home: Profiled) -> tuple[int, int, int]:
    """Three chats: one with branches, a stopped answer and a thought, in a project; one in several
    languages; one without a message. Their ids."""
    store, memory = home.store, home.memory
    first = store.create_conversation().id
    asked = store.add_message(first, "user", "How do I double it?\nIn *Python* <b>please</b>.")
    old = store.add_message(first, "assistant", "With", model="tiny", state="stopped")
    store.add_message(first, "assistant", CODE, model="tiny", replaces=old.id)
    store.add_message(first, "user", "And now $x^2$?")
    last = store.add_message(first, "assistant", "Square it.", model="other")
    store.add_message(first, "user", "Edited: how do I halve it?", parent=asked.parent)
    store.show_branch(last.id)
    with store.database.writing() as connection:
        connection.execute(
            "UPDATE message SET thought = 'They want a square.' WHERE id = ?", [last.id]
        )
    memory.projects.move_conversation(first, memory.projects.create("Sums").id)
    store.think(first, False)
    second = store.create_conversation("Ωραία 你好 🐈").id
    store.use_memory(second, recalls=False, captures=True)
    for text in (
        "我的猫叫豆豆。",
        "妹の結婚式は十月です。",
        "Das Mädchen aß Käse — \u0007 „gern“.",
        "مرحبا",
    ):
        store.add_message(second, "user", text)
    third = store.create_conversation("Nothing yet").id
    return first, second, third


def export(home: Profiled, path: Path, format: ChatFormat = "json", **options: bool) -> bytes:
    home.memory.chat_files.export(str(path), None, format, options.get("thoughts", False))
    return path.read_bytes()


def bring(home: Profiled, path: Path, *, read: bool = False) -> Import:
    files = home.memory.files
    return files.apply(files.review(str(path), "").id, (), read=read, chats=True)


def read_chats(path: Path) -> tuple[list[Chat], list[str]]:
    """The chats of a file, and what was left out."""
    source = recognised(path)
    assert source is not None
    told = LeftOut()
    records = source.read(Work("Reading", lambda _: None, Event()), told)
    chats = [one for one in records if isinstance(one, Chat)]
    return chats, told.notes()


def said(chat: Chat) -> list[tuple[str, str]]:
    """The branch that is shown."""
    return [(chat.messages[at].role, chat.messages[at].text) for at in chat.branch()]
