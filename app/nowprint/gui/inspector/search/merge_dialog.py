"""Merges several memories into one: shows their texts, and lets the user write the one that replaces them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.inspector.search.episode_model import foot_words
from nowprint.gui.widgets.buttons import button, quiet, section
from nowprint.gui.widgets.invisible_characters import show_invisible

if TYPE_CHECKING:
    from nowprint.records import Episode


class MergeDialog(QDialog):
    def __init__(
        self, episodes: tuple[Episode, ...], merge: Callable[[str], object], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("merge")
        self.setWindowTitle("Merge memories")
        self._merge = merge
        head = QLabel(f"{len(episodes)} memories become one")
        head.setProperty("heading", True)
        told = quiet(
            "They will no longer be listed or recalled on their own, but are kept behind the new "
            "memory until you forget it."
        )
        told.setWordWrap(True)
        self.field = QPlainTextEdit("\n".join(episode.text for episode in episodes))
        self.field.setObjectName("merge.field")
        self.field.setProperty("boxed", True)
        self.field.setTabChangesFocus(True)
        self.field.setAccessibleName("Text of the merged memory")
        self.field.setMinimumHeight(110)
        self.field.textChanged.connect(self._on_text)
        self.save = button("Merge", "primary", self._do, name="merge.save", about="Ctrl+Enter")
        self.save.setShortcut("Ctrl+Return")
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(button("Cancel", "outlined", self.close, name="merge.cancel"))
        foot.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(head)
        column.addWidget(told)
        column.addWidget(_texts(episodes), 1)
        column.addWidget(section("What is remembered instead"))
        column.addWidget(self.field, 1)
        column.addLayout(foot)
        self.resize(560, 560)
        self.field.setFocus()

    def _on_text(self) -> None:
        self.save.setEnabled(bool(self.field.toPlainText().strip()))

    def _do(self) -> None:
        self._merge(self.field.toPlainText().strip())
        self.close()


def _texts(episodes: tuple[Episode, ...]) -> QScrollArea:
    inner = QWidget()
    column = QVBoxLayout(inner)
    column.setContentsMargins(12, 10, 12, 10)
    column.setSpacing(2)
    for episode in episodes:
        text = QLabel(show_invisible(episode.text))
        text.setObjectName("merge.text")
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        foot = quiet(foot_words(episode))
        foot.setContentsMargins(0, 0, 0, 8)
        column.addWidget(text)
        column.addWidget(foot)
    column.addStretch()
    scroll = QScrollArea()
    scroll.setProperty("boxed", True)
    scroll.setAccessibleName("The memories that are merged")
    scroll.setWidgetResizable(True)
    scroll.setMinimumHeight(120)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(inner)
    return scroll
