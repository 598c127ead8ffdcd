"""A message's text token by token, coloured by one of its statistics, below a chart of the same.

Tokens with a trigger are underlined. The user goes through the tokens with the pointer or the arrow
keys; ``chosen`` tells which one is the current one.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.records import SourceTrace, TokenScore


class Shown(NamedTuple):
    """A statistic of tokens that the colours can show, in nats."""

    field: str
    name: str
    steps: tuple[float, ...]
    """Nats at which the next colour of the ramp begins."""
    triggers: tuple[str, ...]
    """The values of ``Trigger.statistic`` that belong to this statistic."""
    least: float
    """Nats: a bar as high as the chart stands for this, or for the highest value if that is more."""
    about: str


SHOWN = (
    Shown("surprisal", "Surprisal", (1.0, 2.5, 4.5, 7.0, 10.0), ("surprisal",), 12.0,
          "how unlikely this word was"),
    Shown("entropy", "Entropy", (1.0, 2.0, 3.0, 4.0, 5.5), ("entropy spike", "entropy dip"), 6.0,
          "how unsure the model was before this word"),
    Shown("kl", "KL divergence", (0.5, 1.5, 3.0, 5.0, 8.0), ("kl",), 8.0,
          "how much the previous word changed what the model expected"),
)  # fmt: skip
CHART = 64.0
"""Height of the chart in pixels."""
CONTEXT = 60
"""Tokens shown before and after the kept span when the message is long."""
LONG = 400
"""A message of more tokens is long."""


def step_of(nats: float, shown: Shown = SHOWN[0]) -> int:
    """The index of a value's colour in the ramp."""
    return bisect.bisect_right(shown.steps, nats)


class TraceView(QWidget):
    chosen = Signal(int)
    """The index of a token in its message."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tokens: list[tuple[int, TokenScore]] = []
        self._boxes: list[QRectF] = []
        self._inside: set[int] = set()
        self._triggers: dict[int, float] = {}
        self._threshold: float | None = None
        self._shown = SHOWN[0]
        self._current = -1  # an index into _tokens
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Text by surprisal")
        self.setAccessibleDescription(
            "Left and Right go from token to token, T to the next trigger"
        )
        theme.changed.connect(self.update)

    def show_trace(
        self, source: SourceTrace, triggers: dict[int, float], threshold: float | None
    ) -> None:
        """``triggers`` maps a token's index in the message to its trigger's strength; ``threshold``, in nats,
        is drawn as a line for the statistic that is shown."""
        numbered = list(enumerate(source.tokens))
        self._inside = {n for n, t in numbered if t.start < source.end and t.end > source.start}
        if len(numbered) > LONG and self._inside:
            first, last = min(self._inside) - CONTEXT, max(self._inside) + CONTEXT
            numbered = [(n, t) for n, t in numbered if first <= n <= last]
        self._tokens = numbered[: LONG * 3]
        self._triggers = triggers
        self._threshold = threshold
        self._current = -1
        self._arrange()
        self.updateGeometry()
        self.update()

    def show_statistic(self, shown: Shown, threshold: float | None) -> None:
        """Colour and chart another statistic; ``threshold`` is the line for it."""
        self._shown, self._threshold = shown, threshold
        self.setAccessibleName(f"Text by {shown.name.lower()}")
        self.update()

    def _value(self, token: TokenScore) -> float:
        value: float = getattr(token, self._shown.field)
        return value

    def choose(self, index: int) -> None:
        """Look at the token with this index in its message."""
        place = next((n for n, (i, _) in enumerate(self._tokens) if i == index), -1)
        if place >= 0:
            self._go(place)

    @property
    def indexes(self) -> list[int]:
        return [index for index, _ in self._tokens]

    def box(self, index: int) -> QRectF:
        """Where a token is drawn."""
        return self._boxes[self.indexes.index(index)]

    # --- layout ----------------------------------------------------------------------------

    def _arrange(self) -> None:
        metrics = QFontMetricsF(self._theme.font(1.02))
        line = metrics.height() * 1.42
        x, y = 2.0, CHART + 14.0
        self._boxes = []
        for number, (_, token) in enumerate(self._tokens):
            text = token.text.replace("\n", " ")
            width = metrics.horizontalAdvance(text) if text else 0.0
            if "\n" in token.text and not token.text.strip():
                self._boxes.append(QRectF(x, y, 6, metrics.height()))
                x, y = 2.0, y + line
                continue
            # A word isn't torn: its tokens go to the next line together.
            whole = width if not token.text.startswith(" ") else self._word_width(number, metrics)
            edge = self.width() - 2
            too_long = x + width > edge or (token.text.startswith(" ") and x + whole > edge)
            if x > 2.0 and too_long:
                x, y = 2.0, y + line
                if text.startswith(" "):  # a line begins with a word, not with a gap
                    x -= metrics.horizontalAdvance(" ")
            self._boxes.append(QRectF(x, y, width, metrics.height()))
            x += width
        height = int(y + line + 4) if self._tokens else 0
        if height != self.height():
            self.setFixedHeight(height)

    def _word_width(self, number: int, metrics: QFontMetricsF) -> float:
        width = metrics.horizontalAdvance(self._tokens[number][1].text)
        for _, token in self._tokens[number + 1 : number + 12]:
            if not token.text or token.text[0].isspace():
                break
            width += metrics.horizontalAdvance(token.text)
        return width

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 20)

    # --- painting --------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(1.02))
        self._paint_chart(painter)
        shown = QRectF(event.rect())
        for place, ((index, token), box) in enumerate(zip(self._tokens, self._boxes, strict=True)):
            if box.bottom() + 4 >= shown.top() and box.top() - 4 <= shown.bottom():
                self._paint_token(painter, place, index, token, box)

    def _paint_token(
        self, painter: QPainter, place: int, index: int, token: TokenScore, box: QRectF
    ) -> None:
        colours = self._theme.colours
        text = token.text.replace("\n", " ")
        lead = painter.fontMetrics().horizontalAdvance(" ") if text.startswith(" ") else 0
        ground = box.adjusted(lead, -2, 0, 2)
        if index in self._inside:
            step = step_of(self._value(token), self._shown)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.ramp[step]))
            if step:
                painter.drawRoundedRect(ground, 4, 4)
            ink = QColor(colours.ramp_text[step])
        else:
            ink = QColor(colours.muted)
        painter.setPen(ink)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        if index in self._triggers:
            painter.setPen(QPen(QColor(colours.text), 2))
            y = ground.bottom() + 1.5
            painter.drawLine(QPointF(ground.left() + 1, y), QPointF(ground.right() - 1, y))
        if place == self._current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.drawRoundedRect(ground.adjusted(-1, -1, 1, 1), 5, 5)

    def _paint_chart(self, painter: QPainter) -> None:
        if not self._tokens:
            return
        colours = self._theme.colours
        most = max(self._shown.least, *(self._value(token) for _, token in self._tokens))
        wide = (self.width() - 4) / len(self._tokens)
        painter.setPen(Qt.PenStyle.NoPen)
        for place, (index, token) in enumerate(self._tokens):
            tall = max(1.5, self._value(token) / most * (CHART - 8))
            bar = QRectF(2 + place * wide, CHART - tall, max(1.0, wide - 1), tall)
            shade = colours.line_strong
            if index in self._inside:
                shade = colours.ramp[max(2, step_of(self._value(token), self._shown))]
            painter.setBrush(QColor(colours.accent if place == self._current else shade))
            painter.drawRoundedRect(bar, min(2.0, wide / 3), min(2.0, wide / 3))
        painter.setPen(QPen(QColor(colours.line_strong), 1))
        painter.drawLine(2, int(CHART), self.width() - 2, int(CHART))
        if self._threshold is not None:
            y = CHART - self._threshold / most * (CHART - 8)
            painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(2, y), QPointF(self.width() - 2, y))
            small = self._theme.font(0.8)
            painter.setFont(small)
            words = f"threshold {self._threshold:.1f}"
            wide_words = QFontMetricsF(small).horizontalAdvance(words)
            at = QRectF(self.width() - wide_words - 6, max(0.0, y - 15), wide_words + 4, 14)
            ground = QColor(colours.panel)
            ground.setAlpha(215)
            painter.fillRect(at, ground)
            painter.setPen(QColor(colours.text))
            painter.drawText(at, Qt.AlignmentFlag.AlignCenter, words)
            painter.setFont(self._theme.font(1.02))

    # --- going through ---------------------------------------------------------------------

    def _go(self, place: int) -> None:
        if place != self._current and 0 <= place < len(self._tokens):
            self._current = place
            self.update()
            self.chosen.emit(self._tokens[place][0])

    def _at(self, point: QPointF) -> int:
        if point.y() <= CHART and self._tokens:
            return int((point.x() - 2) / ((self.width() - 4) / len(self._tokens)))
        return next(
            (n for n, box in enumerate(self._boxes) if box.adjusted(0, -3, 0, 5).contains(point)),
            -1,
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(self._at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(self._at(event.position()))
        self.setFocus()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._current < 0:
            triggered = [n for n, (index, _) in enumerate(self._tokens) if index in self._triggers]
            self._go(triggered[0] if triggered else 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Right:
            self._go(self._current + 1)
        elif key == Qt.Key.Key_Left:
            self._go(self._current - 1)
        elif key == Qt.Key.Key_Home:
            self._go(0)
        elif key == Qt.Key.Key_End:
            self._go(len(self._tokens) - 1)
        elif key == Qt.Key.Key_T:
            places = [n for n, (index, _) in enumerate(self._tokens) if index in self._triggers]
            self._go(next((n for n in places if n > self._current), places[0] if places else -1))
        else:
            super().keyPressEvent(event)


class StatisticLegend(QWidget):
    """Which colour means how many nats."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(30)
        self._steps: tuple[float, ...] = ()
        self.show_steps(SHOWN[0])
        theme.changed.connect(self.update)

    def show_steps(self, shown: Shown) -> None:
        self._steps = shown.steps
        self.setAccessibleName(f"Colours from low to high {shown.name.lower()}, in nats")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(0.8))
        colours = self._theme.colours
        names = ["0", *(f"{nats:g}" for nats in self._steps)]
        wide = min(52.0, (self.width() - 84) / len(names))
        for number, name in enumerate(names):
            box = QRectF(number * wide, 2, wide - 3, 10)
            painter.setPen(QPen(QColor(colours.line_strong), 1))
            painter.setBrush(QColor(colours.ramp[number]))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(QColor(colours.muted))
            painter.drawText(
                box.translated(0, 13).adjusted(0, 0, 0, 6), Qt.AlignmentFlag.AlignLeft, name
            )
        painter.drawText(
            QRectF(len(names) * wide + 4, 0, 90, 15), Qt.AlignmentFlag.AlignLeft, "nats"
        )
