"""The pages that stand in the window's place: while an encrypted profile is locked, while its form changes.

Imported only where there is something to ask or to change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from nowprint.encryption import unlocking
from nowprint.errors import UserError
from nowprint.gui.encryption.conversion_page import ConversionPage
from nowprint.gui.encryption.unlock_page import UnlockPage
from nowprint.gui.widgets.dialog import DialogBase
from nowprint.gui.widgets.theme import Theme
from nowprint.settings import Profile, load_settings

Page = TypeVar("Page", bound=DialogBase)


def unlocked(app: QApplication, profile: Profile) -> Profile | None:
    """The profile, opened; None if the user gives up, or it can't be opened."""
    try:
        if not unlocking.settle(profile):
            return profile
        if opened := unlocking.unlock_unasked(profile):
            return opened
    except UserError as fault:
        box = QMessageBox(QMessageBox.Icon.Critical, "Nowprint", str(fault))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.exec()
        return None
    page = _shown(app, profile, lambda theme: UnlockPage(theme, profile))
    return page.opened


def converted(
    app: QApplication, profile: Profile, title: str, work: Callable[[], Profile]
) -> Profile:
    """The profile in its new form; as it was if that fails."""
    page = _shown(app, profile, lambda theme: ConversionPage(theme, title, work))
    return page.opened or profile


def _shown(app: QApplication, profile: Profile, make: Callable[[Theme], Page]) -> Page:
    """A page that was shown until it closed, looking as the window does."""
    font = app.font()
    settings = load_settings(profile)
    theme = Theme(app, settings.theme, settings.text_size)
    page = make(theme)
    page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    page.exec()
    page.deleteLater()
    theme.deleteLater()
    app.setFont(font)  # the window's theme begins with the system's
    return page
