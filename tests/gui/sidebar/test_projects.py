from __future__ import annotations

from typing import Any

import pytest
from fake_client import NOW, FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMenu, QMessageBox, QPushButton

from nowprint.gui.sidebar.conversation_model import Group
from nowprint.gui.widgets.name_dialog import NameDialog
from nowprint.gui.window.menus import conversation_menu
from nowprint.service import protocol as p
from nowprint.service.requests.arranging import MoveConversations

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


def with_thesis(client: FakeClient) -> None:
    client.projects[900] = "Thesis"
    client.converse("Chapter one", project=900)
    client.converse("The cat", updated=NOW - 10)


def without(client: FakeClient) -> None:
    client.converse("The cat")


def rows(opened: Opened) -> list[str]:
    model = opened.window.conversations.model
    return [model.title(n) for n in range(model.rowCount())]


GROUPED = ["Thesis", "Chapter one", "Other conversations", "The cat"]


def grouped(open_window: Open, qtbot: Any) -> Opened:
    opened = open_window(with_thesis)
    qtbot.waitUntil(lambda: rows(opened) == GROUPED)
    return opened


def entry(menu: QMenu, text: str) -> Any:
    return next(action for action in menu.actions() if action.text() == text)


def test_without_projects_the_list_is_as_ever(open_window: Open, qtbot: Any) -> None:
    opened = open_window(without)
    qtbot.waitUntil(lambda: rows(opened) == ["The cat"])
    assert opened.window.conversations.list.uniformItemSizes()


def test_conversations_stand_under_their_project(open_window: Open, qtbot: Any) -> None:
    opened = grouped(open_window, qtbot)
    model = opened.window.conversations.model
    spoken = [model.index(n).data(Qt.ItemDataRole.AccessibleTextRole) for n in (0, 2)]
    assert spoken == ["Project Thesis, 1 conversation", "Other conversations, 1 conversation"]
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.conversations.list.setCurrentIndex(model.index(1))
    assert opened.window.header.project.isVisible()
    assert opened.window.header.project.text() == "Thesis"
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.conversations.step(1)
    assert opened.window.title.text() == "The cat"
    assert not opened.window.header.project.isVisible()


def test_a_project_is_folded_up_by_click_and_key(open_window: Open, qtbot: Any) -> None:
    opened = grouped(open_window, qtbot)
    panel = opened.window.conversations
    with qtbot.waitSignal(opened.window.conversationShown):
        panel.list.setCurrentIndex(panel.model.index(1))
    where = panel.list.visualRect(panel.model.index(0)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert rows(opened) == ["Thesis", "Other conversations", "The cat"]
    assert opened.window.title.text() == "Chapter one"
    qtbot.keyClick(panel.list, Qt.Key.Key_Right)
    assert rows(opened) == GROUPED
    assert [index.row() for index in panel.list.selectedIndexes()] == [1]
    qtbot.keyClick(panel.list, Qt.Key.Key_Left)
    assert len(rows(opened)) == 3


def test_a_project_is_made_for_the_conversation(open_window: Open, qtbot: Any) -> None:
    opened = open_window(without)
    qtbot.waitUntil(lambda: rows(opened) == ["The cat"])
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.conversations.list.setCurrentIndex(opened.window.conversations.model.index(0))
    menu = QMenu()
    chat = opened.window.chat
    opened.window.projects.fill(menu, (chat.conversation_id,), {chat.project})
    entry(menu, "New project…").trigger()
    dialog = opened.window.findChild(NameDialog)
    assert not dialog.confirm.isEnabled()
    qtbot.keyClicks(dialog.field, "Garden & house")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows(opened) == ["Garden & house", "The cat"])
    qtbot.waitUntil(opened.window.header.project.isVisible)
    assert opened.window.header.project.text() == "Garden && house"
    menu.deleteLater()


def test_a_conversation_is_moved_by_the_menu(open_window: Open, qtbot: Any) -> None:
    opened = grouped(open_window, qtbot)
    panel = opened.window.conversations
    with qtbot.waitSignal(opened.window.conversationShown):
        panel.list.setCurrentIndex(panel.model.index(3))
    move = next(
        a.menu()
        for a in conversation_menu(opened.window.parts, opened.window.dialogs).actions()
        if a.menu()
    )
    assert entry(move, "No project").isChecked()
    entry(move, "Thesis").trigger()
    qtbot.waitUntil(lambda: rows(opened) == ["Thesis", "Chapter one", "The cat"])
    assert opened.asked(MoveConversations)[0].project == 900


def test_a_new_chat_in_a_project_belongs_to_it(open_window: Open, qtbot: Any) -> None:
    opened = grouped(open_window, qtbot)
    panel = opened.window.conversations
    panel.list.stand_at(panel.model.index(0))
    entry(
        conversation_menu(opened.window.parts, opened.window.dialogs), "New chat in this project"
    ).trigger()
    assert opened.window.header.project.text() == "Thesis"
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put("Chapter two is on herons.")
        opened.window.composer.send_button.click()
    (sent,) = opened.asked(p.Send)
    assert sent.conversation.project == 900
    assert not opened.asked(MoveConversations)
    qtbot.waitUntil(lambda: len(rows(opened)) == 5)
    assert rows(opened)[3] == "Other conversations"


def test_renaming_in_place_and_a_name_that_is_taken(open_window: Open, qtbot: Any) -> None:
    opened = grouped(open_window, qtbot)
    opened.client.projects[901] = "Garden"
    panel = opened.window.conversations
    panel.list.stand_at(panel.model.index(0))
    panel.rename()
    editor = panel.list.findChild(QLineEdit)
    editor.setText("Book")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows(opened)[:2] == ["Book", "Chapter one"])
    opened.window.projects.rename(900, "Garden")
    qtbot.waitUntil(lambda: "already" in opened.window.notice.text.text())


def test_deleting_a_project_keeps_what_is_in_it(open_window: Open, qtbot: Any) -> None:
    opened = grouped(open_window, qtbot)
    panel = opened.window.conversations
    panel.list.stand_at(panel.model.index(0))
    assert isinstance(panel.row, Group)
    panel.ask_delete()
    box = opened.window.findChild(QMessageBox, "project.delete")
    assert "Its 1 conversation will be kept outside any project." in box.informativeText()
    assert box.defaultButton().text() == "Keep it"
    box.findChild(QPushButton, "project.delete.confirm").click()
    qtbot.waitUntil(lambda: rows(opened) == ["Chapter one", "The cat"])
