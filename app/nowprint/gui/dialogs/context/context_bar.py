"""The model's context to scale: as wide as it is large, with each part as wide as its tokens.

What tells the parts apart is not their colour alone: their names stand below wherever there is room, and
the part of the chat that is filled from below is its salience. The user goes through the parts with the
pointer or the arrow keys.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from nowprint.gui.dialogs.context.context_words import LONG, ORDER, SHORT, Kind
from nowprint.gui.widgets.buttons import quiet
from nowprint.gui.widgets.flow_layout import FlowLayout
from nowprint.gui.widgets.invisible_characters import tip
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Colours, Theme

HEIGHT = 30.0
"""Height of the bar in pixels, without the names below it."""
RING = 2.0
"""Pixels around the bar for the ring of the part that is looked at."""
PALE = 0.36
"""Share of the chat's colour in a message of it that isn't salient."""
LEAST_RING = 5.0
"""Pixels that the ring is wide at least: a part may be narrower than one."""


class Segment(NamedTuple):
    kind: Kind
    tokens: int
    told: str
    """A sentence about it, for the tooltip and for screen readers."""
    salience: float | None = None


class ContextBar(QWidget):
    chosen = Signal(int)
    """The number of the segment that the user clicked on or went to."""
    pointed = Signal(int)
    """The segment below the pointer; −1 if the pointer has left."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("context.bar")
        self._theme = theme
        self._segments: tuple[Segment, ...] = ()
        self._ends: list[int] = []
        self._current = -1
        self._pointed = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleDescription("Left and Right go from part to part")
        theme.changed.connect(self._decorate)

    def show_segments(self, segments: Sequence[Segment], spoken: str) -> None:
        """``spoken`` says to a screen reader what all of them hold together."""
        self._segments = tuple(segments)
        self._ends = list(itertools.accumulate(one.tokens for one in segments))
        self._current = min(self._current, len(segments) - 1)
        self._pointed = -1
        self.setAccessibleName(spoken)
        self.update()

    @property
    def segments(self) -> tuple[Segment, ...]:
        return self._segments

    @property
    def current(self) -> int:
        """The number of the segment that is looked at; −1 if none is."""
        return self._current

    def choose(self, number: int) -> None:
        """Look at this segment; nothing is told of it."""
        if number != self._current:
            self._current = number if 0 <= number < len(self._segments) else -1
            self.update()

    def box(self, number: int) -> QRectF:
        """Where a segment is drawn."""
        whole = max(1, self._ends[-1])
        wide = self.width() - 2 * RING
        end = self._ends[number]
        start = end - self._segments[number].tokens
        left = RING + wide * start / whole
        return QRectF(left, RING, wide * (end - start) / whole, HEIGHT)

    def sizeHint(self) -> QSize:
        names = QFontMetricsF(self._theme.font(0.8)).height()
        return QSize(320, int(HEIGHT + 2 * RING + names + 4))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def _decorate(self) -> None:
        self.updateGeometry()  # the names may be of another size
        self.update()

    # --- painting --------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._segments:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        whole = QRectF(RING, RING, self.width() - 2 * RING, HEIGHT)
        outline = QPainterPath()
        outline.addRoundedRect(whole, 6, 6)
        painter.save()
        painter.setClipPath(outline)
        for number, segment in enumerate(self._segments):
            box = self.box(number)
            if box.width() > 4:  # a line between them; of narrower ones it would leave nothing
                box.setWidth(box.width() - 1)
            paint_segment(painter, box, segment.kind, segment.salience, colours)
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.line_strong), 1))
        painter.drawPath(outline)
        self._paint_names(painter)
        for number in {self._current, self._pointed} - {-1}:
            self._paint_ring(painter, self.box(number))

    def _paint_ring(self, painter: QPainter, box: QRectF) -> None:
        if box.width() < LEAST_RING:
            box = QRectF(box.center().x() - LEAST_RING / 2, box.top(), LEAST_RING, box.height())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.colours.text), 2))
        painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 4, 4)

    def _paint_names(self, painter: QPainter) -> None:
        """Below the bar, the name of each kind in the middle of its parts, if it has room there."""
        font = self._theme.font(0.8)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.muted))
        metrics = QFontMetricsF(font)
        top = HEIGHT + 2 * RING + 2
        numbered = enumerate(self._segments)
        for kind, run in itertools.groupby(numbered, key=lambda one: one[1].kind):
            boxes = [self.box(number) for number, _ in run]
            room = QRectF(boxes[0].left(), top, boxes[-1].right() - boxes[0].left(), 1)
            room.setHeight(metrics.height())
            if metrics.horizontalAdvance(SHORT[kind]) + 6 <= room.width():
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, SHORT[kind])

    # --- going through ---------------------------------------------------------------------

    def _at(self, x: float) -> int:
        places = range(len(self._segments))
        return next((n for n in places if self.box(n).left() <= x < self.box(n).right()), -1)

    def _go(self, number: int) -> None:
        if number != self._current and 0 <= number < len(self._segments):
            self._current = number
            self.update()
            self.chosen.emit(number)
            announce(self, self._segments[number].told)

    def _point(self, number: int) -> None:
        if number != self._pointed:
            self._pointed = number
            self.pointed.emit(number)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(self._at(event.position().x()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._current < 0:
            self._go(0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._segments) - 1
        goals = {
            Qt.Key.Key_Right: self._current + 1,
            Qt.Key.Key_Left: self._current - 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        goal = goals.get(Qt.Key(event.key()))
        if goal is None:
            super().keyPressEvent(event)
        else:
            self._go(goal)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self._at(event.pos().x())
            self.setToolTip(tip(self._segments[number].told) if number >= 0 else "")
        return super().event(event)


class Legend(QWidget):
    """What each look means, and how many tokens there are of it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._entries: dict[Kind, tuple[QWidget, QLabel, QLabel]] = {}
        self._flow = FlowLayout(self, across=16, down=4)
        for kind in ORDER:
            entry, look, words = QWidget(), QLabel(), quiet("", f"context.legend.{kind}")
            row = QHBoxLayout(entry)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
            for part in (look, words):
                row.addWidget(part)
            self._entries[kind] = (entry, look, words)
            self._flow.addWidget(entry)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        theme.changed.connect(self._decorate)
        self._decorate()

    def show_counts(self, counts: dict[Kind, int]) -> None:
        """Kinds that the context holds none of are left out."""
        for kind, (entry, _, words) in self._entries.items():
            meant = ", filled by salience" if kind == "chat" else ""
            words.setText(f"{LONG[kind]} {counts.get(kind, 0):,}{meant}")
            entry.setVisible(bool(counts.get(kind)))
        self._flow.invalidate()
        self.updateGeometry()

    def _decorate(self) -> None:
        for kind, (_, look, _) in self._entries.items():
            look.setPixmap(look_of(kind, 0.5, self._theme, self.devicePixelRatioF()))


def look_of(kind: Kind, salience: float | None, theme: Theme, ratio: float) -> QPixmap:
    """A small square that looks like the segment in the bar."""
    side = 12
    image = QPixmap(QSize(round(side * ratio), round(side * ratio)))
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(0.5, 0.5, side - 1, side - 1)
    paint_segment(painter, box, kind, salience, theme.colours)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.colours.line_strong), 1))
    painter.drawRect(box)
    painter.end()
    return image


def icon_of(kind: Kind, salience: float | None, theme: Theme, ratio: float) -> QIcon:
    return QIcon(look_of(kind, salience, theme, ratio))


def paint_segment(
    painter: QPainter, box: QRectF, kind: Kind, salience: float | None, colours: Colours
) -> None:
    """Paint a part of the chat pale, and filled from below as high as its salience; the room for the answer
    hatched, what is free empty."""
    painter.setPen(Qt.PenStyle.NoPen)
    if kind in ("answer", "free"):
        painter.fillRect(box, QColor(colours.card))
        if kind == "answer":
            painter.fillRect(box, QBrush(QColor(colours.muted), Qt.BrushStyle.BDiagPattern))
        return
    solid = {
        "system": colours.muted,
        "pinned": colours.second,
        "recalled": colours.warm[2],
        "message": colours.text,
    }
    if kind in solid:
        painter.fillRect(box, QColor(solid[kind]))
        return
    painter.fillRect(box, blend(colours.accent, colours.card, PALE))
    tall = box.height() * min(1.0, max(0.0, salience or 0.0))
    filled = QRectF(box.left(), box.bottom() - tall, box.width(), tall)
    painter.fillRect(filled, QColor(colours.accent))


def blend(one: str, other: str, part: float) -> QColor:
    """So much of one colour, and the rest of the other."""
    a, b = QColor(one), QColor(other)
    red, green, blue = (
        x * part + y * (1 - part)
        for x, y in ((a.redF(), b.redF()), (a.greenF(), b.greenF()), (a.blueF(), b.blueF()))
    )
    return QColor.fromRgbF(red, green, blue)
