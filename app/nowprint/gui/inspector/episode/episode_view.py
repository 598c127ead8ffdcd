"""One episode: its text, what can be done with it, where it came from and why it was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.inspector.episode.episode_facts import Aside, Change, Doubt, Figures
from nowprint.gui.inspector.episode.episode_history import History
from nowprint.gui.inspector.episode.times_line import TimesLine
from nowprint.gui.inspector.episode.why_view import WhyView
from nowprint.gui.inspector.search.bulk_actions import choose_project
from nowprint.gui.widgets.buttons import button, quiet, section, set_icon
from nowprint.gui.widgets.flow_layout import FlowLayout
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.text_editor import TextEditor
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import ago, count, moment
from nowprint.language.sentences import cut_places

if TYPE_CHECKING:
    from nowprint.inspection import Project
    from nowprint.records import Episode, EpisodeDetail

MOST_ANSWERS = 5


class EpisodeView(QScrollArea):
    pin = Signal(int, bool)
    edit = Signal(int, str)
    forget = Signal(int, bool)
    """Forget this episode; True to show first what would go."""
    split = Signal(int, tuple)
    move_to = Signal(int, object)
    """Recall this episode only in the project with this id, or (None) everywhere."""
    confirm = Signal(int)
    not_worth = Signal(int)
    open = Signal(int)
    closed = Signal()
    source = Signal(int, int, int, int)

    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bridge = bridge
        self._detail: EpisodeDetail | None = None
        self._linked: tuple[Episode | None, Episode | None] = (None, None)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("episode")
        inner = QWidget()
        inner.setObjectName("rightPanel")
        inner.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(16, 12, 16, 16)
        self._column.setSpacing(9)
        self._build_head()
        self._build_text()
        self._column.addSpacing(6)
        self._column.addWidget(section("Why it was kept"))
        self.why = WhyView(theme)
        self.why.source.connect(self.source)
        self._column.addWidget(self.why)
        self._build_foot()
        self._column.addStretch()
        self.setWidget(inner)
        theme.changed.connect(self._restyle)

    def _build_head(self) -> None:
        self._kind = QLabel()
        self._kind.setProperty("badge", True)
        self._kind.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._earlier = button(
            "",
            "plain",
            lambda: self._step("previous_id"),
            name="episode.previous",
            label="Previous memory",
            about="The memory before this one from the same conversation",
        )
        self._later = button(
            "",
            "plain",
            lambda: self._step("next_id"),
            name="episode.next",
            label="Next memory",
            about="The memory after this one from the same conversation",
        )
        self._close = button(
            "",
            "plain",
            self.closed.emit,
            name="episode.close",
            label="Close",
            about="Back to the list",
        )
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._kind)
        row.addStretch()
        for part in (self._earlier, self._later, self._close):
            part.setProperty("dense", True)
            row.addWidget(part)
        self._column.addLayout(row)

    def _build_text(self) -> None:
        self._text = QLabel()
        self._text.setObjectName("episode.text")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setFont(self._theme.font(1.1))
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._gist = quiet(name="episode.gist")
        self._gist.setWordWrap(True)
        self._gist.setTextFormat(Qt.TextFormat.PlainText)
        self.editor = TextEditor("episode.editor")
        self.editor.save_button.setObjectName("episode.save")
        self.editor.field.setAccessibleName("Text of the memory")
        self.editor.hide()
        self.editor.saved.connect(self._save)
        self.editor.cancelled.connect(self.end_edit)
        self._pin = button(
            "Pin",
            "outlined",
            self._toggle_pin,
            name="episode.pin",
            about="A pinned memory is given to the model every time (Ctrl+P)",
        )
        self._pin.setCheckable(True)
        self._edit = button(
            "Edit",
            "outlined",
            self.begin_edit,
            name="episode.edit",
            about="Correct the text of this memory",
        )
        self._forget = button(
            "Forget",
            "outlined",
            self._do_forget,
            name="episode.forget",
            about="Forget this memory; you can undo this for one minute. "
            "Hold Shift to see first what would be forgotten",
        )
        self._not_worth = button(
            "Not worth keeping",
            "outlined",
            self._do_not_worth,
            name="episode.not_worth",
            about="Forget this memory, and teach Nowprint not to keep such things",
        )
        self._divide = button(
            "Split…",
            "outlined",
            self._do_split,
            name="episode.split",
            about="Split it into several memories",
        )
        self._scope = button(
            "Everywhere",
            "outlined",
            self._do_move,
            name="episode.scope",
            about="Where it is recalled: everywhere, or only in one project",
        )
        self._actions = QWidget()
        row = FlowLayout(self._actions)
        for part in (
            self._pin, self._edit, self._divide, self._scope, self._forget, self._not_worth,
        ):  # fmt: skip
            part.setProperty("dense", True)
            row.addWidget(part)
        self.doubt = Doubt()
        self.doubt.confirmed.connect(self._do_confirm)
        self._newer = Change("episode.newer", self.open.emit)
        self._older = Change("episode.older", self.open.emit)
        self._figures = Figures()
        self._figures.setAccessibleDescription("What became of this memory")
        self._aside = Aside()
        self._aside.source.connect(self.source)
        self._facts = quiet(name="episode.facts")
        self._facts.setWordWrap(True)
        self._times = TimesLine()
        for piece in (
            self._text,
            self._times,
            self._gist,
            self.editor,
            self.doubt,
            self._actions,
            self._newer,
            self._older,
            self._aside,
            self._figures,
            self._facts,
        ):
            self._column.addWidget(piece)

    def _build_foot(self) -> None:
        self._answers_title = section("Answers it was used for")
        self._column.addSpacing(6)
        self._column.addWidget(self._answers_title)
        self._answers = QVBoxLayout()
        self._answers.setSpacing(0)
        self._column.addLayout(self._answers)
        self.history = History(self._bridge)
        self._column.addWidget(self.history)

    @property
    def episode_id(self) -> int | None:
        return self._detail.episode.id if self._detail else None

    def show_detail(
        self, detail: EpisodeDetail, older: Episode | None = None, newer: Episode | None = None
    ) -> None:
        """``older`` is the episode that this one changed, ``newer`` the one that changed it since."""
        same = self._detail is not None and self._detail.episode.id == detail.episode.id
        self._detail, self._linked = detail, (older, newer)
        episode = detail.episode
        self._kind.setText(episode.kind if episode.origin is None else "imported")
        self._text.setText(show_invisible(episode.text))
        self._gist.setText(f"Gist: {show_invisible(episode.gist)}")
        self._gist.setVisible(bool(episode.gist) and episode.gist.strip() != episode.text.strip())
        self._show_pin(episode.pinned)
        self.doubt.show_episode(episode)
        self._show_scope(episode.project)
        self._divide.setEnabled(bool(cut_places(episode.text)))
        self._earlier.setEnabled(detail.previous_id is not None)
        self._later.setEnabled(detail.next_id is not None)
        self._newer.show_episode(
            newer, "Changed since, {ago}", "Open the newer memory, which is recalled instead"
        )
        self._older.show_episode(
            older, "Before the change, {ago}", "Open the memory that this one changed"
        )
        self._times.show_detail(detail)
        self._aside.show_detail(detail)
        self._figures.show_detail(detail)
        facts = [f"kept {ago(episode.created)}"]
        if episode.last_recalled:
            facts.append(f"last recalled {ago(episode.last_recalled)}")
        if episode.reinforced:
            facts.append(f"mentioned again {count(episode.reinforced, 'time')}")
        if episode.edited:
            facts.append("edited by you")
        self._facts.setText(" · ".join(facts))
        self._facts.setToolTip(moment(episode.created))
        if not same:
            self.end_edit()
        self.why.show_detail(detail)
        self._show_answers(detail)
        self.history.show_detail(detail)
        if not same:
            self.verticalScrollBar().setValue(0)

    def decorate(self) -> None:
        set_icon(self._earlier, self._theme, "back")
        set_icon(self._later, self._theme, "forward")
        set_icon(self._close, self._theme, "close")
        set_icon(self._pin, self._theme, "pin", "text")
        set_icon(self._edit, self._theme, "edit", "text")
        set_icon(self._divide, self._theme, "split", "text")
        set_icon(self._scope, self._theme, "folder", "text")
        set_icon(self._forget, self._theme, "forget", "danger")

    def begin_edit(self) -> None:
        if self._detail:
            self._text.hide()
            self._actions.hide()
            self.editor.begin(self._detail.episode.text)

    def end_edit(self) -> None:
        self.editor.hide()
        self._text.show()
        self._actions.show()

    def _save(self, text: str) -> None:
        if self._detail and text and text != self._detail.episode.text:
            self.edit.emit(self._detail.episode.id, text)
        else:
            self.end_edit()

    def _toggle_pin(self) -> None:
        if self._detail:
            self._show_pin(self._pin.isChecked())
            self.pin.emit(self._detail.episode.id, self._pin.isChecked())

    def _show_pin(self, pinned: bool) -> None:
        self._pin.setChecked(pinned)
        self._pin.setText("Pinned" if pinned else "Pin")
        self._pin.setAccessibleName(self._pin.text())
        ink = ("pinned", "accent_text") if pinned else ("pin", "text")
        set_icon(self._pin, self._theme, *ink)

    def _do_forget(self) -> None:
        if self._detail:
            shift = QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
            self.forget.emit(self._detail.episode.id, bool(shift))

    def _do_not_worth(self) -> None:
        if self._detail:
            self.not_worth.emit(self._detail.episode.id)

    def _do_split(self) -> None:
        from nowprint.gui.inspector.episode.split_dialog import SplitDialog

        if self._detail:
            id = self._detail.episode.id
            SplitDialog(
                self._theme,
                self._detail.episode,
                lambda at: self.split.emit(id, at),
                self.window(),
            ).open()

    def _do_move(self) -> None:
        if self._detail:
            id = self._detail.episode.id
            choose_project(self._scope, self._bridge, lambda to: self.move_to.emit(id, to))

    def _do_confirm(self) -> None:
        if self._detail:
            self.confirm.emit(self._detail.episode.id)

    def _show_scope(self, project: int | None) -> None:
        """Show the project's name; the core is asked for it, since the user may have renamed the project."""
        from nowprint.service.requests.memory import ListProjects

        def name(projects: tuple[Project, ...]) -> None:
            if self._detail and self._detail.episode.project == project:
                found = next((one.name for one in projects if one.id == project), "Everywhere")
                self._name_scope(found)

        if project is None:
            self._name_scope("Everywhere")
        else:
            self._bridge.call(ListProjects(), name)

    def _name_scope(self, name: str) -> None:
        words = f"Only in {name}" if name != "Everywhere" else name
        short = words if len(words) <= 26 else f"{words[:25].rstrip()}…"
        self._scope.setText(short)
        self._scope.setAccessibleName(f"Recalled: {words}")

    def _step(self, field: str) -> None:
        to = getattr(self._detail, field) if self._detail else None
        if to is not None:
            self.open.emit(to)

    def _show_answers(self, detail: EpisodeDetail) -> None:
        while item := self._answers.takeAt(0):
            widget = item.widget()
            widget.hide()
            widget.deleteLater()
        for answer in detail.answers[:MOST_ANSWERS]:
            line = " ".join(answer.text[:80].replace("*", "").replace("`", "").split())[:36]
            link = button(
                f"{ago(answer.created)}: {line}…",
                "link",
                name="episode.answer",
                about="Go to this answer",
            )
            link.clicked.connect(
                lambda _=False, a=answer: self.source.emit(a.conversation_id, a.id, 0, 0)
            )
            link.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self._answers.addWidget(link)
        self._answers_title.setVisible(bool(detail.answers))

    def _restyle(self) -> None:
        self.decorate()
        if self._detail:
            self.show_detail(self._detail, *self._linked)
