"""The three panels: conversations, chat and inspector; which are shown, and how wide they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.inspector.inspector import Inspector
from nowprint.gui.inspector.inspector_header import VIEW_NAMES
from nowprint.gui.sidebar.conversations_panel import ConversationsPanel
from nowprint.gui.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from nowprint.gui.chat.chat import Chat
    from nowprint.gui.chat.find_bar import FindBar
    from nowprint.gui.widgets.theme import Theme

NARROW = 1080
"""Pixels: resizing the window to less hides the conversations while the inspector is shown. With large text
they are hidden in wider ones, too."""
LEFT, RIGHT, CENTRE = 236, 380, 330
"""Pixels: the first widths of the side panels, and the least width of the chat."""
LEAST = 300
"""Pixels that the inspector has in any window."""
TAB, SIDE = 24, 14
"""Pixels around the name of one of the inspector's views, and beside all of them."""


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
        self._text_size = theme.text_size
        self._own = RIGHT
        """The inspector's width as the user left it; while text is large it may have more."""
        self._sizes: list[int] = []
        """The panels' widths beside the chat, kept while the inspector has full width; else empty."""
        self.inspector.full_width_wanted.connect(self.set_full_width)
        self.inspector.source.connect(self.leave_full_width)
        self.splitterMoved.connect(self._on_moved)
        theme.changed.connect(self._on_theme)

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
        self._shown_narrow = shown and self.width() < self._narrow()

    def toggle_inspector(self) -> None:
        self.inspector.setVisible(self.inspector.isHidden())

    def search_memory(self) -> None:
        self.inspector.show()
        self.inspector.search.setFocus()
        self.inspector.search.selectAll()

    def fit(self, width: int) -> None:
        """Hide or show the conversations as the window's width (in pixels) requires. What the user showed in
        a narrow window stays until the window was wide again."""
        if width >= self._narrow():
            self._shown_narrow = False
            if self.made_room:
                self.conversations.show()
                self.made_room = False
        elif not (self.inspector.isHidden() or self.conversations.isHidden() or self._shown_narrow):
            self.conversations.hide()
            self.made_room = True

    def _narrow(self) -> int:
        """The width of the window from which on all three panels have room."""
        chat = round(CENTRE * self._theme.text_size)
        least = self.conversations.minimumSizeHint().width() + chat + self._needed()
        return max(NARROW, least)

    # --- the inspector's width, which large text needs more of --------------------------------

    def set_widths(self, left: int, right: int | None, whole: int) -> None:
        """Set the widths of the side panels in a window that is ``whole`` wide, all in pixels. ``right`` is
        None for a good first width."""
        self._own = right or RIGHT
        right = right or self._roomy(whole - left)
        self.setSizes([left, max(CENTRE, whole - left - right), right])

    def _needed(self) -> int:
        """The width in which the names of the inspector's views aren't cut."""
        metrics = QFontMetrics(self._theme.font(bold=True))
        return 2 * SIDE + sum(metrics.horizontalAdvance(name) + TAB for name in VIEW_NAMES)

    def _roomy(self, room: int) -> int:
        """The width that the inspector takes of its and the chat's: not more than the chat while it grows
        with the text."""
        size = self._theme.text_size
        return max(self._own, min(round(RIGHT * size), room // 2)) if size > 1 else self._own

    def _bound_inspector(self) -> None:
        """Never make the inspector narrower than it needs, as far as there is room for that."""
        conversations = 0
        if not self.conversations.isHidden():
            conversations = self.conversations.minimumSizeHint().width()
        chat = 0 if self.is_full_width else CENTRE
        room = self.width() - conversations - chat - 2 * self.handleWidth()
        self.inspector.setMinimumWidth(max(LEAST, min(self._needed(), room)))

    def _on_theme(self) -> None:
        if self._text_size != self._theme.text_size:
            self._text_size = self._theme.text_size
            QTimer.singleShot(0, self, self._follow_text)  # when all have the new font

    def _follow_text(self) -> None:
        self.fit(self.width())
        if not (self.is_full_width or self.inspector.isHidden()):
            left = self.sizes()[0]
            right = self._roomy(self.width() - left)
            self.setSizes([left or LEFT, self.width() - left - right, right])

    def _on_moved(self) -> None:
        if not (self.is_full_width or self.inspector.isHidden()):
            self._own = self.sizes()[2]

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._bound_inspector()
        return super().event(event)

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
