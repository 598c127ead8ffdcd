"""The search over everything (Ctrl+K): one field over chats, messages, memories, models and commands.

While the user types, the field keeps the focus, and the arrow keys go through what was found. What the window
itself knows (titles, models, commands) is there at once; messages and memories come from the core, and
replies to what was typed before are dropped. The filters are for what has a time, a project or a model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.dialogs.search_results import Found, Group, ResultDelegate, ResultModel
from nowprint.gui.widgets.buttons import Choice, quiet
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import ago, day, moment, since_days

if TYPE_CHECKING:
    from nowprint.inspection import MessageHit, Project
    from nowprint.language.finding import WordSearch
    from nowprint.people_records import PlainFact
    from nowprint.records import EpisodePage

WIDE, HIGH = 720, 560
PAUSE = 60
"""ms after the last key before the core is asked."""
MESSAGES, MEMORIES = 20, 6
"""The most that are shown."""
SINCE = (("Any time", None), ("Today", 0), ("The last 7 days", 6), ("The last 30 days", 29),
         ("The last 12 months", 364))  # fmt: skip
STATED = "What you told"
"""The group of the facts that answer the question in the field."""
CLOSES = "Escape closes"
KEYS = f"Up and Down choose · Enter opens · {CLOSES}"
NOTHING = "Nothing found"
FILTERED = "Nothing found that passes the filters"
_STEPS = {
    Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8,
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What is searched for: the text and the filters, as FindMessages takes them."""

    text: str = ""
    since: float | None = None
    project: int | None = None
    model: str = ""

    @property
    def filtered(self) -> bool:
        return self.since is not None or self.project is not None or bool(self.model)


@dataclass(frozen=True)
class Sources:
    """What the window knows, and what it does with a result."""

    chats: Callable[[WordSearch, Wanted], list[Found]]
    others: Callable[[WordSearch], list[Group]]
    """Models and commands."""
    title: Callable[[int], str]
    open_message: Callable[[MessageHit], object]
    open_memory: Callable[[int], object]


class SearchDialog(QDialog):
    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        sources: Sources,
        projects: Sequence[Project],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("search.dialog")
        self.setWindowTitle("Search")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._bridge, self._sources = bridge, sources
        self._asked = 0  # counts searches: the replies to earlier ones are dropped
        self._core: dict[str, list[Found]] = {}
        self._waiting: set[str] = set()
        self.field = QLineEdit()
        self.field.setObjectName("search.field")
        self.field.setPlaceholderText("Search chats, messages, memories, models and commands")
        self.field.setAccessibleName("Search everything")
        self.field.setClearButtonEnabled(True)
        self.field.installEventFilter(self)
        self.since = self._choice(theme, "search.since", "When", SINCE)
        named = [("All projects", None), ("No project", 0), *((p.name, p.id) for p in projects)]
        self.project = self._choice(theme, "search.project", "Project", named)
        self.project.setVisible(bool(projects))
        self.model = self._choice(theme, "search.model", "Answered by", [("Any model", "")])
        self.results = ResultModel(self)
        self.list = QListView()
        self.list.setObjectName("search.results")
        self.list.setAccessibleName("What was found")
        self.list.setModel(self.results)
        self.list.setItemDelegate(ResultDelegate(theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.clicked.connect(self._act)
        self.nothing = quiet(NOTHING, "search.nothing")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self._shown = QStackedWidget()
        self._shown.addWidget(self.list)
        self._shown.addWidget(self.nothing)
        self.told = quiet(KEYS, "search.told")
        filters = QHBoxLayout()
        filters.setSpacing(8)
        for part in (self.since, self.project, self.model):
            filters.addWidget(part)
        filters.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(10)
        column.addWidget(self.field)
        column.addLayout(filters)
        column.addWidget(self._shown, 1)
        column.addWidget(self.told)
        room = self.screen().availableGeometry()
        self.setMinimumSize(min(360, room.width()), min(260, room.height()))
        self.resize(min(WIDE, room.width() - 40), min(HIGH, room.height() - 60))
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._ask)
        self.field.textChanged.connect(lambda _: self._search())
        self._list_models()
        self._search()
        self.field.setFocus()

    def _choice(
        self, theme: Theme, name: str, words: str, entries: Sequence[tuple[str, Any]]
    ) -> Choice:
        made = Choice(theme)
        made.setObjectName(name)
        made.setAccessibleName(words)
        made.setToolTip(words)
        for text, value in entries:
            made.addItem(text, value)
        made.currentIndexChanged.connect(lambda _: self._search())
        return made

    def _list_models(self) -> None:
        from nowprint.service.requests.search import ListAnsweringModels

        def listed(names: tuple[str, ...]) -> None:
            if isValid(self):
                for name in names:
                    self.model.addItem(name, name)

        self._bridge.call(ListAnsweringModels(), listed, lambda _: None)

    # --- searching -------------------------------------------------------------------------

    @property
    def wanted(self) -> Wanted:
        days = self.since.currentData()
        return Wanted(
            self.field.text(),
            None if days is None else since_days(days),
            self.project.currentData(),
            self.model.currentData(),
        )

    def refresh(self) -> None:
        """The window knows more now: show it."""
        self._show()

    def _search(self) -> None:
        self._asked += 1
        if self.wanted.text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self._core.clear()
            self._waiting.clear()
        self._show(first=True)

    def _ask(self) -> None:
        from nowprint.inspection import EpisodeFilter
        from nowprint.service.requests.memory import FindEpisodes
        from nowprint.service.requests.people import AskFacts
        from nowprint.service.requests.search import FindMessages

        wanted = self.wanted
        self._waiting = {"Messages", STATED}
        self._call(STATED, AskFacts(wanted.text), self._facts)
        self._call(
            "Messages",
            FindMessages(wanted.text, wanted.since, None, wanted.project, wanted.model, MESSAGES),
            lambda hits: [self._message(hit) for hit in hits],
        )
        if wanted.model:
            self._core.pop("Memories", None)
        else:
            self._waiting.add("Memories")
            filter = EpisodeFilter(wanted.text, kept_since=wanted.since, project=wanted.project)
            self._call("Memories", FindEpisodes(filter, limit=MEMORIES), self._memories)

    def _call(self, group: str, request: Any, rows: Callable[[Any], list[Found]]) -> None:
        asked = self._asked

        def answered(reply: Any) -> None:
            if isValid(self) and asked == self._asked:
                self._waiting.discard(group)
                self._core[group] = rows(reply) if reply is not None else []
                self._show()

        self._bridge.call(request, answered, lambda _: answered(None))

    def _message(self, hit: MessageHit) -> Found:
        who = "You" if hit.role == "user" else hit.model or "Answer"
        title = self._sources.title(hit.conversation_id)
        return Found(
            hit.excerpt,
            lambda: self._sources.open_message(hit),
            below=f"{who} · {title} · {moment(hit.created)}",
            marks=hit.marks,
        )

    def _facts(self, facts: tuple[PlainFact, ...]) -> list[Found]:
        return [
            Found(
                show_invisible(fact.value),
                partial(self._sources.open_memory, fact.episode_id),
                note=show_invisible(f"{fact.whose} · {fact.kind}"),
                below=f"{day(fact.told)}: “{show_invisible(fact.sentence)}”",
            )
            for fact in facts
        ]

    def _memories(self, page: EpisodePage) -> list[Found]:
        from nowprint.language.finding import WordSearch, excerpt

        search = WordSearch(self.wanted.text)
        rows: list[Found] = []
        for one in page.episodes:
            line, marks = excerpt(one.text, search.places(one.text))
            act = partial(self._sources.open_memory, one.id)
            kept = ago(one.created)
            note = f"archived · {kept}" if one.archived else kept
            rows.append(Found(line, act, note=note, marks=marks))
        return rows

    # --- showing ---------------------------------------------------------------------------

    def _show(self, *, first: bool = False) -> None:
        """Show all that is known. The chosen row stays, unless with ``first`` it is to be the first one."""
        from nowprint.language.finding import WordSearch

        wanted = self.wanted
        search = WordSearch(wanted.text)
        chosen = (
            None if first else self.results.data(self.list.currentIndex(), Qt.ItemDataRole.UserRole)
        )
        chats = [] if wanted.model else self._sources.chats(search, wanted)
        groups: list[Group] = [
            (STATED, () if wanted.filtered else self._core.get(STATED, ())),
            ("Chats" if wanted.text.strip() else "Recent chats", chats),
            *((group, self._core.get(group, ())) for group in ("Messages", "Memories")),
            *([] if wanted.filtered else self._sources.others(search)),
        ]
        self.results.show(groups)
        key = (chosen.text, chosen.below) if isinstance(chosen, Found) else None
        row = next(
            (
                n
                for n, one in enumerate(self.results.rows)
                if isinstance(one, Found) and (one.text, one.below) == key
            ),
            self.results.next(0, 1),
        )
        self.list.setCurrentIndex(self.results.index(row))
        busy = self._waiting or self._pause.isActive()
        nothing = not self.results.rows and not busy
        if nothing:
            self.nothing.setText(FILTERED if wanted.filtered else NOTHING)
        if nothing != (self._shown.currentWidget() is self.nothing):
            self._shown.setCurrentWidget(self.nothing if nothing else self.list)
            self.told.setText(CLOSES if nothing else KEYS)
            announce(self, self.nothing.text() if nothing else KEYS)

    def _step(self, by: int) -> None:
        last = len(self.results.rows) - 1
        row = min(max(self.list.currentIndex().row() + by, 0), last)
        one = 1 if by > 0 else -1
        found = self.results.next(row, one)
        if found < 0:
            found = self.results.next(row, -one)
        if found >= 0:
            self.list.setCurrentIndex(self.results.index(found))
            self.list.scrollTo(self.results.index(0 if found == 1 else found))
            announce(self, self.results.data(self.results.index(found)))

    def _act(self, index: QModelIndex) -> None:
        row = self.results.rows[index.row()] if index.isValid() else None
        if isinstance(row, Found):
            self.accept()
            QTimer.singleShot(0, self.parent(), row.act)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the field, the arrow keys go through the list, and Enter opens the chosen row."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in _STEPS:
                self._step(_STEPS[key])
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._act(self.list.currentIndex())
                return True
        return super().eventFilter(watched, event)
