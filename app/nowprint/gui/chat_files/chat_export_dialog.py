"""Exports chats: which of them, in which format, and where to. The core writes the file, but for a PDF, which
Qt prints from the HTML that the core makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from nowprint.errors import UserError
from nowprint.gui.chat_files.chat_list import ChatList
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import Check, Choice
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.export_base import ExportBase
from nowprint.gui.widgets.save_place import SavePlace
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, file_size

if TYPE_CHECKING:
    from nowprint.gui.chat_files.pdf_file import PdfFile
    from nowprint.inspection import ExportedChats
    from nowprint.records import Conversation

READABLE = "The branch that is shown, for reading. A note says how many others there are."
FORMATS = (
    ("json", "Nowprint (.json)", ".json",
     "Everything, with all branches: it can be imported again. The format is open."),
    ("markdown", "Markdown (.md)", ".md", READABLE),
    ("html", "Web page (.html)", ".html", f"{READABLE} One file, which opens anywhere."),
    ("pdf", "PDF (.pdf)", ".pdf", READABLE),
)  # fmt: skip


class ChatExportDialog(ExportBase):
    _printed = Signal()
    """A chat is in the PDF; emitted on the printing thread."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        chats: Sequence[Conversation],
        chosen: Collection[int] | None,
        parent: QWidget,
    ) -> None:
        """``chats`` without temporary ones; ``chosen`` are the ids that are ticked, None for all."""
        super().__init__(theme, "Export chats", "chats", parent, width=620)
        self._bridge = bridge
        self._pdf: PdfFile | None = None
        self._waiting: list[int] = []
        self._to_print = 0
        self.chats = ChatList(theme, chats, chosen, self)
        self.add_card("Which chats").addWidget(self.chats)
        self._build_form()
        self.place = SavePlace("chats", self)
        self.add_card("Save to").addWidget(self.place)
        self.column.addStretch()
        self.add_buttons(self.export, self.cancel, default=self.export)
        bridge.announced.connect(self.on_event)
        self.chats.changed.connect(self._obey)
        self._printed.connect(self._print_next)
        self._obey()
        self.fit()
        self.chats.list.setFocus()

    def _build_form(self) -> None:
        column = self.add_card("Format")
        self.format = Choice(self.theme)
        self.format.setObjectName("chats.format")
        self.format.setAccessibleName("Format")
        for key, text, _, _ in FORMATS:
            self.format.addItem(text, key)
        label = QLabel("For&mat")
        label.setBuddy(self.format)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label)
        row.addWidget(self.format)
        row.addStretch()
        column.addLayout(row)
        self._about = words("", "quiet")
        column.addWidget(self._about)
        self.thoughts = Check(self.theme, "With what the model &thought")
        self.thoughts.setObjectName("chats.thoughts")
        self.thoughts.setAccessibleName("With what the model thought")
        column.addWidget(self.thoughts)
        self.format.currentIndexChanged.connect(lambda _: self._obey())

    def _obey(self) -> None:
        """Show what follows from the format and the chats that are ticked."""
        key, kind, ending, about = FORMATS[self.format.currentIndex()]
        self._about.setText(about)
        self.thoughts.setVisible(key != "json")
        self.place.suggest(self.chats.title(), kind.partition(" (")[0], ending)
        self.export.setEnabled(bool(self.chats.chosen()) and not self.writing)
        self.fit()

    # --- doing it --------------------------------------------------------------------------

    def begin(self) -> None:
        if fault := self.place.fault():
            self.say_fault(fault)
            return
        self.begun()
        path, ids = self.place.path.text().strip(), self.chats.chosen()
        if self.format.currentData() == "pdf":
            self._print(path, ids)
            return
        from nowprint.service.requests.chat_files import ExportChats

        request = ExportChats(
            path,
            None if self.chats.everything else ids,
            self.format.currentData(),
            self.thoughts.isChecked(),
        )

        def exported(made: ExportedChats) -> None:
            self._done(made.path, made.chats, made.bytes)

        self._bridge.call(request, exported, self.failed)

    def _print(self, path: str, ids: tuple[int, ...]) -> None:
        from nowprint.gui.chat_files.pdf_file import PdfFile

        pdf = self._pdf = PdfFile(path, self.chats.title(), self._printed.emit)
        self._waiting = list(ids)
        self._to_print = len(ids)
        self._bridge.aside(
            pdf.write, lambda size: self._done(path, self._to_print, size), self.failed
        )
        self._print_next()

    def _print_next(self) -> None:
        """Fetch the next chat, now that the one before is printed."""
        from nowprint.service.requests.chat_files import RenderChat

        pdf = self._pdf
        if pdf is None:
            return
        self.busy("Printing", 1 - len(self._waiting) / self._to_print)
        if not self._waiting:
            pdf.close()
            return

        def failed(error: UserError) -> None:
            pdf.cancel()
            self.failed(error)

        request = RenderChat(self._waiting.pop(0), "print", self.thoughts.isChecked())
        self._bridge.call(request, pdf.add, failed)

    def _done(self, path: str, chats: int, size: int) -> None:
        self._pdf = None
        self.written(f"{count(chats, 'chat')} written, {file_size(size)}", path)

    def failed(self, error: UserError) -> None:
        self._pdf = None
        super().failed(error)

    def break_off(self) -> None:
        from nowprint.service.requests.memory import DropReview

        if self._pdf is None:
            self._bridge.call(DropReview(0), None, lambda _: None)
        else:
            self._pdf.cancel()
            self._pdf = None

    def on_event(self, event: object) -> None:
        if self._pdf is None:  # else this window prints the file
            super().on_event(event)
