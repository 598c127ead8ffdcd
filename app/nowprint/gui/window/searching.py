"""What the search over everything shows of the window: chats by their titles, models, the menus' commands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from nowprint.gui.sidebar.conversation_model import UNTITLED
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.time_words import ago
from nowprint.gui.window.model_menu import known_models

if TYPE_CHECKING:
    from nowprint.gui.dialogs.search_dialog import SearchDialog, Wanted
    from nowprint.gui.dialogs.search_results import Found, Group
    from nowprint.gui.window.parts import Parts
    from nowprint.inspection import MessageHit
    from nowprint.language.finding import WordSearch
    from nowprint.model_records import ModelShelf
    from nowprint.records import Conversation

CHATS, MODELS = 6, 5
"""The most that are shown."""


class Searching(QObject):
    def __init__(self, parts: Parts, actions: Sequence[QAction]) -> None:
        super().__init__(parts.window)
        self._parts, self._actions = parts, actions
        self._model = parts.panels.conversations.model
        self._shelf: ModelShelf | None = None
        self.dialog: SearchDialog | None = None

    def open(self) -> None:
        from nowprint.gui.dialogs.search_dialog import SearchDialog, Sources
        from nowprint.service.requests.models import GetShelf

        parts = self._parts
        sources = Sources(
            self._chats, self._others, self._title, self._open_message, self._open_memory
        )
        self.dialog = SearchDialog(
            parts.theme, parts.session.bridge, sources, parts.projects.all, parts.window
        )
        self.dialog.finished.connect(self._closed)
        self.dialog.open()
        if parts.session.usable:
            parts.session.bridge.call(GetShelf(), self._know, lambda _: None)

    def _closed(self) -> None:
        self.dialog = None

    def _know(self, shelf: ModelShelf) -> None:
        self._shelf = shelf
        if self.dialog:
            self.dialog.refresh()

    # --- what is found -----------------------------------------------------------------------

    def _chats(self, search: WordSearch, wanted: Wanted) -> list[Found]:
        from nowprint.gui.dialogs.search_results import Found

        def lets(chat: Conversation) -> bool:
            return (
                (wanted.since is None or chat.updated >= wanted.since)
                and (wanted.project is None or (chat.project or 0) == wanted.project)
                and (not wanted.text.strip() or bool(search.query))
                and search.matches(chat.title)
            )

        found: list[Found] = []
        for chat in self._model.all:
            if len(found) < CHATS and lets(chat):
                title = show_invisible(chat.title or UNTITLED)
                act = partial(self._parts.chat.open, chat.id)
                found.append(Found(title, act, ago(chat.updated), marks=search.places(title)))
        return found

    def _others(self, search: WordSearch) -> list[Group]:
        from nowprint.gui.dialogs.search_results import Found

        commands: list[Found] = []
        for action in self._actions:
            text = action.text().replace("&", "").rstrip("…")
            if action.isEnabled() and action.isVisible() and search.matches(text):
                keys = action.shortcut().toString()
                commands.append(Found(text, action.trigger, keys, marks=search.places(text)))
        if not search.query:
            return [("Commands", commands)]
        models: list[Found] = []
        for path, name, _ in known_models(self._parts.session, self._shelf):
            shown = show_invisible(name)
            if search.matches(shown):
                act = partial(self._parts.session.open_model, path)
                models.append(Found(shown, act, "load", marks=search.places(shown)))
        return [("Models", models[:MODELS]), ("Commands", commands)]

    def _title(self, conversation_id: int) -> str:
        chat = self._model.conversation(conversation_id)
        return show_invisible(chat.title if chat and chat.title else UNTITLED)

    # --- what is opened ------------------------------------------------------------------------

    def _open_message(self, hit: MessageHit) -> None:
        self._parts.panels.leave_full_width()
        self._parts.chat.go_to(hit.conversation_id, hit.message_id, hit.start, hit.end)

    def _open_memory(self, id: int) -> None:
        inspector = self._parts.panels.inspector
        inspector.show()
        inspector.show_only((id,), None)
