"""Models: which of them suit this machine, which are on this computer; get one, choose one.

Nothing is contacted before the user presses a button that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.session import CoreSession
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import file_size

if TYPE_CHECKING:
    from nowprint.model_records import FoundModel, ModelDownload, ModelOffer, ModelShelf

THINKING = {"on request": "can think", "by default": "thinks", "always": "always thinks"}
VERDICTS = {
    "fits": "fits this machine",
    "tight": "only just fits",
    "too large": "too large for this machine",
}


class ModelsDialog(DialogBase):
    def __init__(self, theme: Theme, session: CoreSession, parent: QWidget) -> None:
        super().__init__(theme, "Models", "models.dialog", parent, width=760)
        self._session = session
        self._rows: dict[str, DownloadRow] = {}
        """By the path that a model has or will have."""
        self._host = ""
        self.add_heading("Models")
        self._note = words("", "quiet", name="models.note")
        self.column.addWidget(self._note)
        self._lists = QVBoxLayout()
        self._lists.setSpacing(12)
        self.column.addLayout(self._lists)
        self.column.addStretch()
        self.add_close().setFocus()
        session.download.connect(self._on_download)
        session.changed.connect(self.refresh)
        self.busy("Looking for models")
        self.fit(least=520)
        self.refresh()

    def refresh(self) -> None:
        from nowprint.service.model_requests import GetShelf

        self._session.bridge.call(GetShelf(), self._show, self._failed)

    # --- showing -----------------------------------------------------------------------------

    def _show(self, shelf: ModelShelf) -> None:
        if self.closed:
            return
        self.busy("")
        self._host = shelf.host
        self._note.setText(
            f"“Get” fetches a model from {shelf.host}, which sees which one you ask for. Nothing else "
            "here leaves this computer."
        )
        while self._lists.count():
            self._lists.takeAt(0).widget().deleteLater()
        self._rows.clear()
        on_way = {one.repository: one for one in shelf.downloads if one.state != "done"}
        column = self.add_card("For this machine", into=self._lists)
        best_first = sorted(shelf.offers, key=lambda one: not one.recommended)
        for offer in best_first:
            self._add_offer(column, offer, on_way.get(offer.repository))
        if shelf.found:
            column = self.add_card("On this computer", into=self._lists)
            for found in shelf.found:
                self._add_found(column, found)
        self.fit()

    def _add_offer(
        self, column: QVBoxLayout, offer: ModelOffer, download: ModelDownload | None
    ) -> None:
        facts = [
            f"{offer.parameters / 1e9:.1f} billion parameters",
            file_size(offer.size),
            offer.licence,
            *([THINKING[offer.thinks]] if offer.thinks in THINKING else []),
            VERDICTS[offer.verdict],
        ]
        name = f"{offer.name} (recommended)" if offer.recommended else offer.name
        row = self._row(column, name, f"{offer.good_at}\n{' · '.join(facts)}")
        if offer.path:
            row.addWidget(
                self._use(offer.name, offer.path), alignment=Qt.AlignmentFlag.AlignVCenter
            )
            return
        part = DownloadRow(offer.key, offer.name, file_size(offer.size), self)
        if download:
            self._rows[download.path] = part
            part.show_download(download)
        row.addWidget(part)

    def _add_found(self, column: QVBoxLayout, found: FoundModel) -> None:
        told = f"{show_invisible(found.program)} · {file_size(found.size)}"
        row = self._row(column, show_invisible(found.name), told)
        row.addWidget(self._use(found.name, found.path), alignment=Qt.AlignmentFlag.AlignVCenter)

    def _row(self, column: QVBoxLayout, name: str, told: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(words(name, "heading"))
        texts.addWidget(words(told, "quiet"))
        row.addLayout(texts, 1)
        column.addLayout(row)
        return row

    def _use(self, name: str, path: str) -> QWidget:
        model = self._session.model
        if model is not None and model.path == path:
            return words("In use", "quiet")
        return button(
            "Use",
            "outlined",
            lambda: self._session.open_model(path),
            name="models.use",
            label=f"Use {show_invisible(name)}",
        )

    # --- downloads ---------------------------------------------------------------------------

    def ask(self, row: DownloadRow, what: str) -> None:
        from nowprint.service.model_requests import (
            CancelDownload,
            GetModel,
            PauseDownload,
            ResumeDownload,
        )

        bridge, download = self._session.bridge, row.download
        self.say_fault("")
        if what == "get":
            bridge.call(GetModel(row.key), lambda begun: self._begun(row, begun), self._failed)
        elif download is not None and what == "pause":
            bridge.call(PauseDownload(download.id), None, self._failed)
        elif download is not None and what == "resume":
            bridge.call(ResumeDownload(download.id), row.show_download, self._failed)
        elif download is not None:
            bridge.call(CancelDownload(download.id), lambda _: row.show_none(), self._failed)

    def _begun(self, row: DownloadRow, download: ModelDownload) -> None:
        if not self.closed:
            self._rows[download.path] = row
            row.show_download(download)

    def _on_download(self, download: ModelDownload) -> None:
        if self.closed:
            return
        row = self._rows.get(download.path)
        if download.state == "done":
            self.refresh()
        elif row is not None and row.download is not None:
            row.show_download(download)
            if download.state == "failed":
                self.say_fault(download.fault)

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))


class DownloadRow(QWidget):
    """The buttons of a model that isn't here: get it; or how far it is, pause or go on, cancel."""

    def __init__(self, key: str, name: str, size: str, dialog: ModelsDialog) -> None:
        super().__init__()
        self.key = key
        self.download: ModelDownload | None = None
        self._name = show_invisible(name)
        self.get = self._button(f"Get ({size})", "get", f"Get {self._name}, {size}", dialog)
        self.pause = self._button("Pause", "pause", f"Pause {self._name}", dialog)
        self.resume = self._button("Resume", "resume", f"Resume {self._name}", dialog)
        self.cancel = self._button("Cancel", "cancel", f"Cancel {self._name}", dialog)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setMinimumWidth(270)
        self.told = words("", "quiet", name="models.told")
        self.told.setAlignment(Qt.AlignmentFlag.AlignRight)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for part in (self.get, self.pause, self.resume, self.cancel):
            buttons.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bar)
        column.addWidget(self.told)
        column.addLayout(buttons)
        self.show_none()

    def _button(self, text: str, what: str, label: str, dialog: ModelsDialog) -> QPushButton:
        return button(
            text,
            "outlined",
            lambda: dialog.ask(self, what),
            name=f"models.{what}.{self.key}",
            label=label,
        )

    def show_none(self) -> None:
        self.download = None
        for part in (self.bar, self.told, self.pause, self.resume, self.cancel):
            part.hide()
        self.get.show()

    def show_download(self, download: ModelDownload) -> None:
        self.download = download
        running = download.state == "running"
        self.get.hide()
        for part, shown in (
            (self.bar, True),
            (self.told, True),
            (self.pause, running),
            (self.resume, not running),
            (self.cancel, True),
        ):
            part.setVisible(shown)
        self.bar.setValue(round(1000 * download.done / max(1, download.total)))
        told = f"{file_size(download.done)} of {file_size(download.total)}"
        if not running:
            told += ", paused" if download.state == "paused" else ", stopped"
        elif download.bytes_per_second:
            told += f", {file_size(round(download.bytes_per_second))}/s"
            if download.seconds_left is not None:
                told += f", {left(download.seconds_left)}"
        self.told.setText(told)
        self.bar.setAccessibleName(f"{self._name}: {told}")


def left(seconds: float) -> str:
    if seconds < 90:
        return "about a minute left"
    minutes = round(seconds / 60)
    return (
        f"about {minutes} minutes left"
        if minutes < 90
        else f"about {round(minutes / 60)} hours left"
    )
