"""Models: which of them suit this machine, which are on this computer; get one, choose one.

Nothing is contacted before the user presses a button that says so. The core looks through other programs'
folders for this, so it is asked again only when something here has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.downloading import Downloading
from nowprint.gui.core.session import CoreSession
from nowprint.gui.models.hub_search import VERDICTS, HubSearch
from nowprint.gui.models.model_row import ModelRow
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import file_size

if TYPE_CHECKING:
    from nowprint.model_records import FoundModel, ModelDownload, ModelOffer, ModelShelf

THINKING = {"on request": "can think", "by default": "thinks", "always": "always thinks"}
NO_HOST = (
    "HF_ENDPOINT is set to something that is no address, so that no model can be fetched: set it to an "
    "address that begins with https://."
)


class ModelsDialog(DialogBase):
    def __init__(self, theme: Theme, session: CoreSession, parent: QWidget) -> None:
        super().__init__(theme, "Models", "models.dialog", parent, width=760)
        self._session = session
        self._rows: dict[str, ModelRow] = {}
        """By what tells the models apart: a key, a path, or repository/file."""
        self._downloadings: list[Downloading] = []
        self._stale = False  # there is another core than the one that was asked
        self._asking = self._again = False
        self._asks = ""  # whom the hub's buttons ask
        self.add_heading("Models")
        self._note = words("", "quiet", name="models.note")
        self.column.addWidget(self._note)
        self.hub = HubSearch(session)
        self.hub.busy.connect(self.busy)
        self.hub.failed.connect(self.say_fault)
        self.hub.grown.connect(self.fit)
        self.column.addWidget(self.hub)
        self._lists = QWidget()
        self.column.addWidget(self._lists)
        self.column.addStretch()
        self.add_close().setFocus()
        session.download.connect(self._on_download)
        session.changed.connect(self._on_session)
        session.died.connect(self._on_death)
        self.busy("Looking for models")
        self.fit(least=520)
        self.refresh()

    def refresh(self) -> None:
        from nowprint.service.requests.models import GetShelf

        self._again = self._asking
        if not self._asking:
            self._asking = True
            self._session.bridge.call(GetShelf(), self._show, self._no_shelf)

    def _no_shelf(self, error: UserError) -> None:
        self._asking = self._again = False
        self._failed(error)

    # --- showing -----------------------------------------------------------------------------

    def _show(self, shelf: ModelShelf) -> None:
        self._asking = False
        if self.closed:
            return
        if self._again:
            self.refresh()
        self.busy("")
        self._asks = (
            f"“Search” and “Get” ask {shelf.host}, which sees what you ask for. Nothing else here leaves "
            "this computer."
            if shelf.host
            else NO_HOST
        )
        self.hub.name_host(shelf.host or "the hub")
        on_way = tuple(one for one in shelf.downloads if one.state != "done")
        self.hub.show_on_way(on_way)
        held = next((id for id, row in self._rows.items() if self._has_focus(row)), "")
        column = self._empty_lists()
        offered = {(one.repository, one.file) for one in shelf.offers}
        if others := [one for one in on_way if (one.repository, one.file) not in offered]:
            card = self.add_card("On their way", into=column)
            for download in others:
                self._add_download(card, download)
        card = self.add_card("For this machine", into=column)
        own = {one.path for one in shelf.found if one.program == "Nowprint"}
        for offer in sorted(shelf.offers, key=lambda one: not one.recommended):
            self._add_offer(card, offer, on_way, removable=offer.path in own)
        here = {offer.path for offer in shelf.offers}
        if found := [one for one in shelf.found if one.path not in here]:
            card = self.add_card("Also on this computer", into=column)
            for one in found:
                self._add_found(card, one)
        self._show_use()
        self._lists.show()
        if held in self._rows:
            self._rows[held].take_focus()
        self.fit()

    def _empty_lists(self) -> QVBoxLayout:
        old, self._lists = self._lists, QWidget()
        self.column.replaceWidget(old, self._lists)
        old.hide()
        old.deleteLater()
        self._rows.clear()
        self._downloadings.clear()
        column = QVBoxLayout(self._lists)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        return column

    def _has_focus(self, row: ModelRow) -> bool:
        focused = self.focusWidget()
        return focused is not None and row.isAncestorOf(focused)

    def _add_offer(
        self,
        column: QVBoxLayout,
        offer: ModelOffer,
        on_way: tuple[ModelDownload, ...],
        *,
        removable: bool,
    ) -> None:
        facts = [
            f"{offer.parameters / 1e9:.1f} billion parameters",
            file_size(offer.size),
            offer.licence,
            *([THINKING[offer.thinks]] if offer.thinks in THINKING else []),
            VERDICTS[offer.verdict],
            *([offer.slowness] if offer.slowness else []),
        ]
        name = f"{offer.name} (recommended)" if offer.recommended else offer.name
        row = ModelRow(name, offer.good_at, " · ".join(facts))
        self._add(column, offer.key, row)
        if offer.path:
            self._let_use(row, offer.name, offer.path, offer.size, removable=removable)
            return
        downloading = self._watch(row, offer.repository, offer.file, on_way, offer.key)
        row.offer_download(offer.key, offer.name, offer.size, downloading)

    def _add_download(self, column: QVBoxLayout, download: ModelDownload) -> None:
        fault = [download.fault] if download.fault else []
        row = ModelRow(download.name, f"{download.repository} · {download.file}", *fault)
        key = f"{download.repository}/{download.file}"
        self._add(column, key, row)
        downloading = self._watch(row, download.repository, download.file, (download,))
        row.offer_download(key, download.name, download.total, downloading)

    def _add_found(self, column: QVBoxLayout, found: FoundModel) -> None:
        row = ModelRow(found.name, f"{found.program} · {file_size(found.size)}")
        self._add(column, found.path, row)
        own = found.program == "Nowprint"
        self._let_use(row, found.name, found.path, found.size, removable=own)

    def _add(self, column: QVBoxLayout, id: str, row: ModelRow) -> None:
        self._rows[id] = row
        column.setSpacing(14)
        column.addWidget(row)

    # --- what is here --------------------------------------------------------------------------

    def _let_use(self, row: ModelRow, name: str, path: str, size: int, *, removable: bool) -> None:
        actions = row.offer_use(name, path, size, removable=removable)
        actions.used.connect(self._session.open_model)
        actions.settings.connect(self._set_up)
        actions.removed.connect(self._remove)

    def _set_up(self, path: str) -> None:
        from nowprint.gui.models.model_settings import ModelSettingsDialog

        ModelSettingsDialog(self.theme, self._session, path, self).open()

    def _remove(self, path: str) -> None:
        from nowprint.service.requests.models import RemoveModel

        self.say_fault("")
        self._session.bridge.call(RemoveModel(path), lambda _: self.refresh(), self._failed)

    def _show_use(self) -> None:
        model = self._session.model
        answers = f"{show_invisible(model.name)} answers now." if model else ""
        self._note.setText(f"{answers} {self._asks}".strip())
        for row in self._rows.values():
            if row.local:
                row.local.show_in_use(model.path if model else "")

    def _on_session(self) -> None:
        if self.closed:
            return
        self._show_use()
        if self._stale and not self._session.loading:
            self._stale = False
            self.refresh()

    def _on_death(self) -> None:
        self._stale = True

    # --- what is on its way --------------------------------------------------------------------

    def _watch(
        self,
        row: ModelRow,
        repository: str,
        file: str,
        on_way: tuple[ModelDownload, ...],
        key: str = "",
    ) -> Downloading:
        made = Downloading(self._session, repository, file, row, key=key)
        made.failed.connect(self.say_fault)
        made.download = next(filter(made.is_of, on_way), None)
        self._downloadings.append(made)
        return made

    def _on_download(self, download: ModelDownload) -> None:
        """Look again when one came, went, or was begun elsewhere."""
        known = any(one.is_of(download) for one in self._downloadings)
        if not self.closed and (download.state in ("done", "cancelled") or not known):
            self.refresh()

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))
