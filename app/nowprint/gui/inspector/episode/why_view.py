"""Why an episode was kept: its salience, the source text coloured by a statistic, the moments that stood out,
and what the salience is made of."""

from __future__ import annotations

import html
import math
import statistics
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from nowprint.gui.inspector.episode.trace_view import SHOWN, Shown, StatisticLegend, TraceView
from nowprint.gui.widgets.bars import BEGINNING, Bar, Bars, SalienceBar, signed
from nowprint.gui.widgets.buttons import Choice, Line, quiet, section
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import moment

if TYPE_CHECKING:
    from nowprint.inspection import Import
    from nowprint.records import EpisodeDetail, SourceTrace, TokenScore, Why

ALTERNATIVES = 5
MOST_MOMENTS = 12
HINT = "Point at a word, or step through the words with Left and Right."
SPEAKERS = {"user": "your message", "assistant": "an answer", "system": "a system message"}


class TokenCard(QFrame):
    """One token: how surprising it was, and what the model had expected in its place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._head = QLabel(HINT)
        self._head.setObjectName("episode.token")
        self._head.setWordWrap(True)
        self._figures = quiet(name="episode.token.figures")
        self._expected = section("What the model had expected")
        self._bars = Bars(theme, least_rows=ALTERNATIVES)
        self._bars.setObjectName("episode.token.expected")
        self._bars.show_bars([], "")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(4)
        for part in (self._head, self._figures, self._expected, self._bars):
            column.addWidget(part)
        self.clear()

    def clear(self) -> None:
        self._head.setText(HINT)
        self._figures.setText(" ")
        self._expected.setText(" ")
        self._bars.show_bars([], "")

    def show_token(self, token: TokenScore, *, aloud: bool = True) -> None:
        p = math.exp(-token.surprisal)
        self._head.setText(
            f"The model had given <b>{_shown(token.text)}</b> a probability of {_percent(p)}"
        )
        self._figures.setText(
            f"surprisal {token.surprisal:.1f} · entropy {token.entropy:.1f} · KL {token.kl:.1f} nats"
        )
        top = token.top[:ALTERNATIVES]
        self._expected.setText("What the model had expected" if top else " ")
        spoken = ", ".join(f"{_name(a.text)} {_percent(a.p)}" for a in top)
        longest = max((a.p for a in top), default=1.0)
        bars = [Bar(_name(a.text), a.p / longest, _percent(a.p)) for a in top]
        self._bars.show_bars(bars, f"Expected: {spoken}")
        if aloud:
            announce(
                self,
                f"{_name(token.text)}: surprisal {token.surprisal:.1f}, "
                f"entropy {token.entropy:.1f}, KL divergence {token.kl:.1f}. Expected: {spoken}",
            )


class WhyView(QWidget):
    source = Signal(int, int, int, int)
    """The user wants to go to a place: ids of the conversation and the message, start and end."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._detail: EpisodeDetail | None = None
        self._traces: list[tuple[SourceTrace, TraceView]] = []
        self._sentence = QLabel()
        self._sentence.setObjectName("episode.why")
        self._sentence.setWordWrap(True)
        self._edited = quiet(
            "You edited its text after that: what is below is about the text that it was kept from.",
            "episode.why.edited",
        )
        self._edited.setWordWrap(True)
        self._edited.hide()
        self._salience = SalienceBar(theme)
        self._sources = QVBoxLayout()
        self._sources.setSpacing(6)
        self._card = TokenCard(theme)
        self._legend = StatisticLegend(theme)
        self.statistic = Choice(theme)
        self.statistic.setObjectName("episode.statistic")
        self.statistic.setAccessibleName("What the colours show")
        for one in SHOWN:
            self.statistic.addItem(one.name, one)
        self.statistic.currentIndexChanged.connect(lambda _: self._show_statistic())
        self._meaning = quiet(name="episode.statistic.about")
        self._meaning.setWordWrap(True)
        self._by = QWidget()
        row = QHBoxLayout(self._by)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.statistic)
        row.addWidget(self._meaning, 1)
        self._moments = QLabel()
        self._moments.setObjectName("episode.moments")
        self._moments.setWordWrap(True)
        self._moments.setTextFormat(Qt.TextFormat.RichText)
        self._moments.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._moments.linkActivated.connect(self._choose)
        self._moments_title = section("Moments that stood out")
        self._parts_title = section("What the salience is made of")
        self._parts = Bars(theme)
        self._parts.setObjectName("episode.contributions")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._sentence)
        column.addWidget(self._edited)
        column.addWidget(self._salience)
        column.addLayout(self._sources)
        for part in (
            self._by,
            self._legend, self._card, self._moments_title, self._moments, self._parts_title, self._parts,
        ):  # fmt: skip
            column.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    @property
    def traces(self) -> list[TraceView]:
        return [view for _, view in self._traces]

    def show_detail(self, detail: EpisodeDetail) -> None:
        """What was imported gets its sentence by ``show_import``."""
        self._detail = detail
        why = detail.why
        imported = detail.episode.origin is not None
        self._sentence.setText("It was imported." if imported else _sentence(detail))
        self._edited.setVisible(detail.episode.edited)
        self._salience.setVisible(bool(why.contributions))
        self._salience.show_values(why.salience, why.threshold)
        self._show_sources(detail)
        traced = any(trace.tokens for trace in detail.sources)
        self._legend.setVisible(traced)
        self._by.setVisible(traced)
        self._show_statistic()
        self._card.setVisible(traced)
        self._card.clear()
        self._show_strongest(why)
        self._show_moments(why)
        self._show_parts(why)

    def show_import(self, made: Import) -> None:
        """Say where the imported memory on the screen comes from."""
        name, source = (html.escape(show_invisible(said)) for said in (made.name, made.source))
        self._sentence.setText(f"It was imported from {name} ({source}), {moment(made.at)}.")

    def _show_sources(self, detail: EpisodeDetail) -> None:
        while item := self._sources.takeAt(0):
            widget = item.widget()
            widget.hide()
            widget.deleteLater()
        self._traces = []
        for trace in detail.sources:
            message = trace.message
            go = partial(
                self.source.emit, message.conversation_id, message.id, trace.start, trace.end
            )
            text = f"From {SPEAKERS[message.role]}, {moment(message.created)}"
            about = "Go to this place in the conversation"
            self._sources.addWidget(Line(text, "link", go, name="episode.source", about=about))
            if trace.tokens:
                self._add_trace(detail.why, trace)
        if not detail.sources and detail.episode.kind == "captured":
            gone = quiet("The message that it came from was deleted.")
            gone.setWordWrap(True)
            self._sources.addWidget(gone)

    def _add_trace(self, why: Why, trace: SourceTrace) -> None:
        mine = [m for m in why.moments if m.message_id == trace.message.id]
        strength = {m.index: max((abs(t.value) for t in m.triggers), default=0.0) for m in mine}
        view = TraceView(self._theme)
        view.setObjectName("episode.trace")
        view.show_trace(trace, strength, None)
        view.chosen.connect(lambda index, t=trace: self._card.show_token(t.tokens[index]))
        self._traces.append((trace, view))
        self._sources.addWidget(view)

    def _show_statistic(self) -> None:
        shown: Shown = self.statistic.currentData()
        self._legend.show_steps(shown)
        self._meaning.setText(shown.about)
        moments = self._detail.why.moments if self._detail else ()
        for trace, view in self._traces:
            lines = [
                t.threshold
                for m in moments
                if m.message_id == trace.message.id
                for t in m.triggers
                if t.statistic in shown.triggers
            ]
            view.show_statistic(shown, statistics.median(lines) if lines else None)

    def _show_strongest(self, why: Why) -> None:
        """Until the user points at a word, show the moment that surprised the model most."""
        tokens = {trace.message.id: trace.tokens for trace, _ in self._traces}
        found = [tokens[m.message_id][m.index] for m in why.moments if m.message_id in tokens]
        if found:
            self._card.show_token(max(found, key=lambda token: token.surprisal), aloud=False)

    def _show_moments(self, why: Why) -> None:
        lines = []
        for number, found in enumerate(why.moments[:MOST_MOMENTS]):
            said = "; ".join(
                f"{t.statistic} {_number(t.value)} (threshold {_number(t.threshold)})"
                for t in found.triggers
            )
            colour = self._theme.colours.accent_text
            lines.append(
                f"<p style='margin: 0 0 4px 0'><a style='color: {colour}' href='{number}'>"
                f"{_shown(found.text)}</a>&nbsp; {html.escape(said)}</p>"
            )
        more = len(why.moments) - MOST_MOMENTS
        if more > 0:
            lines.append(f"<p style='margin: 0'>and {more} more, underlined above</p>")
        self._moments.setText("".join(lines))
        self._moments.setVisible(bool(lines))
        self._moments_title.setVisible(bool(lines))

    def _show_parts(self, why: Why) -> None:
        parts = sorted(why.contributions, key=lambda part: -abs(part.contribution))
        values = [abs(part.contribution) for part in parts] + [abs(why.bias)]
        most = max(values, default=1.0) or 1.0
        bars = [
            Bar(
                f"{part.feature}  {part.value:.2g}",
                part.contribution / most,
                signed(part.contribution),
            )
            for part in parts
        ]
        if parts:
            bars.append(Bar(BEGINNING, why.bias / most, signed(why.bias)))
        spoken = ", ".join(f"{bar.word} {bar.figure}" for bar in bars)
        self._parts.show_bars(bars, spoken)
        self._parts.setVisible(bool(parts))
        self._parts_title.setVisible(bool(parts))

    def _choose(self, link: str) -> None:
        if self._detail:
            found = self._detail.why.moments[int(link)]
            for trace, view in self._traces:
                if trace.message.id == found.message_id:
                    view.choose(found.index)


def _sentence(detail: EpisodeDetail) -> str:
    why, episode = detail.why, detail.episode
    if episode.kind == "remembered":
        return "You asked for this to be remembered."
    if why.salience < why.threshold:
        return (
            f"It changes something kept. Its salience alone, <b>{why.salience:.2f}</b>, would not have been "
            f"enough: anything from {why.threshold:.2f} up is kept."
        )
    return (
        f"Its salience is <b>{why.salience:.2f}</b>; anything from {why.threshold:.2f} up is kept. "
        "Point at a word to see what the model had expected, or press Left and Right."
    )


def _number(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 2 else f"{value:.2f}"


def _percent(p: float) -> str:
    """``37%``, ``2.1%``, ``0.03%``, ``less than 0.01%``."""
    if p >= 0.1:
        return f"{p:.0%}"
    if p >= 0.0001:
        return f"{p * 100:.2g}%"
    return "less than 0.01%"


def _name(text: str) -> str:
    """A token made visible: white space gets a name; "…" stands before a token that begins with none."""
    if text == "":
        return "(end)"
    if not text.strip():
        return "(new line)" if "\n" in text else "(space)"
    return text.strip() if text[0] in " \n" else f"…{text}"


def _shown(text: str) -> str:
    return html.escape(_name(text))
