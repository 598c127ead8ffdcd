"""The widget that a plot is drawn on, with its handling of mouse and focus; and the current point's card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QGraphicsPathItem, QWidget

from nowprint.gui.inspector.search.episode_delegate import two_lines
from nowprint.gui.inspector.search.episode_model import foot_words, spoken, words_of
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.records import Episode


class Ground(pg.ViewBox):
    """Dragging either moves the view or draws an outline around points (``outlines``); dragging with Shift
    does the other."""

    outlined = Signal(QPolygonF)

    def __init__(self, *, outlines: bool) -> None:
        super().__init__(enableMenu=False)
        self._outlines = outlines
        self._drawn: QPolygonF | None = None
        self._line = QGraphicsPathItem(self)
        self._line.setZValue(1e6)

    def ink(self, colour: str) -> None:
        self._line.setPen(pg.mkPen(colour, width=2))
        ground = QColor(colour)
        ground.setAlpha(36)
        self._line.setBrush(ground)

    def mouseDragEvent(self, ev, axis=None) -> None:
        shift = bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        drawing = self._drawn is not None or self._outlines != shift
        if ev.button() != Qt.MouseButton.LeftButton or not drawing:
            if ev.button() != Qt.MouseButton.RightButton:
                super().mouseDragEvent(ev, axis)
            return
        ev.accept()
        if ev.isStart() or self._drawn is None:
            self._drawn = QPolygonF([QPointF(ev.buttonDownPos())])
        self._drawn.append(QPointF(ev.pos()))
        path = QPainterPath()
        path.addPolygon(self._drawn)
        self._line.setPath(path)
        if ev.isFinish():
            self._line.setPath(QPainterPath())
            drawn, self._drawn = self._drawn, None
            self.outlined.emit(drawn)


class Canvas(pg.PlotWidget):
    pressed = Signal(QKeyEvent)
    entered = Signal()
    """The keyboard's focus came here by Tab."""
    focused = Signal(bool)

    def __init__(self, ground: Ground, **more: object) -> None:
        super().__init__(viewBox=ground, **more)
        self.setObjectName("plot")
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(80)

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        ev.ignore()
        self.pressed.emit(ev)
        if not ev.isAccepted():
            QWidget.keyPressEvent(self, ev)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)


class PointCard(QWidget):
    """The current point's episode; as high if there is none, so that nothing jumps."""

    def __init__(self, theme: Theme, hint: str) -> None:
        super().__init__()
        self.setObjectName("plot.card")
        self._theme = theme
        self._hint = hint
        self._episode: Episode | None = None
        theme.changed.connect(self.update)

    def show_episode(self, episode: Episode | None) -> None:
        self._episode = episode
        self.setAccessibleName(spoken(episode) if episode else self._hint)
        self.update()

    @property
    def text(self) -> str:
        return self._episode.text if self._episode else ""

    def sizeHint(self) -> QSize:
        return QSize(200, int(QFontMetrics(self._theme.font()).height() * 3.3) + 12)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        box = self.rect().adjusted(16, 6, -16, -4)
        if self._episode is None:
            painter.setFont(self._theme.font(0.9))
            painter.setPen(QColor(colours.muted))
            painter.drawText(box, Qt.TextFlag.TextWordWrap, self._hint)
            return
        painter.setFont(self._theme.font())
        painter.setPen(QColor(colours.text))
        two_lines(painter, box, words_of(self._episode))
        painter.setFont(self._theme.font(0.86))
        painter.setPen(QColor(colours.muted))
        words = f"{foot_words(self._episode)} · salience {self._episode.salience:.2f}"
        painter.drawText(box, Qt.AlignmentFlag.AlignBottom, words)
