"""The buttons of a model that isn't here: get it; or how far it is, pause or resume, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.time_words import file_size

if TYPE_CHECKING:
    from nowprint.model_records import ModelDownload

BAR = 270
"""Pixels of the bar at least: its text below has room then."""


class DownloadRow(QWidget):
    wanted = Signal(str)
    """get, pause, resume or cancel."""

    def __init__(self, key: str, name: str, size: int, *, kind: str = "outlined") -> None:
        """``key`` ends the buttons' object names; ``kind`` is that of "Get"."""
        super().__init__()
        self._key, self._name = key, show_invisible(name)
        told = file_size(size)
        self.get = self._button(f"Get ({told})", "get", f"Get {self._name}, {told}", kind)
        self.pause = self._button("Pause", "pause", f"Pause {self._name}")
        self.resume = self._button("Resume", "resume", f"Resume {self._name}")
        self.cancel = self._button("Cancel", "cancel", f"Cancel {self._name}")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setMinimumWidth(BAR)
        self.told = words("", "quiet", name=f"models.told.{key}")
        self.told.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch()
        for part in (self.get, self.pause, self.resume, self.cancel):
            self.buttons.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bar)
        column.addWidget(self.told)
        column.addLayout(self.buttons)
        self.show_download(None)

    def _button(self, text: str, what: str, label: str, kind: str = "outlined") -> QPushButton:
        name = f"models.{what}.{self._key}"
        return button(text, kind, lambda: self.wanted.emit(what), name=name, label=label)

    def show_download(self, download: ModelDownload | None) -> None:
        """How far it is; None if it hasn't begun."""
        running = download is not None and download.state == "running"
        had_focus = self.isAncestorOf(self.window().focusWidget() or self.window())
        shown = {
            self.get: download is None,
            self.bar: download is not None,
            self.told: download is not None,
            self.pause: running,
            self.resume: download is not None and not running,
            self.cancel: download is not None,
        }
        for part, visible in shown.items():
            if visible:
                part.show()
        if had_focus and not shown.get(self.window().focusWidget(), True):
            next(b for b in (self.get, self.pause, self.resume) if shown[b]).setFocus()
        for part, visible in shown.items():
            if not visible:
                part.hide()
        if download:
            self._tell(download)

    def _tell(self, download: ModelDownload) -> None:
        self.bar.setValue(round(1000 * download.done / max(1, download.total)))
        told = f"{file_size(download.done)} of {file_size(download.total)}"
        if download.state == "paused":
            told += ", paused"
        elif download.state == "failed":
            told += ", stopped"
        elif download.bytes_per_second:
            told += f", {file_size(round(download.bytes_per_second))}/s"
            if download.seconds_left is not None:
                told += f", {left(download.seconds_left)}"
        self.told.setText(told)
        self.bar.setAccessibleName(f"{self._name}: {told}")


def left(seconds: float) -> str:
    """``about 10 minutes left``."""
    if seconds < 90:
        return "about a minute left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} minutes left"
    return f"about {round(minutes / 60)} hours left"
