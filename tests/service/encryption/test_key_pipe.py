"""A real core on an encrypted profile: the key comes through its pipe alone, again after its death."""

from __future__ import annotations

import base64
import os
import queue
import signal
from dataclasses import replace

import psutil
import pytest

from nowprint.encryption import key_file, unlocking
from nowprint.errors import CoreDied, ProfileError, ProfileLocked
from nowprint.service.client import Client
from nowprint.service.protocol import Doctor, ListConversations, Remember
from nowprint.service.requests.memory import FindEpisodes
from nowprint.settings import Profile

SECONDS = 60.0


@pytest.fixture
def opened(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> Profile:
    monkeypatch.setattr(key_file, "COST", 2**14)
    profile.home.mkdir()
    key, file, _ = key_file.new_key("correct horse battery")
    key_file.write(profile.key_file, replace(file, state="encrypted"))
    return unlocking.with_key(profile, key)


def test_the_core_has_the_key_and_nobody_can_read_it(opened: Profile) -> None:
    deaths: queue.SimpleQueue[CoreDied] = queue.SimpleQueue()
    client = Client(opened, on_event=lambda _: None, on_death=deaths.put)
    client.start()
    try:
        client.call(Remember("My cat is called Pickwick.")).result(SECONDS)
        findings = client.call(Doctor()).result(SECONDS)
        (told,) = (finding for finding in findings if finding.check == "encryption")
        assert told.ok, told.detail
        assert client.pid
        seen = psutil.Process(client.pid)
        outside = " ".join([*seen.cmdline(), *map("=".join, seen.environ().items())])
        key = opened.cipher.key if opened.cipher else b""
        for form in (key.hex(), base64.b64encode(key).decode()):
            assert form not in outside
        os.kill(client.pid, signal.SIGKILL)
        deaths.get(timeout=SECONDS)
        client.start()  # as a front end does, which asks nobody
        page = client.call(FindEpisodes()).result(SECONDS)
        assert [episode.text for episode in page.episodes] == ["My cat is called Pickwick."]
    finally:
        client.close()
    for path in opened.home.iterdir():
        data = path.read_bytes()
        assert b"Pickwick" not in data, path
        assert path.name == "key.json" or key not in data, path


@pytest.mark.parametrize("wrong", ["none", "another"])
def test_a_core_without_the_key_says_so_and_changes_nothing(opened: Profile, wrong: str) -> None:
    profile = Profile(opened.home)
    if wrong == "another":
        profile = unlocking.with_key(profile, bytes(32))
    client = Client(profile, on_event=lambda _: None, on_death=lambda _: None)
    client.start()
    try:
        with pytest.raises(ProfileLocked if wrong == "none" else ProfileError):
            client.call(ListConversations()).result(SECONDS)
    finally:
        client.close()
    assert not opened.database.exists()
