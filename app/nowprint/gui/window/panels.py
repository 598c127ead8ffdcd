"""The three panels: conversations, chat and inspector; which are shown, and how wide they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.inspector.inspector import Inspector
from nowprint.gui.sidebar.conversations_panel import ConversationsPanel
from nowprint.gui.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from nowprint.gui.chat.chat import Chat
    from nowprint.gui.chat.find_bar import FindBar
    from nowprint.gui.widgets.theme import Theme

NARROW = 1080
"""Pixels: resizing the window to less hides the conversations while the inspector is shown."""
LEFT, RIGHT, CENTRE = 236, 380, 330
"""Pixels: the first widths of the side panels, and the least width of the chat."""


class Panels(QSplitter):
    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self.setObjectName("panels")
        self.setHandleWidth(1)
        self.conversations = ConversationsPanel(theme, self)
        self.centre = QWidget(self)
        self.centre.setObjectName("centre")
        self.centre.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.centre.setMinimumWidth(CENTRE)
        self.inspector = Inspector(theme, bridge, self)
        self.notice = NoticeBar(self.centre)
        self.notices = QVBoxLayout()
        """Bars above the chat, the notice bar first."""
        self.notices.setContentsMargins(20, 0, 20, 6)
        self.notices.setSpacing(6)
        self.notices.addWidget(self.notice)
        for index, stretch in enumerate((0, 1, 0)):
            self.setStretchFactor(index, stretch)
            self.setCollapsible(index, False)
        self.made_room = False
        """The conversations are hidden because the window is narrow."""
        self._shown_narrow = False  # the user showed the conversations in a narrow window
        self._sizes: list[int] = []
        """The panels' widths beside the chat, kept while the inspector has full width; else empty."""
        self.inspector.full_width_wanted.connect(self.set_full_width)
        self.inspector.source.connect(self.leave_full_width)

    def add_find_bar(self, chat: Chat) -> FindBar:
        """The bar that finds in a chat, hidden below the chat's header."""
        from nowprint.gui.chat.find_bar import FindBar

        bar = FindBar(self._theme, chat, self.centre)
        column = self.centre.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(1, bar)
        return bar

    # --- shown and hidden ------------------------------------------------------------------

    def toggle_conversations(self) -> None:
        self.made_room = False
        shown = self.conversations.isHidden()
        self.conversations.setVisible(shown)
        self._shown_narrow = shown and self.width() < NARROW

    def toggle_inspector(self) -> None:
        self.inspector.setVisible(self.inspector.isHidden())

    def search_memory(self) -> None:
        self.inspector.show()
        self.inspector.search.setFocus()
        self.inspector.search.selectAll()

    def fit(self, width: int) -> None:
        """Hide or show the conversations as the window's width (in pixels) requires. What the user showed in
        a narrow window stays until the window was wide again."""
        if width >= NARROW:
            self._shown_narrow = False
            if self.made_room:
                self.conversations.show()
                self.made_room = False
        elif not (self.inspector.isHidden() or self.conversations.isHidden() or self._shown_narrow):
            self.conversations.hide()
            self.made_room = True

    # --- full width: the inspector takes the chat's place ------------------------------------

    @property
    def is_full_width(self) -> bool:
        return bool(self._sizes)

    @property
    def sizes_beside_chat(self) -> list[int]:
        return self._sizes or self.sizes()

    def toggle_full_width(self) -> None:
        self.set_full_width(not self.is_full_width)

    def leave_full_width(self, *_: object) -> None:
        self.set_full_width(False)

    def set_full_width(self, full: bool) -> None:
        if full == self.is_full_width:
            return
        if full:
            self._sizes = self.sizes()
            self.inspector.show()
            self.inspector.hold(self.notice)  # so that notices are seen here, too
            self.centre.hide()
            self.setStretchFactor(2, 1)
            self.setSizes([self._sizes[0], 0, self.width() - self._sizes[0]])
        else:
            sizes, self._sizes = self._sizes, []
            self.notices.insertWidget(0, self.notice)
            self.centre.show()
            self.setStretchFactor(2, 0)
            self.setSizes(sizes)
        self.inspector.show_full_width(full)
