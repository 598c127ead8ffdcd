"""What the Help menu opens: the shortcuts, the dialog about Nowprint, and the page of its releases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QHBoxLayout

import nowprint
from nowprint.gui.dialogs.licences_view import has_licences, show_licences
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu, QWidget

    from nowprint.gui.widgets.theme import Theme
    from nowprint.settings import Profile

Say = Callable[[str], object]
"""Shows one sentence in the window."""

RELEASES = "https://github.com/nowprint/nowprint/releases"
"""Opened in the browser when the user asks for it; Nowprint itself never looks for a newer version."""
IN_PLACE = (
    ("Enter", "Send the message"),
    ("Shift+Enter", "Begin a new line"),
    ("Tab, Shift+Tab", "Go to the next or previous control"),
    ("Up, Down", "In lists: the next or previous row; with Shift select several"),
    ("Left, Right", "In “Why it was kept”: go from token to token"),
    ("Left, Right", "In the bar of “What the model has before it”: go from part to part"),
    ("Enter", "In its lists: hold a message, stop holding it, or bring it back"),
    ("Delete", "In the memory list: forget; in the conversations: delete"),
    ("Shift+Delete", "In the memory list: first show what would be forgotten"),
    ("Left, Right, Enter", "On a project in the conversations: collapse or expand it"),
)
"""Keys that no menu has, with what they do and where."""


class ShortcutsDialog(DialogBase):
    def __init__(self, theme: Theme, menus: list[QMenu], parent: QWidget) -> None:
        super().__init__(theme, "Keyboard shortcuts", "shortcuts.dialog", parent)
        self.add_heading("Keyboard shortcuts")
        for menu in menus:
            entries = [(action.shortcut(), action.text()) for action in menu.actions()]
            self._add(
                menu.title(), [(keys.toString(), what) for keys, what in entries if keys.toString()]
            )
        self._add("Elsewhere", IN_PLACE)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the arrow keys scroll
        self.add_close()
        self.area.setFocus()
        self.fit()

    def _add(self, title: str, rows: Iterable[tuple[str, str]]) -> None:
        grid = QGridLayout()
        grid.setColumnMinimumWidth(0, 180)
        grid.setColumnStretch(1, 1)
        for at, (keys, what) in enumerate(rows):
            grid.addWidget(words(keys, "quiet"), at, 0)
            grid.addWidget(words(what.replace("&", "")), at, 1)
        self.add_card(title.replace("&", "")).addLayout(grid)


def open_releases(say: Say) -> None:
    open_outside(QUrl(RELEASES), say)


def open_outside(url: QUrl, say: Say) -> None:
    """Open it in the system's browser or file manager; if there is none, tell the user where to look."""
    if not QDesktopServices.openUrl(url):
        where = url.toLocalFile() if url.isLocalFile() else url.toString()
        say(f"No program on this computer can open it; you can find it at {where}.")


class AboutDialog(DialogBase):
    def __init__(self, theme: Theme, profile: Profile, say: Say, parent: QWidget) -> None:
        super().__init__(theme, "About Nowprint", "about.dialog", parent, width=520)
        self.add_heading(f"Nowprint {nowprint.__version__}")
        self.column.addWidget(
            words(
                "A private chat assistant that remembers what surprised it, and lets you look "
                "inside. It connects to the internet only when you search for a model or get one."
            )
        )
        card = self.add_card("Your profile")
        card.addWidget(words("Everything that you tell it stays in this one folder:", "quiet"))
        place = words(str(profile.home), name="about.profile")
        place.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        place.setAccessibleName(f"The profile's folder: {profile.home}")
        card.addWidget(place)
        row = QHBoxLayout()
        folder = QUrl.fromLocalFile(str(profile.home))
        row.addWidget(
            button(
                "Open the &folder",
                "outlined",
                lambda: open_outside(folder, say),
                name="about.folder",
            )
        )
        row.addStretch()
        card.addLayout(row)
        card = self.add_card("Licence")
        card.addWidget(
            words(
                "Nowprint is free software under the MIT licence; its components have licences of "
                "their own."
            )
        )
        row = QHBoxLayout()
        if has_licences():
            row.addWidget(
                button(
                    "&Licences",
                    "outlined",
                    lambda: show_licences(theme, parent),
                    name="about.licences",
                )
            )
        releases = button(
            "&Releases page",
            "outlined",
            lambda: open_releases(say),
            name="about.releases",
            about=f"Opens {RELEASES} in the browser",
        )
        row.addWidget(releases)
        row.addStretch()
        card.addLayout(row)
        self.column.addStretch()
        self.add_close().setFocus()
        self.fit()
