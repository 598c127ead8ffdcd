"""One episode: its text, what can be done with it, where it came from and why it was kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.core.memory_requests import MemoryRequests
from nowprint.gui.inspector.episode.episode_facts import Aside, Change, Doubt, Figures
from nowprint.gui.inspector.episode.episode_history import History
from nowprint.gui.inspector.episode.scope import Scope
from nowprint.gui.inspector.episode.times_line import TimesLine
from nowprint.gui.inspector.episode.which_holds import WhichHolds
from nowprint.gui.inspector.episode.why_view import WhyView
from nowprint.gui.widgets.buttons import Line, button, quiet, section, set_icon
from nowprint.gui.widgets.flow_layout import FlowLayout
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.text_editor import TextEditor
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import ago, count, moment, shortened
from nowprint.language.sentences import cut_places

if TYPE_CHECKING:
    from nowprint.inspection import Import
    from nowprint.records import Episode, EpisodeDetail

MOST_ANSWERS = 5


class EpisodeView(QScrollArea):
    settled = Signal()
    open = Signal(int)
    closed = Signal()
    source = Signal(int, int, int, int)

    def __init__(self, theme: Theme, bridge: Bridge, requests: MemoryRequests) -> None:
        super().__init__()
        self._theme = theme
        self._bridge = bridge
        self._requests = requests
        self._detail: EpisodeDetail | None = None
        self._linked: tuple[Episode | None, ...] = ()
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
        self._archived = quiet("archived", "episode.archived")
        row.addWidget(self._kind)
        row.addWidget(self._archived)
        row.addStretch()
        for part in (self._earlier, self._later, self._close):
            part.setProperty("dense", True)
            row.addWidget(part)
        self._column.addLayout(row)

    def _build_text(self) -> None:
        requests = self._requests
        self._text = QLabel()
        self._text.setObjectName("episode.text")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
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
            "Forget…",
            "outlined",
            lambda: requests.forget(self._ids),
            name="episode.forget",
            about="Shows first what would be forgotten",
        )
        self._not_worth = button(
            "Not worth keeping",
            "outlined",
            lambda: requests.not_worth(self._ids),
            name="episode.not_worth",
            about="Forget this memory, and teach Nowprint not to keep such things",
        )
        self._archive = button("Archive", "outlined", self._toggle_archive, name="episode.archive")
        self._divide = button(
            "Split…",
            "outlined",
            self._do_split,
            name="episode.split",
            about="Split it into several memories",
        )
        self._scope = Scope(self._bridge, self)
        self._scope.move_to.connect(lambda id, project: requests.move((id,), project))
        self._actions = QWidget()
        row = FlowLayout(self._actions)
        for part in (
            self._pin, self._edit, self._divide, self._scope.button, self._archive, self._forget,
            self._not_worth,
        ):  # fmt: skip
            part.setProperty("dense", True)
            row.addWidget(part)
        self.doubt = Doubt()
        self.doubt.confirmed.connect(lambda: requests.confirm(self._ids))
        self._contradicted = Change("episode.contradicted", self.open.emit)
        self.which_holds = WhichHolds(self._bridge)
        self.which_holds.settled.connect(self.settled)
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
            self._contradicted,
            self.which_holds,
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

    @property
    def _ids(self) -> tuple[int, ...]:
        return (self._detail.episode.id,) if self._detail else ()

    def show_detail(
        self,
        detail: EpisodeDetail,
        older: Episode | None = None,
        newer: Episode | None = None,
        contradicted: Episode | None = None,
    ) -> None:
        """``older`` is the episode that this one changed, ``newer`` the one that changed it since,
        ``contradicted`` the one for whose sake it is held back."""
        same = self._detail is not None and self._detail.episode.id == detail.episode.id
        self._detail, self._linked = detail, (older, newer, contradicted)
        episode = detail.episode
        self._kind.setText(episode.kind if episode.origin is None else "imported")
        self._text.setText(show_invisible(episode.text))
        self._gist.setText(f"Gist: {show_invisible(episode.gist)}")
        self._gist.setVisible(bool(episode.gist) and episode.gist.strip() != episode.text.strip())
        self._show_pin(episode.pinned)
        self._show_archived(archived=episode.archived)
        self.doubt.show_episode(episode, contradicted)
        self._contradicted.show_episode(
            contradicted, "It contradicts this one, {ago}", "Open the memory that it contradicts"
        )
        self._scope.show_episode(episode)
        self.which_holds.show_episode(episode)
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
        self._tell_import(detail)
        self._show_answers(detail)
        self.history.show_detail(detail)
        if not same:
            self.verticalScrollBar().setValue(0)

    def decorate(self) -> None:
        self._text.setFont(self._theme.font(1.1))
        set_icon(self._earlier, self._theme, "back")
        set_icon(self._later, self._theme, "forward")
        set_icon(self._close, self._theme, "close")
        set_icon(self._pin, self._theme, "pin", "text")
        set_icon(self._edit, self._theme, "edit", "text")
        set_icon(self._divide, self._theme, "split", "text")
        set_icon(self._scope.button, self._theme, "folder", "text")
        set_icon(self._forget, self._theme, "forget", "danger")
        set_icon(self._not_worth, self._theme, "not_worth", "text")

    def begin_edit(self) -> None:
        if self._detail:
            # Focus moves first: hiding what has it would give it to what comes next, and scroll there.
            self.editor.begin(self._detail.episode.text)
            self._text.hide()
            self._actions.hide()
            self._column.activate()
            self.ensureWidgetVisible(self.editor)

    def end_edit(self) -> None:
        self._text.show()
        self._actions.show()
        if self.editor.isAncestorOf(self.window().focusWidget() or self):
            self._edit.setFocus()
        self.editor.hide()

    def _save(self, text: str) -> None:
        if self._detail and text and text != self._detail.episode.text:
            self._requests.edit(self._detail.episode.id, text)
        else:
            self.end_edit()

    def _toggle_pin(self) -> None:
        self._show_pin(self._pin.isChecked())
        self._requests.pin(self._ids, self._pin.isChecked())

    def _show_pin(self, pinned: bool) -> None:
        self._pin.setChecked(pinned)
        self._pin.setText("Pinned" if pinned else "Pin")
        self._pin.setAccessibleName(self._pin.text())
        ink = ("pinned", "accent_text") if pinned else ("pin", "text")
        set_icon(self._pin, self._theme, *ink)

    def _toggle_archive(self) -> None:
        if self._detail:
            self._requests.archive(self._ids, not self._detail.episode.archived)

    def _show_archived(self, *, archived: bool) -> None:
        self._archived.setVisible(archived)
        self._archive.setText("Bring back" if archived else "Archive")
        set_icon(self._archive, self._theme, "bring_back" if archived else "archive", "text")
        about = (
            "From the archive: recall it again"
            if archived
            else "Recall it no longer; a search still finds it"
        )
        self._archive.setToolTip(about)
        self._archive.setAccessibleName(self._archive.text())
        self._archive.setAccessibleDescription(about)

    def _do_split(self) -> None:
        from nowprint.gui.inspector.episode.split_dialog import SplitDialog

        if self._detail:
            id = self._detail.episode.id
            SplitDialog(
                self._theme,
                self._detail.episode,
                lambda at: self._requests.split(id, at),
                self.window(),
            ).open()

    def _tell_import(self, detail: EpisodeDetail) -> None:
        from nowprint.service.requests.memory import ListImports

        def told(imports: tuple[Import, ...]) -> None:
            if self._detail is detail:
                for one in imports:
                    if one.id == detail.episode.origin:
                        self.why.show_import(one)

        if detail.episode.origin is not None:
            self._bridge.call(ListImports(), told)

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
            line = shortened(answer.text[:400].replace("*", "").replace("`", ""), 120)
            go = partial(self.source.emit, answer.conversation_id, answer.id, 0, 0)
            text, about = f"{ago(answer.created)}: {line}", "Go to this answer"
            self._answers.addWidget(Line(text, "link", go, name="episode.answer", about=about))
        self._answers_title.setVisible(bool(detail.answers))

    def _restyle(self) -> None:
        self.decorate()
        if self._detail:
            self.show_detail(self._detail, *self._linked)
