"""Edited, answered again, continued, forked, deleted: nothing is overwritten."""

from __future__ import annotations

from typing import Any

from opened import Open, Opened
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton

from nowprint.errors import UserError
from nowprint.service import protocol as p
from nowprint.service.requests import branches as b


def say(opened: Opened, qtbot: Any, text: str) -> None:
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put(text)
        opened.window.composer.send_button.click()


def texts(opened: Opened) -> list[str]:
    return [view.text for view in opened.window.transcript.views]


def told(view: Any) -> str:
    label = view.findChild(QLabel, "branch.told")
    return label.text() if not label.parentWidget().isHidden() else ""


def menu(opened: Opened, at: int) -> dict[str, QAction]:
    made = opened.window.chat.branches.menu(opened.window.transcript.views[at])
    return {action.text().replace("&", ""): action for action in made.actions() if action.text()}


def edit(opened: Opened, qtbot: Any, at: int, text: str) -> None:
    view = opened.window.transcript.views[at]
    view.edit()
    field = view.findChild(QPlainTextEdit, "message.edit.field")
    assert field.toPlainText() == view.text
    field.setPlainText(text)
    with qtbot.waitSignal(opened.window.turnFinished):
        view.findChild(QPushButton, "message.edit.save").click()


def test_an_edited_message_is_answered_on_a_branch_of_its_own(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window()
    opened.client.answer = "One."
    say(opened, qtbot, "first")
    say(opened, qtbot, "second")
    opened.client.answer = "Two."
    edit(opened, qtbot, 0, "changed")
    assert texts(opened) == ["changed", "Two."]
    views = opened.window.transcript.views
    assert told(views[0]) == "2 of 2"
    assert told(views[1]) == ""
    before = views[0].findChild(QPushButton, "branch.before")
    assert before.accessibleName() == "Earlier version"
    with qtbot.waitSignal(opened.window.conversationShown):
        before.click()
    assert texts(opened) == ["first", "One.", "second", "One."]
    assert told(opened.window.transcript.views[0]) == "1 of 2"
    after = opened.window.transcript.views[0].findChild(QPushButton, "branch.after")
    assert after.isEnabled()


def test_an_edit_can_be_given_up(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    say(opened, qtbot, "first")
    view = opened.window.transcript.views[0]
    view.edit()
    view.findChild(QPushButton, "message.edit.cancel").click()
    assert not view._body.isHidden()
    assert not opened.asked(p.Edit)


def test_any_answer_can_be_given_again(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    say(opened, qtbot, "first")
    say(opened, qtbot, "second")
    first = opened.window.transcript.views[1].message.id
    opened.client.answer = "Otherwise."
    with qtbot.waitSignal(opened.window.turnFinished):
        menu(opened, 1)["Answer again"].trigger()
    assert opened.asked(p.Retry)[-1].answer_id == first
    assert texts(opened) == ["first", "Otherwise."]
    assert told(opened.window.transcript.views[1]) == "2 of 2"


def test_an_answer_is_continued_in_a_copy(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.client.answer = "It was a dark"
    say(opened, qtbot, "tell me")
    opened.client.answer = " and stormy night."
    with qtbot.waitSignal(opened.window.turnFinished):
        menu(opened, 1)["Continue this answer"].trigger()
    assert texts(opened) == ["tell me", "It was a dark and stormy night."]
    assert told(opened.window.transcript.views[1]) == "2 of 2"


def test_a_fork_is_opened_and_the_old_chat_stays(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    say(opened, qtbot, "first")
    say(opened, qtbot, "second")
    old = opened.window.chat.conversation_id
    with qtbot.waitSignal(opened.window.conversationShown):
        menu(opened, 1)["Fork into a new chat"].trigger()
    assert opened.window.chat.conversation_id != old
    assert texts(opened)[0] == "first"
    assert len(texts(opened)) == 2
    assert len(opened.client._said(old)) == 4


def test_a_deleted_branch_can_be_brought_back(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window = opened.window
    say(opened, qtbot, "first")
    say(opened, qtbot, "second")
    with qtbot.waitSignal(window.conversationShown):
        menu(opened, 2)["Delete from here on"].trigger()
    assert len(texts(opened)) == 2
    assert opened.asked(b.DeleteBranch)
    qtbot.waitUntil(
        lambda: window.inspector.undo.isVisible() or not window.notice.action.isHidden()
    )
    window.inspector.undo.undo()
    qtbot.waitUntil(lambda: len(opened.client.messages) == 4)


def test_what_is_refused_is_told(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    say(opened, qtbot, "first")
    opened.client.faults[b.ForkConversation] = UserError("The disk is full: make room.")
    menu(opened, 0)["Fork into a new chat"].trigger()
    qtbot.waitUntil(lambda: "The disk is full" in opened.window.notice.text.text())


def test_a_place_on_another_branch_is_gone_to(open_window: Open, qtbot: Any) -> None:
    """As the inspector does for a memory that was kept from there."""
    opened = open_window()
    window = opened.window
    say(opened, qtbot, "first of all")
    told_first = window.transcript.views[0].message
    edit(opened, qtbot, 0, "changed")
    window.chat.go_to(told_first.conversation_id, told_first.id, 0, 5)
    qtbot.waitUntil(lambda: texts(opened)[:1] == ["first of all"])
    qtbot.waitUntil(lambda: window.chat.pages.goal is None)


def test_a_fork_from_an_own_message_can_be_answered(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    say(opened, qtbot, "first")
    with qtbot.waitSignal(opened.window.conversationShown):
        menu(opened, 0)["Fork into a new chat"].trigger()
    assert texts(opened) == ["first"]
    assert opened.window.focusWidget() is opened.window.composer.input
    opened.client.answer = "An answer."
    with qtbot.waitSignal(opened.window.turnFinished):
        menu(opened, 0)["Answer"].trigger()
    assert texts(opened) == ["first", "An answer."]
    assert "Answer" not in menu(opened, 0)
