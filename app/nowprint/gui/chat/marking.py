"""Marks a place in a message on the screen: in a user's message, which is shown as it is, by its position;
in an answer, which is shown as formatted text, by its words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from nowprint.gui.widgets.text_view import TextView


def mark_pieces(views: Sequence[TextView], piece: int, start: int, end: int, colour: str) -> None:
    """Mark the place in a text of which each view shows ``piece`` characters."""
    for number, view in enumerate(views):
        first = number * piece
        view.mark(max(0, start - first), max(0, end - first), colour)


def mark_words(views: Sequence[TextView], text: str, start: int, end: int, colour: str) -> None:
    """Mark the words from ``start`` to ``end`` of an answer's Markdown: where they are shown as many times
    before as they stand before in the Markdown, or else where they are shown last."""
    wanted = text[start:end].strip()
    for view in views:
        view.mark(0, 0, colour)
    if not wanted:
        return
    left, last = text.count(wanted, 0, start), None
    for view in views:
        shown, at = view.toPlainText(), -1
        while left >= 0 and (at := shown.find(wanted, at + 1)) >= 0:
            last, left = (view, at), left - 1
    if last:
        view, at = last
        view.mark(at, at + len(wanted), colour)


def marked_at(views: Sequence[TextView], within: QWidget) -> int | None:
    """Where the mark begins, in pixels from the top of ``within``; None if nothing is marked."""
    for view in views:
        for chosen in view.extraSelections():
            if chosen.cursor.hasSelection():
                begin = QTextCursor(view.document())
                begin.setPosition(chosen.cursor.selectionStart())
                top = view.cursorRect(begin).topLeft()
                return view.viewport().mapTo(within, top).y()
    return None
