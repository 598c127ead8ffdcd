"""Turns encryption on: what it means, a passphrase, the recovery key; then the window makes way for it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nowprint.encryption import key_file, keyring_store
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.encryption.recovery_key import RecoveryKey
from nowprint.gui.encryption.secret_field import secret_field, show_secrets
from nowprint.gui.widgets.buttons import Check, button
from nowprint.gui.widgets.dialog import DialogBase, bullets, words
from nowprint.gui.widgets.theme import Theme

ABOUT = (
    "Whoever gets hold of this computer's disk, or of a copy of the profile, can then read nothing of it "
    "without the passphrase. While Nowprint is open, programs of yours could still read what it shows."
)
ENCRYPTED = (
    "Encrypted: chats, memories, their index, settings, drafts, logs.",
    "Not encrypted: model files, and how large the profile's files are.",
    "What is there now is overwritten. An SSD may keep traces of it until it uses the place again.",
    "Chats and memories that you exported stay as they are.",
)
TOO_SHORT = f"Take at least {key_file.LEAST_PASSPHRASE} characters: four words or more are best."
DIFFER = "The two passphrases differ: enter the same one twice."


class EncryptDialog(DialogBase):
    wanted = Signal(object, object, bool)
    """Encrypt the profile now: its key, the content of its key file, and whether the keyring gets the key."""

    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(theme, "Encrypt this profile", "encrypt", parent)
        self._bridge = bridge
        self._made: tuple[bytes, Any, str] | None = None
        self.add_heading("Encrypt this profile")
        self.column.addWidget(words(ABOUT))
        self.column.addWidget(words(bullets(ENCRYPTED), "quiet"))
        self._build_passphrase()
        self.column.addStretch()
        self.go_on = button("&Continue", "primary", self._continue, name="encrypt.continue")
        self.add_buttons(self.go_on, default=self.go_on)
        self.add_close("Cancel")
        self.passphrase.setFocus()
        self.fit()
        bridge.aside(keyring_store.available, self._offer_keyring, lambda _: None)

    def _build_passphrase(self) -> None:
        card = self.add_card("Passphrase")
        self.passphrase = secret_field("encrypt.passphrase", "Passphrase")
        self.again = secret_field("encrypt.again", "Repeat the passphrase")
        for field in (self.passphrase, self.again):
            field.textChanged.connect(lambda _: self.say_fault(""))
            card.addWidget(field)
        self.show_it = Check(self.theme, "&Show what I type")
        self.show_it.setObjectName("encrypt.show")
        self.show_it.toggled.connect(lambda on: show_secrets(on, self.passphrase, self.again))
        card.addWidget(self.show_it)
        self.keyring = Check(self.theme, "")
        self.keyring.setObjectName("encrypt.keyring")
        self.keyring.hide()
        card.addWidget(self.keyring)
        self._card = card.parentWidget()

    def _offer_keyring(self, name: str) -> None:
        """Only where the system has one."""
        if name and not self.closed:
            text = f"&Don't ask on this computer: {name} keeps the key, too"
            self.keyring.setText(text)
            self.keyring.setAccessibleName(text.replace("&", ""))
            self.keyring.show()
            self.fit()

    def _continue(self) -> None:
        if len(self.passphrase.text()) < key_file.LEAST_PASSPHRASE:
            self.say_fault(TOO_SHORT)
            self.passphrase.setFocus()
        elif self.passphrase.text() != self.again.text():
            self.say_fault(DIFFER)
            self.again.setFocus()
        else:
            typed = self.passphrase.text()
            self.go_on.setEnabled(False)
            self.busy("Making the key")
            self._bridge.aside(lambda: key_file.new_key(typed), self._show_key)

    def _show_key(self, made: tuple[bytes, Any, str]) -> None:
        if self.closed:
            return
        self._made = made
        self.busy("")
        self._card.hide()
        card = self.add_card("Recovery key")
        self.recovery = RecoveryKey(self.theme, made[2], self)
        self.recovery.failed.connect(self.say_fault)
        self.recovery.kept.connect(self.go_on.setEnabled)
        card.addWidget(self.recovery)
        card.addWidget(
            words(
                "Nowprint now closes its window, encrypts the profile, and opens it again.", "quiet"
            )
        )
        self.go_on.setText("&Encrypt now")
        self.go_on.clicked.disconnect()
        self.go_on.clicked.connect(self._encrypt)
        self.recovery.copy.setFocus()
        self.fit()

    def _encrypt(self) -> None:
        key, file, _ = self._made
        self.accept()
        self.wanted.emit(key, file, self.keyring.isChecked())
