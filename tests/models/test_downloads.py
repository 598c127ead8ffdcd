"""Downloads from a hub that redirects to another server: whole, as a set, broken off and gone on with."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from nowprint.errors import UserError
from nowprint.models import downloads, hub_client
from nowprint.models.downloads import Download, DownloadProgress
from nowprint.models.hub import list_files
from nowprint.models.partial_file import PartialFile

from .downloading import (
    MODEL,
    SIZE,
    Running,
    fails,
    journal,
    names,
    nothing,
    one,
    own_process,
    sent,
    size_of,
    wait_until,
    weights,
)
from .hub_server import COMMIT, PIECE, TOKEN, Fault, HubServer

# --- whole -------------------------------------------------------------------------------------


def test_a_model_is_downloaded_whole_and_right(
    hub: HubServer, folder: Path, download: Download
) -> None:
    hub.cdn.pace = 0.02
    told: list[DownloadProgress] = []
    (found,) = list_files("maker/m")
    assert found == one()
    path = download.run(threading.Event(), told.append)
    assert path == download.path == folder / "maker--m" / "a.gguf"
    assert path.read_bytes() == MODEL
    assert names(folder) == ["maker--m/a.gguf"]
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert {step.total for step in told} == {SIZE}
    assert (told[0].done, told[0].seconds_left) == (0, None)
    assert (told[-1].done, told[-1].seconds_left) == (SIZE, 0)
    middle = told[len(told) // 2]
    rate = PIECE / hub.cdn.pace
    assert 0.3 * rate < middle.bytes_per_second < 1.2 * rate
    assert middle.seconds_left == pytest.approx((SIZE - middle.done) / middle.bytes_per_second)


def test_a_model_that_is_there_is_not_downloaded_again(hub: HubServer, download: Download) -> None:
    download.run(threading.Event(), nothing)
    asked = len(hub.requests)
    told: list[DownloadProgress] = []
    download.run(threading.Event(), told.append)
    assert len(hub.requests) == asked
    download.discard()
    assert download.path.read_bytes() == MODEL


def test_another_file_of_that_name_stays(hub: HubServer, download: Download) -> None:
    download.path.parent.mkdir(parents=True)
    for other in (b"mine", b"x" * SIZE):
        download.path.write_bytes(other)
        with pytest.raises(UserError, match="is there already and is another file"):
            download.run(threading.Event(), nothing)
        assert download.path.read_bytes() == other
    download.discard()
    assert download.path.exists()
    assert hub.requests == []


def test_the_token_is_for_the_hub_alone(
    hub: HubServer, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories["maker/m"].gated = True
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.cdn.faults.append(Fault(302, {"Location": f"{hub.url}/maker/m/resolve/{COMMIT}/a.gguf"}))
    fails(download, "maker/m is gated")  # who leads back to the hub doesn't get it sent there
    download.run(threading.Event(), nothing)
    tokens = [asked.headers["Authorization"] for asked in hub.requests]
    assert tokens == [f"Bearer {TOKEN}", None, f"Bearer {TOKEN}"]
    assert len(hub.cdn.requests) == 2
    for asked in hub.cdn.requests:
        assert TOKEN not in str(asked.headers) + asked.path
        assert asked.headers["User-Agent"].startswith("unknown/None; hf_hub/")
        assert asked.headers["Cookie"] is None


def test_a_gated_model_says_what_to_do(
    hub: HubServer, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories["maker/m"].gated = True
    gated = f"maker/m is gated: accept its licence on {hub.url}/maker/m, and set a token"
    fails(download, gated)
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_else")
    fails(download, gated)
    assert hub.cdn.requests == []


# --- sets --------------------------------------------------------------------------------------

PARTS = [weights(10 * PIECE, seed) for seed in (2, 3, 4)]
PART_NAMES = [f"Q8/b-0000{number}-of-00003.gguf" for number in (1, 2, 3)]


@pytest.fixture
def split(hub: HubServer, folder: Path) -> Download:
    hub.add("maker/m", dict(zip(PART_NAMES, PARTS, strict=True)))
    (files,) = list_files("maker/m")
    return Download(files, folder)


def placed(folder: Path) -> list[str]:
    return [name for name in names(folder) if name.endswith(".gguf")]


def test_a_set_is_one_download_and_there_when_all_of_it_is(
    hub: HubServer, folder: Path, split: Download
) -> None:
    hub.cdn.faults.extend((Fault(), Fault(), Fault(404)))
    fails(split, "refuses this")
    assert placed(folder) == []
    told: list[DownloadProgress] = []
    path = split.run(threading.Event(), told.append)
    assert path == folder / "maker--m" / "Q8" / "b-00001-of-00003.gguf"
    assert [(folder / "maker--m" / name).read_bytes() for name in PART_NAMES] == PARTS
    assert names(folder) == [f"maker--m/{name}" for name in PART_NAMES]
    assert {step.total for step in told} == {30 * PIECE}
    assert told[0].done == 20 * PIECE
    assert sent(hub) == 30 * PIECE


def test_a_wrong_part_is_all_that_a_set_loses(
    hub: HubServer, folder: Path, split: Download
) -> None:
    hub.cdn.faults.extend((Fault(), Fault(body=b"x" * 10 * PIECE)))
    fails(split, "b-00002-of-00003.gguf came damaged")
    assert names(folder) == [
        f"maker--m/{PART_NAMES[0]}.part",
        f"maker--m/{PART_NAMES[0]}.part.json",
    ]
    split.run(threading.Event(), nothing)
    assert sent(hub) == 40 * PIECE


class Killed(Exception):
    pass


def kill_after(calls: int, method: str, split: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run it until a file's ``method`` has been called so often."""
    real, done = getattr(PartialFile, method), []

    def call_or_die(part: PartialFile) -> None:
        if len(done) == calls:
            raise Killed
        real(part)
        done.append(part)

    with monkeypatch.context() as patched:
        patched.setattr(PartialFile, method, call_or_die)
        with pytest.raises(Killed):
            split.run(threading.Event(), nothing)


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_a_kill_while_a_set_gets_its_names(
    calls: int, hub: HubServer, folder: Path, split: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is verified is neither asked for nor read again."""
    kill_after(calls, "place", split, monkeypatch)
    assert placed(folder) == [f"maker--m/{name}" for name in PART_NAMES[3 - calls :]]
    assert not split.path.exists()
    asked = len(hub.requests)
    told: list[DownloadProgress] = []
    monkeypatch.setattr(downloads, "_TELL_SECONDS", 0)
    split.run(threading.Event(), told.append)
    assert len(hub.requests) == asked
    assert not any(step.checking for step in told)
    assert names(folder) == [f"maker--m/{name}" for name in PART_NAMES]
    assert [path.read_bytes() for path in split.paths] == PARTS


@pytest.mark.parametrize("calls", [0, 2])
def test_a_kill_while_its_journals_go(
    calls: int, folder: Path, split: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_after(calls, "forget", split, monkeypatch)
    assert placed(folder) == [f"maker--m/{name}" for name in PART_NAMES]
    split.discard()  # it is a whole model
    assert names(folder) == [f"maker--m/{name}" for name in PART_NAMES]


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_a_set_that_a_kill_left_is_discarded_with_what_has_a_name(
    calls: int, folder: Path, split: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_after(calls, "place", split, monkeypatch)
    split.discard()
    assert list(folder.iterdir()) == []


def test_a_set_that_is_discarded_leaves_nothing_but_what_was_there(
    hub: HubServer, folder: Path, split: Download
) -> None:
    third = folder / "maker--m" / PART_NAMES[2]
    third.parent.mkdir(parents=True)
    third.write_bytes(PARTS[2])
    hub.cdn.faults.extend((Fault(), Fault(404)))
    fails(split, "refuses this")
    split.discard()
    assert names(folder) == [f"maker--m/{PART_NAMES[2]}"]
    third.unlink()
    split.discard()
    assert list(folder.iterdir()) == []


# --- broken off, and gone on with --------------------------------------------------------------


def test_a_paused_download_goes_on_where_it_was(
    hub: HubServer, folder: Path, download: Download
) -> None:
    hub.cdn.pace = 0.01
    part = folder / "maker--m" / "a.gguf.part"
    running = Running(download)
    wait_until(lambda: size_of(part) > 4 * PIECE)
    running.pause()
    had = size_of(part)
    assert names(folder) == ["maker--m/a.gguf.part", "maker--m/a.gguf.part.json"]
    sha256 = hashlib.sha256(MODEL).hexdigest()
    assert journal(folder) == {
        "url": f"{hub.url}/maker/m/resolve/{COMMIT}/a.gguf",
        "revision": COMMIT,
        "size": SIZE,
        "sha256": sha256,
        "etag": f'"{sha256[:16]}"',
        "verified": False,
    }
    hub.cdn.pace = 0
    told: list[DownloadProgress] = []
    Download(one(), folder).run(threading.Event(), told.append)  # as after a restart
    assert download.path.read_bytes() == MODEL
    assert told[0].done == had
    assert hub.cdn.requests[-1].sent == SIZE - had
    assert hub.cdn.requests[-1].headers["Range"] == f"bytes={had}-"
    assert hub.cdn.requests[-1].headers["If-Range"] == f'"{sha256[:16]}"'
    assert names(folder) == ["maker--m/a.gguf"]


def test_a_killed_download_goes_on_where_it_was(
    hub: HubServer, folder: Path, download: Download
) -> None:
    hub.cdn.pace = 0.01
    part = folder / "maker--m" / "a.gguf.part"
    had = 0
    for _ in range(3):
        child = subprocess.Popen(own_process(one(), folder))
        wait_until(lambda: size_of(part) >= had + 3 * PIECE)  # noqa: B023 - it is called here
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        had = size_of(part)
        assert not download.path.exists()
    hub.cdn.pace = 0
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL
    assert hub.cdn.requests[-1].sent == SIZE - had


def test_a_lost_line_is_taken_up_again(
    hub: HubServer, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is read again to find its SHA-256."""
    monkeypatch.setattr(downloads, "_TELL_SECONDS", 0)
    told: list[DownloadProgress] = []
    hub.faults.append(Fault(503))
    hub.cdn.faults.extend((Fault(cut=5 * PIECE), Fault(cut=0), Fault(cut=PIECE + 1)))
    download.run(threading.Event(), told.append)
    assert download.path.read_bytes() == MODEL
    asked = [asked.headers["Range"] for asked in hub.cdn.requests]
    assert asked == [None, *(f"bytes={n}-" for n in (5 * PIECE, 5 * PIECE, 6 * PIECE + 1))]
    assert sent(hub) == SIZE
    assert not any(step.checking for step in told)


def test_a_server_that_knows_no_ranges_begins_anew(hub: HubServer, download: Download) -> None:
    hub.cdn.faults.extend((Fault(cut=3 * PIECE), Fault(200, body=MODEL)))
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL
    assert sent(hub) == SIZE + 3 * PIECE


def test_a_line_that_is_lost_again_and_again_ends_with_a_sentence(
    hub: HubServer, folder: Path, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.cdn.always = Fault(cut=PIECE)
    fails(download, r"127\.0\.0\.1 can't be reached")
    assert len(hub.cdn.requests) == downloads.TRIES
    assert size_of(folder / "maker--m" / "a.gguf.part") == downloads.TRIES * PIECE
    monkeypatch.setattr(downloads, "WORTH", PIECE)  # each try brings enough to go on
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL


def test_a_line_that_falls_silent_is_a_lost_one(
    hub: HubServer, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_client, "ANSWER_SECONDS", 0.2)
    hub.cdn.faults.extend((Fault(stall=PIECE), Fault(silent=True)))
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL
    assert len(hub.cdn.requests) == 3


def test_what_is_another_file_by_its_etag_begins_anew(
    hub: HubServer, folder: Path, download: Download
) -> None:
    hub.cdn.always = Fault(cut=PIECE)
    fails(download, "can't be reached")
    hub.cdn.always, hub.cdn.version = Fault(), "new"
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL
    assert hub.cdn.requests[-1].sent == SIZE


@pytest.mark.parametrize("etag", ["", 'W/"1"', '"\xe9"'])
def test_without_an_etag_of_use_the_range_alone_is_asked_for(
    etag: str, hub: HubServer, download: Download
) -> None:
    hub.cdn.faults.append(Fault(cut=PIECE, headers={"ETag": etag}))
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL
    assert hub.cdn.requests[-1].headers["Range"] == f"bytes={PIECE}-"
    assert hub.cdn.requests[-1].headers["If-Range"] is None


def test_another_mirror_goes_on_with_what_is_there(
    hub: HubServer, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.cdn.always = Fault(cut=PIECE)
    fails(download, "can't be reached")
    mirror = HubServer()
    mirror.add("maker/m", {"a.gguf": MODEL})
    monkeypatch.setenv("HF_ENDPOINT", mirror.url)
    try:
        download.run(threading.Event(), nothing)
    finally:
        mirror.close()
    assert download.path.read_bytes() == MODEL
    assert mirror.cdn.requests[-1].sent == SIZE - downloads.TRIES * PIECE
    assert mirror.cdn.requests[0].headers["If-Range"] is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b"{}", b'{"size": 1}'])
def test_what_has_no_journal_of_the_same_content_begins_anew(
    damage: bytes, hub: HubServer, folder: Path, download: Download
) -> None:
    hub.cdn.always = Fault(cut=PIECE)
    fails(download, "can't be reached")
    hub.cdn.always = Fault()
    (folder / "maker--m" / "a.gguf.part.json").write_bytes(damage)
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL
    assert hub.cdn.requests[-1].sent == SIZE


def test_a_part_that_is_too_long_begins_anew(
    hub: HubServer, folder: Path, download: Download
) -> None:
    hub.cdn.always = Fault(cut=PIECE)
    fails(download, "can't be reached")
    hub.cdn.always = Fault()
    (folder / "maker--m" / "a.gguf.part").write_bytes(b"x" * (SIZE + 1))
    download.run(threading.Event(), nothing)
    assert download.path.read_bytes() == MODEL
    assert hub.cdn.requests[-1].sent == SIZE
