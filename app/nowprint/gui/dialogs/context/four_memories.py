"""Four memories, each with its word, what it is, and what it holds now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.time_words import count, file_size

if TYPE_CHECKING:
    from nowprint.context_records import ChatContext
    from nowprint.records import MemoryStats, ModelInfo

MEMORIES = (
    ("short", "Short-term", "The model's cache: what it has read, and needn't read again."),
    ("working", "Working", "The prompt: what the model reads to answer your message."),
    ("long", "Long-term", "What Nowprint has kept of your chats on this computer."),
    ("parametric", "Parametric", "The model's weights. Your chats never change them."),
)
UNKNOWN = "…"


class FourMemories(QGridLayout):
    def __init__(self) -> None:
        super().__init__()
        self.setColumnStretch(1, 1)
        self.setHorizontalSpacing(16)
        self.setVerticalSpacing(2)
        self._holds: dict[str, QLabel] = {}
        for number, (key, name, about) in enumerate(MEMORIES):
            top = 3 * number
            title = words(name, "heading")
            title.setWordWrap(False)
            holds = self._holds[key] = words(UNKNOWN, name=f"context.{key}")
            holds.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.addWidget(title, top, 0, Qt.AlignmentFlag.AlignTop)
            self.addWidget(holds, top, 1)
            self.addWidget(words(about, "quiet"), top + 1, 1)
            if number:
                self.setRowMinimumHeight(top - 1, 8)

    def show_context(self, context: ChatContext | None) -> None:
        if context is None:
            for key in ("working", "short"):
                self._say(key, "Nothing of this chat.")
            return
        tokens = count(context.tokens, "token")
        self._say("working", f"{tokens} of {context.size:,}.")
        held = f"{tokens}."
        if context.cached_bytes:
            held = f"{tokens}; the whole cache takes {file_size(context.cached_bytes)}."
        if context.other_chats:
            are = "is" if context.other_chats == 1 else "are"
            others = count(context.other_chats, "other chat")
            held += f" {others} {are} kept ready, in {file_size(context.other_bytes)}."
        self._say("short", held)

    def show_kept(self, kept: MemoryStats) -> None:
        pinned = f", {kept.pinned:,} of them pinned" if kept.pinned else ""
        self._say("long", f"{count(kept.episodes, 'memory', 'memories')}{pinned}.")

    def show_model(self, model: ModelInfo | None) -> None:
        if model is None:
            self._say("parametric", "No model is loaded.")
        else:
            size = file_size(model.bytes)
            self._say("parametric", f"{_large(model.parameters)} parameters in {size}.")

    def _say(self, key: str, sentence: str) -> None:
        self._holds[key].setText(sentence)


def _large(number: int) -> str:
    """``135 million``, ``4.0 billion``."""
    return f"{number / 1e9:.1f} billion" if number >= 1e9 else f"{number / 1e6:,.0f} million"
