"""Buttons and labels of the kinds that the style sheet knows, each with a name for screen readers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from nowprint.gui.widgets.theme import Theme

SIDES = 40
"""Pixels that the padding and borders of a ``Line`` take at most."""


def button(
    text: str,
    kind: str,
    clicked: Callable[[], object] | None = None,
    *,
    name: str = "",
    about: str = "",
    label: str = "",
) -> QPushButton:
    """``about`` says what it does (tool tip and accessible description), ``label`` its spoken name."""
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAccessibleName(label or text.replace("&", ""))
    if about:
        made.setToolTip(about)
        made.setAccessibleDescription(about)
    if name:
        made.setObjectName(name)
    if clicked:
        made.clicked.connect(lambda _=False: clicked())
    return made


def dress(made: QPushButton, kind: str) -> None:
    """Give another kind to a button that the style sheet has already styled (a message box's)."""
    made.setProperty("kind", kind)
    made.style().unpolish(made)
    made.style().polish(made)


class Line(QPushButton):
    """A button with one line of text, elided where there is no room for all of it."""

    def __init__(
        self, text: str, kind: str, clicked: Callable[[], object], *, name: str, about: str
    ) -> None:
        super().__init__(text.replace("&", "&&"))
        self._text = text
        self.setObjectName(name)
        self.setProperty("kind", kind)
        self.setToolTip(about)
        self.setAccessibleDescription(about)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda _=False: clicked())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = event.size().width() - SIDES
        shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room)
        self.setText(shown.replace("&", "&&"))


def set_icon(made: QPushButton, theme: Theme, icon: str, colour: str = "muted") -> None:
    made.setIcon(theme.icon(icon, colour))
    made.setIconSize(QSize(18, 18))


class _WheelPast(QObject):
    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.Wheel
            and isinstance(field, QWidget)
            and not field.hasFocus()
        ):
            event.ignore()  # so it goes on to what the field stands on
            return True
        return False


def leave_wheel_to_page(field: QWidget) -> None:
    """Let the mouse wheel scroll the page over a field without focus, which it would change unnoticed."""
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel doesn't give it focus either
    field.installEventFilter(_WheelPast(field))


class Choice(QComboBox):
    """A combo box that paints its arrow itself: a style sheet can't colour one. A text without enough room
    ends in an ellipsis."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        leave_wheel_to_page(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        whole, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(whole, option, field, self).width()
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, room
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(whole, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        box = QRect(self.width() - 24, (self.height() - 14) // 2, 14, 14)
        self._theme.icon("down", "muted").paint(painter, box)


class Check(QCheckBox):
    """A check box that is visible on every background: the style's own is hard to see in the dark theme."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__(text)
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, box, ink = _mark(self, self._theme)
        _draw_check(painter, box, ink, self._theme, on=self.isChecked())


def paint_box(painter: QPainter, box: QRectF, theme: Theme, *, on: bool) -> None:
    """Paint a check box, for a row of a list."""
    ink = QColor(theme.colours.accent if on else theme.colours.muted)
    painter.setPen(QPen(ink, 1.5))
    painter.setBrush(QColor(theme.colours.card))
    _draw_check(painter, box, ink, theme, on=on)


def _draw_check(painter: QPainter, box: QRectF, ink: QColor, theme: Theme, *, on: bool) -> None:
    if on:
        painter.setBrush(ink)
    painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 4, 4)
    if on:
        theme.icon("check", "on_accent").paint(painter, box.toRect())


class Radio(QRadioButton):
    """A radio button that is visible on every background, as ``Check`` is."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__(text)
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, box, ink = _mark(self, self._theme)
        painter.drawEllipse(box.adjusted(0.75, 0.75, -0.75, -0.75))
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawEllipse(box.adjusted(4, 4, -4, -4))


def _mark(made: QCheckBox | QRadioButton, theme: Theme) -> tuple[QPainter, QRectF, QColor]:
    """A painter that is ready to draw the indicator's outline, the indicator's box, and its colour."""
    from PySide6.QtWidgets import QStyle, QStyleOptionButton  # here: their enums take long to load

    parts = QStyle.SubElement
    check = isinstance(made, QCheckBox)
    part = parts.SE_CheckBoxIndicator if check else parts.SE_RadioButtonIndicator
    option = QStyleOptionButton()
    made.initStyleOption(option)
    box = QRectF(made.style().subElementRect(part, option, made))
    strong = made.isChecked() and made.isEnabled()
    ink = QColor(theme.colours.accent if strong else theme.colours.muted)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, 1.5))
    painter.setBrush(QColor(theme.colours.card))
    return painter, box, ink


def quiet(text: str = "", name: str = "") -> QLabel:
    """A small grey label, for what is of less importance."""
    made = QLabel(text)
    made.setProperty("quiet", True)
    if name:
        made.setObjectName(name)
    return made


def section(text: str) -> QLabel:
    made = QLabel(text)
    made.setProperty("section", True)
    return made
