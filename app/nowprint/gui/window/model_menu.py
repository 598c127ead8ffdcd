"""The menu below the model's name in the chat's header: another model, this one's settings, more models."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.settings import starter_model

if TYPE_CHECKING:
    from nowprint.gui.core.session import CoreSession
    from nowprint.gui.window.dialog_openers import DialogOpeners
    from nowprint.gui.window.parts import Parts
    from nowprint.model_records import ModelShelf

MOST = 20
"""Models in the menu; the models page has all."""
WIDEST = 320
"""Pixels of a model's name."""


class ModelMenu(QMenu):
    def __init__(self, parts: Parts, dialogs: DialogOpeners, anchor: QPushButton) -> None:
        """``anchor``: the button that opens it."""
        super().__init__("Model", anchor)
        self.setObjectName("model.menu")
        self.setToolTipsVisible(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self._session, self._dialogs, self._anchor = parts.session, dialogs, anchor
        anchor.clicked.connect(lambda _: self._ask())

    def _ask(self) -> None:
        from nowprint.service.requests.models import GetShelf

        if self._session.usable:
            self._session.bridge.call(GetShelf(), self._open, lambda _: self._open(None))
        else:
            self._open(None)

    def _open(self, shelf: ModelShelf | None) -> None:
        self._fill(shelf)
        self.popup(self._anchor.mapToGlobal(QPoint(0, self._anchor.height())))

    def _fill(self, shelf: ModelShelf | None) -> None:
        self.clear()
        group = QActionGroup(self)
        current = self._session.model.path if self._session.model else ""
        for path, name, tip in known_models(self._session, shelf):
            shown = self.fontMetrics().elidedText(
                show_invisible(name), Qt.TextElideMode.ElideMiddle, WIDEST
            )
            action = self.addAction(shown.replace("&", "&&"))
            action.setToolTip(show_invisible(tip))
            action.setCheckable(True)
            action.setChecked(path == current)
            action.triggered.connect(partial(self._choose, path))
            group.addAction(action)
        self.addSeparator()
        settings = self.addAction("&Settings of this model…", self._dialogs.model_settings)
        settings.setEnabled(bool(current))
        self.addAction("&More models…", self._dialogs.models)

    def _choose(self, path: str, _checked: bool = False) -> None:
        if not self._session.model or path != self._session.model.path:
            self._session.open_model(path)


def known_models(session: CoreSession, shelf: ModelShelf | None) -> list[tuple[str, str, str]]:
    """Path, name and where it is from; the loaded one and the starter model are always there."""
    listed: dict[str, tuple[str, str]] = {}
    if shelf:
        names = {offer.path: offer.name for offer in shelf.offers if offer.path}
        for found in shelf.found[:MOST]:
            listed[found.path] = (names.get(found.path, found.name), found.program)
    if session.model and session.model.path not in listed:
        listed = {session.model.path: (session.model.name, session.model.path)} | listed
    starter = str(starter_model())
    listed[starter] = ("Starter model (small)", "Comes with Nowprint")
    return [(path, *told) for path, told in listed.items()]
