"""Splits one memory into several: the user chooses the sentences at which it is cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from nowprint.gui.widgets.buttons import Check, button, quiet
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count
from nowprint.language.sentences import cut_places, pieces

if TYPE_CHECKING:
    from nowprint.records import Episode

MOST = 60
"""The most places to cut that the dialog offers."""


class SplitDialog(QDialog):
    def __init__(
        self,
        theme: Theme,
        episode: Episode,
        split: Callable[[tuple[int, ...]], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("split")
        self.setWindowTitle("Split a memory")
        self._split = split
        self._places = cut_places(episode.text)[:MOST]
        self.cuts: list[Check] = []
        head = QLabel("Where should a new memory begin?")
        head.setProperty("heading", True)
        self.told = quiet(name="split.told")
        self.told.setWordWrap(True)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        for number, piece in enumerate(pieces(episode.text, self._places)):
            if number:
                column.addWidget(self._cut(theme, piece))
            text = QLabel(show_invisible(piece))
            text.setObjectName("split.piece")
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setWordWrap(True)
            column.addWidget(text)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setProperty("boxed", True)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        self.save = button("Split", "primary", self._do, name="split.save")
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(button("Cancel", "outlined", self.close, name="split.cancel"))
        foot.addWidget(self.save)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 18, 20, 16)
        whole.setSpacing(10)
        for part, stretch in ((head, 0), (self.told, 0), (scroll, 1)):
            whole.addWidget(part, stretch)
        whole.addLayout(foot)
        self.resize(520, 460)
        self._tell()

    def _cut(self, theme: Theme, after: str) -> Check:
        made = Check(theme, "split here")
        made.setObjectName("split.cut")
        made.setAccessibleName(f"Split before: {after[:80]}")
        made.setProperty("small", True)
        made.toggled.connect(self._tell)
        self.cuts.append(made)
        return made

    def _chosen(self) -> tuple[int, ...]:
        return tuple(at for at, cut in zip(self._places, self.cuts, strict=True) if cut.isChecked())

    def _tell(self) -> None:
        number = len(self._chosen()) + 1
        self.save.setEnabled(number > 1)
        if not self._places:
            self.told.setText("This memory is a single sentence: there is no place to split it.")
        elif number == 1:
            self.told.setText("Choose one or more places.")
        else:
            self.told.setText(f"It becomes {count(number, 'memory', 'memories')}.")

    def _do(self) -> None:
        self._split(self._chosen())
        self.close()
