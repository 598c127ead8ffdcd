"""The line above the chat: its project and title, the model that answers, the buttons for the side panels."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from nowprint.gui.widgets.buttons import button, set_icon
from nowprint.gui.widgets.invisible_characters import show_invisible, tip
from nowprint.gui.widgets.theme import Theme

WIDEST_MODEL = 220
"""Pixels of the model's name."""
WIDEST_PERSONA = 140
"""Pixels of the persona's name."""
SIDE, APART = 12, 6
"""Pixels beside the header's parts, and between them."""
AROUND = 40
"""Pixels that a button takes beside its name."""
TITLE = 100
"""Pixels of the title that names never take."""
NARROW = 420
"""Width in pixels, at the usual text size, below which the memory's button has no word."""
LEAST = 48
"""Pixels that an elided text keeps at least."""


class Elided(QLabel):
    """One line of plain text, elided where there is no room for all of it. ``short`` then stands for it, if
    there is room for that."""

    def __init__(self, text: str = "", short: str = "") -> None:
        super().__init__(text)
        self.short = short
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        whole = super().minimumSizeHint()
        return QSize(min(LEAST, self.sizeHint().width()), whole.height())

    def sizeHint(self) -> QSize:
        wide = self.fontMetrics().horizontalAdvance(self.text()) + 2
        return QSize(wide, super().sizeHint().height())

    def shown(self) -> str:
        """As much of it as there is room for."""
        right, metrics = Qt.TextElideMode.ElideRight, self.fontMetrics()
        whole = metrics.elidedText(self.text(), right, self.width())
        if whole == self.text() or not self.short:
            return whole
        return self.short if metrics.horizontalAdvance(self.short) <= self.width() else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown()
        self.setToolTip("" if shown == self.text() else tip(self.text()))
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment() | Qt.AlignmentFlag.AlignVCenter, shown)


class ChatHeader(QWidget):
    def __init__(
        self,
        theme: Theme,
        conversations: Callable[[], object],
        inspector: Callable[[], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: dict[QPushButton, str] = {}
        self.left = button(
            "",
            "plain",
            conversations,
            name="toggle.conversations",
            label="Conversations",
            about="Show or hide the conversations (Ctrl+B)",
        )
        self.right = button(
            "Memory",
            "plain",
            inspector,
            name="toggle.inspector",
            about="Show or hide the memory inspector (Ctrl+I)",
        )
        self.project = button("", "chip", name="header.project")
        self.project.hide()
        self.model = button(
            "",
            "quiet",
            name="header.model",
            about="Choose the model that answers, or change its settings",
        )
        self.model.hide()
        self.persona = button(
            "",
            "quiet",
            name="header.persona",
            about="Choose who answers in this chat: a persona, or the model as it is (Ctrl+Shift+A)",
        )
        self.title = Elided("New chat")
        self.title.setObjectName("conversationTitle")
        row = QHBoxLayout(self)
        row.setContentsMargins(SIDE, 8, SIDE, 8)
        row.setSpacing(APART)
        row.addWidget(self.left)
        row.addWidget(self.project)
        row.addWidget(self.title)
        row.addStretch()
        row.addWidget(self.persona)
        row.addWidget(self.model)
        row.addWidget(self.right)
        self.show_persona("", offered=False)

    def show_title(self, title: str, project: str) -> None:
        """``project`` is empty for a conversation that belongs to none."""
        self.title.setText(title)
        shown = self.fontMetrics().elidedText(project, Qt.TextElideMode.ElideRight, 140)
        self.project.setText(shown.replace("&", "&&"))
        self.project.setAccessibleName(f"Project {project}: move the conversation to another")
        self.project.setToolTip(tip(f"This conversation belongs to the project {project}"))
        self.project.setVisible(bool(project))
        self._fit()

    def show_model(self, name: str) -> None:
        """``name`` is empty while there is none."""
        self._names[self.model] = show_invisible(name)
        self.model.setAccessibleName(f"Model: {show_invisible(name)}")
        self.model.setVisible(bool(name))
        self._fit()

    def show_persona(self, name: str, *, offered: bool) -> None:
        """``name`` is empty where nobody is chosen; ``offered``: there are personas to choose from."""
        self.persona.setVisible(offered)
        self._names[self.persona] = show_invisible(name) or "No persona"
        self.persona.setAccessibleName(f"Who answers: {show_invisible(name) or 'no persona'}")
        self._fit()

    def _fit(self) -> None:
        """Elide the names as the header's width requires."""
        self.right.setText("Memory" if self.width() >= NARROW * self._theme.text_size else "")
        both = not self.persona.isHidden()
        beside = [one for one in (self.left, self.project, self.right) if not one.isHidden()]
        taken = sum(one.sizeHint().width() + APART for one in beside) + 2 * SIDE + 2 * APART
        title = min(TITLE, self.title.sizeHint().width())
        room = max(0, self.width() - taken - title - AROUND * (1 + both))
        persona = min(WIDEST_PERSONA, self._wide(self.persona)) if both else 0
        model = min(WIDEST_MODEL, self._wide(self.model))
        if self.isVisible():  # the persona has half of the room, and what the model leaves
            persona = min(persona, max(room // 2, room - model))
            model = min(model, room - persona)
        for made, wide in ((self.persona, persona), (self.model, model)):
            name = self._names.get(made, "")
            shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, wide)
            made.setText(f"{shown.replace('&', '&&')} ▾")
            about = made.accessibleDescription()
            made.setToolTip(about if shown == name else tip(f"{name}. {about}"))

    def _wide(self, made: QPushButton) -> int:
        """The pixels of a name; some more, since its advance is rounded."""
        return self.fontMetrics().horizontalAdvance(self._names.get(made, "")) + 2

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def decorate(self) -> None:
        set_icon(self.left, self._theme, "sidebar", "text")
        set_icon(self.right, self._theme, "inspector", "text")
        set_icon(self.project, self._theme, "folder", "accent_text")
        self._fit()
