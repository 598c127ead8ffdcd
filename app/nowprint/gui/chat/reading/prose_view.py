"""A stretch of an answer that isn't code: text with its formulas, and tables, which scroll by themselves."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFontInfo, QFontMetricsF, QTextDocument, QWheelEvent
from PySide6.QtWidgets import QTextEdit

from nowprint.gui.chat.reading.formulas import Formulas, Outlines, picture
from nowprint.gui.widgets.text_view import TextView
from nowprint.gui.widgets.theme import Theme
from nowprint.markdown.reader import prose_html

READING = 1.06
"""The size of an answer's text, as a part of the window's."""
WIDEST_COLUMN = 260
"""Pixels that a column of a table may take before its cells are wrapped although the table scrolls."""


class ProseView(TextView):
    _source = ""  # Qt asks a new view for its height

    def __init__(self, theme: Theme, formulas: Formulas) -> None:
        super().__init__(theme.font(READING))
        self._theme = theme
        self._formulas = formulas
        self._shown: list[tuple[Outlines, float, float]] = []
        """The formulas in the text, with the pixels of each above and below the line."""
        self._awaited: set[tuple[str, bool]] = set()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        formulas.ready.connect(self._redraw)

    def show_markdown(self, source: str) -> None:
        self._source = source
        self._shown, self._awaited = [], set()
        self.show_html(prose_html(source, self._formula), self._theme.document_style())

    def restyle(self) -> None:
        """Draw again, in place: colours or the size of text have changed."""
        self.use_font(self._theme.font(READING))
        self.show_markdown(self._source)

    def _redraw(self) -> None:
        """Draw again if a formula has come that stands here as text."""
        if any(self._formulas.known(*formula) for formula in self._awaited):
            self.show_markdown(self._source)

    def _formula(self, latex: str, written: str, large: bool) -> str:
        if not self._formulas.known(latex, large):
            self._awaited.add((latex, large))
            return ""
        formula = self._formulas.outlines(latex, large)
        if not formula:
            return ""
        em = self._em()
        above, below, align = formula.ascent * em, formula.descent * em, ""
        if formula.descent > 0.1:
            # Qt puts a picture on the line, or its middle a quarter of an x's height above that.
            middle = QFontMetricsF(self.font()).xHeight() / 4
            half = max(above - middle, below + middle)
            above, below, align = half + middle, half - middle, "vertical-align: middle"
        self._shown.append((formula, above, below))
        return (
            f'<img src="formula:{len(self._shown) - 1}" alt="{html.escape(written)}"'
            f' width="{formula.width * em:.0f}" height="{above + below:.0f}" style="{align}">'
        )

    def _em(self) -> float:
        return QFontInfo(self.font()).pixelSize() * 1.1  # its letters are smaller than most fonts'

    def loadResource(self, kind: int, name: QUrl) -> object:
        """The pictures of the formulas; nothing is ever loaded from anywhere."""
        if kind == QTextDocument.ResourceType.ImageResource.value and name.scheme() == "formula":
            formula, above, below = self._shown[int(name.path())]
            ink, ratio = self._theme.colours.text, self.devicePixelRatioF()
            return picture(formula, self._em(), above, below, ink, ratio)
        return None

    def wheelEvent(self, event: QWheelEvent) -> None:
        sideways = event.angleDelta().x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        bar = self.horizontalScrollBar()
        if sideways and bar.maximum():
            moved = event.angleDelta().x() or event.angleDelta().y()
            bar.setValue(bar.value() - moved)
            event.accept()
        else:
            super().wheelEvent(event)


class TableView(ProseView):
    """A table as wide as it needs to be, within reason; where that is too wide, it scrolls."""

    def fit(self) -> None:
        room = self.viewport().width()
        document = self.document()
        document.setTextWidth(-1)
        needed = int(document.size().width()) + 1
        if needed > room:
            columns = self._source.partition("\n")[0].strip().strip("|").count("|") + 1
            self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
            self.setLineWrapColumnOrWidth(max(room, min(needed, columns * WIDEST_COLUMN)))
        else:
            self.setLineWrapMode(QTextEdit.LineWrapMode.WidgetWidth)
        self._take_height()
