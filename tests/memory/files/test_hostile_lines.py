"""Lines and texts of memory files that somebody made to do harm, and files that are made to take long."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nowprint.errors import Interrupted, UserError
from nowprint.events import Progress
from nowprint.memory.files import reading

from ..conftest import Profiled
from .conftest import rows
from .mutating import changed, parts_of, replaced, zipped

MB = 2**20
Refused = Callable[[bytes], str]


# --- the lines ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n"}, "text"),
        ({"text": "x" * 200_001}, "text"),
        ({"text": None}, "text"),
        ({"id": 2}, "id"),
        ({"salience": 1.5}, "salience"),
        ({"salience": True}, "salience"),
        ({"created": -1}, "created"),
        ({"created": 1e300}, "created"),
        ({"recalled": 10**30}, "recalled"),
        ({"recalled": 1.5}, "recalled"),
        ({"kind": "other"}, "kind"),
        ({"why": []}, "why"),
        ({"vector": 99}, "one by one"),
        ({"sources": [{"message": 1, "start": 5, "end": 2}]}, "isn't in its message"),
        ({"sources": [{"message": 1, "start": 0, "end": 10**6}]}, "isn't in its message"),
        ({"sources": [{"message": 999, "start": 0, "end": 1}]}, "message that isn't there"),
        ({"sources": [{"message": 1, "start": 0}]}, "end"),
    ],
)
def test_values_that_can_not_be(
    fields: dict[str, Any], told: str, file: bytes, refused: Refused
) -> None:
    sentence = refused(changed(file, "episodes.jsonl", 0, **fields))
    assert told in sentence


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": NaN}',
        b'{"id": Infinity}',
        b'{"salience": 1e999}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        b"\xff\xfe{}",
        b'{"id": "\xc3"}',
        b"",
        b"null",
        b"7",
        b"{",
    ],
)
def test_lines_that_are_no_json_object(line: bytes, file: bytes, refused: Refused) -> None:
    parts = parts_of(file)
    lines = [line, *parts["episodes.jsonl"].splitlines()[1:]]
    refused(zipped(parts | {"episodes.jsonl": b"\n".join(lines) + b"\n"}))


def test_a_line_of_five_megabytes_is_not_read_whole(file: bytes, refused: Refused) -> None:
    import random

    noise = random.Random(7).randbytes(4 * MB).hex().encode()
    parts = parts_of(file) | {"episodes.jsonl": noise}
    assert "far too long" in refused(zipped(parts))


@pytest.mark.parametrize("links", [[(1, 1)], [(1, 2), (2, 1)], [(1, 2), (2, 3), (3, 1)], [(1, 99)]])
def test_links_that_go_round_or_nowhere(
    links: list[tuple[int, int]], file: bytes, refused: Refused
) -> None:
    for type in ("replaces", "made_from"):
        told = [{"type": type, "newer": newer, "older": older} for newer, older in links]
        lines = b"".join(json.dumps(one).encode() + b"\n" for one in told)
        refused(replaced(file, links_jsonl=lines))


def test_embeddings_of_another_shape(file: bytes, refused: Refused) -> None:
    parts = parts_of(file)
    manifest = json.loads(parts["manifest.json"])
    entry = manifest["entries"]["embeddings.i8"]
    count, dimension = entry["shape"]
    for changes in (
        {"shape": [count, dimension + 1]},
        {"shape": [count * dimension, 1]},
        {"shape": [1, count * dimension]},
        {"shape": [count]},
        {"shape": [-count, -dimension]},
        {"dtype": "float32"},
    ):
        lying = {**manifest, "entries": manifest["entries"] | {"embeddings.i8": entry | changes}}
        told = json.dumps(lying).encode()
        refused(zipped(parts | {"manifest.json": told}, fitting=False))
    nothing = bytes(len(parts["embeddings.i8"]))
    assert "empty" in refused(zipped(parts | {"embeddings.i8": nothing}))
    del parts["embeddings.i8"]
    del manifest["entries"]["embeddings.i8"]
    parts["manifest.json"] = json.dumps(manifest).encode()
    assert "missing" in refused(zipped(parts))


# --- what is read as text ----------------------------------------------------------------------


def test_sql_markup_and_paths_are_only_text(
    file: bytes, opened: Callable[..., Profiled], tmp_path: Path
) -> None:
    nasty = "'); DROP TABLE episode; -- <img src=http://203.0.113.1/x> ../../etc \0 {0} %s"
    path = tmp_path / "nasty.nowprint"
    path.write_bytes(changed(file, "episodes.jsonl", 0, text=nasty, gist=nasty, project=nasty))
    home = opened("nasty")
    review = home.memory.files.review(str(path), "")
    made = home.memory.files.apply(review.id, (("suspicious", "import"),), read=False)
    with home.store.database.reading() as connection:
        texts = {row[0] for row in connection.execute("SELECT text FROM episode")}
    assert nasty in texts
    assert made.episodes == 8
    assert all(finding.ok for finding in home.memory.findings(repair=False))


def test_a_history_may_hold_nothing_but_this_programs_words(
    file: bytes, opened: Callable[..., Profiled], tmp_path: Path
) -> None:
    path = tmp_path / "history.nowprint"
    path.write_bytes(changed(file, "audit.jsonl", 0, detail="My cat Pickwick has kidney disease"))
    home = opened("history")
    home.memory.files.apply(home.memory.files.review(str(path), "").id, (), read=False)
    with home.store.database.reading() as connection:
        told = [row[0] for row in connection.execute("SELECT detail FROM audit")]
    assert len(told) > 11
    assert not any("Pickwick" in detail for detail in told)


def test_features_that_are_none_are_refused_when_they_would_be_taken_over(
    file: bytes, opened: Callable[..., Profiled], tmp_path: Path
) -> None:
    episode = json.loads(parts_of(file)["episodes.jsonl"].splitlines()[0])
    episode["why"]["contributions"] = [{"feature": "\x1b[31m", "value": 1, "adds": 1}]
    path = tmp_path / "features.nowprint"
    path.write_bytes(changed(file, "episodes.jsonl", 0, why=episode["why"]))
    home = opened("features")
    review = home.memory.files.review(str(path), "")
    before = rows(home)
    with pytest.raises(UserError, match="no features"):
        home.memory.files.apply(review.id, (), read=False)
    assert rows(home) == before


# --- what takes long ---------------------------------------------------------------------------


def test_ten_million_lines_are_refused_by_their_number(file: bytes, refused: Refused) -> None:
    parts = parts_of(file)
    manifest = json.loads(parts["manifest.json"])
    manifest["counts"]["episodes"] = 10_000_000
    parts["manifest.json"] = json.dumps(manifest).encode()
    assert "10,000,000 lines" in refused(zipped(parts, fitting=False))


def test_more_lines_than_were_told_of_end_it_at_once(file: bytes, refused: Refused) -> None:
    parts = parts_of(file)
    one = parts["audit.jsonl"].splitlines()[0]
    many = b"\n".join(one.replace(b'"at":1', b'"at":%d' % (n % 9 + 1)) for n in range(50_000))
    lying = zipped(parts | {"audit.jsonl": many + b"\n"})
    manifest = json.loads(parts_of(lying)["manifest.json"])
    manifest["counts"]["audit"] = 10
    told = json.dumps(manifest).encode()
    assert "more lines" in refused(zipped(parts_of(lying) | {"manifest.json": told}, fitting=False))


def test_whoever_breaks_it_off_need_not_wait(
    file: bytes, opened: Callable[..., Profiled], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = opened("impatient")
    home.memory.prepare()
    path = tmp_path / "a.nowprint"
    path.write_bytes(file)
    files = home.memory.files
    read = reading.parsing.read_episode

    def interrupted(*given: Any) -> Any:
        files.drop(0)
        return read(*given)

    monkeypatch.setattr(reading.parsing, "read_episode", interrupted)
    before = rows(home)
    with pytest.raises(Interrupted):
        files.review(str(path), "")
    assert rows(home) == before
    told = [event for event in home.events if isinstance(event, Progress)]
    assert told[-1] == Progress("Reading the file", 1.0)


def test_a_large_file_takes_little_more_memory_than_it_holds(
    file: bytes, opened: Callable[..., Profiled], tmp_path: Path
) -> None:
    parts = parts_of(file)
    one = json.loads(parts["episodes.jsonl"].splitlines()[0]) | {"sources": [], "vector": None}
    one["why"]["moments"] = []
    large = b"".join(
        json.dumps(one | {"id": n, "text": " ".join(str(n * k) for k in range(1600))}).encode()
        + b"\n"
        for n in range(1, 151)
    )
    small = {"episodes.jsonl": large, "links.jsonl": b"", "audit.jsonl": b"", "sources.jsonl": b""}
    manifest = json.loads(parts["manifest.json"])
    del manifest["entries"]["embeddings.i8"]
    path = tmp_path / "large.nowprint"
    path.write_bytes(zipped(small | {"manifest.json": json.dumps(manifest).encode()}))
    home = opened("large")
    home.memory.prepare()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    review = home.memory.files.review(str(path), "")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    assert sum(group.count for group in review.groups) == 150
    assert grown < len(large) + 75 * MB
