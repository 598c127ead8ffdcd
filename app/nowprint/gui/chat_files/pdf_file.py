"""Prints chats into one PDF, on a thread of its own: laying out a long chat takes seconds.

The window fetches each chat from the core as HTML and hands it over; only one is held at a time.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path
from threading import Event

from PySide6.QtCore import QEventLoop, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
    QTextOption,
)

from nowprint.errors import Interrupted
from nowprint.saving import replacing

DPI = 300
MARGIN = 18.0
"""Millimetres."""
FOOT = 26.0
"""Points below the text, for the page's number."""


class PdfFile:
    """Gets the chats with ``add`` and the end with ``close``; ``cancel`` leaves no file behind."""

    def __init__(self, path: str, title: str, printed: Callable[[], object]) -> None:
        """``printed`` is called on the printing thread when a chat is printed."""
        self._path = Path(path)
        self._title = title
        self._printed = printed
        self._chats: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._cancelled = Event()

    def add(self, html: str) -> None:
        self._chats.put(html)

    def close(self) -> None:
        """All chats were added."""
        self._chats.put(None)

    def cancel(self) -> None:
        self._cancelled.set()
        self._chats.put(None)

    def write(self) -> int:
        """Print until ``close``; call this on a thread of its own. Returns the file's size. Interrupted if it
        was cancelled; UserError if the file can't be written."""
        _events = QEventLoop()  # without one on this thread the timers of a long document complain
        with replacing(self._path) as file:
            writer = QPdfWriter(str(file.name))
            writer.setResolution(DPI)
            writer.setTitle(self._title)
            writer.setCreator("Nowprint")
            size = QPageSize(QPageSize.PageSizeId.A4)
            margins = QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN)
            writer.setPageLayout(
                QPageLayout(
                    size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter
                )
            )
            painter = QPainter()
            if not painter.begin(writer):
                raise OSError(0, "it can't be printed into")
            try:
                self._print_all(writer, painter)
            finally:
                painter.end()
            return Path(file.name).stat().st_size

    def _print_all(self, writer: QPdfWriter, painter: QPainter) -> None:
        page = 0
        while (html := self._chats.get()) is not None:
            document = QTextDocument()
            document.setDefaultFont(QFont("sans-serif", 10))
            document.documentLayout().setPaintDevice(writer)
            room = QRectF(0, 0, writer.width(), writer.height() - FOOT * DPI / 72)
            document.setDocumentMargin(0)
            document.setPageSize(QSizeF(room.width(), room.height()))
            document.setHtml(html)
            for number in range(document.pageCount()):
                if self._cancelled.is_set():
                    break
                if page:
                    writer.newPage()
                page += 1
                painter.save()
                painter.translate(0, -number * room.height())
                document.drawContents(painter, room.translated(0, number * room.height()))
                painter.restore()
                below = QRectF(0, room.height(), room.width(), writer.height() - room.height())
                painter.setFont(QFont("sans-serif", 8))
                painter.drawText(below, str(page), QTextOption(Qt.AlignmentFlag.AlignCenter))
            self._printed()
        if self._cancelled.is_set():
            raise Interrupted("It was broken off; nothing was written.")
