"""The influence of recollections on answers: asks for it when an answer is on the screen, and shows it.

The core measures influence when nothing else waits, so it may come long after the answer, or only after
the next start. Until then an answer says only how many memories it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from nowprint.gui.chat.chat import Chat
from nowprint.gui.inspector.inspector import Inspector

if TYPE_CHECKING:
    from nowprint.events import InfluenceMeasured
    from nowprint.records import Influence


UNNEEDED = "Nowprint will bring these memories back less easily, and others a little less."


class InfluenceRequests(QObject):
    def __init__(self, chat: Chat, inspector: Inspector) -> None:
        super().__init__(chat)
        self._chat = chat
        self._inspector = inspector
        chat.shown.connect(self._ask)
        chat.session.influence.connect(self._on_measured)
        chat.branches.unneeded.connect(lambda view: self._say(view.message.id, needed=False))
        chat.finished.connect(lambda _: inspector.dashboard.refresh())

    def _ask(self) -> None:
        """Ask once for each answer on the screen that was given memories."""
        for view in self._chat.transcript.views:
            if view.message.role == "assistant" and view.message.sources and not view.asked:
                view.asked = True
                self._ask_for(view.message.id)

    def _ask_for(self, answer_id: int) -> None:
        from nowprint.service.protocol import GetInfluence

        def told(influences: tuple[Influence, ...]) -> None:
            self._show(answer_id, influences)

        self._chat.session.bridge.call(GetInfluence(answer_id), told)

    def _say(self, answer_id: int, *, needed: bool) -> None:
        """Tell the core whether the memories under an answer were needed."""
        from nowprint.service.protocol import SayNeeded

        def told(influences: tuple[Influence, ...]) -> None:
            self._show(answer_id, influences)
            self._inspector.influence_measured(tuple(one.episode_id for one in influences))
            self._inspector.dashboard.refresh()
            if needed:
                self._chat.session.said.emit("The memories count as needed again.", "", None)
            else:
                self._chat.session.said.emit(
                    UNNEEDED, "Undo", lambda: self._say(answer_id, needed=True)
                )

        self._chat.session.bridge.call(SayNeeded(answer_id, needed), told)

    def _on_measured(self, measured: InfluenceMeasured) -> None:
        self._show(measured.answer_id, measured.influences)
        self._inspector.influence_measured(tuple(one.episode_id for one in measured.influences))
        self._inspector.dashboard.refresh()

    def _show(self, answer_id: int, influences: tuple[Influence, ...]) -> None:
        if view := self._chat.transcript.view(answer_id):
            view.show_influences(influences)
