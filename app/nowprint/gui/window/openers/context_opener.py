"""Opens what the model has before it in the chat on the screen, and keeps it up to date while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from nowprint.gui.window.status_bar import StatusBar

if TYPE_CHECKING:
    from nowprint.gui.dialogs.context.context_dialog import ContextDialog
    from nowprint.gui.window.parts import Parts


class ContextOpener(QObject):
    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._theme = parts.window, parts.theme
        self._session, self._chat = parts.session, parts.chat
        self._dialog: ContextDialog | None = None
        status = parts.window.statusBar()
        assert isinstance(status, StatusBar)
        status.context_wanted.connect(self.open)
        parts.chat.opened.connect(self._follow)
        parts.chat.finished.connect(lambda _: self._refresh())

    def open(self) -> None:
        from nowprint.gui.dialogs.context.context_dialog import ContextDialog

        if self._dialog is None:
            self._dialog = ContextDialog(
                self._theme, self._session, self._chat.conversation_id, self._window
            )
            self._dialog.finished.connect(self._forget)
        # Not modal: the user goes on with the chat beside it.
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _follow(self) -> None:
        if self._dialog is not None:
            self._dialog.show_chat(self._chat.conversation_id)

    def _refresh(self) -> None:
        if self._dialog is not None:
            self._dialog.refresh()

    def _forget(self) -> None:
        self._dialog = None
