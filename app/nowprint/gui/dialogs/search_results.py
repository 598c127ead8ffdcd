"""The list of what was found in the search: headings, and rows of one line or, for messages, two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nowprint.gui.widgets.rows import Index, paint_row
from nowprint.gui.widgets.text_offsets import utf16_offsets
from nowprint.gui.widgets.theme import Theme

_ROOT = QModelIndex()
WIDEST = 10_000.0
"""Pixels: a line that never wraps."""


@dataclass(frozen=True)
class Found:
    """A result. ``marks`` are the places in ``text`` of what was searched for, ``note`` stands at its right,
    ``below`` under it."""

    text: str
    act: Callable[[], object]
    note: str = ""
    below: str = ""
    marks: tuple[tuple[int, int], ...] = ()


Group = tuple[str, Sequence[Found]]
"""A heading and what stands under it."""


class ResultModel(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[str | Found] = []

    def show(self, groups: Sequence[Group]) -> None:
        self.beginResetModel()
        self.rows = []
        for heading, found in groups:
            self.rows += [heading, *found] if found else []
        self.endResetModel()

    def next(self, row: int, by: int) -> int:
        """The nearest result from ``row`` on in the direction ``by``; -1 if there is none."""
        while 0 <= row < len(self.rows):
            if isinstance(self.rows[row], Found):
                return row
            row += by
        return -1

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            parts = (row.text, row.below, row.note) if isinstance(row, Found) else (row,)
            return ", ".join(filter(None, parts))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.rows[index.row()] if index.isValid() else None
        return super().flags(index) if isinstance(row, Found) else Qt.ItemFlag.NoItemFlags


class ResultDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._small = theme.font(0.9)
        self._heading = theme.font(0.86, bold=True)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: str | Found = index.data(Qt.ItemDataRole.UserRole)
        line, small = option.fontMetrics.height(), QFontMetrics(self._small).height()
        if isinstance(row, str):
            return QSize(200, small + 14)
        return QSize(200, line + 14 + (small + 2 if row.below else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: str | Found = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        muted = QColor(self._theme.colours.muted)
        inner = option.rect.adjusted(14, 6, -14, -6)
        if isinstance(row, str):
            painter.setFont(self._heading)
            painter.setPen(muted)
            painter.drawText(inner, Qt.AlignmentFlag.AlignBottom, row)
            painter.restore()
            return
        paint_row(painter, option, self._theme)
        line = QRect(inner.left(), inner.top(), inner.width(), option.fontMetrics.height() + 2)
        painter.setFont(self._small)
        painter.setPen(muted)
        if row.note:
            wide = painter.fontMetrics().horizontalAdvance(row.note)
            base = line.top() + QFontMetrics(self._theme.font()).ascent()  # that of the text
            painter.drawText(QPointF(line.right() + 1 - wide, base), row.note)
            line.setRight(line.right() - wide - 16)
        if row.below:
            under = inner.adjusted(0, line.height() + 1, 0, 0)
            elided = painter.fontMetrics().elidedText(
                row.below, Qt.TextElideMode.ElideRight, under.width()
            )
            painter.drawText(under, Qt.AlignmentFlag.AlignVCenter, elided)
        painter.setFont(self._theme.font())
        self._paint_marked(painter, line, row)
        painter.restore()

    def _paint_marked(self, painter: QPainter, line: QRect, row: Found) -> None:
        """The text, elided to the line, with the places of the searched words marked."""
        colours = self._theme.colours
        shown = painter.fontMetrics().elidedText(
            row.text, Qt.TextElideMode.ElideRight, line.width()
        )
        units, ranges = utf16_offsets(row.text), []
        for start, end in row.marks:
            marked = QTextLayout.FormatRange()
            marked.start = units(start)
            marked.length = min(units(end), len(shown.encode("utf-16-le")) // 2) - marked.start
            marked.format = QTextCharFormat()
            marked.format.setBackground(QColor(colours.ramp[2]))
            marked.format.setForeground(QColor(colours.ramp_text[2]))
            if marked.length > 0:
                ranges.append(marked)
        layout = QTextLayout(shown, painter.font())
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        layout.setTextOption(option)
        layout.setFormats(ranges)
        layout.beginLayout()
        laid = layout.createLine()
        laid.setLineWidth(WIDEST)
        layout.endLayout()
        painter.setPen(QColor(colours.text))
        layout.draw(painter, QPointF(line.topLeft()))
