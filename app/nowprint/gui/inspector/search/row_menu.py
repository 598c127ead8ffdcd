"""The menu of a memory in the list, or of those that are selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from nowprint.gui.inspector.search.bulk_actions import choose_project

if TYPE_CHECKING:
    from nowprint.gui.core.bridge import Bridge
    from nowprint.gui.core.memory_requests import MemoryRequests
    from nowprint.gui.inspector.search.episode_model import EpisodeModel
    from nowprint.gui.inspector.search.episode_table import EpisodeTable

ARCHIVE, BRING_BACK = "&Archive", "&Bring back from the archive"


class RowMenu(QObject):
    opened = Signal(int)
    edited = Signal(int)
    """The user wants to edit this episode."""

    def __init__(
        self, table: EpisodeTable, model: EpisodeModel, requests: MemoryRequests, bridge: Bridge
    ) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self._requests = requests
        self._bridge = bridge
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._show)

    def _show(self, at: QPoint) -> None:
        index = self._table.indexAt(at)
        selected = self._table.selectionModel()
        if index.isValid() and not selected.isSelected(index):
            selected.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        rows = [self._model.episode(row.row()) for row in selected.selectedIndexes()]
        episodes = [episode for episode in rows if episode]
        if not episodes:
            return
        ids = tuple(episode.id for episode in episodes)
        pinned = all(episode.pinned for episode in episodes)
        archived = all(episode.archived for episode in episodes)
        place = self._table.viewport().mapToGlobal(at)
        menu = QMenu(self._table)
        menu.setObjectName("inspector.row.menu")
        for words, act, alone in (
            ("&Open", lambda: self.opened.emit(ids[0]), True),
            ("&Edit", lambda: self.edited.emit(ids[0]), True),
            ("Un&pin" if pinned else "&Pin", lambda: self._requests.pin(ids, not pinned), False),
            ("&Move to project…", lambda: self._move(ids, place), False),
            (
                BRING_BACK if archived else ARCHIVE,
                lambda: self._requests.archive(ids, not archived),
                False,
            ),
            ("&Forget…", lambda: self._requests.forget(ids), False),
        ):
            action = menu.addAction(words)
            action.setEnabled(not alone or len(ids) == 1)
            action.triggered.connect(lambda _=False, act=act: act())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _move(self, ids: tuple[int, ...], place: QPoint) -> None:
        choose_project(self._table, self._bridge, lambda to: self._requests.move(ids, to), at=place)
