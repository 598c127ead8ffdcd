"""What stands below a message: the buttons, what it used, who wrote it; and the field to edit it in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nowprint.gui.widgets.buttons import button, quiet
from nowprint.gui.widgets.invisible_characters import show_invisible, tip
from nowprint.gui.widgets.text_editor import TextEditor
from nowprint.records import APP, INFLUENTIAL_NATS, Influence, Message

WIDEST = 220
"""Pixels of a model's name."""


def copy_button(copy: Callable[[], object]) -> QPushButton:
    made = button("Copy", "quiet", copy, label="Copy answer")
    made.setProperty("edge", True)
    return made


class RetryButtons(QWidget):
    """Retry, and the menu of how it may be otherwise."""

    def __init__(self, retry: Callable[[], object], otherwise: Callable[[QPoint], object]) -> None:
        super().__init__()
        self.retry = button(
            "Retry",
            "quiet",
            retry,
            name="message.retry",
            about="Answer again, on a branch of its own; this answer stays (Ctrl+R)",
        )
        self.menu = button(
            "▾",
            "quiet",
            lambda: otherwise(self.mapToGlobal(self.rect().bottomLeft())),
            name="message.otherwise",
            label="Retry otherwise",
            about="Retry with another model, other settings or another persona, for this answer alone; "
            "then the chat goes on as before (Ctrl+Shift+R)",
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for part in (self.retry, self.menu):
            row.addWidget(part)
        self.hide()


class MemoriesChip:
    """Counts the memories that were given to the model, and later those that mattered; or those of a list by
    the app itself."""

    def __init__(
        self, answer: Message, opened: Callable[[tuple[int, ...], int | None], object]
    ) -> None:
        """When the user clicks the chip, ``opened`` is called with the episodes' ids, and with the answer's
        if they had influence on it."""
        self._ids: tuple[int, ...] = ()
        self._listed = answer.model == APP
        about = "Open the memories that were given to the model for this answer"
        self.button = button(
            "",
            "chip",
            lambda: opened(self._ids, None if self._listed else answer.id),
            name="message.memories",
            about="Open the memories of this list" if self._listed else about,
        )
        self.button.hide()

    def show(self, ids: tuple[int, ...]) -> None:
        self._ids = ids
        self._name(f"{'Memories' if self._listed else 'From memory'}: {len(ids)}")
        self.button.setVisible(bool(ids))

    def show_influences(self, influences: tuple[Influence, ...]) -> None:
        mattered = sum(one.nats >= INFLUENTIAL_NATS for one in influences)
        which = str(mattered) if mattered else "none"
        self._name(f"From memory: {len(self._ids)} · {which} mattered")

    def _name(self, text: str) -> None:
        self.button.setText(text)
        self.button.setAccessibleName(text)


def menu_button(opened: Callable[[], object], *, user: bool) -> QPushButton:
    return button(
        "⋯",
        "quiet",
        opened,
        name="message.more",
        label="More for this message",
        about="Edit, fork or delete" if user else "Continue, fork or delete",
    )


def edit_message(view: QWidget, text: str, column: QVBoxLayout, body: QWidget) -> TextEditor:
    """Put a field with the message's text in the place of its bubble."""
    body.hide()
    editor = TextEditor("message.edit", view, save="Send")
    editor.field.setAccessibleName("Edit the message")
    editor.field.setPlainText(text)
    column.insertWidget(1, editor)
    editor.field.setFocus()
    return editor


class Author:
    """Which model wrote an answer, and as whom."""

    def __init__(self) -> None:
        self.label = quiet("", "message.model")
        self.label.setTextFormat(Qt.TextFormat.PlainText)

    def show(self, message: Message) -> None:
        """Name the model, once it has written."""
        written = "" if message.model == APP else message.model
        name = show_invisible(" · ".join(filter(None, (message.persona, written))))
        metrics = self.label.fontMetrics()
        self.label.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, WIDEST))
        self.label.setToolTip(tip(f"Written by {name}") if name else "")
        self.label.setAccessibleName(f"Written by {name}")
        self.label.setVisible(bool(name) and message.state != "writing")
