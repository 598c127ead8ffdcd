"""Conversations are pinned, archived, sorted and filtered; several are selected and changed at once."""

from __future__ import annotations

from typing import Any

import pytest
from fake_client import NOW, FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton

from nowprint.gui.window.menus import conversation_menu
from nowprint.inspection import Retitled
from nowprint.service import protocol as p
from nowprint.service.requests import arranging as a
from nowprint.service.requests import memory as m

OFFSCREEN = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
TITLES = ("Lisbon", "Bread", "Museum", "Archery")


def four(client: FakeClient) -> None:
    for number, title in enumerate(TITLES):
        talk = client.converse(title, updated=NOW - number)
        client.say(talk.id, "user", f"in {title}")


def rows(opened: Opened) -> list[str]:
    return [row.title for row in opened.window.conversations.model.rows]


def choose(opened: Opened, qtbot: Any, *chosen: int) -> None:
    """Click the first row, and the others with Ctrl."""
    panel = opened.window.conversations
    key = Qt.KeyboardModifier.NoModifier
    for row in chosen:
        place = panel.list.visualRect(panel.model.index(row)).center()
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, key, place)
        key = Qt.KeyboardModifier.ControlModifier


def titles(opened: Opened) -> list[str]:
    return [one.title for one in opened.window.conversations.chosen]


def entry(opened: Opened, text: str) -> Any:
    menu = conversation_menu(opened.window.parts, opened.window.dialogs)
    return next(action for action in menu.actions() if action.text().startswith(text))


def test_several_are_selected_and_only_one_alone_is_opened(open_window: Open, qtbot: Any) -> None:
    opened = open_window(four)
    with qtbot.waitSignal(opened.window.conversationShown):
        choose(opened, qtbot, 1)
    choose(opened, qtbot, 1, 3)
    assert titles(opened) == ["Bread", "Archery"]
    assert opened.window.title.text() == "Bread"
    opened.window.session.refresh_conversations()
    with qtbot.waitSignal(opened.window.session.conversations):
        pass
    assert titles(opened) == ["Bread", "Archery"]
    with qtbot.waitSignal(opened.window.conversationShown):
        choose(opened, qtbot, 3)
    assert opened.window.title.text() == "Archery"


def test_the_keyboard_selects_all_and_extends(open_window: Open, qtbot: Any) -> None:
    opened = open_window(four)
    choose(opened, qtbot, 0)
    list = opened.window.conversations.list
    qtbot.keyClick(list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert titles(opened) == ["Lisbon", "Bread"]
    assert opened.window.title.text() == "Lisbon"
    qtbot.keyClick(list, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert titles(opened) == [*TITLES]


def test_pinned_ones_come_first_and_say_so(open_window: Open, qtbot: Any) -> None:
    opened = open_window(four)
    choose(opened, qtbot, 2, 3)
    opened.window.conversations.toggle_pin()
    qtbot.waitUntil(lambda: rows(opened) == ["Museum", "Archery", "Lisbon", "Bread"])
    model = opened.window.conversations.model
    spoken = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Museum, pinned")
    assert titles(opened) == ["Museum", "Archery"]
    entry(opened, "Unpin").trigger()
    qtbot.waitUntil(lambda: rows(opened) == [*TITLES])


def test_archived_ones_are_folded_and_found_all_the_same(open_window: Open, qtbot: Any) -> None:
    opened = open_window(four)
    choose(opened, qtbot, 1)
    entry(opened, "Archive").trigger()
    qtbot.waitUntil(lambda: rows(opened) == ["Lisbon", "Museum", "Archery", "Archived"])
    panel = opened.window.conversations
    assert "Bread" in {one.title for one in panel.model.all}
    panel.list.setCurrentIndex(panel.model.index(3))
    qtbot.keyClick(panel.list, Qt.Key.Key_Right)
    assert rows(opened)[-1] == "Bread"
    choose(opened, qtbot, 4)
    entry(opened, "Bring back").trigger()
    qtbot.waitUntil(lambda: rows(opened) == [*TITLES])


def test_the_filter_shows_archived_ones_too(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        four(client)
        client.converse("Old bread", archived=True)

    opened = open_window(prepare)
    qtbot.keyClicks(opened.window.conversations.filter, "BREAD")
    assert rows(opened) == ["Bread", "Archived", "Old bread"]
    opened.window.conversations.filter.clear()
    assert rows(opened) == [*TITLES, "Archived"]


def test_the_order_is_kept_as_a_setting(open_window: Open, qtbot: Any) -> None:
    opened = open_window(four)
    opened.window.conversations.ordered.emit("title")
    qtbot.waitUntil(lambda: rows(opened) == sorted(TITLES))
    qtbot.waitUntil(lambda: bool(opened.asked(p.ChangeSettings)))
    assert opened.asked(p.ChangeSettings)[-1].settings.chat_order == "title"


def test_several_are_moved_at_once(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        four(client)
        client.projects = {900: "Thesis"}

    opened = open_window(prepare)
    qtbot.waitUntil(lambda: rows(opened) == ["Thesis", "Other conversations", *TITLES])
    choose(opened, qtbot, 2, 4)
    move = entry(opened, "Move to").menu()
    next(one for one in move.actions() if one.text() == "Thesis").trigger()
    qtbot.waitUntil(lambda: rows(opened)[:3] == ["Thesis", "Lisbon", "Museum"])


@OFFSCREEN
def test_several_are_deleted_with_one_undo(open_window: Open, qtbot: Any) -> None:
    opened = open_window(four)
    choose(opened, qtbot, 0, 1)
    opened.window.conversations.ask_delete()
    box = opened.window.conversations.findChild(QMessageBox, "delete.dialog")
    assert "these 2 conversations" in box.text()
    assert box.findChild(QPushButton, "delete.forget") is None
    box.findChild(QPushButton, "delete.confirm").click()
    qtbot.waitUntil(lambda: rows(opened) == ["Museum", "Archery"])
    assert len(opened.asked(a.DeleteConversations)) == 1
    opened.window.inspector.undo.undo()
    qtbot.waitUntil(lambda: rows(opened) == [*TITLES])


@OFFSCREEN
def test_a_deleted_project_comes_back(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        four(client)
        client.projects = {900: "Thesis"}
        client.converse("Chapter", project=900, updated=NOW + 1)

    opened = open_window(prepare)
    qtbot.waitUntil(lambda: rows(opened)[:2] == ["Thesis", "Chapter"])
    with qtbot.waitSignal(opened.window.inspector.undo.offered):
        opened.window.projects._delete(900)
    qtbot.waitUntil(lambda: rows(opened) == ["Chapter", *TITLES])
    assert opened.window.inspector.undo.text.text().startswith("Deleted: 1 project.")
    opened.window.inspector.undo.undo()
    qtbot.waitUntil(lambda: rows(opened)[:2] == ["Thesis", "Chapter"])
    assert len(opened.asked(m.UndoForgetting)) == 1


def test_a_title_from_the_model_is_shown_at_once(open_window: Open, qtbot: Any) -> None:
    opened = open_window(four)
    choose(opened, qtbot, 0)
    client = opened.client
    first = next(iter(client.conversations.values()))
    client.on_event(Retitled(client._alter(first.id, title="Trains in Lisbon")))
    qtbot.waitUntil(lambda: opened.window.title.text() == "Trains in Lisbon")
    assert rows(opened)[0] == "Trains in Lisbon"
