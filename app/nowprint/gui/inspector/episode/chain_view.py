"""The episodes that an episode is linked with, as a chain that the user can follow: what was told before and
after it, what it changed or was changed by, what it was merged or split from or into; and its moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.inspector.search.episode_model import foot_words, spoken, words_of
from nowprint.gui.widgets.bars import Bar, Bars
from nowprint.gui.widgets.buttons import quiet, section
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.inspection import Chain
    from nowprint.records import Episode, EpisodeDetail

INDENT = 26
NEIGHBOURS = 3
MOST_MOMENTS = 16
LOOKING = "Looking for what it is connected with…"
CHOOSE = "Open a memory in the list, the timeline or the map to see here what it is connected with."


class Link(QPushButton):
    """One episode of the chain, which a click opens; the one in the middle (``here``) opens nothing."""

    def __init__(
        self, theme: Theme, episode: Episode, relation: str, *, here: bool = False
    ) -> None:
        super().__init__()
        self.setObjectName("chain.here" if here else "chain.link")
        self._theme = theme
        self._text = " ".join(words_of(episode).split())
        self._foot = foot_words(episode)
        self._archived = episode.archived
        self._here = here
        self.episode_id = episode.id
        self.setProperty("kind", "example")
        self.setAutoDefault(False)
        self.setAccessibleName(f"{relation}: {spoken(episode)}")
        if not here:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip("Open this memory")

    def _lines(self) -> int:
        room = max(60, self.width() - 32)
        return 1 if self.fontMetrics().horizontalAdvance(self._text) <= room else 2

    def sizeHint(self) -> QSize:
        return QSize(200, int(self.fontMetrics().height() * (self._lines() + 1.15)) + 24)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        from nowprint.gui.inspector.search.episode_delegate import two_lines

        super().paintEvent(event)
        colours = self._theme.colours
        painter = QPainter(self)
        box = self.rect().adjusted(16, 11, -16, -10)
        painter.setPen(QColor(colours.muted if self._archived else colours.text))
        painter.setFont(self._theme.font(bold=self._here))
        two_lines(painter, box, self._text)
        painter.setFont(self._theme.font(0.86))
        painter.setPen(QColor(colours.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignBottom, self._foot)


class Thread(QWidget):
    """A column of links, with a line beside it and a dot at each link."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(INDENT, 0, 0, 0)
        self.column.setSpacing(8)

    def paintEvent(self, event: QPaintEvent) -> None:
        links = self.findChildren(Link)
        if not links:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        x = 9.0
        painter.setPen(QPen(QColor(colours.line_strong), 2))
        ends = [link.geometry().center().y() for link in links]
        painter.drawLine(int(x), ends[0], int(x), ends[-1])
        for link, y in zip(links, ends, strict=True):
            here = link.objectName() == "chain.here"
            painter.setPen(QPen(QColor(colours.accent if here else colours.muted), 2))
            painter.setBrush(QColor(colours.accent if here else colours.panel))
            size = 6.0 if here else 4.5
            painter.drawEllipse(QRectF(x - size, y - size, 2 * size, 2 * size))


class ChainView(QScrollArea):
    opened = Signal(int)
    shown = Signal(int)
    """The chain of this episode is on the screen."""

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("chain")
        self.setAccessibleName("What a memory is connected with")
        self._theme = theme
        self._bridge = bridge
        self._asked = 0
        self._wanted: int | None = None
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.show_episode(None)

    def show_episode(self, episode_id: int | None) -> None:
        from nowprint.service.protocol import ShowEpisode
        from nowprint.service.requests.memory import GetChain

        self._asked += 1
        asked, self._wanted = self._asked, episode_id
        if episode_id is None:
            self._show_nothing()
            return
        if self.findChild(QLabel, "chain.empty"):
            self._show_nothing(LOOKING)
        details: list[EpisodeDetail] = []

        def show(chain: Chain) -> None:
            if asked == self._asked and details:
                self._show(details[0], chain)

        def gone(_: object) -> None:
            if asked == self._asked:
                self._show_nothing()

        self._bridge.call(ShowEpisode(episode_id), details.append, gone)
        self._bridge.call(GetChain(episode_id), show, gone)

    def refresh(self) -> None:
        self.show_episode(self._wanted)

    def _page(self) -> QVBoxLayout:
        page = QWidget()
        page.setObjectName("rightPanel")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 10, 16, 16)
        column.setSpacing(8)
        self._next = page
        return column

    def _show_nothing(self, why: str = CHOOSE) -> None:
        column = self._page()
        words = quiet(why, "chain.empty")
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch()
        column.addWidget(words)
        column.addStretch()
        self.setWidget(self._next)

    def _show(self, detail: EpisodeDetail, chain: Chain) -> None:
        focused = self.isAncestorOf(self.window().focusWidget() or self.window())
        column = self._page()
        episode = detail.episode
        thread = Thread(self._theme)
        before, after = chain.before[:NEIGHBOURS], chain.after[:NEIGHBOURS]
        self._group(thread.column, "Said before it", reversed(before), "Said before")
        middle = Link(self._theme, episode, "This memory", here=True)
        if before or after:
            thread.column.addWidget(section("This memory"))
        thread.column.addWidget(middle)
        if detail.why.moments:
            thread.column.addWidget(self._moments(detail))
        self._group(thread.column, "Said after it", after, "Said after")
        column.addWidget(thread)
        for title, episodes, relation in (
            ("What it changed", chain.older, "Changed by this one"),
            ("What changed it", chain.newer, "Changed this one"),
            ("Made from", chain.made_from, "Made from"),
            ("Became", chain.made_into, "Became"),
        ):
            if episodes:
                column.addSpacing(8)
                other = Thread(self._theme)
                self._group(other.column, title, episodes, relation)
                column.addWidget(other)
        if not any((before, after, chain.older, chain.newer, chain.made_from, chain.made_into)):
            alone = quiet("Nothing else was said with it, and nothing changed it.", "chain.alone")
            alone.setWordWrap(True)
            alone.setContentsMargins(INDENT, 0, 0, 0)
            column.addWidget(alone)
        column.addStretch()
        self.setWidget(self._next)
        QTimer.singleShot(
            0, middle, lambda: self.ensureWidgetVisible(middle)
        )  # once it is laid out
        if focused:
            middle.setFocus()
        self.shown.emit(episode.id)

    def _group(self, column: QVBoxLayout, title: str, episodes, relation: str) -> None:
        for number, episode in enumerate(episodes):
            if number == 0:
                column.addWidget(section(title))
            link = Link(self._theme, episode, relation)
            link.clicked.connect(lambda _=False, id=episode.id: self.opened.emit(id))
            column.addWidget(link)

    def _moments(self, detail: EpisodeDetail) -> QFrame:
        """A card with the moments in their order, each with the strongest of its triggers."""
        card = QFrame()
        card.setObjectName("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 8, 14, 8)
        found = detail.why.moments[:MOST_MOMENTS]
        strongest = [max(m.triggers, key=lambda t: abs(t.value)) for m in found if m.triggers]
        most = max((abs(t.value) for t in strongest), default=1.0) or 1.0
        bars = [
            Bar(m.text.strip() or "(space)", abs(t.value) / most, f"{t.statistic} {t.value:.1f}")
            for m, t in zip((m for m in found if m.triggers), strongest, strict=True)
        ]
        title = QLabel("Its moments in order")
        title.setProperty("section", True)
        shown = Bars(self._theme)
        shown.setObjectName("chain.moments")
        spoken_bars = "; ".join(f"{bar.word}: {bar.figure}" for bar in bars)
        shown.show_bars(bars, f"Moments in order: {spoken_bars}")
        inside.addWidget(title)
        inside.addWidget(shown)
        return card
