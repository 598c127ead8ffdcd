"""One model of the hub that the user may download: what the user wants of it, and how it goes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from nowprint.gui.core.session import CoreSession

if TYPE_CHECKING:
    from nowprint.errors import UserError
    from nowprint.model_records import ModelDownload


class Downloading(QObject):
    """Whoever asks for the download: all who watch the same file are told the same."""

    changed = Signal(object)
    """ModelDownload, or None when there is none any more."""
    failed = Signal(str)
    """The sentence with which the download, or a wish, ended; "" when the user wishes anew."""

    def __init__(
        self, session: CoreSession, repository: str, file: str, parent: QObject, *, key: str = ""
    ) -> None:
        """``key``: the model's in the catalogue, if it has one."""
        super().__init__(parent)
        self.download: ModelDownload | None = None
        self._bridge = session.bridge
        self._repository, self._file, self._key = repository, file, key
        session.download.connect(self._on_download)
        session.died.connect(self._on_death)

    def ask(self, what: str) -> None:
        """``what``: get, pause, resume or cancel. Events tell what comes of it."""
        from nowprint.service.requests.models import (
            CancelDownload,
            GetModel,
            PauseDownload,
            ResumeDownload,
        )

        self.failed.emit("")
        call, id = self._bridge.call, self.download.id if self.download else 0
        match what:
            case "get" if self._key:
                call(GetModel(self._key), self._begun, self._fail)
            case "get":
                call(GetModel(self._repository, self._file), self._begun, self._fail)
            case "pause":
                call(PauseDownload(id), None, self._fail)
            case "resume":
                call(ResumeDownload(id), None, self._fail)
            case "cancel":
                call(CancelDownload(id), None, self._fail)

    def is_of(self, download: ModelDownload) -> bool:
        return (download.repository, download.file) == (self._repository, self._file)

    def take(self, download: ModelDownload | None) -> None:
        """This is how far it is."""
        self.download = download
        self.changed.emit(download)
        if download and download.state == "failed":
            self.failed.emit(download.fault)

    def _begun(self, download: ModelDownload) -> None:
        if isValid(self) and self.download is None:  # else an event has told more
            self.take(download)

    def _on_download(self, download: ModelDownload) -> None:
        if self.is_of(download):
            self.take(None if download.state == "cancelled" else download)

    def _on_death(self) -> None:
        """The next core has it paused."""
        if self.download and self.download.state == "running":
            self.take(
                dataclasses.replace(
                    self.download, state="paused", bytes_per_second=0.0, seconds_left=None
                )
            )

    def _fail(self, error: UserError) -> None:
        if isValid(self):  # the hub may answer when whoever showed this is gone
            self.failed.emit(str(error))
