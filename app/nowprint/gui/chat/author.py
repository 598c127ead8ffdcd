"""Which model wrote an answer, below it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nowprint.gui.widgets.buttons import quiet
from nowprint.gui.widgets.invisible_characters import show_invisible, tip
from nowprint.records import APP, Message

WIDEST = 220
"""Pixels of the name."""


class Author:
    def __init__(self) -> None:
        self.label = quiet("", "message.model")
        self.label.setTextFormat(Qt.TextFormat.PlainText)

    def show(self, message: Message) -> None:
        """Name the model, once it has written."""
        name = "" if message.model == APP else show_invisible(message.model or "")
        metrics = self.label.fontMetrics()
        self.label.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, WIDEST))
        self.label.setToolTip(tip(f"Written by {name}") if name else "")
        self.label.setAccessibleName(f"Written by {name}")
        self.label.setVisible(bool(name) and message.state != "writing")
