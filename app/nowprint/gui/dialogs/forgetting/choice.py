"""The parts of the forget dialog that show texts: a memory that would go, and a choice of what else goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from nowprint.gui.widgets.buttons import Check, quiet
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import ago, shortened

if TYPE_CHECKING:
    from nowprint.records import Episode

INDENT = 27
"""Pixels, so that what belongs to a tick stands below its text."""
LONGEST_LINE = 160
MOST_LISTED = 30
"""The most texts of a choice that are shown."""


class TextBox(QScrollArea):
    """Widgets one below the other, that scroll when they need more than ``most`` pixels."""

    def __init__(self, name: str, most: int) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("boxed", True)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._most = most

    def fill(self, parts: Sequence[QWidget], width: int) -> None:
        """Show these parts instead of what was there, in a box that is ``width`` pixels wide."""
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        for part in parts:
            column.addWidget(part)
        column.addStretch()
        self.setWidget(inner)
        high = column.heightForWidth(width)
        self.setFixedHeight(min(self._most, max(high, 34) + 6))


class Sample(QFrame):
    """A memory that would go; with ``changed`` it can be unticked."""

    def __init__(
        self, theme: Theme, episode: Episode, changed: Callable[[], object] | None
    ) -> None:
        super().__init__()
        self.episode = episode
        text = shortened(episode.text)
        self.tick = Check(theme, "")
        self.tick.setChecked(True)
        self.tick.setAccessibleName(text)
        self.tick.setVisible(changed is not None)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.tick, alignment=Qt.AlignmentFlag.AlignTop)
        when = f"kept {ago(episode.created)}{' · pinned' if episode.pinned else ''}"
        row.addWidget(Line(text, when), 1)
        if changed:
            self.tick.toggled.connect(lambda _: changed())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.tick.isHidden():
            self.tick.toggle()


class Line(QWidget):
    """A text, with a small note below it."""

    def __init__(self, text: str, note: str = "") -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(words(text))
        if note:
            below = quiet(note)
            below.setTextFormat(Qt.TextFormat.PlainText)
            below.setWordWrap(True)
            column.addWidget(below)


class Choice(QWidget):
    """Something else that goes if the user ticks it, with its texts. Hidden while there is none."""

    def __init__(self, theme: Theme, name: str, about: str, most: int) -> None:
        super().__init__()
        self.tick = Check(theme, "")
        self.tick.setObjectName(name)
        self.tick.setAccessibleDescription(about)
        note = words(about, "quiet")
        note.setContentsMargins(INDENT, 0, 0, 4)
        self.box = TextBox(f"{name}.texts", most)
        beside = QHBoxLayout()
        beside.setContentsMargins(INDENT, 0, 0, 0)
        beside.addWidget(self.box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tick)
        column.addWidget(note)
        column.addLayout(beside)
        self.hide()

    def offer(self, number: int, text: str, lines: Sequence[tuple[str, str]], width: int) -> None:
        """Offer so many things. ``lines`` are texts of the first of them, each with a note."""
        self.setVisible(number > 0)
        self.tick.setText(text)
        self.tick.setAccessibleName(text.replace("&", ""))
        if not number:
            self.tick.setChecked(False)
        lines = lines[:MOST_LISTED]
        parts: list[QWidget] = [Line(shortened(said, LONGEST_LINE), note) for said, note in lines]
        if 0 < len(lines) < number:
            parts.append(words(f"… and {number - len(lines):,} more", "quiet"))
        self.box.setVisible(bool(parts))
        self.box.setAccessibleName(text.replace("&", ""))
        self.box.fill(parts, width - INDENT)
