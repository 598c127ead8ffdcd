"""``nowprint chats``: what it asks the core, what it prints."""

from __future__ import annotations

import dataclasses

import pytest

from nowprint.inspection import ExportedChats, Import, ImportGroup, ImportReview
from nowprint.service.requests.chat_files import ExportChats
from nowprint.service.requests.memory import ApplyImport, DropReview, ReviewImport

NOTES = ("Left out: 2 pictures and files.",)
FACTS = ImportGroup("new", 2, "import", ())
REVIEW = ImportReview(7, "/a/b.json", "ChatGPT", (FACTS,), 2, 9, NOTES)


@pytest.fixture(autouse=True)
def replies(core) -> None:
    core.replies |= {
        ExportChats: ExportedChats("/a/b.html", 2, 9, 4_000),
        ReviewImport: REVIEW,
        ApplyImport: Import(3, 1000.0, "b.json", "ChatGPT", 0, False, 2),
        DropReview: None,
    }


def asked(core, kind: type) -> list:
    return [request for request in core.requests if isinstance(request, kind)]


def test_chats_are_exported(core, run) -> None:
    status, out, _ = run(
        "chats", "export", "/a/b.html", "--format", "html", "--chat", "4", "--thoughts"
    )
    assert (status, out) == (0, "2 chats with 9 messages, 4.0 kB: /a/b.html\n")
    run("chats", "export", "/a/b.json")
    assert asked(core, ExportChats) == [
        ExportChats("/a/b.html", (4,), "html", True), ExportChats("/a/b.json"),
    ]  # fmt: skip


def test_chats_come_in_without_the_memories_beside_them(core, run) -> None:
    status, out, _ = run("chats", "import", "/a/b.json")
    assert asked(core, ApplyImport) == [ApplyImport(7, (("new", "skip"),), False, chats=True)]
    assert status == 0
    assert "2 chats brought in" in out
    assert "It holds 2 memories, too" in out
    assert NOTES[0] in out


def test_a_file_without_chats_is_told(core, run) -> None:
    core.replies[ReviewImport] = dataclasses.replace(REVIEW, conversations=0)
    status, _, err = run("chats", "import", "/a/b.json")
    assert status == 1
    assert "holds no chats" in err
    assert asked(core, DropReview) == [DropReview(7)]
