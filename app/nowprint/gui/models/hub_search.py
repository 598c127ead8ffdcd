"""A search of the hub in the models dialog: repositories, and the models in one of them.

Nothing is asked of the hub before the user presses Enter or a button.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from nowprint.gui.core.downloading import Downloading
from nowprint.gui.core.session import CoreSession
from nowprint.gui.models.model_row import ModelRow
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.time_words import count, file_size

if TYPE_CHECKING:
    from nowprint.errors import UserError
    from nowprint.model_records import HubListing, HubModelFile, HubRepository, ModelDownload
    from nowprint.service.request import Request

VERDICTS = {
    "fits": "fits this machine",
    "tight": "only just fits",
    "too large": "too large for this machine",
}


class HubSearch(QFrame):
    busy = Signal(str)
    """What the hub is being asked, "" when it has answered."""
    failed = Signal(str)
    """The sentence that something couldn't be done with; "" when the user tries something else."""
    grown = Signal()

    def __init__(self, session: CoreSession) -> None:
        super().__init__()
        self.setObjectName("card")
        self._session = session
        self._host = ""
        self._asked = 0  # counts requests: the replies to earlier ones are dropped
        self._found: tuple[HubRepository, ...] = ()
        self._on_way: tuple[ModelDownload, ...] = ()
        self._title = words("", "heading")
        self.field = QLineEdit()
        self.field.setObjectName("models.search")
        self.field.setPlaceholderText("Words, or a repository as owner/name or by its address")
        self.field.returnPressed.connect(self._search)
        self._button = button("Search", "outlined", self._search, name="models.search.go")
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self._button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 14)
        self._column.setSpacing(8)
        self._column.addWidget(self._title)
        self._column.addLayout(row)
        self._results = QWidget()
        self._column.addWidget(self._results)
        self._results.hide()
        self.name_host("the hub")

    def name_host(self, host: str) -> None:
        self._host = host
        self._title.setText(f"On {host}")
        what = f"Search {host} for models, or name a repository"
        self.field.setAccessibleName(what)
        self._button.setAccessibleName(f"Search {host}")

    def show_on_way(self, downloads: tuple[ModelDownload, ...]) -> None:
        """What is on its way is shown as such in the next results."""
        self._on_way = downloads

    # --- asking ------------------------------------------------------------------------------

    def _search(self) -> None:
        from nowprint.service.requests.models import SearchHub

        text = self.field.text().strip()
        if "/" in text and " " not in text:
            self._found = ()
            self._open(text)
        elif text:
            self._ask(SearchHub(text), self._show_found)

    def _open(self, repository: str) -> None:
        from nowprint.service.requests.models import ListHubFiles

        self._ask(ListHubFiles(repository), self._show_files)

    def _ask(self, request: Request[Any], show: Callable[[Any], None]) -> None:
        self._asked += 1
        asked = self._asked
        self.failed.emit("")
        self.busy.emit(f"Asking {self._host}")

        def answered(reply: Any) -> None:
            if isValid(self) and asked == self._asked:
                self.busy.emit("")
                show(reply)
                self.grown.emit()

        def refused(error: UserError) -> None:
            if isValid(self) and asked == self._asked:
                self.busy.emit("")
                self.failed.emit(str(error))

        self._session.bridge.call(request, answered, refused)

    # --- showing -----------------------------------------------------------------------------

    def _show_found(self, found: tuple[HubRepository, ...], opened: str = "") -> None:
        """``opened``: the repository that the user comes back from."""
        self._found = found
        told = count(len(found), "repository", "repositories") if found else "Nothing"
        column = self._begin(f"{told} with GGUF models found.", "Clear", self.clear)
        for one in found:
            row = ModelRow(one.repository, " · ".join(_facts(one)))
            name = show_invisible(one.repository)
            open_it = button(
                "Show models",
                "outlined",
                partial(self._open, one.repository),
                name=f"models.open.{one.repository}",
                label=f"Show the models in {name}",
            )
            row.add(open_it)
            column.addWidget(row)
            row.show()
            if one.repository == opened:
                open_it.setFocus()

    def _show_files(self, listing: HubListing) -> None:
        one = listing.repository
        name = show_invisible(one.repository)
        if self._found:
            back = partial(self._show_found, self._found, one.repository)
            column = self._begin(name, "Back to what was found", back)
        else:
            column = self._begin(name, "Clear", self.clear)
        column.addWidget(words(" · ".join(_facts(one)), "quiet"))
        if one.gated:
            gate = words(
                f"This repository is gated: accept its terms on {self._host}/{name}, then log in on this "
                "computer with `hf auth login`, or start Nowprint with HF_TOKEN set to a token of that "
                "account.",
                name="models.gated",
            )
            gate.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(gate)
        if not listing.files:
            column.addWidget(words("It holds no GGUF model that can chat."))
        for file in listing.files:
            row = self._file_row(file)
            column.addWidget(row)
            row.show()

    def _file_row(self, file: HubModelFile) -> ModelRow:
        facts = [
            file_size(file.size),
            *([f"{file.parts} parts"] if file.parts > 1 else []),
            f"takes about {file_size(file.memory)}: {VERDICTS[file.verdict]}",
        ]
        row = ModelRow(file.file, " · ".join(facts))
        downloading = Downloading(self._session, file.repository, file.file, row)
        downloading.failed.connect(self.failed)
        downloading.download = next(filter(downloading.is_of, self._on_way), None)
        row.offer_download(f"{file.repository}/{file.file}", file.file, file.size, downloading)
        return row

    def _begin(self, told: str, leave: str, act: Callable[[], object]) -> QVBoxLayout:
        """A new place for results, with what they are and a way out of them."""
        had_focus = self._results.isAncestorOf(self.window().focusWidget() or self)
        self._drop()
        column = QVBoxLayout(self._results)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(14)
        head = QHBoxLayout()
        head.addWidget(words(told, "heading", name="models.found"), 1)
        way_out = button(leave, "quiet", act, name="models.leave")
        head.addWidget(way_out, alignment=Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        self._results.show()
        if had_focus:
            way_out.setFocus()
        announce(self, told)
        return column

    def clear(self) -> None:
        self._drop()
        self._found = ()
        self.field.setFocus()

    def _drop(self) -> None:
        """Put an empty place where the results are."""
        old, self._results = self._results, QWidget()
        self._column.replaceWidget(old, self._results)
        self._results.hide()
        old.hide()
        old.deleteLater()


def _facts(one: HubRepository) -> list[str]:
    return [
        f"{count(one.downloads, 'download')} this month",
        show_invisible(one.licence) or "no licence named",
        *(["gated"] if one.gated else []),
    ]
