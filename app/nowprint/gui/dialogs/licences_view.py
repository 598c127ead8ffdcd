"""Shows the licences of what the program is made of, as plain pages.

Only a packaged app has these pages: ``packaging/licences.py`` makes them from what is really in the bundle.
The view loads nothing but files in their folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QTextBrowser

from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase
from nowprint.settings import resources

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from nowprint.gui.widgets.theme import Theme

INDEX = "index.html"


def folder() -> Path:
    return resources() / "licences"


def has_licences() -> bool:
    return (folder() / INDEX).is_file()


def show_licences(theme: Theme, parent: QWidget) -> None:
    LicencesView(theme, parent).open()


class LicencesView(DialogBase):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "Licences", "licences.dialog", parent, width=900)
        self.browser = QTextBrowser()
        self.browser.setObjectName("licences.page")
        self.browser.setAccessibleName("Licences")
        self.browser.setOpenLinks(False)
        self.browser.setMinimumHeight(460)
        self.browser.anchorClicked.connect(self._follow)
        self.column.addWidget(self.browser, 1)
        self.back = button("Back to the list", "outlined", self.show_list, name="licences.back")
        self.add_buttons(self.back)
        self.add_close().setFocus()
        self._place = 0
        self._plain = self.browser.font()
        self.show_list()
        self.fit(least=560)

    def show_list(self) -> None:
        self.back.setEnabled(False)
        self.browser.setFont(self._plain)
        self.browser.setHtml((folder() / INDEX).read_text(encoding="utf-8"))
        self.browser.verticalScrollBar().setValue(self._place)

    def _follow(self, link: QUrl) -> None:
        """Show the file that the link leads to, if it is in the folder of licences."""
        path = (folder() / link.path()).resolve()
        if not link.isRelative() or folder().resolve() not in path.parents or not path.is_file():
            return
        self._place = self.browser.verticalScrollBar().value()
        self.back.setEnabled(True)
        self.browser.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.browser.setPlainText(path.read_text(encoding="utf-8"))
