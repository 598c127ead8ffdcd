"""Asks which of two tellings holds now, where it is unclear whether the newer one changes the older."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import button, quiet, section
from nowprint.gui.widgets.flow_layout import FlowLayout
from nowprint.gui.widgets.time_words import ago, shortened

if TYPE_CHECKING:
    from nowprint.inspection import Doubt, Holds
    from nowprint.records import Episode

SHORT = 240
"""Characters that are shown of each telling."""


class WhichHolds(QFrame):
    """The question about one pair, with a button for each answer. It is hidden while nothing is asked."""

    settled = Signal()
    """The user has answered, and the answer is in the store."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("doubt")
        self._bridge = bridge
        self._doubt: Doubt | None = None
        self._wanted: int | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 9)
        column.setSpacing(6)
        column.addWidget(section("Which holds now?"))
        self._texts = {}
        for which in ("newer", "older"):
            when, text = quiet(), QLabel()
            text.setObjectName(f"episode.holds.{which}.text")
            text.setWordWrap(True)
            text.setTextFormat(Qt.TextFormat.PlainText)
            self._texts[which] = when, text
            column.addWidget(when)
            column.addWidget(text)
        row = FlowLayout()
        self._buttons: dict[str, QPushButton] = {}
        answers: tuple[tuple[Holds, str, str], ...] = (
            ("newer", "The newer", "The newer one takes the older one's place"),
            ("older", "The older", "The older one still holds, and takes the newer one's place"),
            ("both", "Both", "Both are true: neither changes the other"),
        )
        for holds, words, about in answers:
            answer = button(
                words,
                "outlined",
                partial(self._settle, holds),
                name=f"episode.holds.{holds}",
                about=about,
            )
            answer.setProperty("dense", True)
            self._buttons[holds] = answer
            row.addWidget(answer)
        column.addLayout(row)
        self.hide()

    def show_episode(self, episode: Episode) -> None:
        """Ask about this episode, if there is anything to ask."""
        from nowprint.service.requests.changes import GetDoubts

        if self._wanted != episode.id:
            self._show(())
        self._wanted = episode.id

        def found(doubts: tuple[Doubt, ...]) -> None:
            if self._wanted == episode.id:
                self._show(doubts)

        self._bridge.call(GetDoubts(episode.id), found, lambda _: found(()))

    def _show(self, doubts: tuple[Doubt, ...]) -> None:
        self._doubt = doubts[0] if doubts else None
        if self._doubt:
            self._show_telling("newer", self._doubt.newer)
            self._show_telling("older", self._doubt.older)
        self.setVisible(self._doubt is not None)

    def _show_telling(self, which: str, episode: Episode) -> None:
        when, text = self._texts[which]
        words = shortened(episode.text, SHORT)
        when.setText(f"The {which}, {ago(episode.created)}")
        text.setText(words)
        self._buttons[which].setAccessibleName(f"The {which} holds: {words}")

    def _settle(self, holds: Holds) -> None:
        from nowprint.service.requests.changes import SettleDoubt

        if self._doubt:
            request = SettleDoubt(self._doubt.newer.id, self._doubt.older.id, holds)
            self._bridge.call(request, lambda _: self.settled.emit())
