"""What the model thinks is shown folded above the answer, and is no part of it."""

from __future__ import annotations

import dataclasses
from typing import Any

from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtGui import QGuiApplication

from nowprint.gui.chat.thinking.thought_view import ThoughtView

PIECES = ("The user greets me. ", "I greet back.")


def thinking(client: FakeClient) -> None:
    client.thought = PIECES
    client.answer = "Hello there."


def say(opened: Opened, text: str = "Hello") -> None:
    opened.window.composer.put(text)
    opened.window.composer.send_button.click()


def shown(opened: Opened) -> ThoughtView:
    (view,) = opened.window.transcript.findChildren(ThoughtView)
    return view


def test_it_is_live_and_then_folded_with_its_time(open_window: Open, qtbot: Any) -> None:
    opened = open_window(thinking)
    opened.client.thinks.clear()
    say(opened)
    qtbot.waitUntil(lambda: bool(opened.window.transcript.findChildren(ThoughtView)))
    view = shown(opened)
    qtbot.waitUntil(lambda: view.fold.text() == "Thinking… 1 s")
    assert view.body.isHidden()
    view.fold.click()
    qtbot.waitUntil(lambda: view.body.toPlainText() == "The user greets me.")
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.client.thinks.set()
    assert view.fold.text() == "Thought for 2 s"
    assert view.hurry.isHidden()
    assert view.body.toPlainText() == "".join(PIECES)
    view.fold.click()
    assert view.body.isHidden()
    assert view.fold.accessibleName() == "Thought for 2 s. Show the thought"


def test_answer_now(open_window: Open, qtbot: Any) -> None:
    opened = open_window(thinking)
    opened.client.thinks.clear()
    say(opened)
    qtbot.waitUntil(lambda: bool(opened.window.transcript.findChildren(ThoughtView)))
    with qtbot.waitSignal(opened.window.turnFinished):
        shown(opened).hurry.click()
    assert opened.client.hurried == 1
    assert not shown(opened).is_running


def test_it_is_no_part_of_the_answer(open_window: Open, qtbot: Any) -> None:
    opened = open_window(thinking)
    with qtbot.waitSignal(opened.window.turnFinished):
        say(opened)
    answer = opened.window.transcript.views[-1]
    assert answer.text == "Hello there."
    answer.copy()
    assert QGuiApplication.clipboard().text() == "Hello there."


def test_it_is_there_again_when_the_chat_is(open_window: Open, qtbot: Any) -> None:
    opened = open_window(thinking)
    with qtbot.waitSignal(opened.window.turnFinished):
        say(opened)
    chat = opened.window.chat
    id = chat.conversation_id
    chat.new()
    qtbot.waitUntil(lambda: not opened.window.transcript.findChildren(ThoughtView))
    with qtbot.waitSignal(opened.window.conversationShown):
        chat.open(id)
    view = shown(opened)
    assert view.fold.text() == "Thought for 2 s"
    view.fold.click()
    assert view.body.toPlainText() == "".join(PIECES)


def test_an_answer_without_a_thought_shows_none(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    with qtbot.waitSignal(opened.window.turnFinished):
        say(opened)
    assert not opened.window.transcript.findChildren(ThoughtView)


def test_what_was_brought_in_with_a_chat_can_be_read(open_window: Open, qtbot: Any) -> None:
    def brought_in(client: FakeClient) -> None:
        talk = client.converse("From elsewhere").id
        client.say(talk, "user", "Hello")
        answer = client.say(talk, "assistant", "Hello there.")
        client.messages[answer.id] = dataclasses.replace(answer, thought="They greet me.")

    opened = open_window(brought_in)
    with qtbot.waitSignal(opened.window.conversationShown):
        opened.window.chat.open(next(iter(opened.client.conversations)))
    qtbot.waitUntil(lambda: bool(opened.window.transcript.findChildren(ThoughtView)))
    view = shown(opened)
    assert (view.fold.text(), view.body.isHidden()) == ("What it thought", True)
    view.fold.click()
    assert view.body.toPlainText() == "They greet me."
