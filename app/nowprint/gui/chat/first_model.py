"""While the starter model answers: a card in the empty chat offers the recommended one, once.

The user says "Not now", and the card never comes back by itself; or "Get", and the chat goes on with that
model when it is there. Nothing is contacted before "Get".
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from nowprint.gui.chat.chat import Chat
from nowprint.gui.chat.transcript import Transcript
from nowprint.gui.core.downloading import Downloading
from nowprint.gui.core.session import CoreSession
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.time_words import file_size
from nowprint.settings import starter_model

if TYPE_CHECKING:
    from nowprint.errors import UserError
    from nowprint.model_records import ModelDownload, ModelOffer, ModelShelf
    from nowprint.records import ModelInfo


class FirstModel(QObject):
    """Decides whether there is a card, and loads the model that has come."""

    def __init__(self, session: CoreSession, chat: Chat, transcript: Transcript) -> None:
        super().__init__(chat)
        self.card: FirstModelCard | None = None
        self._session, self._chat, self._transcript = session, chat, transcript
        self._path = self._name = ""  # of the model that is to answer next
        session.model_ready.connect(self._on_model)

    def _on_model(self, model: ModelInfo) -> None:
        from nowprint.service.requests.models import GetShelf

        if model.path == self._path:
            self._session.said.emit(f"{self._name} answers from now on.", "", None)
            self._path = ""
        if self._wanted():
            self._session.bridge.call(GetShelf(), self._offer, self._no_offer)
        else:
            self._drop()

    def _wanted(self) -> bool:
        model = self._session.model
        starter = model is not None and Path(model.path) == starter_model()
        return starter and not self._session.settings.offered

    def _offer(self, shelf: ModelShelf) -> None:
        """Show the card, or on the card that is there how far the download is in this core.

        What is on its way already is shown rather than what is recommended, which may be another one when
        the machine has more or less memory to spare than before.
        """
        begun = {(one.repository, one.file) for one in shelf.downloads if one.state != "done"}
        fitting = [one for one in shelf.offers if one.verdict != "too large"]
        offer = next((one for one in fitting if (one.repository, one.file) in begun), None)
        offer = offer or next((one for one in shelf.offers if one.recommended), None)
        if offer is None or not shelf.host or not self._wanted():
            self._drop()
            return
        before = self.card.offer if self.card else None
        if before is None or (before.key, before.path) != (offer.key, offer.path):
            self._drop()
            downloading = Downloading(
                self._session, offer.repository, offer.file, self, key=offer.key
            )
            downloading.changed.connect(self._on_download)
            self.card = FirstModelCard(offer, shelf.host, downloading, self._transcript)
            self.card.refused.connect(self._put_away)
            self.card.wanted.connect(lambda: self._use(offer.path))
            self._transcript.show_offer(self.card)
        downloading = self.card.downloading
        on_way = next(filter(downloading.is_of, shelf.downloads), None)
        downloading.take(on_way if on_way and on_way.state != "done" else None)

    def _no_offer(self, _: UserError) -> None:
        """Nobody asked for the card: it isn't missed."""

    def _put_away(self) -> None:
        self._session.change(offered=True)
        if self.card and self.card.isAncestorOf(self.card.window().focusWidget() or self.card):
            self._chat.composer.input.setFocus()
        self._drop()

    def _drop(self) -> None:
        if self.card:
            self.card.downloading.deleteLater()
            self.card.downloading.changed.disconnect(self._on_download)
            self.card.hide()
            self.card.deleteLater()
            self.card = None

    # --- it has come -------------------------------------------------------------------------

    def _on_download(self, download: ModelDownload | None) -> None:
        if download and download.state == "done":
            self._use(download.path)

    def _use(self, path: str) -> None:
        """Load it, after the answer that is being written."""
        assert self.card
        self._path, self._name = path, self.card.offer.name
        self._put_away()
        if self._chat.turn:
            self._chat.finished.connect(
                self._load, Qt.ConnectionType(Qt.ConnectionType.SingleShotConnection)
            )
        else:
            self._load()

    def _load(self) -> None:
        self._session.open_model(self._path)


class FirstModelCard(QFrame):
    refused = Signal()
    wanted = Signal()
    """It is on this computer already, and the user wants it."""

    def __init__(
        self, offer: ModelOffer, host: str, downloading: Downloading, parent: QWidget
    ) -> None:
        from nowprint.gui.widgets.dialog import words
        from nowprint.gui.widgets.download_row import DownloadRow

        super().__init__(parent)
        self.setObjectName("card")
        self.offer, self.downloading = offer, downloading
        self.setAccessibleName(f"{offer.name}, a model that suits this computer")
        size = file_size(offer.size)
        where = (
            "It is on this computer already."
            if offer.path
            else f"“Get” fetches {size} from {host}, which sees that you ask for it; nothing else "
            "leaves this computer. You can chat meanwhile. When it is here, this chat goes on with it."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(8)
        column.addWidget(words(f"A model that suits this computer: {offer.name}", "heading"))
        column.addWidget(words(f"{offer.good_at} {where}"))
        column.addWidget(words(f"{size} · {offer.licence}", "quiet"))
        self.fault = words("", "fault", name="firstModel.fault")
        self.fault.hide()
        column.addWidget(self.fault)
        self.row = DownloadRow("first", offer.name, offer.size, kind="primary")
        self._not_now = button(
            "Not now",
            "outlined",
            self.refused.emit,
            name="firstModel.refuse",
            label=f"Not now: don't offer {offer.name} again",
            about="File > Models (Ctrl+M) has it later, too",
        )
        use = button(
            "Use it",
            "primary",
            self.wanted.emit,
            name="firstModel.use",
            label=f"Use {offer.name}",
        )
        self.row.buttons.addWidget(use)
        self.row.buttons.addWidget(self._not_now)
        column.addWidget(self.row)
        self.row.wanted.connect(downloading.ask)
        downloading.changed.connect(self._show_download)
        downloading.failed.connect(self._tell)
        use.setVisible(bool(offer.path))
        self._show_download(downloading.download)

    def _show_download(self, download: ModelDownload | None) -> None:
        self.row.show_download(download)
        self._not_now.setVisible(download is None)
        self.row.get.setVisible(download is None and not self.offer.path)

    def _tell(self, sentence: str) -> None:
        from nowprint.gui.widgets.notices import announce

        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))
        if sentence:
            announce(self, sentence)
