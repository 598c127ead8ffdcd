"""Fields of one setting each: a label, something to set it with, and what is recommended where it differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from nowprint.gui.widgets.buttons import Check, Choice, leave_wheel_to_page, quiet
from nowprint.gui.widgets.theme import Theme
from nowprint.model_settings import RANGES

FIELD, LABEL = 215, 220
"""Least widths of a field and of its label, in pixels."""


class SettingFields:
    """The fields, by the names of their settings. ``changed`` is called when the user changes one."""

    def __init__(self, theme: Theme, prefix: str, changed: Callable[[], object]) -> None:
        self._theme, self._prefix, self._changed = theme, prefix, changed
        self._widgets: dict[str, QWidget] = {}
        self._notes: dict[str, QLabel] = {}
        self._recommended: dict[str, Any] = {}

    def __getitem__(self, name: str) -> QWidget:
        return self._widgets[name]

    # --- building --------------------------------------------------------------------------

    def whole(
        self,
        grid: QGridLayout,
        name: str,
        label: str,
        about: str,
        ends: tuple[float, float],
        *,
        step: int = 1,
        special: str = "",
        unit: str = "",
    ) -> None:
        """A whole number; ``special`` is shown in the place of the least."""
        field = QSpinBox()
        field.setRange(int(ends[0]), min(int(ends[1]), 2**31 - 1))
        field.setSingleStep(step)
        field.setSpecialValueText(special)
        field.setSuffix(f" {unit}" if unit else "")
        field.setGroupSeparatorShown(True)
        field.valueChanged.connect(self._touch)
        self._add(grid, name, label, about, field)

    def number(
        self,
        grid: QGridLayout,
        name: str,
        label: str,
        about: str,
        ends: tuple[float, float],
        *,
        step: float = 0.05,
    ) -> None:
        field = QDoubleSpinBox()
        field.setRange(*ends)
        field.setDecimals(2)
        field.setSingleStep(step)
        field.valueChanged.connect(self._touch)
        self._add(grid, name, label, about, field)

    def choice(
        self,
        grid: QGridLayout,
        name: str,
        label: str,
        about: str,
        options: Sequence[tuple[str, str]],
    ) -> None:
        """``options``: value and text of each."""
        field = Choice(self._theme)
        for value, text in options:
            field.addItem(text, value)
        field.currentIndexChanged.connect(self._touch)
        self._add(grid, name, label, about, field)

    def text(self, grid: QGridLayout, name: str, label: str, about: str, usual: str) -> None:
        """A few lines; ``usual`` is shown while there are none."""
        field = QPlainTextEdit()
        field.setProperty("boxed", True)
        field.setPlaceholderText(usual)
        field.setTabChangesFocus(True)
        field.setFixedHeight(92)
        field.textChanged.connect(self._touch)
        self._add(grid, name, label, about, field, wide=True)

    def _add(
        self,
        grid: QGridLayout,
        name: str,
        label: str,
        about: str,
        field: QWidget,
        *,
        wide: bool = False,
    ) -> None:
        field.setObjectName(f"{self._prefix}.{name}")
        field.setAccessibleName(label.replace("&", ""))
        field.setAccessibleDescription(about)
        field.setToolTip(about)
        if isinstance(field, QSpinBox | QDoubleSpinBox):
            field.lineEdit().setTextMargins(
                8, 0, 8, 0
            )  # the style sheet's padding has no effect here
            leave_wheel_to_page(field)
        field.setMinimumWidth(FIELD)
        shown = self._label(name, label, field)
        shown.setToolTip(about)
        note = quiet("")
        note.hide()
        row = grid.rowCount()
        if wide:
            grid.addWidget(shown, row, 0, 1, 3)
            grid.addWidget(field, row + 1, 0, 1, 3)
        else:
            grid.addWidget(shown, row, 0)
            grid.addWidget(field, row, 1)
            grid.addWidget(note, row, 2)
        self._widgets[name], self._notes[name] = field, note

    def _label(self, name: str, text: str, field: QWidget) -> QWidget:
        made = QLabel(text)
        made.setBuddy(field)
        return made

    # --- values ----------------------------------------------------------------------------

    def recommend(self, values: dict[str, Any]) -> None:
        self._recommended = values
        self._compare()

    def put(self, values: dict[str, Any]) -> None:
        """Show these values; ``changed`` is called once."""
        changed, self._changed = self._changed, lambda: None
        for name, field in self._widgets.items():
            value = values[name]
            if isinstance(field, QComboBox):
                field.setCurrentIndex(field.findData(value))
            elif isinstance(field, QPlainTextEdit):
                field.setPlainText(value)
            elif isinstance(field, QSpinBox | QDoubleSpinBox):
                field.setValue(value)
        self._changed = changed
        self._touch()

    def values(self) -> dict[str, Any]:
        """What the fields hold. A number that only the field's decimals round stays as recommended."""
        return {name: self._value(name, field) for name, field in self._widgets.items()}

    def _value(self, name: str, field: QWidget) -> Any:
        if isinstance(field, QComboBox):
            return field.currentData()
        if isinstance(field, QPlainTextEdit):
            return field.toPlainText().strip()
        assert isinstance(field, QSpinBox | QDoubleSpinBox)
        value, usual = field.value(), self._recommended.get(name)
        if isinstance(value, float) and usual is not None and abs(value - usual) < 0.005:
            return usual
        return value

    def _touch(self, *_: object) -> None:
        self._compare()
        self._changed()

    def _compare(self) -> None:
        """Say what is recommended beside each field that holds something else."""
        for name, value in self.values().items():
            usual = self._recommended.get(name)
            differs = usual is not None and value != usual
            note, field = self._notes[name], self._widgets[name]
            note.setText(f"recommended: {shown(field, usual)}" if differs else "")
            note.setVisible(differs and not isinstance(field, QPlainTextEdit))


class OptionalFields(SettingFields):
    """Fields that hold only where the user ticks them."""

    def __init__(self, theme: Theme, prefix: str) -> None:
        super().__init__(theme, prefix, lambda: None)
        self.ticks: dict[str, Check] = {}

    def _label(self, name: str, text: str, field: QWidget) -> QWidget:
        tick = self.ticks[name] = Check(self._theme, text)
        tick.setObjectName(f"{self._prefix}.{name}.own")
        tick.setAccessibleName(f"Set {text.replace('&', '')}")
        tick.toggled.connect(field.setEnabled)
        field.setEnabled(False)
        return tick

    def put_own(self, own: dict[str, Any], usual: dict[str, Any]) -> None:
        """Tick what is in ``own``; the others show their ``usual`` values."""
        self.put(usual | own)
        for name, tick in self.ticks.items():
            tick.setChecked(name in own)

    def own(self) -> dict[str, Any]:
        """The values that are ticked."""
        return {
            name: value for name, value in self.values().items() if self.ticks[name].isChecked()
        }


def shown(field: QWidget, value: Any) -> str:
    """The value as its field would show it."""
    if isinstance(field, QComboBox):
        return field.itemText(field.findData(value))
    if isinstance(field, QSpinBox):
        special = field.specialValueText()
        return special if special and value == field.minimum() else f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def grid() -> QGridLayout:
    made = QGridLayout()
    made.setHorizontalSpacing(14)
    made.setVerticalSpacing(8)
    made.setColumnMinimumWidth(0, LABEL)
    made.setColumnStretch(2, 1)
    return made


def add_sampling(fields: SettingFields, rows: QGridLayout) -> None:
    """Add a field for each of ``model_settings.SAMPLING``."""
    fields.number(
        rows,
        "temperature",
        "&Temperature",
        "How freely it chooses its words; 0 always takes the likeliest",
        RANGES["temperature"],
    )
    fields.number(
        rows,
        "top_p",
        "Top-&p",
        "Choose among the likeliest words that together have this probability; 1 for all",
        RANGES["top_p"],
    )
    fields.whole(
        rows,
        "top_k",
        "Top-&k",
        "Choose among this many of the likeliest words",
        RANGES["top_k"],
        special="All",
    )
    fields.number(
        rows,
        "min_p",
        "&Min-p",
        "Leave out words that are less likely than this share of the likeliest",
        RANGES["min_p"],
        step=0.01,
    )
    fields.number(
        rows,
        "repeat_penalty",
        "&Repetition penalty",
        "How much words of the last 64 are held back; 1 for not at all",
        RANGES["repeat_penalty"],
    )
    fields.whole(
        rows,
        "seed",
        "See&d",
        "The same seed gives the same answer to the same prompt",
        RANGES["seed"],
        special="New with each answer",
    )
    fields.whole(
        rows,
        "answer_tokens",
        "&Longest answer",
        "In tokens; a token is about three quarters of a word",
        RANGES["answer_tokens"],
        step=128,
        unit="tokens",
    )
