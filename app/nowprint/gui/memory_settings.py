"""What the memory does, in words: how much is kept, how it is recalled, what it has learned.

The sensitivity is shown by what it would have kept of everything that was said so far: the core runs
the detector again over the stored traces, without the model, and nothing changes by looking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.ages import count
from nowprint.gui.bars import Bar, Bars
from nowprint.gui.buttons import button, quiet, section
from nowprint.gui.session import Session
from nowprint.gui.theme import Theme

if TYPE_CHECKING:
    from nowprint.records import HeadState, Preview

STOPS = (
    (0.0, "Nothing: only what you ask it to remember"),
    (0.1, "Very little: a tenth of what you say at most"),
    (0.25, "Little: a quarter of what you say at most"),
    (0.5, "Half of what you say at most"),
    (0.75, "Whatever is worth keeping (usual)"),
    (0.9, "More: also what may be worth keeping"),
    (1.0, "Everything you say"),
)
PAUSE = 200
"""ms without a move before the preview is asked for."""
SHOWN = 40
LEARNED_SHOWN = 8


class MemorySettings(QDialog):
    """Changes hold at once; there is nothing to confirm."""

    def __init__(self, theme: Theme, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Memory settings")
        self.setObjectName("memory.settings")
        self.resize(560, 640)
        self._theme = theme
        self._session = session
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(24, 20, 24, 16)
        self._column.setSpacing(8)
        self._build_keep()
        self._column.addSpacing(12)
        self._build_recall()
        self._column.addSpacing(12)
        self._build_learned()
        self._column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 8, 24, 16)
        foot.addStretch()
        foot.addWidget(button("Close", "outlined", self.close, name="memory.settings.close"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        whole.addLayout(foot)
        self._ask_preview()
        self._ask_head()

    # --- what is kept ----------------------------------------------------------------------

    def _build_keep(self) -> None:
        self._column.addWidget(section("How much may be kept"))
        self.keep = QSlider(Qt.Orientation.Horizontal)
        self.keep.setObjectName("settings.keep")
        self.keep.setAccessibleName("How much of what you say may be kept")
        self.keep.setRange(0, len(STOPS) - 1)
        self.keep.setPageStep(1)
        self.keep.setTickPosition(QSlider.TickPosition.TicksBelow)
        shares = [share for share, _ in STOPS]
        now = self._session.settings.keep
        self.keep.setValue(min(range(len(shares)), key=lambda n: abs(shares[n] - now)))
        self._words = QLabel()
        self._words.setObjectName("settings.keep.words")
        self._words.setWordWrap(True)
        self.preview = quiet("", "settings.preview")
        self.preview.setWordWrap(True)
        self._spans = QLabel()
        self._spans.setObjectName("settings.spans")
        self._spans.setWordWrap(True)
        self._spans.setTextFormat(Qt.TextFormat.RichText)
        self._spans.setAlignment(Qt.AlignmentFlag.AlignTop)
        within = QScrollArea()
        within.setWidgetResizable(True)
        within.setFixedHeight(150)
        within.setProperty("boxed", True)
        within.setAccessibleName("What would be kept and left out, newest first")
        within.setWidget(self._spans)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._ask_preview)
        self.keep.valueChanged.connect(self._on_keep)
        self._name_keep()
        for part in (self.keep, self._words, self.preview, within):
            self._column.addWidget(part)

    def _on_keep(self, stop: int) -> None:
        self._name_keep()
        self._session.change(keep=STOPS[stop][0])
        self._pause.start()

    def _name_keep(self) -> None:
        words = STOPS[self.keep.value()][1]
        self._words.setText(words)
        self.keep.setAccessibleDescription(words)

    def _ask_preview(self) -> None:
        from nowprint.service.protocol import PreviewKeep

        share = STOPS[self.keep.value()][0]

        def told(preview: Preview) -> None:
            if share == STOPS[self.keep.value()][0]:
                self._show_preview(preview)

        self._session.bridge.call(PreviewKeep(share, SHOWN), told)

    def _show_preview(self, preview: Preview) -> None:
        kept, dropped = count(preview.kept, "passage"), preview.dropped
        if preview.kept or dropped:
            text = f"Of what you have said so far this would keep {kept} and leave out {dropped:,}."
        else:
            text = "Once you have chatted a little, this shows what would be kept of it."
        self.preview.setText(text)
        self._spans.setText(
            "".join(_span(one.text, one.kept, self._theme) for one in preview.spans)
        )

    # --- recall ----------------------------------------------------------------------------

    def _build_recall(self) -> None:
        settings = self._session.settings
        self._column.addWidget(section("How it is recalled"))
        self.budget = QSpinBox()
        self.budget.setObjectName("settings.resonance")
        self.budget.setAccessibleName("Milliseconds for comparing memories with a question")
        self.budget.setRange(0, 10_000)
        self.budget.setSingleStep(100)
        self.budget.setSuffix(" ms")
        self.budget.setValue(settings.resonance_ms)
        self.budget.editingFinished.connect(
            lambda: self._session.change(resonance_ms=self.budget.value())
        )
        row = QHBoxLayout()
        row.addWidget(self.budget)
        about = QLabel(
            "at most before an answer, to ask the model which memories the question makes expected"
        )
        about.setWordWrap(True)
        row.addWidget(about, 1)
        self._column.addLayout(row)
        self.while_writing = QCheckBox("Look for memories while the answer is written, too")
        self.while_writing.setObjectName("settings.while_writing")
        self.while_writing.setChecked(settings.resonate_while_writing)
        self.while_writing.toggled.connect(
            lambda on: self._session.change(resonate_while_writing=on)
        )
        self._column.addWidget(self.while_writing)
        self._column.addWidget(
            quiet("Switched off at first: in measurements it found hardly more than chance.")
        )

    # --- what it has learned ---------------------------------------------------------------

    def _build_learned(self) -> None:
        self._column.addWidget(section("What it has learned from you"))
        self.learned = quiet("", "settings.learned")
        self.learned.setWordWrap(True)
        self._bars = Bars(self._theme)
        self.reset = button(
            "Forget what it has learned",
            "outlined",
            self._reset,
            name="settings.reset",
            about="The detector goes back to the weights that it came with; memories stay",
        )
        self._column.addWidget(self.learned)
        self._column.addWidget(self._bars)
        row = QHBoxLayout()
        row.addWidget(self.reset)
        row.addStretch()
        self._column.addLayout(row)

    def _ask_head(self) -> None:
        from nowprint.service.protocol import GetHead

        self._session.bridge.call(GetHead(), self._show_head)

    def _reset(self) -> None:
        from nowprint.service.protocol import ResetHead

        def done(head: HeadState) -> None:
            self._show_head(head)
            self._ask_preview()

        self._session.bridge.call(ResetHead(), done)

    def _show_head(self, head: HeadState) -> None:
        taught = head.worth + head.not_worth
        self.reset.setEnabled(taught > 0)
        if not taught:
            self.learned.setText(
                "Nothing yet. What you pin, have remembered, or mark as not worth keeping changes, "
                "a little each time, what is kept later."
            )
        else:
            self.learned.setText(
                f"You showed it {count(head.worth, 'thing')} worth keeping and {head.not_worth:,} "
                "not. Since then these count more (or less) than at first:"
            )
        moved = sorted(head.weights, key=lambda w: -abs(w.learned - w.starting))[:LEARNED_SHOWN]
        moved = [w for w in moved if abs(w.learned - w.starting) >= 0.005]
        most = max((abs(w.learned - w.starting) for w in moved), default=1.0)
        bars = [
            Bar(w.feature, (w.learned - w.starting) / most, f"{w.learned - w.starting:+.2f}")
            for w in moved
        ]
        self._bars.show_bars(bars, "; ".join(f"{bar.word} {bar.figure}" for bar in bars))
        self._bars.setVisible(bool(bars))


def _span(text: str, kept: bool, theme: Theme) -> str:
    from html import escape

    colours = theme.colours
    ink, mark = (colours.text, "kept") if kept else (colours.muted, "left out")
    short = escape(" ".join(text.split())[:160])
    return (
        f"<p style='margin: 3px 0; color: {ink}'>"
        f"<span style='color: {colours.accent_text if kept else colours.muted}'>{mark}</span>"
        f"&nbsp;&nbsp;{short}</p>"
    )
