"""What is written, and what comes back of it: nothing is lost, and the same content is the same bytes."""

from __future__ import annotations

import errno
import json
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nowprint.errors import PassphraseNeeded, UserError
from nowprint.inspection import EpisodeFilter, ExportOptions
from nowprint.settings import resources

from ..conftest import Profiled
from .conftest import CAT, Hashed, bring, draft_of, export, fill, lines, rows, tell, trace_of

CHANGED = ("origin", "confirmed", "held_back")
"""Fields of an episode that an import sets anew; resources/memory-file.md says so."""
PARTS = {
    "episodes.jsonl": "episode",
    "links.jsonl": "link",
    "sources.jsonl": "source",
    "audit.jsonl": "audit",
}
Opened = Callable[..., Profiled]


def test_the_same_content_twice_gives_the_same_bytes(home: Profiled, tmp_path: Path) -> None:
    fill(home)
    first = export(home, tmp_path / "a.nowprint")
    again = export(home, tmp_path / "b.nowprint")
    assert first.bytes == again.bytes == (tmp_path / "a.nowprint").stat().st_size
    assert (tmp_path / "a.nowprint").read_bytes() == (tmp_path / "b.nowprint").read_bytes()


def test_every_line_is_as_the_schema_says(home: Profiled, tmp_path: Path) -> None:
    fill(home)
    export(home, tmp_path / "open.nowprint")
    export(home, tmp_path / "locked.nowprint", passphrase="plum tree")
    schema = json.loads((resources() / "memory-file.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)

    def of(name: str) -> jsonschema.Draft202012Validator:
        return jsonschema.Draft202012Validator({**schema, "$ref": f"#/$defs/{name}"})

    for name in ("open", "locked"):
        (manifest,) = lines(tmp_path / f"{name}.nowprint", "manifest.json")
        of("manifest").validate(manifest)
        assert not of("manifest").is_valid({**manifest, "more": 1})
    for part, kind in PARTS.items():
        found = lines(tmp_path / "open.nowprint", part)
        assert found
        for line in found:
            of(kind).validate(line)
            assert not of(kind).is_valid({**line, "more": 1})


def test_nothing_is_lost_on_the_way_through_an_empty_profile(
    home: Profiled, opened: Opened, tmp_path: Path
) -> None:
    fill(home)
    export(home, tmp_path / "a.nowprint")
    other = opened("other")
    bring(other, tmp_path / "a.nowprint")
    export(other, tmp_path / "b.nowprint")
    for part in ("links.jsonl", "sources.jsonl", "embeddings.i8"):
        with (
            zipfile.ZipFile(tmp_path / "a.nowprint") as a,
            zipfile.ZipFile(tmp_path / "b.nowprint") as b,
        ):
            assert a.read(part) == b.read(part) != b"", part
    before, after = (lines(tmp_path / f"{n}.nowprint", "episodes.jsonl") for n in "ab")
    assert len(before) == 11
    assert [_without(one) for one in before] == [_without(one) for one in after]
    assert {one["origin"]["name"] for one in after} == {"a.nowprint"}
    told = lines(tmp_path / "b.nowprint", "audit.jsonl")
    assert [one for one in told if one["action"] != "imported"] == lines(
        tmp_path / "a.nowprint", "audit.jsonl"
    )
    assert sum(one["action"] == "imported" for one in told) == len(before)

    bring(third := opened("third"), tmp_path / "b.nowprint")
    export(third, tmp_path / "c.nowprint")
    third_time = lines(tmp_path / "c.nowprint", "episodes.jsonl")
    assert [_without(one) for one in third_time] == [_without(one) for one in after]


def _without(one: dict[str, Any]) -> str:
    """As it stands in the file, so that the order of its fields counts as well."""
    return json.dumps({key: value for key, value in one.items() if key not in CHANGED})


def test_what_comes_back_is_whole_in_the_profile(
    home: Profiled, opened: Opened, tmp_path: Path
) -> None:
    fill(home)
    export(home, tmp_path / "a.nowprint")
    other = opened("other")
    id = bring(other, tmp_path / "a.nowprint")
    other.reopen()
    page = other.memory.query.page(EpisodeFilter(text="Pickwick", origin=id), "newest", 0, 9)
    (cat,) = page.episodes
    (mine,) = home.memory.query.page(EpisodeFilter(text="Pickwick"), "newest", 0, 9).episodes
    told, own = other.memory.detail(cat.id), home.memory.detail(mine.id)
    assert told.sources[0].tokens == own.sources[0].tokens
    assert told.sources[0].message.created == own.sources[0].message.created
    assert told.why.contributions == own.why.contributions
    assert [m.signature for m in told.why.moments] == [m.signature for m in own.why.moments]
    assert told.why.moments[0].message_id == told.sources[0].message.id
    assert (cat.pinned, cat.confirmed) == (True, False)
    assert other.memory.pinned() == ()  # a pin of somebody else's enters no prompt
    other.memory.editing.confirm([cat.id])
    assert [e.id for e in other.memory.pinned()] == [cat.id]
    assert [r.episode.id for r in other.memory.retrieval.search("Pickwick's disease", 1)] == [
        cat.id
    ]
    assert other.memory.findings(repair=False)
    assert all(finding.ok for finding in other.memory.findings(repair=False))


def test_a_selection_brings_its_own_messages_alone(home: Profiled, tmp_path: Path) -> None:
    fill(home)
    (cat,) = home.memory.query.page(EpisodeFilter(text="Pickwick"), "newest", 0, 9).episodes
    chosen = EpisodeFilter(ids=(cat.id,))
    path = tmp_path / "cat.nowprint"
    done = home.memory.files.export(str(path), chosen, ExportOptions())
    assert (done.episodes, done.path) == (1, str(path))
    assert [one["text"] for one in lines(path, "episodes.jsonl")] == [CAT]
    assert [one["type"] for one in lines(path, "sources.jsonl")] == ["conversation", "message"]
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"rent" not in everything
    assert b"forgotten." not in everything


def test_parts_may_be_left_out(home: Profiled, opened: Opened, tmp_path: Path) -> None:
    fill(home)
    path = tmp_path / "bare.nowprint"
    export(home, path, messages=False, audit=False, vectors=False)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["episodes.jsonl", "links.jsonl", "manifest.json"]
    assert {str(one["sources"]) for one in lines(path, "episodes.jsonl")} == {"[]"}
    other = opened("other")
    bring(other, path)
    assert other.store.conversations() == ()
    assert other.memory.stats().episodes == home.memory.stats().episodes
    assert other.memory.retrieval.search("Pickwick's disease", 1)[0].episode.text == CAT
    neighbours = [e for e in lines(path, "episodes.jsonl") if e["conversation"] == 1]
    assert len(neighbours) == 3  # who was told after whom is known all the same


def test_another_embedder_reads_the_texts_anew_and_says_so(
    home: Profiled, opened: Opened, tmp_path: Path
) -> None:
    fill(home)
    export(home, tmp_path / "a.nowprint")
    for embedder in (Hashed("another"), Hashed(dimension=16)):
        other = opened(f"{embedder.name}{embedder.dimension}", embedder)
        review = other.memory.files.review(str(tmp_path / "a.nowprint"), "")
        assert review.notes == (
            "Its vectors are of another embedder (hashed): the memories are read anew by this one.",
        )
        other.memory.files.apply(review.id, (), read=False)
        assert embedder.texts >= 11
        assert all(finding.ok for finding in other.memory.findings(repair=False))


def test_vectors_that_lie_are_not_believed(home: Profiled, opened: Opened, tmp_path: Path) -> None:
    fill(home)
    export(home, tmp_path / "a.nowprint")
    other = opened("other", lying := Hashed())
    lying.embed = Hashed("another").embed  # type: ignore[method-assign]
    review = other.memory.files.review(str(tmp_path / "a.nowprint"), "")
    assert review.notes == (
        "Its vectors don't fit its texts: the memories are read anew by the embedder.",
    )


def test_a_message_that_is_there_already_is_not_stored_twice(
    home: Profiled, tmp_path: Path
) -> None:
    ids = tell(home, CAT, "The plum tree blooms.")
    export(home, tmp_path / "a.nowprint")
    home.memory.forget([ids[0]])
    home.memory.purge(all=True)
    messages = home.memory.stats().messages
    id = bring(home, tmp_path / "a.nowprint", ("forgotten", "import"))
    assert home.memory.stats().messages == messages
    (back,) = home.memory.query.page(EpisodeFilter(origin=id), "newest", 0, 9).episodes
    assert back.text == CAT
    (source,) = home.memory.detail(back.id).sources
    assert source.message.text == CAT


# --- behind a passphrase -----------------------------------------------------------------------


def test_a_locked_file_tells_nothing_but_its_construction(
    home: Profiled, opened: Opened, tmp_path: Path
) -> None:
    fill(home)
    path = tmp_path / "locked.nowprint"
    export(home, path, passphrase="plum tree 🌳")
    assert b"Pickwick" not in path.read_bytes()
    (manifest,) = lines(path, "manifest.json")
    assert set(manifest) == {"format", "format_version", "locked"}
    assert set(manifest["locked"]) == {"kdf", "n", "r", "p", "salt", "cipher", "nonce"}
    other = opened("other")
    for wrong in ("", "Plum tree 🌳"):
        with pytest.raises(PassphraseNeeded):
            other.memory.files.review(str(path), wrong)
    review = other.memory.files.review(str(path), "plum tree 🌳")
    other.memory.files.apply(review.id, (), read=False)
    export(home, tmp_path / "a.nowprint")
    export(other, tmp_path / "b.nowprint")
    with (
        zipfile.ZipFile(tmp_path / "a.nowprint") as a,
        zipfile.ZipFile(tmp_path / "b.nowprint") as b,
    ):
        assert a.read("sources.jsonl") == b.read("sources.jsonl")


def test_salt_and_nonce_are_fresh_each_time(home: Profiled, tmp_path: Path) -> None:
    tell(home, CAT)
    for name in "ab":
        export(home, tmp_path / f"{name}.nowprint", passphrase="plum tree")
    (a,), (b,) = (lines(tmp_path / f"{name}.nowprint", "manifest.json") for name in "ab")
    assert a["locked"]["salt"] != b["locked"]["salt"]
    assert a["locked"]["nonce"] != b["locked"]["nonce"]


@pytest.mark.parametrize("part", ["manifest.json", "content.locked"])
def test_a_locked_file_that_was_changed_does_not_open(
    part: str, home: Profiled, tmp_path: Path
) -> None:
    tell(home, CAT)
    path = tmp_path / "locked.nowprint"
    export(home, path, passphrase="plum tree")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = parts[part].replace(b'"r":8', b'"r": 8') if part == "manifest.json" else b""
    parts[part] = changed or parts[part][:40] + bytes([parts[part][40] ^ 1]) + parts[part][41:]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(PassphraseNeeded, match="doesn't open"):
        home.memory.files.review(str(path), "plum tree")


def test_only_a_memory_file_can_be_locked(home: Profiled, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Only a memory file can be locked"):
        export(home, tmp_path / "a.md", format="markdown", passphrase="plum tree")
    assert list(tmp_path.glob("a*")) == []


# --- what fails --------------------------------------------------------------------------------


def test_a_full_disk_leaves_the_old_file(
    home: Profiled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(home, CAT)
    path = tmp_path / "a.nowprint"
    path.write_bytes(b"the old one")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = sorted(tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(UserError, match="The disk is full"):
            export(home, path)
    assert path.read_bytes() == b"the old one"
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "options", [{}, {"passphrase": "plum tree"}, {"format": "markdown"}, {"format": "csv"}]
)
def test_room_that_ends_in_the_middle_of_a_file_is_told(
    options: dict[str, Any], home: Profiled, tmp_path: Path
) -> None:
    """As a full disk, but only for this process: no file may grow beyond a few bytes."""
    resource = pytest.importorskip("resource")
    tell(home, *(f"The answer of {n} is {n * n}." for n in range(40)))
    before = sorted(tmp_path.iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(UserError, match="The disk is full"):
            export(home, tmp_path / "a", **options)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["", "no such folder/a.nowprint"])
def test_a_place_that_can_not_be_written_to_is_told(
    name: str, home: Profiled, tmp_path: Path
) -> None:
    with pytest.raises(UserError):
        export(home, tmp_path / name)


def test_an_import_that_is_broken_off_has_changed_nothing(
    home: Profiled, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(home)
    export(home, tmp_path / "a.nowprint")
    other = opened("other")
    tell(other, "Something of my own.")
    review = other.memory.files.review(str(tmp_path / "a.nowprint"), "")
    before = rows(other)
    with monkeypatch.context() as patch:
        patch.setattr(
            "nowprint.memory.storage.database.Database.bump_generation",
            lambda _: other.memory.files.replays.get(7),  # the last step fails
        )
        with pytest.raises(UserError):
            other.memory.files.apply(review.id, (), read=False)
    assert rows(other) == before
    made = other.memory.files.apply(review.id, (), read=False)
    assert made.episodes == 8


def test_a_chat_that_goes_on_while_an_import_is_prepared_takes_ids_that_it_had_foreseen(
    home: Profiled, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(home)
    export(home, tmp_path / "a.nowprint")
    other = opened("other")
    review = other.memory.files.review(str(tmp_path / "a.nowprint"), "")
    from nowprint.memory.files import applying

    made_rows, told = applying.made_rows, []

    def meanwhile(*given: Any) -> Any:
        made = made_rows(*given)
        if len(told) < 2:
            told.append(tell(other, f"Said meanwhile, {len(told)}."))
        return made

    monkeypatch.setattr(applying, "made_rows", meanwhile)
    other.memory.files.apply(review.id, (), read=False)
    export(other, tmp_path / "b.nowprint")
    texts = [one["text"] for one in lines(tmp_path / "b.nowprint", "episodes.jsonl")]
    assert {"Said meanwhile, 0.", "Said meanwhile, 1.", CAT} < set(texts)
    assert len(texts) == 13
    assert all(finding.ok for finding in other.memory.findings(repair=False))


def test_an_export_holds_nobody_up_and_sees_one_moment(
    home: Profiled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(home)
    export(home, tmp_path / "a.nowprint")
    from nowprint.memory.files.snapshot import Snapshot

    read = Snapshot._read_messages
    held: list[int] = []

    def meanwhile(*given: Any) -> None:
        other = threading.Thread(target=lambda: held.append(home.memory.stats().episodes))
        other.start()
        other.join()
        tell(home, "Said while it is written.")
        read(*given)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "_read_messages", meanwhile)
        export(home, tmp_path / "b.nowprint")
    assert held == [8]  # another thread was answered
    assert (tmp_path / "a.nowprint").read_bytes() == (tmp_path / "b.nowprint").read_bytes()
    home.memory.purge(all=True)
    assert export(home, tmp_path / "c.nowprint").episodes == 12


def test_branches_stay_branches(home: Profiled, opened: Opened, tmp_path: Path) -> None:
    """Each message follows the nearest one of the file: only what something was kept from is in it."""
    tell(home, CAT, "My sister Ingrid works on a ferry to Bergen.")
    store = home.store
    (talk,) = store.conversations()
    said = [one for one in store.messages(talk.id) if one.role == "user"]
    edited = store.add_message(talk.id, "user", "My brother Olav.", parent=said[1].parent)
    home.memory.hear(edited.id, trace_of(edited.text), {})
    home.memory.judge(edited.id, None, (), [draft_of(edited.text, edited)])
    path = tmp_path / "a.nowprint"
    export(home, path)
    told = [one for one in lines(path, "sources.jsonl") if one["type"] == "message"]
    assert [(one["text"], one.get("parent")) for one in told] == [
        (CAT, None), (said[1].text, None), (edited.text, 1),
    ]  # fmt: skip
    other = opened("other")
    bring(other, path)
    (there,) = other.store.conversations()
    root, *beside = other.store.tree(there.id)
    assert (root.text, root.parent) == (CAT, 0)
    assert [(one.text, one.parent) for one in beside] == [
        (said[1].text, root.id), (edited.text, root.id),
    ]  # fmt: skip
    export(other, tmp_path / "b.nowprint")
    assert lines(tmp_path / "b.nowprint", "sources.jsonl") == lines(path, "sources.jsonl")
