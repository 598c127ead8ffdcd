"""``nowprint memory export``, ``import`` and the like: what they ask the core, what they print."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from pathlib import Path

import pytest

from nowprint.errors import PassphraseNeeded
from nowprint.inspection import (
    EpisodeFilter,
    Exported,
    ExportOptions,
    Import,
    ImportGroup,
    ImportItem,
    ImportReview,
    Project,
    Replay,
    ReplayProgress,
)
from nowprint.service.protocol import GetSettings, LoadModel, Prepare, PurgeForgotten
from nowprint.service.requests.memory import (
    ApplyImport,
    DropReview,
    ExportMemory,
    ListImports,
    ListProjects,
    ListReplays,
    ReviewImport,
    ReviewText,
    UndoImport,
)
from nowprint.settings import Settings, memory_question

NEW = ImportGroup("new", 2, "import", (ImportItem("Has a cat\x1b[31m", 1000.0, "", None),))
BAD = ImportGroup(
    "suspicious", 1, "hold back", (ImportItem("a⟨U+202E⟩b", 1000.0, "it gives instructions", None),)
)
REVIEW = ImportReview(7, "/a/b.nowprint", "Nowprint", (NEW, BAD), 1, 4, ("A note.",))
MADE = Import(3, 1000.0, "b.nowprint", "Nowprint", 3, False)
READING = Replay(1, "b.nowprint", 0, 4, 0, False, None)


@pytest.fixture(autouse=True)
def replies(core) -> None:
    core.replies |= {
        ExportMemory: Exported("/a/b.nowprint", 1200, 4_000_000),
        ReviewImport: REVIEW,
        ApplyImport: MADE,
        ListImports: (MADE, dataclasses.replace(MADE, id=2, undone=True)),
        UndoImport: 3,
        ListProjects: (Project(5, "Home", 1, 1),),
        ListReplays: (READING,),
    }


# --- export ------------------------------------------------------------------------------------


def test_export(core, run, tmp_path: Path) -> None:
    status, out, err = run("memory", "export", str(tmp_path / "b.nowprint"))
    assert (status, err) == (0, "")
    assert core.requests == [
        ExportMemory(str(tmp_path / "b.nowprint"), EpisodeFilter(), ExportOptions())
    ]
    assert out == "1,200 memories, 4.0 MB: /a/b.nowprint\n"
    core.replies[ExportMemory] = Exported("/a/b.nowprint", 1, 3700)
    assert run("memory", "export", "b.nowprint")[1] == "1 memory, 3.7 kB: /a/b.nowprint\n"
    core.replies[ExportMemory] = Exported("/a/b.nowprint", 1200, 4_000_000)
    told = json.loads(run("memory", "export", "b.nowprint", "--json")[1])
    assert told == {"path": "/a/b.nowprint", "episodes": 1200, "bytes": 4_000_000}
    assert core.requests[-1].path == str(Path.cwd() / "b.nowprint")


def test_export_of_parts(core, run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("plum tree\nnot this\n")
    arguments = ("--project", "home", "--match", "cat", "--meaning", "pets", "--no-messages",
                 "--no-audit", "--no-vectors", "--passphrase-file", str(tmp_path / "secret"))  # fmt: skip
    run("memory", "export", "b.nowprint", *arguments)
    asked = core.requests[-1]
    assert asked.filter == EpisodeFilter(text="cat", meaning="pets", project=5)
    assert asked.options == ExportOptions("nowprint", False, False, False, "plum tree")
    assert "plum tree" not in repr(asked)
    run("memory", "export", "b.csv", "--format", "csv")
    assert core.requests[-1].options == ExportOptions("csv")


@pytest.mark.parametrize("content", [None, b"", b"\nx", b"\xff\xfe"])
def test_a_passphrase_file_without_a_passphrase(
    content: bytes | None, core, run, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    status, _, err = run("memory", "export", "b", "--passphrase-file", str(tmp_path / "secret"))
    assert status == 1
    assert "passphrase file" in err
    assert core.requests == []


def test_a_project_that_is_not_there(run) -> None:
    status, _, err = run("memory", "export", "b", "--project", "Work")
    assert (status, err) == (1, "nowprint: There is no project 'Work' (there are: Home).\n")


# --- import ------------------------------------------------------------------------------------


def test_import_shows_what_comes_and_takes_it_over(core, run) -> None:
    status, out, err = run("memory", "import", "/a/b.nowprint")
    assert (status, err) == (0, "")
    assert core.requests == [ReviewImport("/a/b.nowprint"), ApplyImport(7, (), False)]
    assert "2 new: import" in out
    assert "Has a cat␛[31m" in out
    assert "1 suspicious: hold back" in out
    assert "it gives instructions  a⟨U+202E⟩b" in out
    assert "1 conversation with 4 messages" in out
    assert "Import 3: 3 memories taken over." in out


def test_groups_are_chosen(core, run) -> None:
    run("memory", "import", "/a/b", "--skip", "new", "--skip", "duplicate",
        "--hold-back", "conflicting", "--take", "suspicious")  # fmt: skip
    assert core.requests[-1].choices == (
        ("new", "skip"), ("duplicate", "skip"), ("conflicting", "hold back"), ("suspicious", "import"),
    )  # fmt: skip
    assert run("memory", "import", "/a/b", "--skip", "other")[0] == 2


def test_a_dry_run_only_looks(core, run) -> None:
    status, out, _ = run("memory", "import", "/a/b.nowprint", "--dry-run", "--skip", "new")
    assert status == 0
    assert core.requests == [ReviewImport("/a/b.nowprint"), DropReview(7)]
    assert "2 new: skip" in out
    assert "taken over" not in out
    told = json.loads(run("memory", "import", "/a/b.nowprint", "--dry-run", "--json")[1])
    assert [group["count"] for group in told["review"]["groups"]] == [2, 1]


def test_import_in_json(run) -> None:
    told = json.loads(run("memory", "import", "/a/b.nowprint", "--json")[1])
    assert told["import"]["id"] == 3
    assert told["review"]["notes"] == ["A note."]


def test_a_locked_file_asks_for_its_passphrase(core, run) -> None:
    core.replies[ReviewImport] = PassphraseNeeded("The memory file is locked: give its passphrase.")
    status, _, err = run("memory", "import", "/a/b.nowprint")
    assert (status, err) == (1, "nowprint: The memory file is locked: give its passphrase.\n")


def test_without_a_file_a_question_for_another_assistant_is_printed(core, run) -> None:
    status, out, err = run("memory", "import")
    assert (status, out.strip()) == (0, memory_question())
    assert "nowprint memory import -" in err
    assert core.requests == []


def test_an_answer_is_piped_in(core, run, monkeypatch) -> None:
    core.replies[ReviewText] = core.replies[ReviewImport]
    monkeypatch.setattr(sys, "stdin", io.StringIO("- Has a cat\n"))
    assert run("memory", "import", "-")[0] == 0
    assert core.requests == [ReviewText("- Has a cat\n"), ApplyImport(7, (), False)]


def test_chats_alone_are_not_lost_in_silence(core, run) -> None:
    core.replies[ReviewImport] = dataclasses.replace(core.replies[ReviewImport], groups=())
    status, _, err = run("memory", "import", "/a/b.json")
    assert status == 1
    assert "nowprint chats import brings the chats in" in err
    assert isinstance(core.requests[-1], DropReview)


def test_a_character_is_told_from_a_fact(core, run) -> None:
    review = core.replies[ReviewImport]
    core.replies[ReviewImport] = dataclasses.replace(review, groups=(), character=("Isolde", "x"))
    status, _, err = run("memory", "import", "/a/card.png")
    assert status == 1
    assert "describes the character “Isolde”" in err


def test_its_conversations_are_read_to_the_end(core, run) -> None:
    steps = [dataclasses.replace(READING, done=done, kept=done // 2) for done in (1, 4)]
    core.announced[LoadModel] = [ReplayProgress(step) for step in steps]
    status, out, _ = run("memory", "import", "/a/b.nowprint", "--read")
    assert status == 0
    assert core.requests[1:] == [
        ApplyImport(7, (), True), GetSettings(), GetSettings(), LoadModel(), Prepare(), ListReplays(),
    ]  # fmt: skip
    assert out.endswith("Read 4 messages, kept 2 memories.\n")


def test_without_memory_nothing_is_read(core, run) -> None:
    core.replies[GetSettings] = Settings(memory=False)
    status, _, err = run("memory", "import", "/a/b.nowprint", "--read")
    assert status == 1
    assert "switched off" in err


# --- what was imported -------------------------------------------------------------------------


def test_imports(core, run) -> None:
    head, first, second = run("memory", "imports")[1].splitlines()
    assert head.split() == ["id", "age", "from", "memories", "state", "name"]
    assert first.split()[0] == "3"
    assert "undone" in second
    assert len(json.loads(run("memory", "imports", "--json")[1])["imports"]) == 2
    core.replies[ListImports] = ()
    assert run("memory", "imports")[1] == "Nothing has been imported yet.\n"


def test_an_import_is_taken_back_for_good(core, run) -> None:
    assert run("memory", "undo-import", "3")[1] == (
        "Import 3 was undone: 3 memories were removed.\n"
    )
    assert core.requests == [UndoImport(3), PurgeForgotten()]
    assert json.loads(run("memory", "undo-import", "3", "--json")[1]) == {"forgotten": 3}


def test_readings(core, run) -> None:
    assert run("memory", "readings")[1].splitlines()[1].split() == [
        "1", "0", "of", "4", "0", "waits", "b.nowprint",
    ]  # fmt: skip
    assert json.loads(run("memory", "readings", "--json")[1])["readings"][0]["total"] == 4
    core.replies[ListReplays] = ()
    assert run("memory", "readings")[1] == "Nothing waits to be read.\n"
