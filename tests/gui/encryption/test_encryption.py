"""The page that asks for the passphrase, the dialogs of encryption, and a window that opens again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_client import FakeClient
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from nowprint.encryption import key_file, keyring_store, unlocking
from nowprint.errors import ProfileError
from nowprint.gui.encryption.conversion_page import ConversionPage
from nowprint.gui.encryption.encrypt_dialog import DIFFER, TOO_SHORT, EncryptDialog
from nowprint.gui.encryption.protection_dialog import ProtectionDialog
from nowprint.gui.encryption.unlock_page import UnlockPage
from nowprint.gui.process import app
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.window.window import MainWindow
from nowprint.settings import Profile, Settings, load_settings, save_settings

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_file, "COST", 2**14)
    monkeypatch.setattr(keyring_store, "available", lambda: "")


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    font = qapp.font()
    theme = Theme(qapp, "light")
    yield theme
    theme.deleteLater()
    qapp.setFont(font)


@pytest.fixture
def opened(profile: Profile) -> Profile:
    profile.home.mkdir()
    key, file, _ = key_file.new_key(PASSPHRASE)
    key_file.write(profile.key_file, replace(file, state="encrypted"))
    return unlocking.with_key(profile, key)


class AtOnce:
    """In the bridge's place: does at once what it would do on another thread."""

    def aside(self, do: Callable[[], Any], done: Any, failed: Any = None) -> None:
        try:
            value = do()
        except ProfileError as fault:
            failed(fault)
        else:
            done(value)


def part(dialog: QWidget, kind: type, name: str) -> Any:
    found = dialog.findChild(kind, name)
    assert found, name
    return found


def test_the_page_lets_one_try_again(
    qtbot: Any, theme: Theme, profile: Profile, opened: Profile
) -> None:
    page = UnlockPage(theme, profile)
    page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(page)
    page.show()
    assert not page.open_it.isEnabled()
    assert page.field.echoMode() is QLineEdit.EchoMode.Password
    assert page.field.accessibleName() == "Passphrase or recovery key"
    qtbot.keyClicks(page.field, "a wrong one")
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.fault.text() == "That is not the passphrase: try again.")
    assert page.field.selectedText()
    assert page.opened is None
    page.show_it.setChecked(True)
    assert page.field.echoMode() is QLineEdit.EchoMode.Normal
    qtbot.keyClicks(page.field, PASSPHRASE)  # over what is selected
    assert page.fault.text() == ""
    with qtbot.waitSignal(page.finished):
        qtbot.keyClick(page.field, Qt.Key.Key_Return)
    assert page.opened is not None
    assert page.opened.cipher is not None


def test_a_recovery_key_is_kept_before_anything_is_encrypted(
    qtbot: Any, theme: Theme, profile: Profile, tmp_path: Path
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = EncryptDialog(theme, AtOnce(), parent)
    wanted: list[tuple[Any, ...]] = []
    dialog.wanted.connect(lambda *what: wanted.append(what))
    dialog.show()
    assert dialog.keyring.isHidden()
    dialog.passphrase.setText("short")
    dialog.go_on.click()
    assert dialog.fault.text() == TOO_SHORT
    dialog.passphrase.setText(PASSPHRASE)
    dialog.again.setText("something else")
    dialog.go_on.click()
    assert dialog.fault.text() == DIFFER
    dialog.again.setText(PASSPHRASE)
    dialog.go_on.click()
    shown = part(dialog, QLabel, "recovery.key").text().replace("\n", "-")
    assert not dialog.go_on.isEnabled()
    dialog.recovery.copy.click()
    assert QGuiApplication.clipboard().text() == shown
    dialog.recovery.save_to(str(tmp_path / "key.txt"))
    assert shown in (tmp_path / "key.txt").read_text(encoding="utf-8")
    dialog.recovery.have.setChecked(True)
    dialog.go_on.click()
    ((key, file, keyring),) = wanted
    assert file.unlock(PASSPHRASE) == key
    assert file.unlock(shown) == key
    assert keyring is False
    assert not profile.home.exists()


def test_what_opens_it_is_changed_in_its_dialog(
    qtbot: Any, theme: Theme, profile: Profile, opened: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[str] = []
    monkeypatch.setattr(keyring_store, "available", lambda: "the wallet")
    monkeypatch.setattr(keyring_store, "put", lambda id, _: held.append(id))
    monkeypatch.setattr(keyring_store, "forget", lambda id: not held.remove(id))
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ProtectionDialog(theme, AtOnce(), opened, parent)
    dialog.show()
    assert dialog.ways.text() == "It is opened by a passphrase or a recovery key."
    for field, text in (
        (dialog.before, "a wrong one"), (dialog.passphrase, "another passphrase"),
        (dialog.again, "another passphrase"),
    ):  # fmt: skip
        field.setText(text)
    dialog.change.click()
    assert "doesn't open the profile" in dialog.fault.text()
    dialog.before.setText(PASSPHRASE)
    dialog.change.click()
    assert dialog.ways.text().startswith("The new passphrase holds from now on.")
    assert unlocking.unlock(profile, "another passphrase").cipher
    dialog.renew.click()
    shown = part(dialog, QLabel, "recovery.key").text().replace("\n", "-")
    assert unlocking.unlock(profile, shown).cipher
    assert dialog.keyring.text().endswith("the wallet keeps the key, too")
    dialog.keyring.click()
    assert len(held) == 1
    assert key_file.read(profile.key_file).keyring
    dialog.keyring.click()
    assert held == []
    with qtbot.waitSignal(dialog.decrypt_wanted):
        part(dialog, QPushButton, "protection.off").click()


def test_a_change_that_failed_says_why(qtbot: Any, theme: Theme, profile: Profile) -> None:
    def fail() -> Profile:
        raise ProfileError("There is no room: make some.")

    page = ConversionPage(theme, "Encrypting the profile", fail)
    page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.fault.text() == "There is no room: make some.")
    with qtbot.waitSignal(page.finished):
        page.close_it.click()
    assert page.opened is None


class Visit:
    """Somebody at the program: acts whenever what they wait for is there."""

    def __init__(self, *acts: Callable[[], bool]) -> None:
        self._acts = list(acts)
        self._beat = QTimer(interval=20)
        self._beat.timeout.connect(self._look)
        self._beat.start()

    def _look(self) -> None:
        if self._acts and self._acts[0]():
            self._acts.pop(0)
        if not self._acts:
            self._beat.stop()


def shown(name: str) -> Any:
    widgets = (widget for widget in QApplication.allWidgets() if widget.objectName() == name)
    return next((widget for widget in widgets if widget.isVisible()), None)


def test_the_program_encrypts_and_opens_again_and_asks_at_the_next_start(
    qapp: QApplication, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    font = qapp.font()
    profile.home.mkdir()
    save_settings(profile, Settings(theme="dark", text_size=1.5))
    ciphers: list[object] = []
    sizes: list[float] = []

    def client(opened: Profile, **callbacks: Any) -> FakeClient:
        ciphers.append(opened.cipher)
        made = FakeClient(opened, **callbacks)
        made.settings = load_settings(opened)
        return made

    monkeypatch.setattr(app, "make_app", lambda: qapp)
    monkeypatch.setattr(app, "real_client", client)
    monkeypatch.setattr(app, "_obey_signals", QTimer)
    windows: list[MainWindow] = []

    class Window(MainWindow):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            windows.append(self)
            self.is_built = False
            self.built.connect(lambda: setattr(self, "is_built", True))

    monkeypatch.setattr(app, "MainWindow", Window)

    def built(count: int, act: Callable[[MainWindow], object]) -> Callable[[], bool]:
        def look() -> bool:
            ready = len(windows) == count and windows[-1].is_built
            if ready:
                sizes.append(qapp.font().pointSizeF())
                act(windows[-1])
            return ready

        return look

    def filled() -> bool:
        if field := shown("encrypt.passphrase"):
            field.setText(PASSPHRASE)
            shown("encrypt.again").setText(PASSPHRASE)
            shown("encrypt.continue").click()
        return field is not None

    def kept() -> bool:
        if box := shown("recovery.kept"):
            box.setChecked(True)
            shown("encrypt.continue").click()
        return box is not None

    def typed() -> bool:
        if field := shown("unlock.passphrase"):
            sizes.append(qapp.font().pointSizeF())
            field.setText(PASSPHRASE)
            shown("unlock.open").click()
        return field is not None

    first = Visit(
        built(1, lambda window: window.dialogs.encryption.open()),
        filled,
        kept,
        built(2, MainWindow.close),
    )
    assert app.main(profile) == 0
    assert first._acts == []
    assert load_settings(profile) == Settings(theme="dark", text_size=1.5)  # how the page looks
    assert b"text_size" not in profile.settings_file.read_bytes()
    qapp.setFont(font)  # a new process begins with the system's
    second = Visit(typed, built(3, MainWindow.close))
    assert app.main(profile) == 0
    assert second._acts == []
    assert [cipher is not None for cipher in ciphers] == [False, True, True]
    assert len(set(sizes)) == 1, "the text is as large in each window, and on the page"
    for window in windows[1:]:  # the first one made way
        window.deleteLater()
    qapp.setFont(font)
