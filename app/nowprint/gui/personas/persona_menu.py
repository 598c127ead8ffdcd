"""The menu below the persona's name in the chat's header: who answers in this chat."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from nowprint.gui.personas.personas import Personas
from nowprint.gui.widgets.invisible_characters import show_invisible

NOBODY = 0  # persona_records.NOBODY, which is loaded after the first paint
WIDEST = 320
"""Pixels of a persona's name."""


class Chosen(Protocol):
    """Who answers in the chat on the screen."""

    @property
    def chosen(self) -> int | None: ...
    def choose(self, persona: int | None) -> None: ...


class PersonaMenu(QMenu):
    def __init__(
        self,
        personas: Personas,
        chat: Chosen,
        usual: Callable[[], int | None],
        edit: Callable[[], object],
        anchor: QPushButton,
    ) -> None:
        """``usual``: the persona of the chat's project. ``edit`` opens the list of personas."""
        super().__init__("Persona", anchor)
        self.setObjectName("persona.menu")
        self.setToolTipsVisible(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self._personas, self._chat, self._usual = personas, chat, usual
        self._edit, self._anchor = edit, anchor
        anchor.clicked.connect(lambda _: self.open())

    def open(self) -> None:
        """Open the menu, or the list of personas while that is empty."""
        if not self._personas.all:
            self._edit()
            return
        self._fill()
        self.popup(self._anchor.mapToGlobal(QPoint(0, self._anchor.height())))

    def _fill(self) -> None:
        self.clear()
        group = QActionGroup(self)
        usual = self._personas.get(self._usual())
        chosen = self._chat.chosen
        known = usual if chosen is None else self._personas.get(chosen)
        rows = [(NOBODY, "No persona", "The model answers as its own settings say")]
        for one in self._personas.all:
            about = "The persona of this project" if one == usual else ""
            rows.append((one.id, one.name, about))
        for id, name, about in rows:
            shown = self.fontMetrics().elidedText(
                show_invisible(name), Qt.TextElideMode.ElideMiddle, WIDEST
            )
            action = self.addAction(shown.replace("&", "&&"))
            action.setToolTip(about or "From the next message on")
            action.setCheckable(True)
            action.setChecked(id == (known.id if known else NOBODY))
            # the project's own goes on to follow the project
            wanted = None if id == (usual.id if usual else NOBODY) else id
            action.triggered.connect(partial(self._choose, wanted))
            group.addAction(action)
        self.addSeparator()
        self.addAction("&Edit personas…", self._edit)

    def _choose(self, persona: int | None, _checked: bool = False) -> None:
        self._chat.choose(persona)
