from __future__ import annotations

from typing import Any

import pytest
from fake_client import NOW, FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMessageBox, QPushButton

from nowprint.gui.chat.transcript import PAGE
from nowprint.gui.dialogs.forgetting.forget_dialog import ForgetDialog
from nowprint.gui.sidebar.conversation_model import FIRST
from nowprint.service import protocol as p
from nowprint.service.requests.arranging import DeleteConversations

OFFSCREEN = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
"""Qt's own remark about dialogs where there is no display."""


def with_three(client: FakeClient) -> None:
    for number, title in enumerate(("First", "Second", "Third")):
        conversation = client.converse(title, updated=NOW - number)
        message = client.say(conversation.id, "user", f"in {title}")
        client.keep(f"in {title}", message)


def open_row(opened: Opened, qtbot: Any, row: int) -> None:
    panel = opened.window.conversations
    with qtbot.waitSignal(opened.window.conversationShown):
        panel.list.setCurrentIndex(panel.model.index(row))


def test_a_conversation_is_opened_with_its_messages(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_three)
    open_row(opened, qtbot, 1)
    assert [view.text for view in opened.window.transcript.views] == ["in Second"]
    assert opened.window.title.text() == "Second"
    opened.window.conversations.step(1)
    qtbot.waitUntil(lambda: [v.text for v in opened.window.transcript.views] == ["in Third"])


def test_renaming_in_place(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_three)
    open_row(opened, qtbot, 0)
    panel = opened.window.conversations
    panel.rename()
    editor = panel.list.findChild(QLineEdit)
    editor.setText("Tea")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(opened.asked(p.RenameConversation)))
    assert opened.asked(p.RenameConversation)[0].title == "Tea"
    qtbot.waitUntil(lambda: opened.window.title.text() == "Tea")


@OFFSCREEN
def test_deleting_keeps_what_was_remembered(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_three)
    open_row(opened, qtbot, 0)
    opened.window.conversations.ask_delete()
    box = opened.window.conversations.findChild(QMessageBox, "delete.dialog")
    with qtbot.waitSignal(opened.window.chat.deleted):
        box.findChild(QPushButton, "delete.confirm").click()
    assert len(opened.asked(DeleteConversations)[0].ids) == 1
    assert opened.window.transcript.views == []
    qtbot.waitUntil(lambda: len(opened.window.conversations.model.rows) == 2)
    undo = opened.window.inspector.undo
    assert undo.text.text().startswith("Deleted: 1 message")
    assert undo.isVisible()
    undo.undo_button.click()
    qtbot.waitUntil(lambda: len(opened.window.conversations.model.rows) == 3)


@OFFSCREEN
def test_with_no_panel_undoing_is_offered_in_the_chat(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_three)
    opened.window.panels.toggle_inspector()
    first = opened.window.conversations.model.rows[0].id
    with qtbot.waitSignal(opened.window.inspector.undo.offered):
        opened.window.chat.requests.delete((first,))
    assert "You can undo this for one minute" in opened.window.notice.text.text()
    opened.window.notice.action.click()
    qtbot.waitUntil(lambda: "Brought back" in opened.window.notice.text.text())
    qtbot.waitUntil(lambda: first in {row.id for row in opened.window.conversations.model.rows})


def test_of_many_conversations_the_first_are_shown_and_more_when_wanted(
    open_window: Open, qtbot: Any
) -> None:
    def prepare(client: FakeClient) -> None:
        for n in range(4 * FIRST):
            client.converse(f"Talk {n}")

    opened = open_window(prepare)
    panel = opened.window.conversations
    assert len(panel.model.rows) == 4 * FIRST
    assert panel.model.rowCount() == FIRST
    far = panel.model.rows[FIRST + 50]
    panel.select(far.id)
    assert panel.row is far
    assert FIRST + 50 < panel.model.rowCount() < 4 * FIRST
    for _ in range(3):
        panel.list.scrollToBottom()
    assert panel.model.rowCount() == 4 * FIRST


@OFFSCREEN
def test_forgetting_with_a_conversation_shows_what_would_go(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_three)
    open_row(opened, qtbot, 0)
    opened.window.conversations.ask_delete()
    box = opened.window.conversations.findChild(QMessageBox, "delete.dialog")
    box.findChild(QPushButton, "delete.forget").click()
    dialog = opened.window.findChild(ForgetDialog)
    qtbot.waitUntil(dialog.confirm.isEnabled)
    assert "1 memory, 1 message and 1 chat" in dialog.goes.text()
    assert "“First”" in dialog.heading.text()
    assert not opened.asked(DeleteConversations)
    with qtbot.waitSignal(dialog.finished):
        dialog.confirm.click()
    qtbot.waitUntil(lambda: len(opened.window.conversations.model.rows) == 2)
    qtbot.waitUntil(lambda: opened.window.chat.conversation_id is None)
    opened.window.inspector.undo.undo()
    qtbot.waitUntil(lambda: len(opened.window.conversations.model.rows) == 3)


@OFFSCREEN
def test_deleting_can_be_left(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_three)
    open_row(opened, qtbot, 0)
    opened.window.conversations.ask_delete()
    box = opened.window.conversations.findChild(QMessageBox, "delete.dialog")
    assert box.defaultButton().text() == "Keep it"
    box.defaultButton().click()
    assert not opened.asked(DeleteConversations)


def test_long_conversations_show_their_end_and_more_on_request(
    open_window: Open, qtbot: Any
) -> None:
    def prepare(client: FakeClient) -> None:
        conversation = client.converse("Long")
        for n in range(PAGE + 12):
            client.say(conversation.id, "user", f"message {n}")

    opened = open_window(prepare)
    open_row(opened, qtbot, 0)
    transcript = opened.window.transcript
    assert len(transcript.views) == PAGE
    assert transcript.views[-1].text == f"message {PAGE + 11}"
    more = transcript.findChild(QPushButton, "transcript.earlier")
    assert not more.isHidden()
    with qtbot.waitSignal(opened.window.conversationShown):
        more.click()
    assert transcript.views[0].text == "message 0"
    assert len(transcript.views) == PAGE + 12
    assert more.isHidden()


def test_no_message_comes_twice(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        conversation = client.converse("Long")
        for n in range(PAGE * 2):
            client.say(conversation.id, "user", f"message {n}")
        client.say(client.converse("Short", updated=NOW - 1).id, "user", "short")

    opened = open_window(prepare)
    open_row(opened, qtbot, 0)
    long, short = (row.id for row in opened.window.conversations.model.rows)
    transcript = opened.window.transcript
    more = transcript.findChild(QPushButton, "transcript.earlier")
    opened.client.slow.clear()
    transcript._ask_earlier()
    transcript._ask_earlier()
    assert more.isHidden()
    opened.client.slow.set()
    qtbot.waitUntil(lambda: len(transcript.views) >= PAGE * 2)
    opened.client.slow.clear()
    for id in (short, long, short, long):
        opened.window.chat.open(id)
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.client.slow.set()
    assert [view.text for view in transcript.views] == [
        f"message {n}" for n in range(PAGE, PAGE * 2)
    ]


def test_going_to_an_early_message_loads_it(open_window: Open, qtbot: Any) -> None:
    first = []

    def prepare(client: FakeClient) -> None:
        conversation = client.converse("Long")
        first.append(client.say(conversation.id, "user", "the very first"))
        for n in range(PAGE * 2):
            client.say(conversation.id, "user", f"message {n}")

    opened = open_window(prepare)
    opened.window.chat.go_to(first[0].conversation_id, first[0].id, 4, 8)
    transcript = opened.window.transcript
    qtbot.waitUntil(lambda: transcript.view(first[0].id) is not None)
    view = transcript.view(first[0].id)
    qtbot.waitUntil(lambda: bool(view._pieces[0].extraSelections()))
    marked = view._pieces[0].extraSelections()
    assert marked[0].cursor.selectedText() == "very"


def test_another_conversation_is_not_searched_for_the_place_to_go_to(
    open_window: Open, qtbot: Any
) -> None:
    first = []

    def prepare(client: FakeClient) -> None:
        for title in ("Long", "Other"):
            conversation = client.converse(title)
            first.append(client.say(conversation.id, "user", f"the first of {title}"))
            for n in range(PAGE * 3):
                client.say(conversation.id, "user", f"message {n}")

    opened = open_window(prepare)
    long, other = first
    chat = opened.window.chat
    chat.go_to(long.conversation_id, long.id, 4, 9)
    with qtbot.waitSignal(opened.window.conversationShown):
        chat.open(other.conversation_id)
    assert chat.pages.goal is None
    chat.open(long.conversation_id)
    with qtbot.waitSignal(opened.window.conversationShown):
        chat.go_to(other.conversation_id, other.id, 4, 9)
    qtbot.waitUntil(lambda: opened.window.transcript.view(other.id) is not None)
    asked = [one.before for one in opened.asked(p.ListMessages)]
    assert asked.count(None) == 4
    assert len(asked) == 4 + 3, "three more pages of the last, and none of those that were left"


def test_a_temporary_chat_says_what_it_is(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_three)
    opened.window.chat.new(temporary=True)
    said = opened.window.composer.memory
    assert said.text() == "Temporary: nothing is kept or recalled"
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put("a secret")
        opened.window.composer.send_button.click()
    assert opened.asked(p.Send)[0].conversation.temporary
    qtbot.waitUntil(lambda: len(opened.window.conversations.model.rows) == 4)
    assert said.text() == "Temporary: nothing is kept or recalled"


def test_a_new_chat_shows_the_welcome_and_its_examples(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_three)
    open_row(opened, qtbot, 0)
    opened.window.chat.new()
    example = opened.window.transcript.findChild(QPushButton, "welcome.example")
    assert example.isVisible()
    example.click()
    assert opened.window.composer.input.toPlainText() == example.text()
    opened.window.composer.put("A draft")
    example.click()
    assert opened.window.composer.input.toPlainText() == f"A draft\n{example.text()}"
