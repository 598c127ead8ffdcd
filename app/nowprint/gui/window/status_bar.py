"""The status bar: the model and its device, how fast it writes, how full its context is, whether memory is
on, and the progress of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QWidget

from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.invisible_characters import show_invisible, tip
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.events import Answer, AnswerText, Progress
    from nowprint.model_records import ModelDownload
    from nowprint.records import ModelInfo

ROOMY = 800
"""Width in pixels from which on the figures have room beside a task."""
SLOW = 400
"""ms after which a task is shown; a quicker one would only flicker."""

WHAT_IT_HAS = "Show what the model has before it (Ctrl+Shift+X)"


class Meter(QWidget):
    """How much of the model's context the conversation fills."""

    clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._share = 0.0
        self.setFixedSize(64, 8)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_share(self, share: float) -> None:
        self._share = min(1.0, max(0.0, share))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colours.line_strong))
        painter.drawRoundedRect(self.rect().adjusted(0, 1, 0, -1), 3, 3)
        filled = self.rect().adjusted(0, 1, 0, -1)
        filled.setWidth(int(filled.width() * self._share))
        c = self._theme.colours
        painter.setBrush(QColor(c.warning if self._share > 0.85 else c.accent))
        painter.drawRoundedRect(filled, 3, 3)


class StatusBar(QStatusBar):
    memory_toggled = Signal(bool)
    context_wanted = Signal()
    """The user wants to see what the model has before it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._size = 0
        self._tasks: dict[str, float | None] = {}
        self.setSizeGripEnabled(False)
        self.setContentsMargins(12, 1, 12, 1)
        self.model = QLabel("Starting…")
        self.model.setTextFormat(Qt.TextFormat.PlainText)  # the name comes from the model's file
        self.model.setObjectName("status.model")
        self.model.setAccessibleName("Model")
        self.device = QLabel()
        self.device.setTextFormat(Qt.TextFormat.PlainText)  # the name comes from the driver
        self.device.setObjectName("status.device")
        self.device.setAccessibleName("Device")
        self.speed = QLabel()
        self.speed.setObjectName("status.speed")
        self.context = button("", "quiet", self.context_wanted.emit, name="status.context")
        self._meter = Meter(theme, self)
        self._meter.clicked.connect(self.context_wanted)
        self.context.hide()
        self._meter.hide()
        self.memory = button(
            "Memory on",
            "quiet",
            name="status.memory",
            about="When off, nothing is kept or recalled (Ctrl+Alt+A)",
        )
        self.memory.setCheckable(True)
        self.memory.setChecked(True)
        self.memory.toggled.connect(self._toggle)
        self.task = QLabel()
        self.task.setObjectName("status.task")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(110)
        for part in (self.task, self._bar):
            part.hide()
        self.addWidget(self.model)
        self.addWidget(self.task)
        self.addWidget(self._bar)
        for figure in (self.device, self.speed, self.context, self._meter, self.memory):
            self.addPermanentWidget(figure)
        self._delay = QTimer(self, singleShot=True, interval=SLOW)
        self._delay.timeout.connect(self._show_task)
        self._beat = QTimer(self, singleShot=True, interval=250)
        self._beat.timeout.connect(self._show_figures)
        self._figures: AnswerText | Answer | None = None
        self._chat: int | None = None
        self._used: dict[int | None, int] = {}  # tokens, by conversation

    def show_model(self, model: ModelInfo | None) -> None:
        self._used.clear()
        if model:
            self.model.setText(model.name)
            self.device.setText(model.device)
            self.device.setToolTip(tip(f"Computing on {model.device} (change: File > Compute on)"))
            self.model.setToolTip(
                tip(
                    f"{model.path}\n{model.parameters / 1e6:,.0f} million parameters, "
                    f"{model.bytes / 1e6:,.0f} MB, {model.context:,} tokens of context"
                )
            )
            self._size = model.context
            self._make_room()
            self._show_context(0)
        else:
            self.model.setText("No model")
            self._beat.stop()
            self._figures = None
            self._size = 0
            for figure in (self.device, self.speed):
                figure.clear()
            self.context.setText("")
            for part in (self.model, self.device, self.context, self._meter):
                part.setToolTip("")
            self._make_room()

    def show_chat(self, id: int | None) -> None:
        """Another conversation is on the screen: show how much it took at its last answer."""
        self._chat = id
        self._show_context(self._used.get(id, 0))

    def show_figures(self, figures: AnswerText | Answer, id: int | None) -> None:
        """Show the figures of an answer in the conversation with this id, four times a second at most; a
        message by the app itself has none."""
        if not figures.tokens:
            return
        self._figures = figures
        self._used[id] = figures.context_used
        if not self._beat.isActive():
            self._beat.start()

    def _show_figures(self) -> None:
        if self._figures:
            speed = self._figures.tokens_per_second
            self.speed.setText(f"{speed:.0f} tokens/s" if speed >= 10 else f"{speed:.1f} tokens/s")
            self._show_context(self._used.get(self._chat, 0))

    def _show_context(self, used: int) -> None:
        if self._size:
            self.context.setText(f"Context {used:,} / {self._size:,}")
            self.context.setAccessibleName(f"Context: {used:,} of {self._size:,} tokens")
            self.context.setAccessibleDescription(WHAT_IT_HAS)
            self._meter.show_share(used / self._size)
            for part in (self.context, self._meter):
                part.setToolTip(WHAT_IT_HAS)

    def show_memory(self, on: bool) -> None:
        self.memory.blockSignals(True)
        self.memory.setChecked(on)
        self.memory.blockSignals(False)
        self._name_memory(on)

    def _toggle(self, on: bool) -> None:
        self._name_memory(on)
        self.memory_toggled.emit(on)

    def _name_memory(self, on: bool) -> None:
        self.memory.setText("Memory on" if on else "Memory off")
        self.memory.setAccessibleName(self.memory.text())

    def show_progress(self, progress: Progress) -> None:
        if progress.fraction is not None and progress.fraction >= 1.0:
            self._tasks.pop(progress.task, None)
        else:
            self._tasks[progress.task] = progress.fraction
        if not self._tasks:
            self._delay.stop()
            self._show_task()
        elif self.task.isVisible():
            self._show_task()
        elif not self._delay.isActive():
            self._delay.start()

    def show_download(self, download: ModelDownload) -> None:
        from nowprint.events import Progress

        share = min(download.done / max(1, download.total), 0.99)
        task = f"Downloading {show_invisible(download.name)}"
        self.show_progress(Progress(task, share if download.state == "running" else 1.0))

    def clear_progress(self) -> None:
        """Drop all tasks: the core that reported them is gone."""
        self._tasks.clear()
        self._show_task()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """In a narrow window, hide the figures while a task is shown."""
        room = not self._tasks or self.width() >= ROOMY
        for figure in (self.device, self.speed):
            figure.setVisible(room)
        for part in (self.context, self._meter):
            part.setVisible(room and self._size > 0)

    def _show_task(self) -> None:
        self._make_room()
        for part in (self.task, self._bar):
            part.setVisible(bool(self._tasks))
        if self._tasks:
            task, fraction = list(self._tasks.items())[-1]
            self.task.setText(task)
            self._bar.setRange(0, 0 if fraction is None else 1000)
            self._bar.setValue(int((fraction or 0) * 1000))
            self._bar.setAccessibleName(task)
