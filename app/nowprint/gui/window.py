"""The window: three panels, and who speaks to whom.

What the first picture needs is built at once; all else (menus, icons, the inspector's inside, the
core) comes in small steps after it has been painted, so that the window is there at once and the
event loop never stands still.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.bridge import Bridge, ClientFactory
from nowprint.gui.buttons import button, set_icon
from nowprint.gui.chat import Chat
from nowprint.gui.composer import Composer
from nowprint.gui.conversations import ConversationsPanel
from nowprint.gui.first_paint import FirstPaint
from nowprint.gui.influences import Influences
from nowprint.gui.inspector import Inspector
from nowprint.gui.notices import NoticeBar
from nowprint.gui.session import Session
from nowprint.gui.status import Status
from nowprint.gui.theme import Theme
from nowprint.gui.transcript import Transcript
from nowprint.settings import Profile, load_settings

if TYPE_CHECKING:
    from nowprint.gui.code_view import Highlighter
    from nowprint.records import Message, ModelInfo

NARROW = 1080
"""Below this width the conversations make room, unless they were asked for."""


class MainWindow(QMainWindow):
    painted = Signal(float)
    """The first picture is on the screen."""
    built = Signal()
    """All that came after it is there too."""
    modelReady = Signal(object)
    turnStarted = Signal()
    turnFinished = Signal(object)
    """Answer, or the UserError that the turn ended with."""
    stored = Signal(tuple)
    conversationShown = Signal()
    coreDied = Signal()
    closing = Signal()
    """It is gone from the screen; its core may still need a moment to end."""

    def __init__(
        self, profile: Profile, client_factory: ClientFactory, model: str | None = None
    ) -> None:
        super().__init__()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.profile = profile
        settings = load_settings(profile)
        self.theme = Theme(app, settings.theme)
        self.theme.setParent(self)
        self.bridge = Bridge(profile, client_factory, self)
        self.session = Session(self.bridge, settings, model)
        self.highlighter: Highlighter | None = None
        self._made_room = False
        self.setWindowTitle("Nowprint")
        self.setAcceptDrops(True)
        self.setMinimumSize(640, 420)
        self._build()
        self.chat = Chat(self.session, self.transcript, self.composer, self.conversations)
        self._connect()
        self._place(settings.window)
        self.composer.block(self.session.reason)
        self.composer.input.setFocus()
        paint = FirstPaint(self)
        paint.painted.connect(self._after_paint)

    # --- building --------------------------------------------------------------------------

    def _build(self) -> None:
        theme = self.theme
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("panels")
        self.splitter.setHandleWidth(1)
        self.conversations = ConversationsPanel(theme, self.splitter)
        self.centre = QWidget(self.splitter)
        self.centre.setObjectName("centre")
        self.centre.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.centre.setMinimumWidth(330)
        self.inspector = Inspector(theme, self.bridge, self.splitter)
        self.notice = NoticeBar(self.centre)
        self.transcript = Transcript(theme, self.centre)
        self.composer = Composer(theme, self.centre)
        column = QVBoxLayout(self.centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._build_header())
        notices = QHBoxLayout()
        notices.setContentsMargins(20, 0, 20, 6)
        notices.addWidget(self.notice)
        column.addLayout(notices)
        column.addWidget(self.transcript, 1)
        column.addWidget(self.composer)
        for index, stretch in enumerate((0, 1, 0)):
            self.splitter.setStretchFactor(index, stretch)
            self.splitter.setCollapsible(index, False)
        self.setCentralWidget(self.splitter)
        self.status = Status(theme, self)
        self.setStatusBar(self.status)
        self.status.show_memory(self.session.settings.memory)
        self.menuBar().setNativeMenuBar(True)
        self.menuBar().addMenu("&File")  # as high as it will be, so that nothing jumps

    def _build_header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(12, 8, 12, 8)
        self.left_toggle = button(
            "",
            "plain",
            self.toggle_conversations,
            name="toggle.conversations",
            label="Conversations",
            about="Show or hide the conversations (Ctrl+B)",
        )
        self.right_toggle = button(
            "Memory",
            "plain",
            self.toggle_inspector,
            name="toggle.inspector",
            about="Show or hide the memory inspector (Ctrl+I)",
        )
        self.title = QLabel("New chat")
        self.title.setObjectName("conversationTitle")
        self._badge = QLabel("Temporary: nothing is kept or recalled")
        self._badge.setProperty("badge", True)
        self._badge.hide()
        row.addWidget(self.left_toggle)
        row.addWidget(self.title)
        row.addSpacing(8)
        row.addWidget(self._badge)
        row.addStretch()
        row.addWidget(self.right_toggle)
        return row

    def _connect(self) -> None:
        session, chat = self.session, self.chat
        session.changed.connect(self._on_session)
        session.model_ready.connect(self._on_model)
        session.said.connect(self.notice.say)
        session.silenced.connect(self.notice.silence)
        session.progress.connect(self.status.show_progress)
        Influences(chat, self.inspector)
        session.settings_changed.connect(self._obey_settings)
        session.conversations.connect(lambda _: self._retitle())
        session.died.connect(self._on_death)
        self.status.memory_toggled.connect(lambda on: session.change(memory=on))
        chat.opened.connect(self._retitle)
        chat.started.connect(self.turnStarted)
        chat.finished.connect(self.turnFinished)
        chat.stored.connect(self._on_stored)
        chat.shown.connect(self.conversationShown)
        chat.figures.connect(self.status.show_figures)
        chat.forgotten.connect(self._on_forgotten_with)
        self.transcript.memories.connect(self.show_memories)
        self.transcript.remember.connect(self._remember)
        self.inspector.source.connect(chat.go_to)
        self.inspector.said.connect(self.notice.say)
        self.inspector.settings.connect(self.show_memory_settings)
        session.conversations.connect(self._first_list)
        self.theme.changed.connect(self._decorate)

    def _after_paint(self, at: float) -> None:
        self.painted.emit(at)
        self._do_in_turn(
            self._build_menus,
            self.inspector.build_list,
            self._decorate,
            lambda: self.bridge.warm_up(self._begin),
        )

    def _grow_older(self) -> None:
        """The ages in the lists are told anew."""
        self.conversations.list.viewport().update()
        self.inspector.list.viewport().update()

    def _do_in_turn(self, *steps: Callable[[], object]) -> None:
        """Each in a turn of the event loop of its own."""
        if steps:

            def step() -> None:
                steps[0]()
                self._do_in_turn(*steps[1:])

            QTimer.singleShot(0, self, step)

    def _begin(self, _: object) -> None:
        """The modules that requests and Markdown need are loaded: the core can be spoken to."""
        from nowprint.gui.code_view import Highlighter

        self.highlighter = Highlighter(self)
        self.transcript.use(self.highlighter)
        self._do_in_turn(
            self.inspector.build_detail,
            self.inspector.build_editors,
            self.session.begin,
            self.highlighter.warm_up,
            self.built.emit,
        )
        minute = QTimer(self, interval=60_000)
        minute.timeout.connect(self._grow_older)
        minute.start()

    def _build_menus(self) -> None:
        from nowprint.gui.menus import build_menus

        self.menus = build_menus(self)

    def _decorate(self) -> None:
        set_icon(self.left_toggle, self.theme, "sidebar", "text")
        set_icon(self.right_toggle, self.theme, "inspector", "text")
        self.conversations.decorate()
        self.composer.decorate()
        self.inspector.decorate()

    # --- what happens ----------------------------------------------------------------------

    def _on_model(self, model: ModelInfo) -> None:
        self.status.show_model(model)
        self.modelReady.emit(model)

    def _on_session(self) -> None:
        if self.session.reason and not self.session.loading:
            self.status.show_model(None)

    def _first_list(self, _: tuple[object, ...]) -> None:
        """The core answers: the inspector can be filled."""
        self.session.conversations.disconnect(self._first_list)
        self.inspector.refresh()

    def _on_death(self) -> None:
        self.status.clear_progress()
        self.status.model.setText("Starting again…")
        self._retitle()
        self.coreDied.emit()

    def _on_stored(self, kept: tuple[object, ...]) -> None:
        self.inspector.refresh()
        self.stored.emit(kept)

    def _on_forgotten_with(self, episodes: int) -> None:
        self.inspector.refresh()
        if episodes:
            what = "1 memory was" if episodes == 1 else f"{episodes} memories were"
            self.notice.say(f"The conversation was deleted, and {what} forgotten with it.")

    def _obey_settings(self) -> None:
        settings = self.session.settings
        self.status.show_memory(settings.memory)
        if settings.theme != self.theme.choice:
            self.theme.choose(settings.theme)

    def _retitle(self) -> None:
        title = self.chat.title()
        self.title.setText(title)
        self._badge.setVisible(self.chat.temporary)
        self.setWindowTitle(f"{title} · Nowprint" if title != "New chat" else "Nowprint")

    def _remember(self, message: Message, text: str) -> None:
        self._show_inspector()
        self.inspector.remember_from(message, text)

    def show_memories(self, ids: tuple[int, ...], answer_id: int | None = None) -> None:
        """Open these episodes in the inspector, with their influence on an answer."""
        self._show_inspector()
        self.inspector.show_only(ids, answer_id)

    def show_memory_settings(self) -> None:
        from nowprint.gui.memory_settings import MemorySettings

        MemorySettings(self.theme, self.session, self).open()

    def choose_theme(self, choice: str) -> None:
        self.session.change(theme=choice)

    def forget_undo(self) -> None:
        self.inspector.undo.undo()

    # --- panels ----------------------------------------------------------------------------

    def toggle_conversations(self) -> None:
        self._made_room = False
        self.conversations.setVisible(self.conversations.isHidden())

    def toggle_inspector(self) -> None:
        self.inspector.setVisible(self.inspector.isHidden())

    def _show_inspector(self) -> None:
        self.inspector.show()

    def search_memory(self) -> None:
        self._show_inspector()
        self.inspector.search.setFocus()
        self.inspector.search.selectAll()

    def _place(self, stored: str) -> None:
        """As the front end was left: size, panel widths, hidden panels; or a good first size."""
        screen = self.screen().availableGeometry().size()
        self.resize(min(1320, screen.width() - 40), min(860, screen.height() - 40))
        parts = stored.split(",")
        numbers = [int(part) for part in parts if part.lstrip("-").isdigit()]
        if len(numbers) == 6 == len(parts):
            self.resize(min(numbers[0], screen.width()), min(numbers[1], screen.height()))
            left, right = numbers[2], numbers[3]
            self.conversations.setVisible(bool(numbers[4]))
            self.inspector.setVisible(bool(numbers[5]))
        else:
            left, right = 236, 380
        self.splitter.setSizes([left, max(330, self.width() - left - right), right])

    def _placement(self) -> str:
        sizes = self.splitter.sizes()
        shown = not self.conversations.isHidden() or self._made_room
        return ",".join(
            str(int(number))
            for number in (
                self.width(),
                self.height(),
                sizes[0] or 236,
                sizes[2] or 380,
                shown,
                not self.inspector.isHidden(),
            )
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        if narrow and not self.inspector.isHidden() and not self.conversations.isHidden():
            self.conversations.hide()
            self._made_room = True
        elif not narrow and self._made_room:
            self.conversations.show()
            self._made_room = False

    # --- models dropped, and the end -------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_model(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if path := _dropped_model(event):
            event.acceptProposedAction()
            self.session.open_model(path)

    def come_to_front(self) -> None:
        """Another start of the same profile asked for this window."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        last = self.session.last_request(window=self._placement())
        self.hide()  # the core may need a moment to end cleanly; nobody has to watch
        self.closing.emit()
        self.bridge.close(last)
        if self.highlighter:
            self.highlighter.close()
        super().closeEvent(event)


def _dropped_model(event: QDropEvent) -> str:
    for url in event.mimeData().urls():
        if url.isLocalFile() and url.toLocalFile().lower().endswith(".gguf"):
            return url.toLocalFile()
    return ""
