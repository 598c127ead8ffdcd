"""The items in a group of an import, as a virtual list: it loads the pages that the user looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.rows import Index, paint_row
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import day

if TYPE_CHECKING:
    from nowprint.inspection import ImportGroup, ImportItem

PAGE = 100
LONGEST_SHOWN = 400
"""Characters of an item that its row can have room for."""
_ROOT = QModelIndex()


class ImportItems(QAbstractListModel):
    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._review = 0
        self._group: ImportGroup | None = None
        self._items: dict[int, ImportItem] = {}
        self._asked: set[int] = set()

    def show_group(self, review_id: int, group: ImportGroup) -> None:
        self.beginResetModel()
        self._review, self._group = review_id, group
        self._items = dict(enumerate(group.samples))
        self._asked.clear()
        self.endResetModel()

    def leave(self) -> None:
        """The list is about to go: drop the replies that are still on their way."""
        self._group = None

    def item(self, row: int) -> ImportItem | None:
        """The item in a row; None while it isn't loaded, and then this asks for its page."""
        found = self._items.get(row)
        if found is None:
            self._ask(row - row % PAGE)
        return found

    def _ask(self, offset: int) -> None:
        from nowprint.service.requests.memory import ReviewItems

        group = self._group
        if group is None or offset in self._asked:
            return
        self._asked.add(offset)

        def listed(items: tuple[ImportItem, ...]) -> None:
            if group is self._group:  # else another group is shown, or none any more
                self._items.update(enumerate(items, offset))
                last = offset + max(0, len(items) - 1)
                self.dataChanged.emit(self.index(offset), self.index(last))

        self._bridge.call(ReviewItems(self._review, group.name, offset, PAGE), listed)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() or self._group is None else self._group.count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        item = self.item(index.row())
        if item is None:
            return ""
        text = show_invisible(item.text[:LONGEST_SHOWN])
        return text if role == Qt.ItemDataRole.DisplayRole else f"{text}. {foot_words(item)}"


class ImportDelegate(QStyledItemDelegate):
    """A line of text; below it when the text was kept where it comes from, and why it is in its group."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._small = theme.font(0.86)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, option.fontMetrics.height() + QFontMetrics(self._small).height() + 18)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, ImportItems)
        item = model.item(index.row())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_row(painter, option, self._theme)
        inner = option.rect.adjusted(12, 7, -12, -7)
        text = " ".join(str(index.data()).split()) if item else "…"
        painter.setFont(self._theme.font())
        _draw(painter, inner, Qt.AlignmentFlag.AlignTop, text, self._theme.colours.text)
        painter.setFont(self._small)
        under = foot_words(item) if item else ""
        _draw(painter, inner, Qt.AlignmentFlag.AlignBottom, under, self._theme.colours.muted)
        painter.restore()


def foot_words(item: ImportItem) -> str:
    said = [day(item.created)] if item.created > 0 else []
    return " · ".join([*said, *([show_invisible(item.reason)] if item.reason else [])])


def _draw(painter: QPainter, box: QRect, where: Qt.AlignmentFlag, text: str, ink: str) -> None:
    painter.setPen(QColor(ink))
    metrics = painter.fontMetrics()
    painter.drawText(box, where, metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width()))
