"""Tab goes through a window as it is read: panel by panel from the left, and in each from top to bottom.

Qt's own order is that in which the widgets were made, and much is made after the first paint, or with each
message.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

SAME_LINE = 10
"""Pixels by which the middles of widgets on one line may differ."""


class ReadingOrderWindow(QMainWindow):
    """A window whose central widget is a splitter with the panels; what belongs to no panel comes last."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        order = self.tab_order()
        now = self.focusWidget()
        while now and now not in order:  # a part of one, as the field in a list of choices
            now = now.parentWidget()
        if not order:
            return False
        at = order.index(now) if now else -1 if forward else 0
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        order[(at + (1 if forward else -1)) % len(order)].setFocus(reason)
        return True

    def tab_order(self) -> list[QWidget]:
        """What Tab reaches now, in order."""
        panels: dict[int, list[tuple[QPoint, QWidget]]] = {}
        for one in self.findChildren(QWidget):
            takes = one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.focusProxy() is None
            if takes and one.isEnabled() and one.isVisible() and one.window() is self:
                middle = one.mapTo(self, one.rect().center())
                panels.setdefault(self._panel(one), []).append((middle, one))
        return [one for _, panel in sorted(panels.items()) for one in _read(panel)]

    def _panel(self, one: QWidget) -> int:
        panels = self.centralWidget()
        assert isinstance(panels, QSplitter)
        inside = (at for at in range(panels.count()) if panels.widget(at).isAncestorOf(one))
        return next(inside, panels.count())


def _read(placed: list[tuple[QPoint, QWidget]]) -> list[QWidget]:
    lines: list[tuple[int, list[tuple[int, QWidget]]]] = []
    for middle, one in sorted(placed, key=lambda two: two[0].y()):
        if not lines or middle.y() - lines[-1][0] > SAME_LINE:
            lines.append((middle.y(), []))
        lines[-1][1].append((middle.x(), one))
    return [one for _, line in lines for _, one in sorted(line, key=lambda two: two[0])]
