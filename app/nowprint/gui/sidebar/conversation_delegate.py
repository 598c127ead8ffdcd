"""Paints a row of the conversations. Loaded after the first paint, which shows no rows."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nowprint.gui.sidebar.conversation_model import ConversationModel, Group
from nowprint.gui.widgets.rows import Index, paint_row
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import ago


class ConversationDelegate(QStyledItemDelegate):
    """For a conversation: its title, and below that when it was last used. For a project: its name, and the
    number of its conversations."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = 1 if isinstance(index.data(Qt.ItemDataRole.UserRole), Group) else 2
        return QSize(160, option.fontMetrics.height() * lines + 18)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._theme.colours
        model = index.model()
        assert isinstance(model, ConversationModel)
        row = model.rows[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = paint_row(painter, option, self._theme)
        if isinstance(row, Group):
            self._paint_group(painter, option, row)
            painter.restore()
            return
        inner = option.rect.adjusted(14, 8, -14, -8)
        if row.pinned:
            pin = QRect(inner.right() - 13, inner.top() + 2, 13, 13)
            self._theme.icon("pinned", "muted").paint(painter, pin)
            inner.setRight(pin.left() - 6)
        painter.setFont(self._theme.font(bold=selected))
        painter.setPen(QColor(colours.text))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(
            model.title(index.row()), Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop, title)
        painter.setFont(self._theme.font(0.86))
        painter.setPen(QColor(colours.muted))
        under = "Temporary: nothing is kept" if row.id in model.temporary else ago(row.updated)
        under = painter.fontMetrics().elidedText(under, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom, under)
        painter.restore()

    def _paint_group(self, painter: QPainter, option: QStyleOptionViewItem, group: Group) -> None:
        colours = self._theme.colours
        inner = option.rect.adjusted(12, 0, -14, 0)
        arrow = QRect(inner.left(), inner.center().y() - 6, 13, 13)
        self._theme.icon("down" if group.open else "forward", "muted").paint(painter, arrow)
        inner.setLeft(arrow.right() + 6)
        painter.setFont(self._theme.font(0.9))
        painter.setPen(QColor(colours.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        number = f"{group.number:,}"
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, number)
        inner.setRight(inner.right() - painter.fontMetrics().horizontalAdvance(number) - 8)
        painter.setFont(self._theme.font(0.9, bold=True))
        title = painter.fontMetrics().elidedText(
            group.title, Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, middle, title)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(
            QRect(option.rect.topLeft() + QPoint(6, 3), option.rect.size() - QSize(12, 6))
        )
