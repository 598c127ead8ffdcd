"""A row of widgets that wraps where it is too narrow: nothing is cut off at any width."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """``across`` and ``down`` are the gaps between widgets and between lines, in pixels."""

    def __init__(self, parent: QWidget | None = None, *, across: int = 6, down: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._across, self._down = across, down
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    # --- what Qt asks ----------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        shown = self._shown()
        width = sum(item.sizeHint().width() for item in shown)
        height = max((item.sizeHint().height() for item in shown), default=0)
        return QSize(width + self._across * max(0, len(shown) - 1), height)

    def minimumSize(self) -> QSize:
        sizes = [item.sizeHint() for item in self._shown()]
        width = max((size.width() for size in sizes), default=0)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def setGeometry(self, box: QRect) -> None:
        super().setGeometry(box)
        self._arrange(box, move=True)

    # --- laying down -----------------------------------------------------------------------

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, box: QRect, *, move: bool) -> int:
        """The height that the lines take, in pixels; with ``move`` the widgets are placed, each in the middle
        of its line's height."""
        line: list[QLayoutItem] = []
        top, room = box.top(), box.width()
        for item in self._shown():
            width = item.sizeHint().width()
            if line and width > room:
                top += self._lay(line, box.left(), top, move=move) + self._down
                line, room = [], box.width()
            line.append(item)
            room -= width + self._across
        if line:
            top += self._lay(line, box.left(), top, move=move)
        return top - box.top()

    def _lay(self, line: list[QLayoutItem], left: int, top: int, *, move: bool) -> int:
        height = max(item.sizeHint().height() for item in line)
        for item in line:
            size = item.sizeHint()
            if move:
                at = top + (height - size.height()) // 2
                item.setGeometry(QRect(left, at, size.width(), size.height()))
            left += size.width() + self._across
        return height
