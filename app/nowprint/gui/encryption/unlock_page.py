"""Asks for an encrypted profile's passphrase before there is a window."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from nowprint.encryption import unlocking
from nowprint.errors import ProfileLocked, UserError
from nowprint.gui.encryption.aside import Aside
from nowprint.gui.encryption.secret_field import secret_field, show_secrets
from nowprint.gui.widgets.buttons import Check, button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.theme import Theme
from nowprint.settings import Profile

ABOUT = (
    "This profile is encrypted. Enter its passphrase, or the recovery key that you kept when you "
    "encrypted it."
)
WIDTH = 460


class UnlockPage(DialogBase):
    def __init__(self, theme: Theme, profile: Profile, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Nowprint is locked", "unlock", parent, width=WIDTH)
        self._profile = profile
        self.opened: Profile | None = None
        """With its key, once the page has closed by ``accept``."""
        self._aside = Aside(self)
        self._aside.done.connect(self._on_opened)
        self._aside.failed.connect(self._on_failed)
        self.add_heading("Nowprint is locked")
        self.column.addWidget(words(ABOUT))
        self.field = secret_field("unlock.passphrase", "Passphrase or recovery key")
        self.field.textChanged.connect(lambda _: self._refresh())
        self.column.addWidget(self.field)
        self.show_it = Check(theme, "&Show what I type")
        self.show_it.setObjectName("unlock.show")
        self.show_it.toggled.connect(lambda on: show_secrets(on, self.field))
        self.column.addWidget(self.show_it)
        place = words(str(profile.home), "quiet", name="unlock.profile")
        place.setAccessibleName(f"The profile's folder: {profile.home}")
        self.column.addWidget(place)
        self.column.addStretch()
        self.open_it = button("&Open", "primary", self._try, name="unlock.open")
        self.add_buttons(self.open_it, default=self.open_it)
        self.add_close("&Quit")
        self._refresh()
        self.field.setFocus()
        self.fit()

    def _refresh(self) -> None:
        self.open_it.setEnabled(bool(self.field.text()) and not self._aside.busy)
        if self.field.text():
            self.say_fault("")

    def _try(self) -> None:
        typed = self.field.text()
        self._set_busy("Opening the profile")
        self._aside.run(lambda: unlocking.unlock(self._profile, typed))
        self._refresh()

    def _set_busy(self, what: str) -> None:
        self.busy(what)
        self.field.setReadOnly(bool(what))

    def _on_opened(self, opened: Profile) -> None:
        self.opened = opened
        self.accept()

    def _on_failed(self, fault: UserError) -> None:
        self._set_busy("")
        self.field.selectAll()
        self.field.setFocus()
        self._refresh()
        wrong = isinstance(fault, ProfileLocked)
        self.say_fault("That is not the passphrase: try again." if wrong else str(fault))

    def done(self, result: int) -> None:
        if not self._aside.busy:
            super().done(result)
