"""``nowprint encryption …``, and how the other commands get the passphrase of an encrypted profile."""

from __future__ import annotations

import getpass
import json
import os
import sys
from pathlib import Path

import pytest

from nowprint.__main__ import main
from nowprint.cli import session
from nowprint.cli.encryption.unlocking import VARIABLE
from nowprint.encryption import key_file, unlocking
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.service.protocol import Doctor
from nowprint.settings import Profile, Settings, save_settings

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_file, "COST", 2**14)


class Terminal:
    """Runs commands; whoever sits there types ``typed``, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.typed: list[str] = []
        self.prompts: list[str] = []
        self._capsys = capsys
        monkeypatch.setattr(getpass, "getpass", self._ask)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True)

    def _ask(self, prompt: str, stream: object) -> str:
        assert stream is sys.stderr
        self.prompts.append(prompt)
        return self.typed.pop(0)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        status = main(list(arguments))
        assert self.typed == []
        return status, *self._capsys.readouterr()


@pytest.fixture
def terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], profile: Profile
) -> Terminal:
    profile.home.mkdir()
    save_settings(profile, Settings(temperature=0.5))
    monkeypatch.delenv(VARIABLE, raising=False)
    return Terminal(monkeypatch, capsys)


def recovery_of(out: str) -> str:
    return out.splitlines()[0].removeprefix("Recovery key: ")


def test_it_is_turned_on_changed_and_turned_off(terminal: Terminal, profile: Profile) -> None:
    assert terminal.run("encryption", "status") == (0, "The profile is not encrypted.\n", "")
    terminal.typed = [PASSPHRASE, PASSPHRASE]
    status, out, _ = terminal.run("encryption", "on")
    assert status == 0
    assert "nobody else can" in out  # said before anything is encrypted
    assert out.splitlines()[-1].startswith("The profile is encrypted. What was there before")
    recovery = recovery_of(out)
    assert unlocking.unlock(profile, recovery).cipher
    assert b"temperature" not in profile.settings_file.read_bytes()
    told = "The profile is encrypted; a passphrase or a recovery key opens it.\n"
    assert terminal.run("encryption", "status") == (0, told, "")
    terminal.typed = [recovery, "another passphrase", "another passphrase"]
    assert terminal.run("encryption", "passphrase")[0] == 0
    terminal.typed = ["another passphrase"]
    status, out, _ = terminal.run("encryption", "recovery-key")
    assert recovery_of(out) != recovery
    terminal.typed = [recovery_of(out)]
    assert terminal.run("encryption", "off")[0] == 0
    assert not profile.key_file.exists()
    assert b'"temperature": 0.5' in profile.settings_file.read_bytes()
    status, _, err = terminal.run("encryption", "passphrase")
    assert (status, "is not encrypted" in err) == (1, True)


def test_what_goes_wrong_changes_nothing(terminal: Terminal, profile: Profile) -> None:
    terminal.typed = [PASSPHRASE, "something else"]
    status, _, err = terminal.run("encryption", "on")
    assert (status, err) == (1, "nowprint: The two passphrases differ: nothing was changed.\n")
    terminal.typed = ["short", "short"]
    status, _, err = terminal.run("encryption", "on")
    assert (status, "too short" in err) == (1, True)
    assert not profile.key_file.exists()


@pytest.fixture
def encrypted(terminal: Terminal, tmp_path: Path) -> Path:
    """The passphrase's file of the profile, which is encrypted."""
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    assert terminal.run("encryption", "on", "--profile-passphrase-file", str(file))[0] == 0
    return file


def opened_by(core, monkeypatch: pytest.MonkeyPatch) -> list[Profile]:
    """The profiles that cores are started on."""
    core.replies[Doctor] = ()
    profiles: list[Profile] = []

    def client(profile: Profile, **callbacks: object) -> object:
        profiles.append(profile)
        return core.client(profile, **callbacks)

    monkeypatch.setattr(session, "Client", client)
    return profiles


def test_each_command_opens_it_with_what_it_is_given(
    terminal: Terminal, encrypted: Path, core, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = opened_by(core, monkeypatch)
    assert terminal.run("doctor", "--profile-passphrase-file", str(encrypted))[0] == 0
    monkeypatch.setenv(VARIABLE, PASSPHRASE)
    assert terminal.run("doctor")[0] == 0
    assert VARIABLE not in os.environ  # the core doesn't inherit it
    terminal.typed = ["a wrong one", PASSPHRASE]
    status, _, err = terminal.run("doctor")
    assert (status, err) == (0, "nowprint: This passphrase doesn't open the profile: try again.\n")
    assert terminal.prompts == ["Passphrase or recovery key: "] * 2
    assert len({profile.cipher.key for profile in profiles if profile.cipher}) == 1
    assert len(profiles) == 3


def test_without_the_passphrase_no_core_is_started(
    terminal: Terminal, encrypted: Path, core, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = opened_by(core, monkeypatch)
    terminal.typed = ["wrong"] * 3
    status, _, err = terminal.run("doctor")
    assert (status, err.count("try again")) == (1, 3)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    status, _, err = terminal.run("doctor")
    assert (status, VARIABLE in err) == (1, True)
    encrypted.write_bytes(b"\xff")
    status, _, err = terminal.run("doctor", "--profile-passphrase-file", str(encrypted))
    assert (status, "can't be read" in err) == (1, True)
    assert profiles == []


def test_json_tells_the_recovery_key_and_the_status(terminal: Terminal, profile: Profile) -> None:
    terminal.typed = [PASSPHRASE, PASSPHRASE]
    _, out, _ = terminal.run("--json", "encryption", "on")
    assert unlocking.unlock(profile, json.loads(out)["recovery_key"]).cipher
    _, out, _ = terminal.run("encryption", "status", "--json")
    assert json.loads(out) == {"encrypted": True, "opened_by": ["a passphrase", "a recovery key"]}


def test_a_profile_in_use_is_not_encrypted(terminal: Terminal, profile: Profile) -> None:
    import filelock

    store = ConversationStore(profile.database)
    store.database.close()
    with filelock.FileLock(profile.lock), pytest.MonkeyPatch.context() as patch:
        patch.setattr("nowprint.service.encryption.conversion.LOCK_SECONDS", 0)
        terminal.typed = [PASSPHRASE, PASSPHRASE]
        status, _, err = terminal.run("encryption", "on")
    assert (status, "open in another Nowprint" in err) == (1, True)
    assert not profile.key_file.exists()
