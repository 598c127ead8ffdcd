"""The history of an episode, line by line, with what it said before each edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import button, quiet
from nowprint.gui.widgets.time_words import moment

if TYPE_CHECKING:
    from nowprint.inspection import OldText
    from nowprint.records import EpisodeDetail


class History(QWidget):
    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._detail: EpisodeDetail | None = None
        self.toggle = button("Show history", "quiet", self._toggle, name="episode.history.toggle")
        self._lines = QWidget()
        self._lines.setObjectName("episode.history")
        self._grid = QGridLayout(self._lines)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self._lines.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.toggle, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._lines)

    @property
    def text(self) -> str:
        """All lines, as the user reads them."""
        labels = [self._grid.itemAt(n).widget() for n in range(self._grid.count())]
        return "\n".join(label.text() for label in labels if isinstance(label, QLabel))

    def show_detail(self, detail: EpisodeDetail) -> None:
        from nowprint.service.requests.memory import GetOldTexts

        self._detail = detail

        def show(old: tuple[OldText, ...]) -> None:
            if self._detail is detail:
                self._show(old)

        if detail.episode.edited:
            self._bridge.call(GetOldTexts(detail.episode.id), show)
        else:
            self._show(())
        self.setVisible(bool(detail.history) or detail.episode.edited)

    def _show(self, old: tuple[OldText, ...]) -> None:
        while item := self._grid.takeAt(0):
            item.widget().hide()
            item.widget().deleteLater()
        lines = [
            (line.at, " · ".join(filter(None, (line.action, line.detail))), False)
            for line in self._detail.history
        ]
        lines += [(one.at, f"It said: {one.text}", True) for one in old]
        for row, (at, words, said) in enumerate(sorted(lines, key=lambda line: -line[0])):
            when, what = quiet(moment(at)), QLabel(words) if said else quiet(words)
            what.setWordWrap(True)
            for column, part in enumerate((when, what)):
                part.setTextFormat(Qt.TextFormat.PlainText)
                part.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
                self._grid.addWidget(part, row, column)

    def _toggle(self) -> None:
        self._lines.setVisible(self._lines.isHidden())
        self.toggle.setText("Show history" if self._lines.isHidden() else "Hide history")
        self.toggle.setAccessibleName(self.toggle.text())
