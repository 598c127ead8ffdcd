"""What the model thinks before it answers: one line that unfolds, above the answer.

Thoughts are no part of the answers and never stored: they can be read again until the window closes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from nowprint.gui.chat.message_view import CADENCE, MessageView
from nowprint.gui.chat.transcript import Transcript
from nowprint.gui.widgets.buttons import button, set_icon
from nowprint.gui.widgets.text_view import TextView
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.events import ThoughtText

MOST = 100
"""The newest thoughts that can be read again."""


class ThoughtView(QFrame):
    answer_now = Signal()
    """The user wants no more of the thought."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text, self._seconds = "", 0.0
        self.is_running = True
        self._timer = QTimer(self, singleShot=True, interval=CADENCE)
        self._timer.timeout.connect(self._draw)
        self.fold = button("", "quiet", self._toggle, name="thought.fold")
        self.fold.setProperty("edge", True)
        self.hurry = button(
            "Answer now",
            "link",
            self.answer_now.emit,
            name="thought.hurry",
            about="End the thought here; the model answers with what it has",
        )
        self.body = TextView(theme.font(0.94))
        self.body.setObjectName("thought.text")
        self.body.setProperty("quiet", True)
        self.body.setAccessibleName("The model's thought")
        self.body.hide()
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.fold)
        head.addWidget(self.hurry)
        head.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.body)
        theme.changed.connect(self._draw)
        self._draw()

    def grow(self, text: str, seconds: float) -> None:
        """Take the next piece; it is drawn with what else comes within ``CADENCE`` ms."""
        self._text += text
        self._seconds = seconds
        if not self._timer.isActive():
            self._timer.start()

    def end(self) -> None:
        """The answer begins, or the turn is over."""
        self.is_running = False
        self._timer.stop()
        self._draw()

    def _toggle(self) -> None:
        self.body.setVisible(self.body.isHidden())
        self._draw()

    def _draw(self) -> None:
        seconds = max(1, round(self._seconds))
        words = f"Thinking… {seconds} s" if self.is_running else f"Thought for {seconds} s"
        self.fold.setText(words)
        unfolded = not self.body.isHidden()
        self.fold.setAccessibleName(f"{words}. {'Hide' if unfolded else 'Show'} the thought")
        set_icon(self.fold, self._theme, "down" if unfolded else "forward")
        self.hurry.setVisible(self.is_running)
        if unfolded:
            self.body.show_plain(self._text.strip())


class Thoughts(QObject):
    """The thoughts of this session, by the answers that followed them."""

    answer_now = Signal()

    def __init__(self, theme: Theme, transcript: Transcript) -> None:
        super().__init__(transcript)
        self._theme = theme
        self._transcript = transcript
        self._told: dict[int, list[ThoughtText]] = {}
        self._views: dict[int, ThoughtView] = {}
        transcript.laid.connect(self._show_again)

    def take(self, answer_id: int, piece: ThoughtText) -> None:
        self._told.setdefault(answer_id, []).append(piece)
        for old in list(self._told)[:-MOST]:
            del self._told[old]
        if view := self._view(answer_id):
            view.grow(piece.text, piece.seconds)

    def end(self, answer_id: int) -> None:
        """The answer has begun, or won't."""
        if (view := self._views.get(answer_id)) and view.is_running:
            view.end()

    def _show_again(self) -> None:
        """Put the known thoughts above the answers that have come onto the screen."""
        for message in self._transcript.views:
            if message.message.role == "assistant":
                self._view(message.message.id)

    def _view(self, answer_id: int) -> ThoughtView | None:
        message = self._transcript.view(answer_id)
        pieces = self._told.get(answer_id)
        if message is None or not pieces:
            return None
        view = self._views.get(answer_id)
        if view is None or view.parentWidget() is not message:
            view = self._views[answer_id] = self._put_above(message)
            for piece in pieces[:-1]:
                view.grow(piece.text, piece.seconds)
            if message.message.state != "writing":
                view.grow(pieces[-1].text, pieces[-1].seconds)
                view.end()
        return view

    def _put_above(self, message: MessageView) -> ThoughtView:
        view = ThoughtView(self._theme, message)
        view.answer_now.connect(self.answer_now)
        view.destroyed.connect(lambda: self._forget(message.message.id, view))
        column = message.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, view)
        return view

    def _forget(self, answer_id: int, view: ThoughtView) -> None:
        if self._views.get(answer_id) is view:
            del self._views[answer_id]
