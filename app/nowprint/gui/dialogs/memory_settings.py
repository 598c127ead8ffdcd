"""The memory's settings, in words: how much is kept, how it is recalled, and what it has learned.

A preview shows what a setting would have kept of everything that was said so far: the core runs the
detector again over the stored traces, without the model, and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.core.session import CoreSession
from nowprint.gui.dialogs.capture_preview import CapturePreview, difference, kept_before, table
from nowprint.gui.dialogs.nights.sleep_settings import TITLE, SleepSettings
from nowprint.gui.widgets.bars import BEGINNING, Bar, Bars, signed
from nowprint.gui.widgets.buttons import Check, Choice, button, quiet
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.step_slider import StepSlider
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count

if TYPE_CHECKING:
    from nowprint.records import HeadState, HeadWeight, Preview

STOPS = (
    (0.0, "Nothing", "Only what you ask it to remember."),
    (0.1, "Very little", "At most a tenth of what you say: only what stands out most."),
    (0.25, "Little", "At most a quarter of what you say: only what stands out most."),
    (0.5, "Half", "At most half of what you say: only what stands out most."),
    (0.75, "Usual", "Whatever is worth keeping: facts about you, plans, names, changes."),
    (0.9, "More", "Also what may be worth keeping."),
    (1.0, "All", "Everything you say, small talk included."),
)
"""Stops of the slider: the share that may be kept (``Settings.keep``), its name, and what it means."""
BRINGING = (
    (
        0.07,
        "often",
        "Finds more of what you ask in other words than you told it, and brings back more that isn't needed.",
    ),
    (0.12, "usually", "Finds about half of what you ask in other words than you told it."),
    (
        0.4,
        "only when sure",
        "Brings back little that isn't needed, but finds mostly what you ask in the words you told it in.",
    ),
)
"""From which probability on a memory comes back (``Settings.recall_from``), its name, and what it means."""
PAUSES = (0, 200, 400, 1000, 2000)
"""Times before an answer that the user can choose from, in ms; the third is the default."""
USUAL_PAUSE = 400
DELAY = 120
"""ms after the last move of the slider before the dialog asks the core for a preview."""
SHOWN = 60
HIGH = 880
"""Height of the dialog in pixels; on a lower screen its contents scroll."""
LEARNED_SHOWN = 8
LEAST_LEARNED = 0.005


class MemorySettingsDialog(DialogBase):
    """Changes take effect at once; there is nothing to confirm."""

    def __init__(self, theme: Theme, session: CoreSession, parent: QWidget) -> None:
        super().__init__(theme, "Memory settings", "memory.settings", parent, width=600)
        self._session = session
        self._preview: Preview | None = None
        self._before: Preview | None = None  # as it was when the dialog opened
        self._asked = 0  # counts requests: replies to older ones are dropped
        self.area.setObjectName("settings.scroll")
        self._build_keep()
        self._build_recall()
        self._build_learned()
        self.tidying = SleepSettings(theme, session)
        self.add_card(TITLE).addWidget(self.tidying)
        self.column.addStretch()
        self.foot.insertWidget(0, quiet("Changes take effect immediately."))
        self.add_close()
        self.fit(least=HIGH)
        theme.changed.connect(self._restyle)
        self.keep.setFocus()
        self._ask_preview()
        self._ask_head()

    def _card(self, title: str, about: str) -> QVBoxLayout:
        column = self.add_card(title)
        column.addWidget(words(about, "quiet"))
        return column

    # --- what is kept ----------------------------------------------------------------------

    def _build_keep(self) -> None:
        column = self._card(
            "How much is kept",
            "While you chat, what stands out is kept automatically. What you ask it to remember is "
            "always kept.",
        )
        self.share = self._session.settings.keep
        self.keep = StepSlider(self.theme, tuple(name for _, name, _ in STOPS))
        self.keep.setObjectName("settings.keep")
        self.keep.setAccessibleName("How much of what you say is kept")
        shares = [share for share, _, _ in STOPS]
        self.keep.setValue(min(range(len(shares)), key=lambda n: abs(shares[n] - self.share)))
        self.words = QLabel()
        self.words.setObjectName("settings.keep.words")
        self.words.setWordWrap(True)
        self.preview = quiet(" ", "settings.preview")
        self.preview.setWordWrap(True)
        self.passages = QLabel()
        self.passages.setObjectName("settings.passages")
        self.passages.setWordWrap(True)
        self.passages.setTextFormat(Qt.TextFormat.RichText)
        self.passages.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.passages.setMargin(10)
        self.shares = CapturePreview(self.theme)
        self._box = QScrollArea()
        self._box.setObjectName("settings.box")
        self._box.setWidgetResizable(True)
        self._box.setFixedHeight(168)
        self._box.setProperty("boxed", True)
        self._box.setAccessibleName("What would be kept and left out, newest first")
        self._box.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._box.setWidget(self.passages)
        self._delay = QTimer(self, singleShot=True, interval=DELAY)
        self._delay.timeout.connect(self._ask_preview)
        self.keep.valueChanged.connect(self._on_keep)
        self._name_keep()
        for part in (self.keep, self.words, self.preview, self.shares, self._box):
            column.addWidget(part)

    def _on_keep(self, stop: int) -> None:
        self.share = STOPS[stop][0]
        self._name_keep()
        self._session.change(keep=self.share)
        self._delay.start()

    def _name_keep(self) -> None:
        share, name, words = STOPS[self.keep.value()]
        if share != self.share:  # the settings file and the terminal have no stops
            name = f"{self.share:.0%}"
            words = f"At most {name} of what you say (set elsewhere)."
        self.words.setText(words)
        self.keep.setAccessibleDescription(f"{name}: {words}")

    def _ask_preview(self) -> None:
        from nowprint.service.protocol import PreviewKeep

        self._asked += 1
        asked = self._asked

        def told(preview: Preview) -> None:
            if asked == self._asked and not self.closed:
                self._preview = preview
                self._before = self._before or preview
                self._show_preview()

        self._session.bridge.call(PreviewKeep(self.share, SHOWN), told)

    def _show_preview(self) -> None:
        preview = self._preview
        if preview is None:
            return
        said = preview.kept + preview.dropped
        of = f"the {said:,} passages that you have said" if said > 1 else "what you have said"
        self.preview.setText(
            f"Of {of} so far, {preview.kept:,} would be kept{difference(preview, self._before)}:"
        )
        self.shares.show_preview(preview)
        nothing = "Once you have chatted a little, this shows what would be kept of it."
        before = kept_before(self._before)
        self.passages.setText(table(preview.spans, self.theme, before) if said else nothing)

    # --- recall ----------------------------------------------------------------------------

    def _build_recall(self) -> None:
        settings = self._session.settings
        column = self._card(
            "How it is recalled",
            "Memories that are likely to help come back with your message. The model can also weigh which of "
            "them fit it: with more time more of them, but the answer starts later.",
        )
        self.sure = Choice(self.theme)
        self.sure.setObjectName("settings.sure")
        self.sure.setAccessibleName("How sure it must be to bring a memory back")
        chosen = min(BRINGING, key=lambda one: abs(one[0] - settings.recall_from))[0]
        for least, name, _ in BRINGING:
            self.sure.addItem(name, least)
        self.sure.setCurrentIndex(self.sure.findData(chosen))
        self.sure_words = quiet(" ", "settings.sure.words")
        self.sure_words.setWordWrap(True)
        self.sure.currentIndexChanged.connect(self._on_sure)
        self._name_sure()
        self.pause = Choice(self.theme)
        self.pause.setObjectName("settings.resonance")
        self.pause.setAccessibleName("Time for weighing memories before an answer")
        for ms in sorted({*PAUSES, settings.resonance_ms}):
            self.pause.addItem(_seconds(ms), ms)
        self.pause.setCurrentIndex(self.pause.findData(settings.resonance_ms))
        self.pause.currentIndexChanged.connect(
            lambda _: self._session.change(resonance_ms=self.pause.currentData())
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(2, 1)
        fields = ((0, "&Bring memories back", self.sure), (2, "&Weigh memories for", self.pause))
        for row, text, field in fields:
            label = QLabel(text)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.sure_words, 1, 0, 1, 3)
        column.addLayout(grid)
        self.while_writing = Check(self.theme, "Also &look for memories while answering")
        self.while_writing.setObjectName("settings.while_writing")
        self.while_writing.setChecked(settings.resonate_while_writing)
        why = "Off by default: in tests it found hardly more than chance."
        self.while_writing.setAccessibleDescription(why)
        self.while_writing.toggled.connect(
            lambda on: self._session.change(resonate_while_writing=on)
        )
        column.addWidget(self.while_writing)
        note = quiet(why)
        note.setWordWrap(True)
        column.addWidget(note)

    def _on_sure(self) -> None:
        self._name_sure()
        self._session.change(recall_from=self.sure.currentData())

    def _name_sure(self) -> None:
        words = BRINGING[self.sure.currentIndex()][2]
        self.sure_words.setText(words)
        self.sure.setAccessibleDescription(words)

    # --- what it has learned ---------------------------------------------------------------

    def _build_learned(self) -> None:
        column = self._card(
            "What it has learned from you",
            "Each time you pin, remember or forget something, or mark it as not worth keeping, you "
            "change a little what is kept later.",
        )
        self.learned = QLabel(" ")
        self.learned.setObjectName("settings.learned")
        self.learned.setWordWrap(True)
        self._bars = Bars(self.theme)
        self._bars.setObjectName("settings.weights")
        self._bars.hide()
        self.reset = button(
            "Forget what it has learned",
            "outlined",
            self._reset,
            name="settings.reset",
            about="It goes back to judging as it did at first; your memories stay",
        )
        self.reset.setEnabled(False)
        column.addWidget(self.learned)
        column.addWidget(self._bars)
        column.addWidget(self.reset, alignment=Qt.AlignmentFlag.AlignLeft)

    def _ask_head(self) -> None:
        from nowprint.service.protocol import GetHead

        self._session.bridge.call(GetHead(), self._show_head)

    def _reset(self) -> None:
        from nowprint.service.protocol import ResetHead

        def reset(head: HeadState) -> None:
            self._show_head(head)
            if not self.closed:
                self._ask_preview()

        self._session.bridge.call(ResetHead(), reset)

    def _show_head(self, head: HeadState) -> None:
        if self.closed:
            return
        self.reset.setEnabled(head.worth + head.not_worth > 0)
        moved = sorted(head.weights, key=lambda weight: -abs(_change(weight)))[:LEARNED_SHOWN]
        moved = [weight for weight in moved if abs(_change(weight)) >= LEAST_LEARNED]
        taught = f"{count(head.worth, 'thing')} worth keeping and {head.not_worth:,} not"
        text = "Nothing yet."
        if self.reset.isEnabled():
            text = f"You have shown it {taught}."
            if moved:
                text += " What counts more (+) or less (−) than at first:"
        self.learned.setText(text)
        most = max((abs(_change(weight)) for weight in moved), default=1.0)
        bars = [Bar(_name(w), _change(w) / most, signed(_change(w))) for w in moved]
        self._bars.show_bars(bars, "; ".join(f"{bar.word} {bar.figure}" for bar in bars))
        self._bars.setVisible(bool(bars))

    def _restyle(self) -> None:
        self._show_preview()


def _name(weight: HeadWeight) -> str:
    """The name that the inspector has for a feature where it shows what a salience is made of."""
    return BEGINNING if weight.feature == "bias" else weight.feature


def _change(weight: HeadWeight) -> float:
    return weight.learned - weight.starting


def _seconds(ms: int) -> str:
    if ms == 0:
        return "no time (off)"
    usual = " (usual)" if ms == USUAL_PAUSE else ""
    return f"{ms / 1000:g} {'second' if ms == 1000 else 'seconds'}{usual}"
