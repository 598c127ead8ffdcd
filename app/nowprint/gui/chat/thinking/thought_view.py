"""What the model thinks before it answers: one line that unfolds, above the answer."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from nowprint.gui.chat.message_view import CADENCE
from nowprint.gui.widgets.buttons import button, set_icon
from nowprint.gui.widgets.text_view import TextView
from nowprint.gui.widgets.theme import Theme


class ThoughtView(QFrame):
    answer_now = Signal()
    """The user wants no more of the thought."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text, self._seconds = "", 0.0
        self.is_running = True
        self._timer = QTimer(self, singleShot=True, interval=CADENCE)
        self._timer.timeout.connect(self._draw)
        self.fold = button("", "quiet", self._toggle, name="thought.fold")
        self.fold.setProperty("edge", True)
        self.hurry = button(
            "Answer now",
            "link",
            self.answer_now.emit,
            name="thought.hurry",
            about="End the thought here; the model answers with what it has",
        )
        self.body = TextView(theme.font(0.94))
        self.body.setObjectName("thought.text")
        self.body.setProperty("quiet", True)
        self.body.setAccessibleName("The model's thought")
        self.body.hide()
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.fold)
        head.addWidget(self.hurry)
        head.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.body)
        theme.changed.connect(self._draw)
        theme.changed.connect(lambda: self.body.use_font(theme.font(0.94)))
        self._draw()

    def grow(self, text: str, seconds: float) -> None:
        """Take the next piece; it is drawn with what else comes within ``CADENCE`` ms."""
        self._text += text
        self._seconds = seconds
        if not self._timer.isActive():
            self._timer.start()

    def end(self) -> None:
        """The answer begins, or the turn is over."""
        self.is_running = False
        self._timer.stop()
        self._draw()

    def _toggle(self) -> None:
        self.body.setVisible(self.body.isHidden())
        self._draw()

    def _draw(self) -> None:
        seconds = max(1, round(self._seconds))
        words = f"Thinking… {seconds} s" if self.is_running else f"Thought for {seconds} s"
        if not self._seconds and not self.is_running:
            words = "What it thought"  # in another program, which doesn't tell how long
        self.fold.setText(words)
        unfolded = not self.body.isHidden()
        self.fold.setAccessibleName(f"{words}. {'Hide' if unfolded else 'Show'} the thought")
        set_icon(self.fold, self._theme, "down" if unfolded else "forward")
        self.hurry.setVisible(self.is_running)
        if unfolded:
            self.body.show_plain(self._text.strip())
