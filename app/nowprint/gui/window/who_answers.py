"""Shows who answers: above the chat in a button with its menu, and below it in what the memory does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from nowprint.gui.personas.persona_menu import PersonaMenu
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.window.retry_menu import RetryMenu

if TYPE_CHECKING:
    from nowprint.gui.chat.chat_header import ChatHeader
    from nowprint.gui.window.dialog_openers import DialogOpeners
    from nowprint.gui.window.parts import Parts
    from nowprint.persona_records import Persona

LONGEST = 24
"""Characters of a project's name below the composer."""


class WhoAnswers(QObject):
    def __init__(self, parts: Parts, dialogs: DialogOpeners, header: ChatHeader) -> None:
        super().__init__(parts.window)
        self._parts, self._header = parts, header
        self.retry = RetryMenu(parts)
        self.menu = PersonaMenu(
            parts.personas, parts.chat.persona, self._usual, dialogs.personas, header.persona
        )
        for signal in (parts.personas.changed, parts.chat.persona.changed, parts.projects.changed):
            signal.connect(lambda *_: self._show())
        parts.projects.deleted.connect(parts.personas.refresh)
        self._show()

    def _usual(self) -> int | None:
        """The persona of the chat's project."""
        project = self._parts.projects.get(self._parts.chat.project)
        return project.persona if project else None

    def _show(self) -> None:
        chosen = self._parts.chat.persona.chosen
        one = self._parts.personas.get(self._usual() if chosen is None else chosen)
        self._header.show_persona(one.name if one else "", offered=bool(self._parts.personas.all))
        chat = self._parts.chat
        chat.persona.scope = self._scope(one)
        chat.composer.memory.show_use(chat.use())

    def _scope(self, one: Persona | None) -> str | None:
        """Which memories it may use, as ``MemoryMode`` has it."""
        if one is None or one.memories == "all":
            return None
        name = show_invisible(self._parts.projects.name(one.project))
        return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"
