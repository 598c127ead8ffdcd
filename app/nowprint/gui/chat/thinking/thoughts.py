"""The thoughts of this session. They are no part of the answers and never stored: they can be read again
until the window closes. Only what came with a chat of another program is there for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout

from nowprint.gui.chat.transcript import Transcript
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.events import ThoughtText
    from nowprint.gui.chat.message_view import MessageView
    from nowprint.gui.chat.thinking.thought_view import ThoughtView

MOST = 100
"""The newest thoughts that can be read again."""


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
        if answer_id not in self._told:
            self._told[answer_id] = []
            for old in list(self._told)[:-MOST]:
                del self._told[old]
        self._told[answer_id].append(piece)
        if view := self._view(answer_id):
            view.grow(piece.text, piece.seconds)

    def end(self, answer_id: int) -> None:
        """The answer has begun, or won't."""
        if (view := self._views.get(answer_id)) and view.is_running:
            view.end()

    def _show_again(self) -> None:
        """Put the known thoughts above the answers that have come onto the screen, those that were brought
        in with a chat among them."""
        for message in self._transcript.views:
            if message.message.thought and message.message.id not in self._views:
                view = self._views[message.message.id] = self._put_above(message)
                view.grow(message.message.thought, 0.0)
                view.end()
            elif message.message.role == "assistant":
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
        from nowprint.gui.chat.thinking.thought_view import (
            ThoughtView,  # loaded after the first paint
        )

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
