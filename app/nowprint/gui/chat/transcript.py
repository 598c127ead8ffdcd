"""The conversation on screen: its last messages, oldest first, and the answer that is being written.

Messages are laid out one in each turn of the event loop, newest first, so that a long conversation never
holds the window up; earlier ones come when the user asks for them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.widgets.buttons import Line, button, quiet
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count

if TYPE_CHECKING:
    from nowprint.gui.chat.message_view import MessageView
    from nowprint.gui.chat.reading.code_block import Highlighter
    from nowprint.gui.chat.reading.formulas import Formulas
    from nowprint.records import Episode, Message

PAGE = 30
"""Messages shown at first, and added with each "Show earlier messages"."""
READING_WIDTH = 760
EXAMPLES = (
    "My cat Pickwick needs the low-phosphorus food.",
    "We moved the launch to Thursday, the 4th of June.",
    "What does my cat need to eat?",
)


class Welcome(QWidget):
    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 24, 0, 24)
        column.setSpacing(10)
        column.addStretch(2)
        title = QLabel("What's on your mind?")
        title.setObjectName("welcomeTitle")
        title.setWordWrap(True)
        about = QLabel(
            "Nowprint runs entirely on this computer; nothing leaves it. While it reads, it notices "
            "what surprises it, keeps that as a memory, and brings it back when it helps. You can "
            "open every memory, see why it was kept, correct it, or forget it."
        )
        about.setWordWrap(True)
        about.setObjectName("welcomeText")
        column.addWidget(title)
        column.addWidget(about)
        self.offers = QVBoxLayout()
        """What is offered here, below what the app is."""
        self.offers.setContentsMargins(0, 6, 0, 0)
        column.addLayout(self.offers)
        column.addSpacing(14)
        column.addWidget(quiet("Try one of these"))
        for example in EXAMPLES:
            choice = Line(
                example,
                "example",
                partial(self.chosen.emit, example),
                name="welcome.example",
                about="Put this into the message field",
            )
            column.addWidget(choice)
        column.addStretch(3)


class Transcript(QScrollArea):
    retry = Signal(object)
    edited = Signal(object, str)
    branch = Signal(int)
    more = Signal(object, QPoint)
    otherwise = Signal(object, QPoint)
    memories = Signal(tuple, object)
    remember = Signal(object, str)
    quote = Signal(str)
    earlier_messages = Signal(int)
    """The user wants the messages before the one with this id."""
    example = Signal(str)
    laid = Signal()
    """All messages given to ``add_earlier`` are on the screen."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self._highlighter: Highlighter | None = None
        self._formulas: Formulas | None = None
        self._views: list[MessageView] = []
        self._waiting: list[Message] = []
        self._stuck = True  # to the end: new text scrolls into view
        self._goal: tuple[int, int, int] | None = None
        self._target: MessageView | None = None  # stays in view while its surroundings are laid out
        self._placing = False
        self._trimmed = 0
        self._laying = 0  # counts runs of ``_lay_next``: only the newest goes on
        self.setObjectName("transcript")
        self.setAccessibleName("Conversation")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area = QWidget()
        area.setObjectName("transcriptColumn")
        self.setWidget(area)  # while empty: Qt styles each widget in it again
        row = QHBoxLayout(area)
        row.setContentsMargins(28, 20, 28, 20)
        self._holder = QWidget()
        self._holder.setMaximumWidth(READING_WIDTH)
        self._holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(self._holder)
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(24)
        self._more = button(
            "Show earlier messages", "quiet", self._ask_earlier, name="transcript.earlier"
        )
        self._more.hide()
        self._column.addWidget(self._more, alignment=Qt.AlignmentFlag.AlignHCenter)
        self._welcome = Welcome(self._holder)
        self._welcome.chosen.connect(self.example)
        self._column.addWidget(self._welcome, 1)
        self._column.addStretch()
        self.verticalScrollBar().rangeChanged.connect(self._follow)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._unmark = QTimer(self, singleShot=True, interval=8000)
        self._unmark.timeout.connect(self.unmark)
        self.keep_marks = False
        """Marks stay until ``unmark`` is called."""

    def use(self, highlighter: Highlighter, formulas: Formulas) -> None:
        self._highlighter, self._formulas = highlighter, formulas

    def show_offer(self, card: QWidget) -> None:
        """Show a card where there is no message yet."""
        self._welcome.offers.addWidget(card)
        card.show()

    @property
    def views(self) -> list[MessageView]:
        return self._views

    def view(self, message_id: int) -> MessageView | None:
        return next((view for view in self._views if view.message.id == message_id), None)

    # --- filling ---------------------------------------------------------------------------

    def clear(self, *, welcome: bool) -> None:
        for view in self._views:
            view.hide()
            self._column.removeWidget(view)
            view.deleteLater()
        self._views.clear()
        self._waiting.clear()
        self._trimmed = 0
        self._laying += 1
        self._goal = self._target = None
        self._more.hide()
        self._welcome.setVisible(welcome)
        self._stuck = True

    def add_earlier(self, messages: tuple[Message, ...], asked: int) -> None:
        """Lay messages out above those that are there. ``asked`` is how many the request asked for: if
        so many came, there may be more."""
        self.offer_earlier(len(messages) == asked)
        self._waiting += reversed(messages)
        self._laying += 1
        self._lay_next(self._laying)

    def offer_earlier(self, offered: bool) -> None:
        self._more.setVisible(offered)

    def _lay_next(self, laying: int) -> None:
        if laying != self._laying:
            return
        while self._waiting and self.view(self._waiting[0].id):
            self._waiting.pop(0)
        if not self._waiting:
            self._mark_last()
            self.laid.emit()
            return
        view = self._make(self._waiting.pop(0))
        bar = self.verticalScrollBar()
        below = bar.maximum() - bar.value()
        self._views.insert(0, view)
        self._column.insertWidget(1, view)
        if not self._stuck and not self._target:  # what the user reads stays where it is
            self.widget().layout().activate()
            bar.setValue(bar.maximum() - below)
        self._go()
        QTimer.singleShot(0, self, lambda: self._lay_next(laying))

    def add(self, message: Message) -> MessageView:
        self._welcome.hide()
        view = self._make(message)
        self._views.append(view)
        self._column.insertWidget(self._column.count() - 1, view)
        self._mark_last()
        return view

    def cut(self, message_id: int) -> None:
        """Another branch takes the place of this message and those below it."""
        view = self.view(message_id)
        while view in self._views:
            old = self._views.pop()
            old.hide()
            self._column.removeWidget(old)
            old.deleteLater()

    def add_line(self, text: str) -> None:
        """Add a quiet line above the last message; it is not part of the conversation, and is gone once
        that is shown anew."""
        if self._views:
            self._views[-1].add_above(_line(text))

    def trimmed(self, messages: int) -> None:
        """Say how many messages the model no longer sees, once for each number."""
        if messages == self._trimmed:
            return
        self._trimmed = messages
        fit, were = ("fits", "was") if messages == 1 else ("fit", "were")
        self.add_line(
            f"{count(messages, 'message')} no longer {fit} into the model's context and {were} left out: "
            "Ctrl+Shift+X shows which, and why."
        )

    def remind(self, view: MessageView, episode: Episode) -> None:
        """Say under an answer, once, which episode it resonated with while it was written."""
        text = f"This reminds me of: {' '.join((episode.gist or episode.text).split())}"
        if all(line.accessibleName() != text for line in view.findChildren(Line)):
            open_it = partial(self.memories.emit, (episode.id,), None)
            about = "Open this memory"
            view.add_below(Line(text, "link", open_it, name="message.reminder", about=about))

    def bury(self) -> None:
        """The core died, and the temporary conversation on the screen with it: the messages stay to be
        read, but the model starts anew."""
        for view in self._views:
            view.bury()
        if self._views:
            self._views[-1].add_below(
                _line(
                    "The model no longer sees the messages above: they were lost when it stopped."
                )
            )

    def _make(self, message: Message) -> MessageView:
        from nowprint.gui.chat.message_view import MessageView

        assert self._formulas, "use comes first"
        view = MessageView(message, self.theme, self._highlighter, self._formulas, self._holder)
        for signal in ("retry", "edited", "branch", "more", "otherwise", "quote"):
            getattr(view, signal).connect(getattr(self, signal))
        view.memories.connect(self.memories)
        view.remember.connect(self.remember)
        view.reached.connect(lambda: QTimer.singleShot(0, view, lambda: self._show(view)))
        return view

    def _mark_last(self) -> None:
        for view in self._views[-3:]:
            view.set_last(view is self._views[-1] and view.message.state != "writing")

    def _ask_earlier(self) -> None:
        if self._views:
            self._stuck = False
            self.earlier_messages.emit(self._views[0].message.id)

    # --- going to a place ------------------------------------------------------------------

    def go_to(self, message_id: int, start: int, end: int) -> bool:
        """Scroll to a message and mark a stretch of it; False when it isn't (yet) on the screen."""
        self._goal = (message_id, start, end)
        return self._go()

    def _go(self) -> bool:
        view = self.view(self._goal[0]) if self._goal else None
        if not view or not self._goal:
            return False
        _, start, end = self._goal
        self._goal = None
        self._stuck = False
        self.unmark()
        view.mark(start, end)
        if not self.keep_marks:
            self._unmark.start()
        QTimer.singleShot(0, view, lambda: self._show(view))
        return True

    def _show(self, view: MessageView) -> None:
        """Scroll to the marked place of a message, and keep it in view until the user scrolls."""
        if view in self._views:
            self._target = view
            self.widget().layout().activate()
            self._place(view)

    def _place(self, view: MessageView) -> None:
        top = view.mapTo(self.widget(), view.rect().topLeft()).y()
        high = self.viewport().height()
        if (marked := view.marked_at()) is not None and marked > high // 2:
            top += marked - high // 3
        self._placing = True
        self.verticalScrollBar().setValue(max(0, top - 40))
        self._placing = self._stuck = False

    def unmark(self) -> None:
        self._unmark.stop()
        for view in self._views:
            view.unmark()

    def remember_selection(self) -> bool:
        for view in self._views:
            if text := view.selected():
                self.remember.emit(view.message, text)
                return True
        return False

    def quote_selection(self) -> bool:
        for view in self._views:
            if text := view.selected():
                self.quote.emit(text)
                return True
        return False

    # --- scrolling -------------------------------------------------------------------------

    def to_end(self) -> None:
        self._stuck, self._target = True, None
        self._follow()

    def _follow(self) -> None:
        bar = self.verticalScrollBar()
        if not self._welcome.isHidden():
            bar.setValue(0)  # the welcome is read from its beginning
        elif self._target in self._views:
            self._place(self._target)
        elif self._stuck:
            bar.setValue(bar.maximum())

    def _scrolled(self, value: int) -> None:
        if self._placing:
            return
        self._target = None
        self._stuck = value >= self.verticalScrollBar().maximum() - 24

    def resizeEvent(self, event: QResizeEvent) -> None:
        stuck = self._stuck
        super().resizeEvent(event)
        self._stuck = stuck
        self._follow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home, End and the page keys go through the conversation."""
        bar = self.verticalScrollBar()
        if event.key() == Qt.Key.Key_Home:
            bar.setValue(0)
        elif event.key() == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        else:
            super().keyPressEvent(event)


def _line(text: str) -> QLabel:
    line = quiet(text, "transcript.line")
    line.setAlignment(Qt.AlignmentFlag.AlignCenter)
    line.setWordWrap(True)
    return line
