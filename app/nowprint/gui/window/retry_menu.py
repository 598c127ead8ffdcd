"""The menu beside "Retry": with another model, with other settings, as somebody else, for one answer each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.window.model_menu import known_models

if TYPE_CHECKING:
    from nowprint.gui.chat.message_view import MessageView
    from nowprint.gui.window.parts import Parts
    from nowprint.model_records import ModelShelf

MOST = 8
"""Models in the menu: the model menu above the chat has more."""
WIDEST = 320
"""Pixels of a name."""


class RetryMenu(QObject):
    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._parts = parts
        parts.chat.transcript.otherwise.connect(self.open)

    def open_last(self) -> None:
        """For the last answer, from the keyboard."""
        view = self._parts.chat.branches.last_answer()
        if view is not None:
            self.open(view, view.mapToGlobal(view.rect().bottomLeft()))

    def open(self, view: MessageView, at: QPoint) -> None:
        from nowprint.service.requests.models import GetShelf

        def show(shelf: ModelShelf | None) -> None:
            menu = self.menu(view, shelf)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(at)

        bridge = self._parts.session.bridge
        bridge.call(GetShelf(), show, lambda _: show(None))

    def menu(self, view: MessageView, shelf: ModelShelf | None) -> QMenu:
        from nowprint.persona_records import NOBODY  # loaded after the first paint

        session, chat = self._parts.session, self._parts.chat
        menu = QMenu(self._parts.window)
        menu.setObjectName("retry.menu")
        menu.setToolTipsVisible(True)
        in_use = session.model.name if session.model else "the model in use"
        after = f"For this answer alone; then {show_invisible(in_use)} goes on, as chosen above"

        def add(text: str, name: str = "", about: str = after, **otherwise: Any) -> None:
            shown = menu.fontMetrics().elidedText(
                show_invisible(name), Qt.TextElideMode.ElideMiddle, WIDEST
            )
            action = menu.addAction(text + shown.replace("&", "&&"))
            action.setToolTip(about)
            action.triggered.connect(partial(self._retry, view, otherwise))

        add("&Retry", about="As the chat goes on, on a branch of its own; this answer stays")
        menu.addSeparator()
        current = session.model.path if session.model else ""
        others = [one for one in known_models(session, shelf) if one[0] != current]
        for path, name, _ in others[:MOST]:
            add("Retry with ", name, model=path)
        settings = menu.addAction("Retry with other &settings…", lambda: self._ask(view))
        settings.setToolTip("For this answer alone")
        personas = self._parts.personas.all
        if personas:
            menu.addSeparator()
        for one in personas:
            if one.name != view.message.persona:
                about = "For this answer alone; the chat's persona stays as it is chosen above"
                add("Retry as ", one.name, about, persona=one.id)
        if view.message.persona:
            add("Retry &without a persona", "", "For this answer alone", persona=NOBODY)
        for action in menu.actions():
            action.setEnabled(not session.reason and chat.turn is None)
        return menu

    def _retry(self, view: MessageView, otherwise: dict[str, Any], _checked: bool = False) -> None:
        from nowprint.persona_records import Otherwise

        self._parts.chat.branches.retry(view, Otherwise(**otherwise))

    def _ask(self, view: MessageView) -> None:
        from nowprint.gui.personas.retry_dialog import RetryDialog

        def retry(sampling: dict[str, Any]) -> None:
            self._retry(view, {"sampling": sampling})

        RetryDialog(self._parts.theme, self._parts.session, retry, self._parts.window).open()
