"""Says which days the times in an episode are: “tomorrow” is 15 March 2025, and that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from nowprint.gui.widgets.invisible_characters import show_invisible

if TYPE_CHECKING:
    from nowprint.records import EpisodeDetail


class TimesLine(QLabel):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("episode.times")
        self.setProperty("quiet", True)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setToolTip("Seen from the day on which it was told")
        self.hide()

    def show_detail(self, detail: EpisodeDetail) -> None:
        self.setText(
            "\n".join(
                f"“{show_invisible(time.words)}” → {time.days}{', over' if time.over else ''}"
                for time in detail.times
            )
        )
        self.setVisible(bool(detail.times))
