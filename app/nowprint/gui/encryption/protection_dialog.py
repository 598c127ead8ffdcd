"""What opens the encrypted profile (passphrase, recovery key, keyring), to be changed; and turning it off."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nowprint.encryption import key_file, keyring_store, unlocking
from nowprint.encryption.key_file import KeyFile
from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.encryption.encrypt_dialog import DIFFER, TOO_SHORT
from nowprint.gui.encryption.recovery_key import RecoveryKey
from nowprint.gui.encryption.secret_field import secret_field
from nowprint.gui.widgets.buttons import Check, button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Theme
from nowprint.settings import Profile

NEW_KEY = "The recovery key that you have opens the profile no more once a new one is made."
OFF = (
    "Every file is written anew without encryption. Nowprint closes its window for that, and opens "
    "it again."
)


class ProtectionDialog(DialogBase):
    decrypt_wanted = Signal()

    def __init__(self, theme: Theme, bridge: Bridge, profile: Profile, parent: QWidget) -> None:
        super().__init__(theme, "Encryption", "protection", parent)
        self._bridge = bridge
        self._profile = profile
        self._buttons: list[QWidget] = []
        self.add_heading("This profile is encrypted")
        self.ways = words("", name="protection.ways")
        self.column.addWidget(self.ways)
        self._build_passphrase()
        self._build_recovery()
        self._keyring_card = self.add_card("This computer")
        self.keyring = Check(theme, "")
        self.keyring.setObjectName("protection.keyring")
        self.keyring.clicked.connect(self._switch_keyring)
        self._keyring_card.addWidget(self.keyring)
        self._keyring_card.parentWidget().hide()
        self._build_off()
        self.column.addStretch()
        self.add_close()
        self._show_ways()
        self.before.setFocus()
        self.fit()
        bridge.aside(keyring_store.available, self._offer_keyring, lambda _: None)

    def _build_passphrase(self) -> None:
        card = self.add_card("Passphrase")
        self.before = secret_field("protection.before", "Passphrase or recovery key that holds now")
        self.passphrase = secret_field("protection.passphrase", "New passphrase")
        self.again = secret_field("protection.again", "Repeat the new passphrase")
        for field in (self.before, self.passphrase, self.again):
            field.textChanged.connect(lambda _: self.say_fault(""))
            card.addWidget(field)
        self.change = self._button(
            card, "&Change the passphrase", self._change, "protection.change"
        )

    def _build_recovery(self) -> None:
        card = self._recovery_card = self.add_card("Recovery key")
        card.addWidget(words(NEW_KEY, "quiet"))
        self.renew = self._button(card, "&Make a new recovery key", self._renew, "protection.renew")

    def _build_off(self) -> None:
        card = self.add_card("Turn encryption off")
        card.addWidget(words(OFF, "quiet"))
        self.off = self._button(card, "&Decrypt this profile", self._decrypt, "protection.off")

    def _button(self, card: QVBoxLayout, text: str, do: Callable[[], object], name: str) -> QWidget:
        made = button(text, "outlined", do, name=name)
        row = QHBoxLayout()
        row.addWidget(made)
        row.addStretch()
        card.addLayout(row)
        self._buttons.append(made)
        return made

    def _file(self) -> KeyFile:
        return key_file.read(self._profile.key_file)

    def _show_ways(self) -> None:
        self.ways.setText(f"It is opened by {' or '.join(self._file().ways())}.")

    def _offer_keyring(self, name: str) -> None:
        held = self._file().keyring
        if (name or held) and not self.closed:
            text = f"D&on't ask on this computer: {name or 'the keyring'} keeps the key, too"
            self.keyring.setText(text)
            self.keyring.setAccessibleName(text.replace("&", ""))
            self.keyring.setChecked(held)
            self._keyring_card.parentWidget().show()
            self.fit()

    # --- changes ---------------------------------------------------------------------------

    def _work(self, what: str, do: Callable[[], object], done: Callable[[object], object]) -> None:
        self.say_fault("")
        self._let(False, what)

        def landed(value: object) -> None:
            if not self.closed:
                self._let(True)
                self._show_ways()
                done(value)

        self._bridge.aside(do, landed, self._failed)

    def _let(self, free: bool, what: str = "") -> None:
        self.busy(what)
        for one in (*self._buttons, self.keyring):
            one.setEnabled(free)

    def _failed(self, fault: UserError) -> None:
        if not self.closed:
            self._let(True)
            self.keyring.setChecked(self._file().keyring)
            self.say_fault(str(fault))

    def _change(self) -> None:
        if len(self.passphrase.text()) < key_file.LEAST_PASSPHRASE:
            self.say_fault(TOO_SHORT)
            self.passphrase.setFocus()
            return
        if self.passphrase.text() != self.again.text():
            self.say_fault(DIFFER)
            self.again.setFocus()
            return
        before, new = self.before.text(), self.passphrase.text()

        def change() -> None:
            self._file().unlock(before)
            unlocking.change_passphrase(self._profile, new)

        def changed(_: object) -> None:
            for field in (self.before, self.passphrase, self.again):
                field.clear()
            self._say("The new passphrase holds from now on.")

        self._work("Changing the passphrase", change, changed)

    def _renew(self) -> None:
        def renewed(key: object) -> None:
            self.recovery = RecoveryKey(self.theme, str(key), self)
            self.recovery.failed.connect(self.say_fault)
            self.recovery.have.hide()
            self._recovery_card.addWidget(self.recovery)
            self.renew.hide()
            self.recovery.copy.setFocus()
            self.fit()

        self._work(
            "Making a recovery key", lambda: unlocking.change_recovery_key(self._profile), renewed
        )

    def _switch_keyring(self, on: bool) -> None:
        do = unlocking.keep_in_keyring if on else unlocking.forget_in_keyring
        told = "The keyring keeps the key." if on else "The keyring has lost the key."
        self._work("Asking the keyring", lambda: do(self._profile), lambda _: self._say(told))

    def _say(self, sentence: str) -> None:
        self.ways.setText(f"{sentence} {self.ways.text()}")
        announce(self, sentence)

    def _decrypt(self) -> None:
        self.accept()
        self.decrypt_wanted.emit()
