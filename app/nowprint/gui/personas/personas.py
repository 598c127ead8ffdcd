"""The personas as the window knows them; deletes one, and offers to bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nowprint.gui.core.session import CoreSession

if TYPE_CHECKING:
    from nowprint.persona_records import Persona


class Personas(QObject):
    changed = Signal()

    def __init__(self, session: CoreSession) -> None:
        super().__init__(session)
        self._session = session
        self.all: tuple[Persona, ...] = ()

    def refresh(self) -> None:
        from nowprint.service.requests.personas import ListPersonas

        self._session.bridge.call(ListPersonas(), self._show)

    def _show(self, personas: tuple[Persona, ...]) -> None:
        self.all = personas
        self.changed.emit()

    def get(self, id: int | None) -> Persona | None:
        return next((one for one in self.all if one.id == id), None)

    def delete(self, persona: Persona) -> None:
        from nowprint.service.requests.personas import BringBackPersona, DeletePersona

        bridge = self._session.bridge

        def deleted(_: None) -> None:
            self.refresh()
            self._session.said.emit(
                f"“{persona.name}” was deleted. Chats in which it answered go on without it.",
                "Undo",
                lambda: bridge.call(BringBackPersona(persona.id), lambda _: self.refresh()),
            )

        bridge.call(DeletePersona(persona.id), deleted)
