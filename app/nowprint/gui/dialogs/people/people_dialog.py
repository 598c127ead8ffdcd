"""People, places and things: the names that are told of, and the page of the one that is chosen.

The dialog stays open beside the chat. A memory that is clicked opens in the inspector; forgetting goes the
way of all forgetting, which shows first what would go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from nowprint.errors import NotFound, UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.dialogs.people import people_words as say
from nowprint.gui.dialogs.people.name_page import NamePageView
from nowprint.gui.dialogs.people.name_rows import Row, RowList
from nowprint.gui.dialogs.roomy_dialog import RoomyDialog, bound_list, turn
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count

if TYPE_CHECKING:
    from nowprint.people_records import Name, NameList, NamePage

NAMES_WIDE = 290
NAMES_LOW = 170
"""The width of the names beside the page, and their height above it, in pixels at the usual text size."""
YOU = "me"


class PeopleDialog(RoomyDialog):
    episode_wanted = Signal(int)
    forget_wanted = Signal(object, str)
    """Forgetting, and how it was chosen."""

    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(theme, say.TITLE, "people.dialog", parent)
        self._bridge = bridge
        self._names: tuple[Name, ...] = ()
        self._unread = True
        self._page: NamePage | None = None
        self._asked = 0  # counts requests of pages: the reply to an earlier one is dropped
        self.add_heading(say.TITLE)
        self.note = words(say.ABOUT, "quiet", name="people.note")
        self.column.addWidget(self.note)
        self.filter = QLineEdit()
        self.filter.setObjectName("people.filter")
        self.filter.setPlaceholderText("Filter names")
        self.filter.setAccessibleName("Filter names")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(lambda _: self._show_names())
        self.rows = RowList(theme, "people.names", "Names, those told of most often first")
        self.rows.currentItemChanged.connect(lambda *_: self._on_name())
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.filter)
        left.addWidget(self.rows, 1)
        self._left = QWidget()
        self._left.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        self.rename = button("Rename…", "outlined", self._ask_name, name="people.rename")
        self.merge = button("Merge with…", "outlined", self._ask_other, name="people.merge")
        self.split = button(
            "Split",
            "outlined",
            self._split,
            name="people.split",
            about="Take apart what was merged",
        )
        self.forget = button("Forget…", "danger", self._forget, name="people.forget")
        self.page = NamePageView(theme, (self.rename, self.merge, self.split, self.forget))
        self.page.episode_wanted.connect(self.episode_wanted)
        self.page.name_wanted.connect(self.choose)
        self.page.order_changed.connect(self._ask_page)
        self._both = QHBoxLayout()
        self._both.setSpacing(18)
        self._both.addWidget(self._left)
        self._both.addWidget(self.page, 1)
        self.column.addLayout(self._both, 1)
        self.add_close()
        QShortcut(QKeySequence.StandardKey.Find, self, self.filter.setFocus)
        self._show_actions()
        self.stand_again()
        self.refresh()
        self.filter.setFocus()
        self.fit(least=round(640 * theme.text_size))

    def stand(self, size: float, *, wide: bool) -> None:
        """In a narrow dialog the names stand above the page."""
        turn([self._both], wide=wide)
        low = round(NAMES_LOW * size) + self.filter.sizeHint().height()
        bound_list(self._left, wide=wide, width=round(NAMES_WIDE * size), low=low)
        self.rows.setMinimumHeight(round(120 * size))

    # --- the names -------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the names again, and for the page that is shown."""
        from nowprint.service.requests.people import ListNames

        if self.closed:
            return
        if not self._names:
            self.busy("Looking for names")
        self._bridge.call(ListNames(), self._on_names, self._failed)

    def _on_names(self, told: NameList) -> None:
        if self.closed:
            return
        self.busy("Looking for names" if told.unread else "")
        self._names, self._unread = told.names, told.unread > 0
        self.note.setText(say.ABOUT if told.names or told.unread else say.NOTHING)
        self._show_names()
        self._ask_page()
        if told.unread:
            self.refresh()

    def _show_names(self) -> None:
        low = self.filter.text().strip().lower()
        found = [one for one in self._names if low in one.shown.lower()]
        self.rows.show_rows(_rows(found))
        if self.rows.key() is None and found and not self._unread:  # the first may still change
            self.rows.setCurrentRow(0)
        if self._names:
            self.note.setText(say.ABOUT if found else say.NOT_FOUND)
        if self.rows.key() is None:
            self._show(None)

    def choose(self, key: str) -> None:
        """Show the page of this name."""
        if self.filter.text() and not self.rows.go_to(key):
            self.filter.clear()
        self.rows.go_to(key)
        self.rows.scrollToItem(self.rows.currentItem())

    def _on_name(self) -> None:
        self._ask_page()

    def _name(self) -> Name | None:
        key = self.rows.key()
        return next((one for one in self._names if one.key == key), None)

    # --- the page --------------------------------------------------------------------------

    def _ask_page(self) -> None:
        from nowprint.service.requests.people import GetNamePage

        self._asked += 1
        asked = self._asked
        name = self._name()
        if name is None or self.closed:
            self._show(None)
            return

        def show(page: NamePage) -> None:
            if asked == self._asked and not self.closed:
                self.say_fault("")
                self._show(page)

        def failed(error: UserError) -> None:
            if asked == self._asked and not self.closed:
                if isinstance(error, NotFound):  # it was forgotten meanwhile
                    self._show(None)
                else:
                    self._failed(error)

        self._bridge.call(GetNamePage(name.key, self.page.oldest_first), show, failed)

    def _show(self, page: NamePage | None) -> None:
        self._page = page
        self.page.show_page(page)
        self._show_actions()

    def _show_actions(self) -> None:
        page = self._page
        yours = page is not None and page.name.key == YOU
        self.rename.setEnabled(page is not None and not yours)
        self.merge.setEnabled(page is not None and not yours and len(self._others()) > 0)
        self.split.setVisible(page is not None and page.name.merged > 1)

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.busy("")
            self.say_fault(str(error))

    # --- what can be done with it ----------------------------------------------------------

    def _others(self) -> list[Name]:
        key = self._page.name.key if self._page else ""
        return [one for one in self._names if one.key not in (key, YOU)]

    def _ask_name(self) -> None:
        from nowprint.gui.widgets.name_dialog import NameDialog
        from nowprint.service.requests.people import RenameName

        if self._page is None:
            return
        key, shown = self._page.name.key, self._page.name.shown

        def named(text: str) -> None:
            self._bridge.call(RenameName(key, text), self._done, self._failed)

        about = "Only what the page is called changes, not your memories."
        NameDialog(self.theme, "Rename", about, shown, named, self).open()

    def _ask_other(self) -> None:
        from nowprint.gui.dialogs.people.merge_names_dialog import MergeNamesDialog
        from nowprint.service.requests.people import MergeNames

        if self._page is None:
            return
        name = self._page.name

        def chosen(key: str) -> None:
            self._bridge.call(MergeNames((key,), name.key), self._done, self._failed)

        MergeNamesDialog(self.theme, name, self._others(), chosen, self).open()

    def _split(self) -> None:
        from nowprint.service.requests.people import SplitName

        def done(names: tuple[Name, ...]) -> None:
            if not self.closed:
                announce(self, f"Now there are {count(len(names), 'page')}")
                self.refresh()

        if self._page is not None:
            self._bridge.call(SplitName(self._page.name.key), done, self._failed)

    def _forget(self) -> None:
        from nowprint.inspection import Forgetting

        if self._page is not None:
            shown = show_invisible(self._page.name.shown)
            title = (
                "Forget what you said of yourself"
                if self._page.name.key == YOU
                else f"Forget {shown}"
            )
            self.forget_wanted.emit(Forgetting(self._page.ids), title)

    def _done(self, name: Name) -> None:
        if not self.closed:
            self.say_fault("")
            self._refresh_to(name.key)

    def _refresh_to(self, key: str) -> None:
        """Ask for the names again, then show this one."""
        from nowprint.service.requests.people import ListNames

        def show(told: NameList) -> None:
            self._on_names(told)
            self.choose(key)

        self._bridge.call(ListNames(), show, self._failed)


def _rows(names: list[Name]) -> list[Row]:
    """Those with a page, then those that are only mentioned."""
    pages = [one for one in names if one.page]
    mentioned = [one for one in names if not one.page]
    heading = [Row(None, say.MENTIONED, kind="heading")] if pages and mentioned else []
    return [
        *(Row(one.key, show_invisible(one.shown), say.in_list(one)) for one in pages),
        *heading,
        *(
            Row(one.key, show_invisible(one.shown), say.in_list(one), "mentioned")
            for one in mentioned
        ),
    ]
