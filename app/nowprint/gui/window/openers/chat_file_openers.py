"""Opens the export of chats, and copies the chat on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from nowprint.gui.window.parts import Parts
    from nowprint.inspection import ChatForm
    from nowprint.records import Conversation


class ChatFileOpeners(QObject):
    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._theme = parts.window, parts.theme
        self._notice, self._chat = parts.notice, parts.chat
        self._bridge = parts.session.bridge

    def export(self, chosen: Collection[int] | None = None) -> None:
        """Export chats; those with the ids in ``chosen`` are ticked at first, None for all."""
        from nowprint.service.protocol import ListConversations

        def listed(chats: tuple[Conversation, ...]) -> None:
            from nowprint.gui.chat_files.chat_export_dialog import ChatExportDialog

            if not chats:
                self._notice.say("There is no chat to export yet.")
                return
            ChatExportDialog(self._theme, self._bridge, chats, chosen, self._window).open()

        self._bridge.call(ListConversations(), listed)

    def export_this(self) -> None:
        """Export chats; the one on the screen is ticked at first, or all if none is."""
        here = self._chat.conversation_id
        self.export(None if here is None or self._chat.temporary else (here,))

    def copy_markdown(self) -> None:
        from nowprint.gui.widgets.clipboard import copy_plain

        self._render("markdown", lambda text: self._copied(copy_plain, text))

    def copy_rich(self) -> None:
        from nowprint.gui.widgets.clipboard import copy_rich

        self._render(
            "print",
            lambda html: self._render("markdown", lambda text: self._copied(copy_rich, html, text)),
        )

    def _render(self, form: ChatForm, then: Callable[[str], object]) -> None:
        from nowprint.service.requests.chat_files import RenderChat

        if self._chat.conversation_id is None:
            self._notice.say("This chat has no message yet.")
            return
        self._bridge.call(RenderChat(self._chat.conversation_id, form), then)

    def _copied(self, copy: Callable[..., object], *what: str) -> None:
        copy(*what)
        self._notice.say("The chat was copied.")
