"""The page of one name: who it is, with whom it is told of, what is plainly said, and all its memories."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from nowprint.gui.dialogs.people import people_words as say
from nowprint.gui.dialogs.people.name_rows import Row, RowList
from nowprint.gui.widgets.buttons import button, quiet
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.flow_layout import FlowLayout
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nowprint.people_records import NamePage, Together

MOST_CHIPS = 6


class NamePageView(QWidget):
    episode_wanted = Signal(int)
    name_wanted = Signal(str)
    order_changed = Signal()

    def __init__(self, theme: Theme, actions: Sequence[QPushButton]) -> None:
        super().__init__()
        self.oldest_first = False
        self.title = words("", "title", name="people.title")
        self.title.setAlignment(
            Qt.AlignmentFlag.AlignTop
        )  # it has the page to itself until a name is chosen
        self.about = words("", "quiet", name="people.about")
        self.order = button(
            "",
            "outlined",
            self._turn,
            name="people.order",
            about="Turn the order of the memories round",
        )
        self._actions = QWidget()
        flow = FlowLayout(self._actions)
        for made in (*actions, self.order):
            made.setProperty("dense", True)
            flow.addWidget(made)
        self._together = QWidget()
        self._chips = FlowLayout(self._together)
        self.told = RowList(theme, "people.told", "What is plainly said, then all memories")
        self.told.setMinimumHeight(110)
        self.told.opened.connect(self.episode_wanted.emit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.title, self.about, self._actions, self._together):
            column.addWidget(part)
        column.addWidget(self.told, 1)
        self._say_order()
        self.show_page(None)

    def show_page(self, page: NamePage | None) -> None:
        """None: no name is chosen."""
        self.title.setText(show_invisible(page.name.shown) if page else say.CHOOSE)
        self.about.setText(say.about(page) if page else "")
        self._show_together(page.together[:MOST_CHIPS] if page else ())
        self.told.show_rows(_rows(page) if page else ())
        self.told.scrollToTop()
        for part in (self.about, self._actions, self.told):
            part.setVisible(page is not None)
        self.order.setVisible(page is not None and len(page.told) > 1)

    def _show_together(self, names: Sequence[Together]) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        if names:
            self._chips.addWidget(quiet(say.TOGETHER))
        for one in names:
            shown = show_invisible(one.shown)
            chip = button(
                f"{shown} ({one.episodes})" if one.episodes > 1 else shown,
                "chip",
                partial(self.name_wanted.emit, one.key),
                name="people.together",
                label=f"{shown}: {count(one.episodes, 'memory', 'memories')} of both",
            )
            self._chips.addWidget(chip)
        self._together.setVisible(bool(names))
        self._together.updateGeometry()

    def _turn(self) -> None:
        self.oldest_first = not self.oldest_first
        self._say_order()
        self.order_changed.emit()

    def _say_order(self) -> None:
        self.order.setText("Newest first" if self.oldest_first else "Oldest first")
        self.order.setAccessibleName(self.order.text())


def _rows(page: NamePage) -> list[Row]:
    rows: list[Row] = []
    if page.facts:
        rows.append(Row(None, say.FACTS, kind="heading"))
        rows += [
            Row(
                fact.episode_id,
                say.said(fact),
                say.source(fact),
                "past" if fact.replaced else "fact",
            )
            for fact in page.facts
        ]
    left = len(page.ids) - len(page.told)
    rows.append(Row(None, say.all_memories(len(page.told)) if left else say.TOLD, kind="heading"))
    rows += [
        Row(one.episode.id, show_invisible(one.episode.text), say.when(one), "memory")
        for one in page.told
    ]
    return rows
