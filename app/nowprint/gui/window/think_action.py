"""Whether the model thinks before it answers: a switch in the menu, where the model can be told."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from nowprint.gui.core.session import CoreSession


class ThinkAction(QAction):
    def __init__(self, session: CoreSession, parent: QWidget) -> None:
        super().__init__("&Think before answering", parent)
        self._session = session
        self.setCheckable(True)
        self.triggered.connect(lambda on: session.change(think=on))
        session.changed.connect(self._show)
        session.settings_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        model, think = self._session.model, self._session.settings.think
        self.setEnabled(bool(model and model.switches))
        self.setChecked(bool(model and model.thinks) and (think or not model.switches))
