"""What the memory does in the open chat, always shown in words and with an icon.

The memory can keep and recall, do only one of the two, or neither. In a temporary chat it does neither,
and nothing of that chat is on disk. The switch in the settings applies to all chats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from nowprint.gui.widgets.buttons import set_icon
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QAction


@dataclass(frozen=True, slots=True)
class MemoryMode:
    """What the memory does in one chat; ``on`` is the switch for all chats. ``scope`` is what the persona
    that answers may use: None for all that the chat may, a project's name, or "" for nothing."""

    recalls: bool = True
    captures: bool = True
    temporary: bool = False
    on: bool = True
    scope: str | None = None

    @property
    def icon(self) -> str:
        if self.temporary:
            return "temporary"
        if not self.on or self.scope == "" or not (self.recalls or self.captures):
            return "memory_off"
        if self.recalls and self.captures:
            return "memory"
        return "memory_out" if self.recalls else "memory_in"

    @property
    def words(self) -> str:
        if self.temporary:
            return "Temporary: nothing is kept or recalled"
        if not self.on:
            return "Memory is off in all chats"
        if self.scope == "":
            return "This persona neither keeps nor recalls"
        return f"{self._words}, in {self.scope} alone" if self.scope else self._words

    @property
    def _words(self) -> str:
        """Without regard to who answers."""
        if self.recalls and self.captures:
            return "Keeps and recalls"
        if self.recalls:
            return "Recalls but doesn't keep"
        return "Keeps but doesn't recall" if self.captures else "Neither keeps nor recalls"


class MemoryModeButton(QPushButton):
    """Says what the memory does in the chat; its menu changes that."""

    chosen = Signal(bool, bool)
    """Recalls, captures."""
    switched = Signal(bool)
    """Memory on or off, in all chats."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._built = self._decorated = False
        self.use = MemoryMode()
        self.setObjectName("chat.memory")
        self.setProperty("kind", "quiet")
        self.setAutoDefault(False)
        self.show_use(self.use)

    def build(self) -> None:
        """Create the actions of the menu, after the first paint."""
        self.recall = self._action("&Recall memories in this chat", "Ctrl+Alt+R", self._choose)
        self.keep = self._action("&Keep what stands out in this chat", "Ctrl+Alt+K", self._choose)
        self.everywhere = self._action("Memory &on in all chats", "Ctrl+Alt+A", self._switch)
        self.more: list[QAction] = []
        """Further actions at the end of the menu."""
        self._built = True
        self.clicked.connect(lambda _: self.open_menu())
        self.show_use(self.use)

    def _action(self, text: str, keys: str, act: Callable[[], object]) -> QAction:
        from PySide6.QtGui import QAction, QKeySequence

        made = QAction(text, self)
        made.setCheckable(True)
        made.setShortcut(QKeySequence(keys))
        made.triggered.connect(lambda _: act())
        return made

    def _choose(self) -> None:
        self.chosen.emit(self.recall.isChecked(), self.keep.isChecked())

    def _switch(self) -> None:
        self.switched.emit(self.everywhere.isChecked())

    def show_use(self, use: MemoryMode) -> None:
        self.use = use
        self.setText(use.words)
        self.setAccessibleName(f"Memory in this chat: {use.words}")
        self.setToolTip("What memory does in this chat; click to change it")
        if self._built:
            self.recall.setChecked(use.recalls and not use.temporary)
            self.keep.setChecked(use.captures and not use.temporary)
            self.everywhere.setChecked(use.on)
            for action in (self.recall, self.keep):
                action.setEnabled(not use.temporary)
        if self._decorated:
            self.decorate()

    def decorate(self) -> None:
        self._decorated = True
        usual = self.use == MemoryMode()
        set_icon(self, self._theme, self.use.icon, "muted" if usual else "accent_text")
        self.setProperty("special", not usual)
        self.style().unpolish(self)
        self.style().polish(self)

    def open_menu(self) -> None:
        menu = QMenu(self)
        menu.setObjectName("chat.memory.menu")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addActions([self.recall, self.keep])
        menu.addSeparator()
        menu.addActions([self.everywhere, *self.more])
        high = menu.sizeHint().height()
        menu.popup(self.mapToGlobal(QPoint(0, -high)))
