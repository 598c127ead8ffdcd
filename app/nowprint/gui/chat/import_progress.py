"""The progress of replays (imported conversations that are read through the model): a strip above the chat
for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from nowprint.errors import CoreDied, UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import button, quiet
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.time_words import count

if TYPE_CHECKING:
    from nowprint.inspection import Replay


class ImportProgress(QWidget):
    """Hidden while there is no replay."""

    changed = Signal()
    """A replay kept something, or ended."""

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.strips: dict[int, ImportStrip] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.hide()

    def refresh(self) -> None:
        """Show the replays that are not finished, also those from before a restart."""
        from nowprint.service.requests.memory import ListReplays

        def listed(readings: tuple[Replay, ...]) -> None:
            for id in self.strips.keys() - {reading.id for reading in readings}:
                self._remove(id)
            for reading in readings:
                self.show_reading(reading)

        def failed(error: UserError) -> None:
            if not isinstance(error, CoreDied):
                self._bridge.fault.emit(error)

        self._bridge.call(ListReplays(), listed, failed)

    def show_reading(self, reading: Replay) -> None:
        strip = self.strips.get(reading.id)
        before = strip.reading if strip else None
        if reading.done >= reading.total:
            self._remove(reading.id)
        else:
            if strip is None:
                strip = self.strips[reading.id] = ImportStrip(reading, self)
                strip.paused.connect(self._pause)
                strip.ended.connect(self._end)
                self._column.addWidget(strip)
            strip.show_reading(reading)
            self.show()
        if before is None or before.kept != reading.kept or reading.done >= reading.total:
            self.changed.emit()

    def _pause(self, id: int, paused: bool) -> None:
        from nowprint.service.requests.memory import PauseReplay

        self._bridge.call(PauseReplay(id, paused), self.show_reading)

    def _end(self, id: int) -> None:
        from nowprint.service.requests.memory import EndReplay

        def ended(_: None) -> None:
            self._remove(id)
            self.changed.emit()

        self._bridge.call(EndReplay(id), ended)

    def _remove(self, id: int) -> None:
        strip = self.strips.pop(id, None)
        if strip:
            self._column.removeWidget(strip)
            strip.hide()
            strip.deleteLater()
        self.setVisible(bool(self.strips))


class ImportStrip(QFrame):
    paused = Signal(int, bool)
    ended = Signal(int)

    def __init__(self, reading: Replay, parent: QWidget) -> None:
        super().__init__(parent)
        self.reading = reading
        self.setObjectName("readingStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = QLabel()
        self.title.setObjectName("reading.title")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.told = quiet("", "reading.told")
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.pause = button("Pause", "plain", self._toggle, name="reading.pause")
        self.end = button(
            "Stop",
            "plain",
            lambda: self.ended.emit(self.reading.id),
            name="reading.end",
            about="Stop reading; what was kept stays",
        )
        column = QVBoxLayout()
        column.setSpacing(4)
        for part in (self.title, self._bar, self.told):
            column.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.addLayout(column, 1)
        row.addWidget(self.pause)
        row.addWidget(self.end)

    def show_reading(self, reading: Replay) -> None:
        self.reading = reading
        name = show_invisible(reading.name)
        self.title.setText(f"{'Paused' if reading.paused else 'Reading'}: {name}")
        told = f"{reading.done:,} of {count(reading.total, 'message')}, {reading.kept:,} kept"
        if reading.seconds_left is not None and not reading.paused:
            told += f", {_left(reading.seconds_left)}"
        self.told.setText(told)
        self._bar.setRange(0, reading.total)
        self._bar.setValue(reading.done)
        self._bar.setAccessibleName(f"{name}: {told}")
        words = "Resume" if reading.paused else "Pause"
        self.pause.setText(words)
        self.pause.setAccessibleName(f"{words} reading {name}")
        self.end.setAccessibleName(f"Stop reading {name}")

    def _toggle(self) -> None:
        self.paused.emit(self.reading.id, not self.reading.paused)


def _left(seconds: float) -> str:
    if seconds < 60:
        return "less than a minute left"
    if seconds < 5400:
        return f"about {count(round(seconds / 60), 'minute')} left"
    return f"about {count(round(seconds / 3600), 'hour')} left"
