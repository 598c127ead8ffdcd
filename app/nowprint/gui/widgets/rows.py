"""What the rows of all lists have in common."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from nowprint.gui.widgets.theme import Theme

Index = QModelIndex | QPersistentModelIndex
"""The two kinds of index that Qt passes to a model."""


def paint_row(painter: QPainter, option: QStyleOptionViewItem, theme: Theme) -> bool:
    """Paint the background of a list's row: hovered, selected, and with a ring if it has the keyboard's
    focus. Returns whether the row is selected."""
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
    focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
    box = option.rect.adjusted(3, 1, -3, -1)
    painter.setPen(Qt.PenStyle.NoPen)
    if selected or hovered:
        painter.setBrush(QColor(theme.colours.accent_soft if selected else theme.colours.hover))
        painter.drawRoundedRect(box, 9, 9)
    if focused:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.colours.accent), 1.5))
        painter.drawRoundedRect(box, 9, 9)
    return selected
