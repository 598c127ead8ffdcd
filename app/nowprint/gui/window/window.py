"""The main window: builds its three panels and connects their signals.

It builds at once what the first paint needs. All else (menus, icons, the inside of the inspector, the
core) comes in small steps after that paint, so that the window appears at once and the event loop
never stands still.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout

from nowprint.gui.chat.chat import Chat
from nowprint.gui.chat.chat_header import ChatHeader
from nowprint.gui.chat.composer import Composer
from nowprint.gui.chat.drafts import Drafts
from nowprint.gui.chat.first_model import FirstModel
from nowprint.gui.chat.import_progress import ImportProgress
from nowprint.gui.chat.listed import Listed
from nowprint.gui.chat.queue.message_queue import MessageQueue
from nowprint.gui.chat.transcript import Transcript
from nowprint.gui.core.bridge import Bridge, ClientFactory
from nowprint.gui.core.session import CoreSession
from nowprint.gui.personas.personas import Personas
from nowprint.gui.sidebar.projects import Projects
from nowprint.gui.widgets.tab_order import ReadingOrderWindow
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.window.dialog_openers import DialogOpeners
from nowprint.gui.window.file_drops import dropped, kind_of, open_file
from nowprint.gui.window.first_paint import FirstPaint
from nowprint.gui.window.geometry import geometry, restore
from nowprint.gui.window.influence_requests import InfluenceRequests
from nowprint.gui.window.panels import Panels
from nowprint.gui.window.parts import Parts
from nowprint.gui.window.preloading import DIALOGS, INSIDES, import_steps
from nowprint.gui.window.status_bar import StatusBar
from nowprint.settings import Profile, load_settings

if TYPE_CHECKING:
    from nowprint.events import Stored
    from nowprint.gui.chat.reading.code_block import Highlighter
    from nowprint.gui.chat.reading.formulas import Formulas
    from nowprint.inspection import Project
    from nowprint.records import Message, ModelInfo

LONG_ANSWER = 5000
"""ms after which the end of an answer is worth a call if another window is in front."""


class MainWindow(ReadingOrderWindow):
    painted = Signal(float)
    """The first paint is on the screen; with its ``time.monotonic()``."""
    built = Signal()
    """All that is built after the first paint is there, too."""
    modelReady = Signal(object)
    turnStarted = Signal()
    turnFinished = Signal(object)
    """Answer, or the UserError that the turn ended with."""
    stored = Signal(object)
    conversationShown = Signal()
    coreDied = Signal()
    closing = Signal()
    """The window is gone from the screen; its core may still need a moment to end."""

    def __init__(
        self, profile: Profile, client_factory: ClientFactory, model: str | None = None
    ) -> None:
        super().__init__()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.profile = profile
        settings = load_settings(profile)
        self.theme = Theme(app, settings.theme, settings.text_size)
        self.theme.setParent(self)
        self.bridge = Bridge(profile, client_factory, self)
        self.session = CoreSession(self.bridge, settings, model)
        self.highlighter: Highlighter | None = None
        self.formulas: Formulas | None = None
        self._answering = False  # the core has answered
        self._wanted_file = ""
        self._gone = False
        self._turn_began = QElapsedTimer()
        self._turn_began.start()
        self.setWindowTitle("Nowprint")
        self.setAcceptDrops(True)
        self.setMinimumSize(640, 420)
        self._build()
        self.chat = Chat(self.session, self.transcript, self.composer, self.conversations)
        Listed(self.chat)
        self.drafts = Drafts(profile, self.chat)
        self.queue = MessageQueue(self.chat, self.drafts)
        self.projects = Projects(self.theme, self.bridge, self)
        self.parts = Parts(
            self,
            profile,
            self.theme,
            self.session,
            self.panels,
            self.chat,
            self.projects,
            self.import_progress,
            self.notice,
            Personas(self.session),
        )
        self.dialogs = DialogOpeners(self.parts)
        self._connect()
        restore(self, self.panels, settings.window)
        self.composer.block(self.session.reason)
        self.composer.input.setFocus()
        paint = FirstPaint(self)
        paint.painted.connect(self._after_paint)

    # --- building --------------------------------------------------------------------------

    def _build(self) -> None:
        theme = self.theme
        self.panels = Panels(theme, self.bridge, self)
        self.conversations, self.inspector = self.panels.conversations, self.panels.inspector
        self.notice = self.panels.notice
        centre = self.panels.centre
        self.transcript = Transcript(theme, centre)
        self.composer = Composer(theme, centre)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.header = ChatHeader(
            theme, self.panels.toggle_conversations, self.panels.toggle_inspector, centre
        )
        self.title = self.header.title
        self.import_progress = ImportProgress(self.bridge, centre)
        column.addWidget(self.header)
        self.panels.notices.addWidget(self.import_progress)
        column.addLayout(self.panels.notices)
        column.addWidget(self.transcript, 1)
        column.addWidget(self.composer)
        self.setCentralWidget(self.panels)
        self.status = StatusBar(theme, self)
        self.setStatusBar(self.status)
        self.status.show_memory(self.session.settings.memory)
        self.menuBar().setNativeMenuBar(True)
        self.menuBar().addMenu("&File")  # gives the bar its final height: nothing jumps

    def _connect(self) -> None:
        session, chat = self.session, self.chat
        session.changed.connect(self._on_session)
        session.model_ready.connect(self._on_model)
        session.said.connect(self.notice.say)
        session.silenced.connect(self.notice.silence)
        session.progress.connect(self.status.show_progress)
        session.download.connect(self.status.show_download)
        InfluenceRequests(chat, self.inspector)
        self.first_model = FirstModel(session, chat, self.transcript)
        session.settings_changed.connect(self._obey_settings)
        session.conversations.connect(lambda _: self._retitle())
        session.retitled.connect(lambda _: self._retitle())
        self.conversations.ordered.connect(lambda order: session.change(chat_order=order))
        session.map_laid_out.connect(self.inspector.map_laid_out)
        session.died.connect(self._on_death)
        self.status.memory_toggled.connect(lambda on: session.change(memory=on))
        self.composer.input.said.connect(self.notice.say)
        self.composer.memory.switched.connect(lambda on: session.change(memory=on))
        chat.opened.connect(self._retitle)
        chat.opened.connect(self.panels.leave_full_width)
        chat.opened.connect(lambda: self.status.show_chat(chat.conversation_id))
        chat.started.connect(self.turnStarted)
        chat.started.connect(self._turn_began.restart)
        chat.finished.connect(self._call)
        chat.finished.connect(self.turnFinished)
        chat.stored.connect(self._on_stored)
        chat.shown.connect(self.conversationShown)
        chat.figures.connect(lambda told: self.status.show_figures(told, chat.turn.conversation_id))
        chat.deleted.connect(self.inspector.refresh)
        self.inspector.undo.offered.connect(lambda *_: self.drafts.leave_disk())
        chat.requests.changed.connect(lambda _: self.projects.refresh())
        self.projects.changed.connect(self._on_projects)
        self.projects.moved.connect(chat.requests.move)
        self.projects.deleted.connect(session.refresh_conversations)
        self.projects.deleted.connect(self.inspector.refresh)
        self.conversations.project_renamed.connect(self.projects.rename)
        self.conversations.project_deleted.connect(self.projects.ask_delete)
        self.conversations.context.connect(self._show_context)
        self.header.project.clicked.connect(lambda _: self._show_targets())
        self.transcript.memories.connect(self.show_memories)
        self.transcript.remember.connect(self._remember)
        self.inspector.source.connect(chat.go_to)
        self.inspector.said.connect(self.notice.say)
        session.conversations.connect(self._first_list)
        self.theme.changed.connect(self._decorate)

    def _after_paint(self, at: float) -> None:
        self.painted.emit(at)
        self._do_in_turn(
            self._build_menus,
            self.conversations.build_rows,
            self._decorate,
            self._show_icon,
            lambda: self.bridge.warm_up(self._begin),
        )

    def _show_icon(self) -> None:
        from nowprint.gui.widgets.icons import show_application_icon

        show_application_icon()

    def _grow_older(self) -> None:
        """Paint the ages in the lists ("5 min ago") again."""
        self.conversations.list.viewport().update()
        self.inspector.list.viewport().update()

    def _do_in_turn(self, *steps: Callable[[], object]) -> None:
        """Run each step in its own turn of the event loop."""

        def step() -> None:
            if not self._gone:
                steps[0]()
                self._do_in_turn(*steps[1:])

        if steps:
            QTimer.singleShot(1, self, step)  # a timer of 0 ms may fire in the same turn

    def load_dialogs(self) -> None:
        """Import the dialogs, so that each opens as fast the first time as later."""
        self._do_in_turn(*import_steps(DIALOGS))

    def _begin(self, _: object) -> None:
        """Build the rest; the bridge has loaded the modules that requests and Markdown need."""
        self._do_in_turn(
            *import_steps(INSIDES),
            self._build_highlighter,
            self.inspector.build_query,
            self.inspector.build_views,
            self.inspector.place_views,
            self.inspector.decorate,
            self.inspector.build_detail,
            self.inspector.place_detail,
            self.inspector.decorate_detail,
            self.inspector.build_editors,
            self.session.begin,
            self._end_building,
        )

    def _build_highlighter(self) -> None:
        from nowprint.gui.chat.reading.code_block import Highlighter
        from nowprint.gui.chat.reading.formulas import Formulas

        self.highlighter = Highlighter(self)
        self.formulas = Formulas(self)
        self.transcript.use(self.highlighter, self.formulas)

    def _end_building(self) -> None:
        self.highlighter.warm_up()
        minute = QTimer(self, interval=60_000)
        minute.timeout.connect(self._grow_older)
        minute.start()
        self.built.emit()

    def _build_menus(self) -> None:
        from nowprint.gui.window.menus import build_menus
        from nowprint.gui.window.model_menu import ModelMenu
        from nowprint.gui.window.who_answers import WhoAnswers

        self.composer.memory.build()
        self.who_answers = WhoAnswers(self.parts, self.dialogs, self.header)
        self.menus = build_menus(self.parts, self.dialogs, self.who_answers)
        self.model_menu = ModelMenu(self.parts, self.dialogs, self.header.model)

    def _show_context(self, at: QPoint) -> None:
        from nowprint.gui.window.menus import conversation_menu

        conversation_menu(self.parts, self.dialogs).popup(at)

    def _show_targets(self) -> None:
        from nowprint.gui.window.menus import passing_menu

        menu = passing_menu(self)
        id = self.chat.conversation_id
        self.projects.fill(menu, () if id is None else (id,), {self.chat.project})
        menu.popup(self.header.project.mapToGlobal(QPoint(0, self.header.project.height())))

    def _decorate(self) -> None:
        self.header.decorate()
        self.conversations.decorate()
        self.composer.decorate()
        self.inspector.decorate()

    # --- what happens ----------------------------------------------------------------------

    def _on_model(self, model: ModelInfo) -> None:
        self.status.show_model(model)
        self.header.show_model(model.name)
        self.import_progress.refresh()  # a restarted core goes on with the replays
        self.modelReady.emit(model)

    def _on_session(self) -> None:
        if self.session.reason and not self.session.loading:
            self.status.show_model(None)
            self.header.show_model("")

    def _first_list(self, _: tuple[object, ...]) -> None:
        """The core has sent the first list of conversations: now it can also serve the inspector."""
        self.session.conversations.disconnect(self._first_list)
        self.inspector.refresh()
        self.projects.refresh()
        self.parts.personas.refresh()
        self.import_progress.refresh()
        self.load_dialogs()
        self._answering = True
        if self._wanted_file:
            open_file(self.session, self.dialogs, self._wanted_file)

    def _on_death(self) -> None:
        self.status.clear_progress()
        self.status.model.setText("Restarting…")
        self._retitle()
        self.coreDied.emit()

    def _on_stored(self, stored: Stored) -> None:
        self.inspector.refresh()
        self.stored.emit(stored)

    def _call(self) -> None:
        """Ask for attention, as the desktop does it, if an answer ends that the user may have left alone."""
        if self._turn_began.elapsed() >= LONG_ANSWER and not self.isActiveWindow():
            QApplication.alert(self)

    def _on_projects(self, projects: tuple[Project, ...]) -> None:
        self.conversations.show_projects(projects)
        self._retitle()

    def _obey_settings(self) -> None:
        settings = self.session.settings
        self.status.show_memory(settings.memory)
        self.conversations.sort(settings.chat_order)
        if settings.text_size != self.theme.text_size:
            self.theme.resize_text(settings.text_size)
        if settings.theme != self.theme.choice:
            self.theme.choose(settings.theme)

    def _retitle(self) -> None:
        title = self.chat.title()
        self.header.show_title(title, self.projects.name(self.chat.project))
        self.setWindowTitle(f"{title} · Nowprint" if title != "New chat" else "Nowprint")

    def _remember(self, message: Message, text: str) -> None:
        self.inspector.show()
        self.inspector.remember_from(message, text)

    def show_memories(self, ids: tuple[int, ...], answer_id: int | None = None) -> None:
        """Open these episodes in the inspector, with their influence on an answer."""
        self.inspector.show()
        self.inspector.show_only(ids, answer_id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.panels.fit(event.size().width())

    # --- files dropped, and the end ---------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if path := dropped(event):
            event.acceptProposedAction()
            open_file(self.session, self.dialogs, path)

    def open_file(self, path: str) -> None:
        """Open a file that the system, the command line or a second start names: a model at once, so that
        the core loads no other first; memories once the core answers."""
        self.come_to_front()
        if self._answering or kind_of(path) == "model":
            open_file(self.session, self.dialogs, path)
        else:
            self._wanted_file = path

    def come_to_front(self) -> None:
        """Show the window before all others: a second start asked for it, or a file is opened."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        last = self.session.last_request(window=geometry(self, self.panels))
        self._gone = True
        self.hide()  # the core may need a moment to end; the user needn't watch that
        self.closing.emit()
        self.drafts.close()
        self.bridge.close(last)
        if self.highlighter:
            self.highlighter.close()
            self.formulas.close()
        super().closeEvent(event)
