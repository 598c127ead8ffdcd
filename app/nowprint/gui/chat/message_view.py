"""One message: the user's in a bubble, an answer without a frame.

While an answer is being written, its view draws it again at most every ``CADENCE`` ms, and only from its
last segment on. Buttons below it act on the answer and open the memories that it was given.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar, cast

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from nowprint.gui.chat import message_foot as foot
from nowprint.gui.chat.branching.branch_bar import BranchBar
from nowprint.gui.chat.kept_chip import KeptChip
from nowprint.gui.chat.marking import mark_pieces, mark_words, marked_at
from nowprint.gui.chat.reading.code_block import CodeBlock, Highlighter
from nowprint.gui.widgets.buttons import button, quiet, set_icon
from nowprint.gui.widgets.flow_layout import FlowLayout
from nowprint.gui.widgets.invisible_characters import tip
from nowprint.gui.widgets.text_editor import TextEditor
from nowprint.gui.widgets.text_view import TextView
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import moment

if TYPE_CHECKING:
    from nowprint.gui.chat.reading.formulas import Formulas
    from nowprint.records import Influence, Message, MessageState

Piece = TypeVar("Piece", TextView, CodeBlock)

CADENCE = 60
"""ms between two drawings of an answer that is being written."""
LONGEST_SHOWN = 6000
"""Characters of a user's message that are shown before the user asks for the rest, and of each further
piece: ``mark`` finds a piece by it."""
STATES = {"stopped": "You stopped this answer.", "broken": "This answer was interrupted."}


class MessageView(QFrame):
    retry = Signal(object)
    """This view, as ``edited`` and ``more``."""
    edited = Signal(object, str)
    branch = Signal(int)
    """The message that begins another branch."""
    more = Signal(object, QPoint)
    otherwise = Signal(object, QPoint)
    """The user wants the menu of this message, or of other retries, at this place of the screen."""
    memories = Signal(tuple, object)
    """Ids of episodes to open in the inspector, and of the answer to show their influence on, or None."""
    remember = Signal(object, str)
    """The message and the text selected in it."""
    reached = Signal()
    """The marked place of a long message, which is shown piece by piece, is there now."""
    quote = Signal(str)
    """The selected text that is to be answered."""

    def __init__(
        self,
        message: Message,
        theme: Theme,
        highlighter: Highlighter,
        formulas: Formulas,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.message = message
        self.text = message.text
        self._theme = theme
        self._highlighter = highlighter
        self._formulas = formulas
        self._user = message.role == "user"
        self._pieces: list[TextView | CodeBlock] = []
        self._last_start = 0
        self._marked: tuple[int, int] | None = None
        self._last_head = ""
        self.asked = False
        """The core was asked for the influence on this answer."""
        self._editor: TextEditor | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(CADENCE)
        self._timer.timeout.connect(self.draw)
        self.setAccessibleName("You said" if self._user else "Nowprint answered")
        self._build()
        self.draw()
        self.set_state(message.state)
        self.set_sources(message.sources)
        theme.changed.connect(self._restyle)

    def _build(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._body = QFrame()
        self._body_column = QVBoxLayout(self._body)
        self._body_column.setSpacing(10)
        self._foot: QHBoxLayout | FlowLayout = (
            QHBoxLayout() if self._user else FlowLayout(across=4, down=2)
        )
        self._state = QLabel()
        self._state.setProperty("state", True)
        self._state.hide()
        self.kept = KeptChip(self.message, lambda ids: self.memories.emit(ids, None))
        self._chip = self.kept.button
        self._branches = BranchBar()
        self._branches.chosen.connect(self.branch)
        self._branches.show_place(self.message)
        self._menu = foot.menu_button(self._open_menu, user=self._user)
        if self._user:
            self._body.setObjectName("bubble")
            self._body_column.setContentsMargins(16, 10, 16, 6)
            self._body.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            line = QHBoxLayout()
            line.addStretch()
            line.addWidget(self._body)
            self._column.addLayout(line)
            self._more = button("Show the whole message", "link", self._show_all)
            self._more.hide()
            self._foot.addWidget(self._more)
            self._foot.addWidget(self._branches)
            self._foot.addWidget(self._chip)
            self._foot.addWidget(self._menu)
            self._foot.setAlignment(Qt.AlignmentFlag.AlignRight)
        else:
            self._body_column.setContentsMargins(0, 0, 0, 0)
            self._body.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            self._waiting = quiet("Reading…")
            self._waiting.hide()
            self._column.addWidget(self._waiting)
            self._column.addWidget(self._body)
            self._column.addWidget(self._state)
            self._build_foot()
        self._column.addLayout(self._foot)

    def _build_foot(self) -> None:
        self._copy = foot.copy_button(self.copy)
        self._retry = foot.RetryButtons(
            lambda: self.retry.emit(self), lambda at: self.otherwise.emit(self, at)
        )
        self._sources = foot.MemoriesChip(self.message, self.memories.emit)
        self._memories = self._sources.button
        self._author = foot.Author()
        self._author.show(self.message)
        self._icons()
        chips = (self._memories, self._chip, self._author.label)
        for part in (self._copy, self._retry, self._branches, *chips, self._menu):
            self._foot.addWidget(part)

    # --- content ---------------------------------------------------------------------------

    def wait(self, sentence: str) -> None:
        """Say what is being done before the first word comes; an empty sentence hides the line."""
        self._waiting.setText(sentence)
        self._waiting.setVisible(bool(sentence) and not self.text)

    def append(self, text: str) -> None:
        """Take the next piece of the answer; it is drawn with what else comes within ``CADENCE`` ms."""
        self.text += text
        self._waiting.hide()
        if not self._timer.isActive():
            self._timer.start()

    def finish(self, message: Message) -> None:
        self.message = message
        if message.text != self.text:
            if not message.text.startswith(self.text[: self._last_start]):
                self._clear()
            self.text = message.text
        self._waiting.hide()
        self.draw()
        self.set_state(message.state)
        self.set_sources(message.sources)
        self._branches.show_place(message)
        if not self._user:
            self._author.show(message)

    def draw(self) -> None:
        self._timer.stop()
        if self._user:
            self._draw_plain()
        else:
            self._draw_markdown()

    def _draw_plain(self) -> None:
        shown = self.text[:LONGEST_SHOWN]
        self._more.setVisible(len(self.text) > len(shown))
        view = self._text_view()
        view.show_plain(shown)
        self._shape_bubble()

    def _show_all(self) -> None:
        """Show the rest, one piece in each turn of the event loop: a message may be very long."""
        self._more.hide()
        self._show_piece(LONGEST_SHOWN)

    def _show_piece(self, start: int) -> None:
        view = self._text_view()
        view.show_plain(self.text[start : start + LONGEST_SHOWN])
        width = self._pieces[0].width()
        if view.natural_width(self._room()) > width:
            self._shape_bubble()
        else:  # the pieces before stay as they are: there may be many
            view.setFixedWidth(width)
            view.fit()
        if self._marked and start < self._marked[1] <= start + LONGEST_SHOWN:
            self._paint_mark()
            self.reached.emit()
        if start + LONGEST_SHOWN < len(self.text):
            QTimer.singleShot(0, self, lambda: self._show_piece(start + LONGEST_SHOWN))

    def _draw_markdown(self) -> None:
        # loaded after the first paint
        from nowprint.gui.chat.reading.markdown import segments
        from nowprint.gui.chat.reading.prose_view import ProseView, TableView

        begin = self._last_start
        for number, segment in enumerate(segments(self.text[begin:], self._last_head)):
            self._last_start, self._last_head = begin + segment.start, segment.head
            view = self._pieces[-1] if number == 0 and self._pieces else None
            prose = TableView if segment.table else ProseView
            if view and type(view) is not (CodeBlock if segment.code else prose):
                self._drop(self._pieces.pop())
                view = None
            if segment.code:
                code = view or self._add(CodeBlock(self._theme, self._highlighter, self._body))
                cast(CodeBlock, code).show_code(segment.source, segment.language)
            else:
                view = view or self._add(prose(self._theme, self._formulas))
                view.setAccessibleName("Table" if segment.table else self.accessibleName())
                cast(ProseView, view).show_markdown(segment.source)

    def _text_view(self) -> TextView:
        view = self._add(TextView(self._theme.font(1.06)))
        view.setAccessibleName(self.accessibleName())
        return view

    def _add(self, view: Piece) -> Piece:
        view.remember.connect(lambda text: self.remember.emit(self.message, text))
        view.quote.connect(self.quote)
        if isinstance(view, TextView):
            view.quotable = True
        self._pieces.append(view)
        self._body_column.addWidget(view)
        return view

    def _clear(self) -> None:
        for piece in self._pieces:
            self._drop(piece)
        self._pieces.clear()
        self._last_start, self._last_head = 0, ""

    def _drop(self, piece: QWidget) -> None:
        piece.hide()
        self._body_column.removeWidget(piece)
        piece.deleteLater()

    # --- what stands under it --------------------------------------------------------------

    def set_state(self, state: MessageState) -> None:
        if not self._user:
            sentence = STATES.get(state, "")
            self._state.setText(sentence)
            self._state.setVisible(bool(sentence))
            self._copy.setVisible(state != "writing")
            self._menu.setVisible(state != "writing")
            self.setAccessibleDescription(sentence)
            self.setToolTip("")

    def set_last(self, last: bool) -> None:
        """Show Retry or hide it: the last answer has it here, the others in their menu."""
        if not self._user:
            from nowprint.persona_records import can_be_answered_again  # after the first paint

            self._retry.setVisible(last and can_be_answered_again(self.message))

    def edit(self) -> None:
        """Let the user write another text in the place of this message."""
        if self._user and self._editor is None:
            self._editor = foot.edit_message(self, self.text, self._column, self._body)
            self._editor.saved.connect(lambda text: self.edited.emit(self, text))
            self._editor.cancelled.connect(self.end_edit)

    def end_edit(self) -> None:
        if self._editor:
            self._editor.deleteLater()
            self._editor = None
            self._body.show()

    def set_sources(self, ids: tuple[int, ...]) -> None:
        if not self._user:
            self._sources.show(ids)

    def show_influences(self, influences: tuple[Influence, ...]) -> None:
        """Say how many of the recollections mattered, once that is measured."""
        if not self._user and influences:
            self._sources.show_influences(influences)

    def add_above(self, line: QWidget) -> None:
        self._column.insertWidget(0, line)

    def add_below(self, line: QWidget) -> None:
        self._column.addWidget(line)

    def bury(self) -> None:
        """Drop the message's id: the core has lost the message, and may give its id to another."""
        self.message = dataclasses.replace(self.message, id=0, replaces=None, siblings=())
        self.set_last(False)
        self._branches.hide()
        self._menu.hide()

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self._copy.setText("Copied")
        QTimer.singleShot(1500, self._copy, lambda: self._copy.setText("Copy"))

    def selected(self) -> str:
        return next((text for v in self._texts() if (text := v.selected_text().strip())), "")

    def mark(self, start: int, end: int) -> None:
        """Highlight a stretch of the text: in a user's message by its place, in an answer, which is shown
        as formatted text, by its words."""
        self._marked = (start, end)
        if self._user and end > LONGEST_SHOWN and not self._more.isHidden():
            self._show_all()
        for piece in self._pieces if not self._user else ():
            if isinstance(piece, CodeBlock) and self.text[start:end].strip() in piece.code:
                piece.unfold()
        self._paint_mark()

    def _paint_mark(self) -> None:
        colour = self._theme.colours.ramp[2]
        start, end = self._marked or (0, 0)
        if self._user:
            mark_pieces(self._texts(), LONGEST_SHOWN, start, end, colour)
        else:
            mark_words(self._texts(), self.text, start, end, colour)

    def marked_at(self) -> int | None:
        """Where the mark is, in pixels from the top; None if nothing is marked."""
        return marked_at(self._texts(), self)

    def unmark(self) -> None:
        self._marked = None
        for view in self._texts():
            view.mark(0, 0, "")

    def _texts(self) -> list[TextView]:
        return [p.view if isinstance(p, CodeBlock) else p for p in self._pieces]

    # --- the rest --------------------------------------------------------------------------

    def _open_menu(self) -> None:
        self.more.emit(self, self._menu.mapToGlobal(self._menu.rect().bottomLeft()))

    def _icons(self) -> None:
        set_icon(self._copy, self._theme, "copy")
        set_icon(self._retry.retry, self._theme, "retry")
        set_icon(self._memories, self._theme, "memory", "accent_text")

    def _restyle(self) -> None:
        if self._user:
            for piece in self._pieces:
                cast(TextView, piece).use_font(self._theme.font(1.06))
            self._shape_bubble()
        else:
            self._icons()
            for piece in self._pieces:
                cast(Any, piece).restyle()
        if self._marked:
            self._paint_mark()

    def _room(self) -> int:
        """The largest width of a bubble's text, in pixels."""
        return max(200, int(self.width() * 0.82) - 32)

    def _shape_bubble(self) -> None:
        room = self._room()
        views = [piece for piece in self._pieces if isinstance(piece, TextView)]
        width = max((view.natural_width(room) for view in views), default=0)
        for view in views:
            view.setFixedWidth(width)
            view.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._user and event.size().width() != event.oldSize().width():
            self._shape_bubble()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and not self.toolTip():
            self.setToolTip(
                tip(" · ".join(filter(None, (moment(self.message.created), self.message.model))))
            )
        return super().event(event)
