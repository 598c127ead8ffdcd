"""What became of an episode, in figures and words: how often it was recalled, stood in a prompt and mattered;
whether it is trusted; and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nowprint.gui.widgets.buttons import button, quiet, section
from nowprint.gui.widgets.time_words import ago, count, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.records import Episode, EpisodeDetail, Source

SHORT = 240
"""Characters that are shown of the other memory of a change."""


class Figures(QFrame):
    """Three counts that differ: recall brought the episode back, the model read it, it mattered."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        self._cells: list[tuple[QLabel, QLabel]] = []
        for name in ("recalled", "prompts", "mattered"):
            figure, word = QLabel(), quiet()
            figure.setObjectName(f"figure.{name}")
            figure.setProperty("figure", True)
            cell = QVBoxLayout()
            cell.setSpacing(0)
            for part in (figure, word):
                part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
                cell.addWidget(part)
            row.addLayout(cell, 1)
            self._cells.append((figure, word))

    def show_detail(self, detail: EpisodeDetail) -> None:
        episode = detail.episode
        # Neither counts all prompts: ``answers`` has the newest only, ``recalled`` those by recall only.
        prompts = max(episode.recalled, len(detail.answers))
        measured = f"{episode.influential} of {episode.measured}" if episode.measured else "–"
        told = (
            (f"{episode.recalled:,}", "recalled", "How often recall brought it back"),
            (f"{prompts:,}", "in the prompt", "How many answers it was given to the model for"),
            (measured, "mattered", _mattered(episode)),
        )
        spoken = []
        for (figure, word), (number, name, about) in zip(self._cells, told, strict=True):
            figure.setText(number)
            word.setText(name)
            for part in (figure, word):
                part.setToolTip(about)
            spoken.append(f"{name}: {number.replace('–', 'not measured yet')}")
        self.setAccessibleName(", ".join(spoken))


def _mattered(episode: Episode) -> str:
    number, answers = episode.influential, count(episode.measured, "measured answer")
    if not episode.measured:
        return "Whether it mattered is measured when Nowprint is idle"
    if not number:
        return f"It mattered in none of {answers}"
    they = "that one" if number == 1 else "they"
    return f"It mattered in {number} of {answers}: without it, {they} would probably have been different"


class Doubt(QFrame):
    """Says of an imported memory how far it is trusted, until the user confirms it."""

    confirmed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("doubt")
        self._text = QLabel()
        self._text.setObjectName("episode.doubt")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._confirm = button(
            "Confirm",
            "outlined",
            self.confirmed.emit,
            name="episode.confirm",
            about="Treat it like one of your own memories from now on",
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(self._text, 1)
        row.addWidget(self._confirm)
        self.hide()

    def show_episode(self, episode: Episode, contradicted: Episode | None = None) -> None:
        """``contradicted`` is shown below, if it is for its sake that the episode is held back."""
        if episode.held_back:
            why = "it contradicts another memory" if contradicted else episode.held_back
            self._text.setText(f"Held back: {why}. It is not recalled until you confirm it.")
        else:
            self._text.setText("Imported: it ranks below your own memories until you confirm it.")
        self.setVisible(bool(episode.held_back) or not episode.confirmed)


class Aside(QFrame):
    """Says that a memory was kept from a branch that its chat doesn't show, and goes there."""

    source = Signal(int, int, int, int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("change")
        self._place: Source | None = None
        self._text = QLabel("Kept from a branch of its chat that isn't shown.")
        self._text.setObjectName("episode.aside")
        self._text.setWordWrap(True)
        about = "Show that branch, at the place that this memory was kept from"
        go = button("Show it", "link", self._go, name="episode.aside.show", about=about)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self._text, 1)
        row.addWidget(go)
        self.hide()

    def show_detail(self, detail: EpisodeDetail) -> None:
        self._place = detail.aside
        self.setVisible(self._place is not None)

    def _go(self) -> None:
        if place := self._place:
            self.source.emit(place.conversation_id, place.message_id, place.start, place.end)


class Change(QFrame):
    """Shows the other memory of a change: the newer or the older one."""

    def __init__(self, name: str, open_it: Callable[[int], object]) -> None:
        super().__init__()
        self.setObjectName("change")
        self._id: int | None = None
        self._title = section("")
        self._text = QLabel()
        self._text.setObjectName(f"{name}.text")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._open = button("Open", "link", lambda: open_it(self._id or 0), name=name)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 9)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._text)
        self.hide()

    def show_episode(self, episode: Episode | None, title: str, about: str) -> None:
        """None hides it."""
        self._id = episode.id if episode else None
        if episode:
            text = " ".join((episode.gist or episode.text).split())
            self._title.setText(title.format(ago=ago(episode.created)))
            self._text.setText(shortened(text, SHORT))
            self._open.setAccessibleName(about)
            self._open.setAccessibleDescription(text)
            self._open.setToolTip(about)
        self.setVisible(episode is not None)
