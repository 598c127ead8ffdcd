"""Opens the dialogs of encryption, and remembers what is to happen when the window has made way for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from nowprint.encryption.key_file import KeyFile
    from nowprint.gui.window.parts import Parts
    from nowprint.settings import Profile


class EncryptionOpener(QObject):
    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._theme = parts.window, parts.theme
        self._bridge, self._profile = parts.session.bridge, parts.profile
        self.wanted: tuple[str, Callable[[], Profile]] | None = None
        """What to do once the window and its core have ended: a title, and the work, which returns the
        profile to open next."""

    def open(self) -> None:
        if self._profile.cipher is None:
            from nowprint.gui.encryption.encrypt_dialog import EncryptDialog

            turning_on = EncryptDialog(self._theme, self._bridge, self._window)
            turning_on.wanted.connect(self._encrypt)
            turning_on.open()
        else:
            from nowprint.gui.encryption.protection_dialog import ProtectionDialog

            changing = ProtectionDialog(self._theme, self._bridge, self._profile, self._window)
            changing.decrypt_wanted.connect(self._decrypt)
            changing.open()

    def _encrypt(self, key: bytes, file: KeyFile, keyring: bool) -> None:
        def work() -> Profile:
            from nowprint.service.encryption.conversion import encrypt

            return encrypt(self._profile, key, file, keyring=keyring)

        self.wanted = ("Encrypting the profile", work)
        self._window.close()

    def _decrypt(self) -> None:
        def work() -> Profile:
            from nowprint.service.encryption.conversion import decrypt

            return decrypt(self._profile)

        self.wanted = ("Decrypting the profile", work)
        self._window.close()
