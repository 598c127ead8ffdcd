"""Shows that the profile is being encrypted or decrypted, while there is no window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from nowprint.errors import UserError
from nowprint.gui.encryption.aside import Aside
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.theme import Theme
from nowprint.settings import Profile

ABOUT = (
    "Every file is written anew. This may take some minutes; if the computer is switched off meanwhile, "
    "nothing is lost."
)
WIDTH = 460


class ConversionPage(DialogBase):
    """Closes by itself. If it failed, it says why, and the profile is as it was."""

    def __init__(
        self, theme: Theme, title: str, work: Callable[[], Profile], parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, title, "conversion", parent, width=WIDTH)
        self.opened: Profile | None = None
        """The profile as it is now; None if it failed."""
        self._aside = Aside(self)
        self._aside.done.connect(self._on_done)
        self._aside.failed.connect(self._on_failed)
        self.add_heading(title)
        self.column.addWidget(words(ABOUT))
        self.column.addStretch()
        self.close_it = self.add_close("&Go on")
        self.close_it.setEnabled(False)
        self.busy(title)
        self.fit()
        self._aside.run(work)

    def _on_done(self, opened: Profile) -> None:
        self.opened = opened
        self.accept()

    def _on_failed(self, fault: UserError) -> None:
        self.busy("")
        self.close_it.setEnabled(True)
        self.close_it.setFocus()
        self.say_fault(str(fault))

    def done(self, result: int) -> None:
        if not self._aside.busy:
            super().done(result)
