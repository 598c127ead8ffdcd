"""Read-only text of a message, as high as it needs to be: plain, or HTML made from Markdown."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QMimeData, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDesktopServices,
    QFocusEvent,
    QFont,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QTextEdit, QWidget

from nowprint.gui.widgets.text_offsets import utf16_offsets

PICTURE = "\ufffc"
"""What Qt has in its text where a picture is."""


def open_link(url: QUrl) -> bool:
    """Open a clicked link in the system's browser if it is http or https; whether it was opened."""
    return url.scheme() in ("http", "https") and QDesktopServices.openUrl(url)


class TextView(QTextBrowser):
    remember = Signal(str)
    """The selected text that is to be kept."""
    quote = Signal(str)
    """The selected text that is to be answered."""

    quotable = False
    """Whether ``quote`` is offered."""

    def __init__(self, font: QFont, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted = 0
        self._ringed = False  # the keyboard's focus came here by Tab
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(font)
        self.document().setDocumentMargin(0)
        self.document().setDefaultFont(font)
        self.viewport().setAutoFillBackground(False)
        self.setOpenLinks(False)  # a link is opened by a click only, and only in the browser
        self.anchorClicked.connect(open_link)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def use_font(self, font: QFont) -> None:
        self.setFont(font)
        self.document().setDefaultFont(font)
        self.fit()

    def show_plain(self, text: str) -> None:
        self.setPlainText(text)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        spaced = QTextBlockFormat()
        spaced.setLineHeight(140, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(spaced)
        self.fit()

    def show_html(self, html: str, style: str) -> None:
        """Show the text; if a part of the old one is selected, the selection stays where it was."""
        cursor = self.textCursor()
        anchor, position = cursor.anchor(), cursor.position()
        self.document().setDefaultStyleSheet(style)
        self.setHtml(html)
        if anchor != position:
            last = self.document().characterCount() - 1
            cursor = self.textCursor()
            cursor.setPosition(min(anchor, last))
            cursor.setPosition(min(position, last), QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)
        self.fit()

    def fit(self) -> None:
        """Make the view as high as the text is at the present width."""
        width = self.viewport().width()
        if width > 0:
            self.document().setTextWidth(width)
        self._take_height()

    def _take_height(self) -> None:
        size = self.document().size()
        height = math.ceil(size.height()) + 2
        scrolls = self.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if scrolls and size.width() > self.viewport().width() > 0:
            height += self.horizontalScrollBar().sizeHint().height()
        if height != self._wanted:
            self._wanted = height
            self.setFixedHeight(height)

    def natural_width(self, most: int) -> int:
        """The width that the text needs, at most ``most``, in pixels."""
        self.document().setTextWidth(most)
        return min(most, math.ceil(self.document().idealWidth()) + 4)

    def selected_text(self) -> str:
        """The selected text; a picture in it is the text that it was made from."""
        cursor = self.textCursor()
        at = cursor.selectionStart()
        found: list[str] = []
        for sign in cursor.selectedText():
            at += len(sign.encode("utf-16-le")) // 2
            if sign == PICTURE:
                here = QTextCursor(self.document())
                here.setPosition(at)
                found.append(here.charFormat().property(QTextFormat.Property.ImageAltText) or "")
            else:
                found.append(sign)
        return "".join(found).replace("\u2029", "\n").replace("\u2028", "\n").replace("\xa0", " ")

    def createMimeDataFromSelection(self) -> QMimeData:
        """What is copied: with pictures in it only text, since other programs haven't got the pictures."""
        if PICTURE not in self.textCursor().selectedText():
            return super().createMimeDataFromSelection()
        data = QMimeData()
        data.setText(self.selected_text())
        return data

    def mark(self, start: int, end: int, colour: str) -> None:
        """Highlight a stretch of the text (in code points) with ``colour``; an empty one removes the
        highlight."""
        self.setExtraSelections([])
        if end > start:
            units = utf16_offsets(self.toPlainText())
            start, end = units(start), units(end)
            cursor = QTextCursor(self.document())
            last = self.document().characterCount() - 1
            cursor.setPosition(min(start, last))
            cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
            chosen = QTextEdit.ExtraSelection()
            chosen.cursor = cursor
            chosen.format.setBackground(QColor(colour))
            self.setExtraSelections([chosen])

    def loadResource(self, kind: int, name: QUrl) -> object:
        """Nothing is ever loaded, neither from the network nor from the disk."""
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._ringed = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ringed = False
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ringed:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(self.palette().accent().color(), 2))
            painter.drawRoundedRect(self.viewport().rect().adjusted(1, 1, -1, -1), 5, 5)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the transcript scrolls, its texts don't

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu(event.pos())
        chosen = self.selected_text().strip()
        if chosen:
            menu.addSeparator()
            keep = menu.addAction("Remember this")
            keep.triggered.connect(lambda: self.remember.emit(chosen))
            if self.quotable:
                quote = menu.addAction("Quote")
                quote.triggered.connect(lambda: self.quote.emit(chosen))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())
