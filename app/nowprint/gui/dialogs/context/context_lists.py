"""The parts of a context in rows, and what has left it; Enter or a double click does what the button below
a list says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from nowprint.gui.dialogs.context.context_bar import icon_of
from nowprint.gui.dialogs.context.context_words import (
    first_words,
    salience_of,
    short_name,
    speaker,
    told_of,
)
from nowprint.gui.widgets.invisible_characters import tip
from nowprint.gui.widgets.rows import Index
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import ago, moment

if TYPE_CHECKING:
    from nowprint.context_records import ContextPart, LeftPart

MOST_ROWS = 7
"""A list is as high as its rows, but not higher than so many."""
GAP = 10
"""Pixels between a figure and the column at its right."""
AIR = 9
"""Pixels that a row is higher than its text."""
INSET = 9
"""Pixels beside a cell's text, of the style and its sheet: the names of the columns stand right above."""
NARROW = 460
"""Width in pixels, at the usual text size, below which a list shows only what is needed to know its rows."""
FIGURE = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
TEXT = 1
"""The column of the first words, which takes the room that the others leave."""


class PlainHeader(QHeaderView):
    """The names of the columns in grey above a line: the style's own look like buttons, which they aren't."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._theme = theme

    def sectionSizeFromContents(self, section: int) -> QSize:
        metrics = QFontMetrics(self._theme.font(0.9))
        name = self.model().headerData(section, self.orientation())
        return QSize(metrics.horizontalAdvance(name) + 2 * INSET + GAP, metrics.height() + AIR)

    def paintSection(self, painter: QPainter, box: QRect, section: int) -> None:
        colours = self._theme.colours
        painter.save()
        painter.setFont(self._theme.font(0.9))
        painter.setPen(QColor(colours.muted))
        name = self.model().headerData(section, self.orientation())
        figure = self.model().headerData(
            section, self.orientation(), Qt.ItemDataRole.TextAlignmentRole
        )
        right = figure == FIGURE
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        inner = box.adjusted(INSET, 0, -INSET - (GAP if right else 0), 0)
        painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(QColor(colours.line))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.restore()


class RoomyRows(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        needed = super().sizeHint(option, index)
        beside = 4 + (GAP if _is_figure(index) else 0)
        return QSize(needed.width() + beside, option.fontMetrics.height() + AIR)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if _is_figure(index):
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(option.rect, option.palette.highlight())
            option.rect.adjust(0, 0, -GAP, 0)
        super().paint(painter, option, index)


def _is_figure(index: Index) -> bool:
    return index.data(Qt.ItemDataRole.TextAlignmentRole) == FIGURE


class ContextList(QTreeWidget):
    acted = Signal()
    """The user wants done with the current row what the button says."""

    def __init__(
        self, theme: Theme, name: str, spoken: str, heads: Sequence[str], spare: Sequence[int]
    ) -> None:
        """``spare``: the columns that give way in a narrow dialog."""
        super().__init__()
        self.theme = theme
        self._spare = spare
        self._keys: list[object] = []
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHeader(PlainHeader(theme))
        self.setItemDelegate(RoomyRows(self))
        self.setHeaderLabels(list(heads))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIconSize(QSize(12, 12))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        head = self.header()
        head.setSectionsMovable(False)
        head.setStretchLastSection(False)
        head.setMinimumSectionSize(24)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        self.itemDoubleClicked.connect(lambda *_: self.acted.emit())
        theme.changed.connect(self.decorate)
        self.decorate()

    def decorate(self) -> None:
        """The current row is pale, as in the other lists, so that its colours stay what they are."""
        colours, palette = self.theme.colours, self.palette()
        for role, colour in (
            (QPalette.ColorRole.Base, colours.card),
            (QPalette.ColorRole.Text, colours.text),
            (QPalette.ColorRole.Highlight, colours.accent_soft),
            (QPalette.ColorRole.HighlightedText, colours.text),
        ):
            palette.setColor(role, QColor(colour))
        self.setPalette(palette)

    def show_rows(self, rows: Sequence[QTreeWidgetItem], keys: Sequence[object]) -> None:
        """Show other rows, and stay at the one that was current, known again by its key."""
        at = self.number()
        key = self._keys[at] if at >= 0 else None
        top = self.verticalScrollBar().value()
        self.clear()
        self._keys = list(keys)
        self.addTopLevelItems(list(rows))
        if key in self._keys:
            self.go_to(self._keys.index(key))
        self.verticalScrollBar().setValue(top)
        self._fit_height()

    def number(self) -> int:
        """Of the current row; −1 if there is none."""
        return self.indexOfTopLevelItem(self.currentItem()) if self.currentItem() else -1

    def go_to(self, number: int) -> None:
        """Make a row the current one; none, if there is no such row."""
        if 0 <= number < self.topLevelItemCount():
            self.setCurrentItem(self.topLevelItem(number))
        else:
            self.setCurrentItem(None)
            self.clearSelection()

    def _fit_height(self) -> None:
        row = self.fontMetrics().height() + AIR
        rows = min(MOST_ROWS, max(1, self.topLevelItemCount()))
        self.setFixedHeight(
            self.header().sizeHint().height() + rows * row + 2 * self.frameWidth() + 4
        )

    def minimumSizeHint(self) -> QSize:
        return QSize(200, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        for column in self._spare:  # first, so that the others share out the room that is there
            self.setColumnHidden(column, event.size().width() < NARROW * self.theme.text_size)
        super().resizeEvent(event)

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().drawRow(painter, option, index)
        if self.hasFocus() and index.row() == self.currentIndex().row():
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self.theme.colours.accent), 1.5))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), 6, 6)
            painter.restore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.number() < 0:
            self.go_to(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.acted.emit()
        else:
            super().keyPressEvent(event)


class PartsList(ContextList):
    def __init__(self, theme: Theme) -> None:
        heads = ("Part", "Beginning", "Tokens", "Salience", "Note")
        spoken = "What the model has before it, in the order in which it reads it"
        super().__init__(theme, "context.parts", spoken, heads, (2, 3))
        self.setAccessibleDescription("Enter holds a message before the model, or stops holding it")
        self._kinds: list[tuple[ContextPart, QTreeWidgetItem]] = []
        for column in (2, 3):
            self.headerItem().setTextAlignment(column, FIGURE)
        theme.changed.connect(self._paint_looks)

    def show_parts(self, parts: Sequence[ContextPart], size: int) -> None:
        """``size``: the context's in tokens."""
        self._kinds = []
        for part in parts:
            noted = [
                word for word, on in (("shortened", part.shortened), ("held", part.held)) if on
            ]
            row = QTreeWidgetItem(
                [
                    short_name(part),
                    first_words(part.text),
                    f"{part.tokens:,}",
                    salience_of(part),
                    ", ".join(noted),
                ]
            )
            told = told_of(part, size, words=300)
            for column in range(self.columnCount()):
                row.setToolTip(column, tip(told))
            for column in (2, 3):
                row.setTextAlignment(column, FIGURE)
            self._kinds.append((part, row))
        self._paint_looks()
        keys = [(part.kind, part.id) for part in parts]
        self.show_rows([row for _, row in self._kinds], keys)

    def _paint_looks(self) -> None:
        for part, row in self._kinds:
            look = icon_of(part.kind, part.salience, self.theme, self.devicePixelRatioF())
            row.setIcon(0, look)


class LeftList(ContextList):
    def __init__(self, theme: Theme) -> None:
        heads = ("Who", "Beginning", "Tokens", "Left", "Why", "Note")
        super().__init__(theme, "context.left", "What has left, the last first", heads, (2, 3, 4))
        self.setAccessibleDescription("Enter brings a message back and holds it")
        self.headerItem().setTextAlignment(2, FIGURE)

    def show_left(self, left: Sequence[LeftPart]) -> None:
        rows = []
        for part in left:
            row = QTreeWidgetItem(
                [
                    speaker(part),
                    first_words(part.text),
                    f"{part.tokens:,}",
                    ago(part.at),
                    part.why,  # in the sentence below in more words, which would leave the text no room
                    "comes back" if part.held else "",
                ]
            )
            row.setTextAlignment(2, FIGURE)
            told = f"{speaker(part)}: “{first_words(part.text, 300)}”\nLeft on {moment(part.at)}"
            for column in range(self.columnCount()):
                row.setToolTip(column, tip(told))
            rows.append(row)
        self.show_rows(rows, [(part.message_id, part.why) for part in left])
        if rows and self.number() < 0:
            self.go_to(0)  # one click brings back what has left last
