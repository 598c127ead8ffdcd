"""The inspector's first line: how many match, and what can be done with the memory as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QWidget

from nowprint.gui.widgets.buttons import button, quiet, set_icon
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count

ROOMY = 410
"""Pixels of width from which on a button has room for its words."""
COUNTED = 220
"""Pixels of width, at the usual text size, from which on the title leaves room for the count."""
VIEW_NAMES = ("List", "Timeline", "Map", "Chain")
Entry = tuple[str, Callable[[], object], bool]
"""The text of a menu's entry, its function, and whether it is enabled."""


class InspectorHeader(QWidget):
    remember = Signal()
    full_width_wanted = Signal(bool)
    settings = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._wide = False
        self._built = False
        self._entries: Callable[[], Sequence[Entry]] = tuple
        title = QLabel("Memory")
        title.setObjectName("panelTitle")
        self.count = quiet("", "inspector.count")
        self._add = button(
            "Remember…",
            "plain",
            self.remember.emit,
            name="inspector.remember",
            label="Remember…",
            about="Write down something to remember (Ctrl+Alt+M)",
        )
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._row.addWidget(title)
        self._row.addSpacing(6)
        self._row.addWidget(self.count)
        self._row.addStretch()
        self._row.addWidget(self._add)

    def build(self, entries: Callable[[], Sequence[Entry]]) -> None:
        """``entries`` says what the menu offers, each time it is opened."""
        self._entries = entries
        self._expand = button(
            "",
            "plain",
            lambda: self.full_width_wanted.emit(not self._wide),
            name="inspector.wide",
            label="Full width",
            about="Show memory in place of the chat, or go back (Ctrl+Shift+I)",
        )
        self._settings = button(
            "",
            "plain",
            self.settings.emit,
            name="inspector.settings",
            label="Memory settings",
            about="How much is kept, how it is recalled, what it has learned (Ctrl+,)",
        )
        self._more = button(
            "",
            "plain",
            self.open_menu,
            name="inspector.more",
            label="More",
            about="Select all, export, import, forget all that match",
        )
        for part in (self._expand, self._settings, self._more):
            part.setProperty("dense", True)
            self._row.addWidget(part)
        self._built = True

    def decorate(self) -> None:
        set_icon(self._add, self._theme, "plus", "text")
        if self._built:
            set_icon(self._expand, self._theme, "shrink" if self._wide else "expand", "text")
            set_icon(self._settings, self._theme, "settings", "text")
            set_icon(self._more, self._theme, "more", "text")

    def show_count(self, total: int, of: str) -> None:
        """``of`` says which memories are counted ("found"), and is empty for all of them."""
        self.count.setText(f"{total:,} {of}".strip())
        self.count.setAccessibleName(f"{count(total, 'memory', 'memories')} {of}".strip())

    def show_full_width(self, wide: bool) -> None:
        self._wide = wide
        self._expand.setAccessibleName("Back to the chat" if wide else "Full width")
        self.decorate()

    def open_menu(self) -> None:
        menu = QMenu(self)
        menu.setObjectName("inspector.menu")
        for words, act, enabled in self._entries():
            action = menu.addAction(words)
            action.setEnabled(enabled)
            action.triggered.connect(lambda _=False, act=act: act())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._more.mapToGlobal(QPoint(0, self._more.height() + 2)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width()
        self._add.setText("Remember…" if wide >= ROOMY else "")
        self.count.setVisible(wide >= COUNTED * self._theme.text_size)
