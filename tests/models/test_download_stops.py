"""A download is left within half a second, whatever it waits for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nowprint.errors import Interrupted
from nowprint.models import downloads, partial_file
from nowprint.models.downloads import Download, DownloadProgress

from .downloading import (
    MODEL,
    PATIENCE,
    PROMPT,
    SIZE,
    Running,
    fails,
    nothing,
    one,
    own_process,
    size_of,
    wait_until,
)
from .hub_server import PIECE, Fault, HubServer


@pytest.mark.parametrize("where", ["hub", "cdn"])
@pytest.mark.parametrize("fault", [Fault(silent=True), Fault(stall=0), Fault(stall=PIECE)], ids=str)
def test_a_line_that_delivers_nothing_is_left_at_once(
    where: str, fault: Fault, hub: HubServer, folder: Path, download: Download
) -> None:
    server = hub if where == "hub" else hub.cdn
    server.always = fault
    if where == "hub" and not fault.silent:  # as a mirror that has the files itself
        server.always = Fault(200, body=MODEL, stall=fault.stall)
    running = Running(download)
    wait_until(lambda: bool(server.requests))
    time.sleep(0.2)
    running.pause()
    download.discard()
    assert list(folder.iterdir()) == []


def test_a_slow_line_is_left_at_once_and_discarded(
    hub: HubServer, folder: Path, download: Download
) -> None:
    hub.cdn.pace = 0.3
    running = Running(download)
    wait_until(lambda: size_of(folder / "maker--m" / "a.gguf.part") > 0)
    running.pause()
    download.discard()
    assert list(folder.iterdir()) == []


def test_a_name_server_that_does_not_answer_is_left_at_once(
    hub: HubServer, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def silent(*_: object, **__: object) -> None:
        asked.set()
        answer.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setenv("HF_ENDPOINT", hub.url.replace("127.0.0.1", "localhost"))
    monkeypatch.setattr(socket, "getaddrinfo", silent)
    running = Running(download)
    asked.wait(PATIENCE)
    running.pause()
    answer.set()


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue refuses there")
def test_a_server_that_nobody_answers_for_is_left_at_once(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue of connections is full: the handshake of TCP never ends."""
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = [socket.socket() for _ in range(4)]
    for client in waiting:
        client.setblocking(False)
        client.connect_ex(full.getsockname())
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{full.getsockname()[1]}")
    running = Running(download)
    time.sleep(0.5)
    running.pause()
    for client in (full, *waiting):
        client.close()


def test_waiting_for_the_next_try_is_left_at_once(hub: HubServer, download: Download) -> None:
    hub.always = Fault(503, {"Retry-After": "60"})
    running = Running(download)
    wait_until(lambda: bool(hub.requests))
    running.pause()
    assert len(hub.requests) == 1


def test_what_was_stopped_before_contacts_nobody(hub: HubServer, download: Download) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        download.run(stop, nothing)
    assert hub.requests == []


def test_reading_what_is_there_is_left_at_once(
    hub: HubServer, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came in two runs, so its SHA-256 is found at the end."""
    hub.cdn.always = Fault(cut=PIECE)
    fails(download, "can't be reached")
    hub.cdn.always = Fault()
    monkeypatch.setattr(partial_file, "_CHUNK", PIECE)
    monkeypatch.setattr(downloads, "_TELL_SECONDS", 0)
    stop, read = threading.Event(), []

    def stop_in_the_middle(step: DownloadProgress) -> None:
        if step.checking:
            read.append(step)
            assert step.done == SIZE
            stop.set()

    with pytest.raises(Interrupted):
        download.run(stop, stop_in_the_middle)
    assert len(read) == 1
    assert not download.path.exists()
    asked = len(hub.requests)
    download.run(threading.Event(), nothing)  # all of it is there
    assert download.path.read_bytes() == MODEL
    assert len(hub.requests) == asked


@pytest.mark.skipif(os.name == "nt", reason="an interrupt is no signal there")
def test_an_interrupt_of_a_terminal_leaves_it_too(
    hub: HubServer, folder: Path, download: Download
) -> None:
    hub.cdn.always = Fault(stall=PIECE)
    child = subprocess.Popen(own_process(one(), folder), stderr=subprocess.PIPE, text=True)
    wait_until(lambda: size_of(folder / "maker--m" / "a.gguf.part") == PIECE)
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=PATIENCE)
    assert time.monotonic() - began < 3 * PROMPT  # the process has to end as well
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert "never retrieved" not in said
    assert "destroyed" not in said
