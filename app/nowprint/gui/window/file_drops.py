"""Files that the user drops on the window, that the system opens, or that the command line names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent, QFileOpenEvent

if TYPE_CHECKING:
    from nowprint.gui.core.session import CoreSession
    from nowprint.gui.window.dialog_openers import DialogOpeners

MODEL = ".gguf"
MEMORIES = (
    *(".nowprint", ".json", ".jsonl", ".gz", ".zip", ".html", ".png"),
    *(".txt", ".md", ".csv", ".tsv"),
)
"""Endings of files that memories or chats can be imported from."""
Kind = Literal["model", "memories"]


def kind_of(path: str) -> Kind | None:
    if path.lower().endswith(MODEL):
        return "model"
    return "memories" if path.lower().endswith(MEMORIES) or Path(path).is_dir() else None


def dropped(event: QDropEvent) -> str:
    """The first file that the window can open; empty if there is none."""
    paths = (url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile())
    return next((path for path in paths if kind_of(path)), "")


def open_file(session: CoreSession, dialogs: DialogOpeners, path: str) -> None:
    """Load it if it is a model, else review it."""
    if kind_of(path) == "model":
        session.open_model(path)
    else:
        dialogs.import_file(path)


class FileOpener(QObject):
    """Passes on the files that the system wants opened (macOS says so by an event)."""

    def __init__(self, open_it: Callable[[str], object], parent: QObject) -> None:
        super().__init__(parent)
        self._open = open_it

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self._open(event.file())
            return True
        return super().eventFilter(watched, event)
