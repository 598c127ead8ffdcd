"""The pages of people, places and things in the window."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from nowprint.errors import UserError
from nowprint.gui.dialogs.forgetting.forget_dialog import ForgetDialog
from nowprint.gui.dialogs.people.merge_names_dialog import MergeNamesDialog
from nowprint.gui.dialogs.people.name_rows import ROW, Row, RowList
from nowprint.gui.dialogs.people.people_dialog import PeopleDialog
from nowprint.gui.widgets.name_dialog import NameDialog
from nowprint.service.requests.people import ListNames, RenameName

DAY = 86_400
TOLD = (
    "My sister Marta plays the cello in Porto.",
    "Marta lives in Porto.",
    "Marta lives in Braga now.",
    "My sister rang.",
    "I'm allergic to penicillin.",
    "Lunch with Priyanka.",
)


class Shown:
    def __init__(self, opened: Opened, dialog: PeopleDialog, qtbot: Any) -> None:
        self.opened, self.dialog, self.qtbot = opened, dialog, qtbot

    def until_page(self, title: str) -> None:
        self.qtbot.waitUntil(lambda: self.dialog.page.title.text() == title)

    def until_names(self, *names: str) -> None:
        self.qtbot.waitUntil(lambda: set(names) <= set(texts(self.dialog.rows)))

    def choose(self, key: str, title: str) -> None:
        self.dialog.choose(key)
        self.until_page(title)


def texts(rows: RowList) -> list[str]:
    return [rows.item(row).text() for row in range(rows.count())]


def rows_of(rows: RowList) -> list[Row]:
    return [rows.item(row).data(ROW) for row in range(rows.count())]


def with_people(client: FakeClient) -> None:
    for number, text in enumerate(TOLD):
        created = time.time() - (len(TOLD) - number) * DAY
        client.keep(text, created=created, **({"replaces": 2} if number == 2 else {}))


@pytest.fixture
def shown(open_window: Open, qtbot: Any) -> Shown:
    opened = open_window(with_people)
    opened.window.dialogs.people.open()
    dialog = opened.window.findChild(PeopleDialog)
    made = Shown(opened, dialog, qtbot)
    made.until_names("Marta")
    made.choose("marta", "Marta")
    return made


def test_names_with_a_page_come_first_and_others_are_grey(shown: Shown) -> None:
    rows = rows_of(shown.dialog.rows)
    assert rows[0].text == "Marta"
    assert rows[0].small.startswith("your sister · 3 memories")
    kinds = {row.text: row.kind for row in rows}
    assert (kinds["My sister"], kinds["Priyanka"]) == ("name", "mentioned")


def test_a_page_tells_what_is_said_what_changed_and_with_whom(shown: Shown) -> None:
    rows = rows_of(shown.dialog.page.told)
    assert [(row.kind, row.text) for row in rows] == [
        ("heading", "Plainly said"),
        ("fact", "lives in Braga"),
        ("past", "lives in Porto"),
        ("heading", "All memories"),
        ("memory", TOLD[2]),
        ("memory", TOLD[1]),
        ("memory", TOLD[0]),
    ]
    assert "“Marta lives in Braga now.”" in rows[1].small
    assert rows[4].small.endswith("before: Marta lives in Porto.")
    assert rows[5].small.endswith("no longer so")
    chips = shown.dialog.findChildren(QPushButton, "people.together")
    assert {chip.text() for chip in chips if chip.isVisible()} == {"Porto (2)", "Braga"}
    next(chip for chip in chips if chip.text() == "Braga").click()
    shown.until_page("Braga")


def test_the_order_is_turned_round(shown: Shown) -> None:
    shown.dialog.page.order.click()
    shown.qtbot.waitUntil(lambda: texts(shown.dialog.page.told)[-1] == TOLD[2])
    assert shown.dialog.page.order.text() == "Newest first"


@pytest.mark.parametrize("key", [None, Qt.Key.Key_Return])
def test_a_memory_opens_in_the_inspector(shown: Shown, key: Qt.Key | None) -> None:
    rows, inspector = shown.dialog.page.told, shown.opened.window.inspector
    rows.setCurrentRow(rows.count() - 1)
    with shown.qtbot.waitSignal(inspector.shown) as told:
        if key is None:
            rows.itemClicked.emit(rows.currentItem())
        else:
            QTest.keyClick(rows, key)
    assert told.args[0].episode.text == TOLD[0]


def test_names_are_filtered(shown: Shown) -> None:
    shown.dialog.filter.setText("priy")
    assert texts(shown.dialog.rows) == ["Priyanka"]
    shown.until_page("Priyanka")
    shown.dialog.filter.setText("nobody")
    assert texts(shown.dialog.rows) == []
    assert shown.dialog.note.text() == "No name like that."
    assert not shown.dialog.page.told.isVisible()
    shown.choose("marta", "Marta")
    assert shown.dialog.filter.text() == ""


def test_a_page_gets_another_name(shown: Shown) -> None:
    shown.dialog.rename.click()
    asking = shown.dialog.findChild(NameDialog)
    assert asking.field.text() == "Marta"
    asking.field.setText("Marta Nowak")
    asking.confirm.click()
    shown.until_page("Marta Nowak")
    shown.until_names("Marta Nowak")


def test_two_names_become_one_and_two_again(shown: Shown) -> None:
    assert not shown.dialog.split.isVisible()
    shown.dialog.merge.click()
    asking = shown.dialog.findChild(MergeNamesDialog)
    assert not asking.confirm.isEnabled()
    assert texts(asking.rows)[0] == "My sister"  # the same relation: the likeliest
    assert "You" not in texts(asking.rows)
    asking.rows.setCurrentRow(0)
    asking.confirm.click()
    shown.qtbot.waitUntil(lambda: "Also My sister" in shown.dialog.page.about.text())
    assert "My sister" not in texts(shown.dialog.rows)
    shown.qtbot.waitUntil(shown.dialog.split.isVisible)
    shown.dialog.split.click()
    shown.until_names("My sister")


def test_ones_own_page_is_neither_renamed_nor_merged(shown: Shown) -> None:
    shown.choose("me", "You")
    assert not shown.dialog.rename.isEnabled()
    assert not shown.dialog.merge.isEnabled()
    assert shown.dialog.forget.isEnabled()


def test_forgetting_goes_the_way_of_all_forgetting(shown: Shown) -> None:
    shown.dialog.forget.click()
    asking = shown.opened.window.findChild(ForgetDialog)
    assert asking.heading.text() == "Forget Marta"
    shown.qtbot.waitUntil(lambda: not asking.bar.isVisible())
    asking.confirm.click()
    shown.qtbot.waitUntil(lambda: "Marta" not in texts(shown.dialog.rows))
    assert "My sister" in texts(shown.dialog.rows)


def test_what_is_told_meanwhile_appears(shown: Shown) -> None:
    shown.opened.client.keep("I met Oksana.", created=time.time())
    before = len(shown.opened.asked(ListNames))
    shown.opened.window.inspector.changed.emit()
    shown.until_names("Oksana")
    assert len(shown.opened.asked(ListNames)) == before + 1
    assert shown.dialog.page.title.text() == "Marta"


def test_what_cannot_be_done_is_said(shown: Shown) -> None:
    shown.opened.client.faults[RenameName] = UserError("The disk is full: free some space.")
    shown.dialog.rename.click()
    asking = shown.dialog.findChild(NameDialog)
    asking.field.setText("M")
    asking.confirm.click()
    shown.qtbot.waitUntil(lambda: "disk is full" in shown.dialog.fault.text())


def test_without_names_it_says_where_they_come_from(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.window.dialogs.people.open()
    dialog = opened.window.findChild(PeopleDialog)
    qtbot.waitUntil(lambda: dialog.note.text().startswith("No names yet"))
    assert not dialog.rename.isVisible()


def test_in_a_narrow_dialog_the_names_stand_above(shown: Shown) -> None:
    page, rows = shown.dialog.page, shown.dialog.rows
    assert page.x() > rows.x() + rows.width() // 2
    shown.dialog.resize(420, 640)
    shown.qtbot.waitUntil(lambda: page.y() > rows.height())
    parts = (shown.dialog.rename, shown.dialog.forget, page.told, rows)

    def inside() -> bool:
        rights = [part.mapTo(shown.dialog, part.rect().topRight()).x() for part in parts]
        return max(rights) < shown.dialog.width()

    shown.qtbot.waitUntil(inside)


def test_it_asks_until_all_is_read(open_window: Open, qtbot: Any) -> None:
    def slowly(client: FakeClient) -> None:
        with_people(client)
        client.unread = iter((4, 2))
        whole = client.reply

        def reply(request: Any) -> Any:
            told = whole(request)
            partly = isinstance(request, ListNames) and told.unread
            return replace(told, names=told.names[-1:]) if partly else told

        client.reply = reply  # type: ignore[method-assign]

    opened = open_window(slowly)
    opened.window.dialogs.people.open()
    dialog = opened.window.findChild(PeopleDialog)
    qtbot.waitUntil(lambda: len(opened.asked(ListNames)) == 3 and not dialog.bar.isVisible())
    assert "Marta" in texts(dialog.rows)
    assert dialog.rows.currentRow() == 0  # not the one that was read first
