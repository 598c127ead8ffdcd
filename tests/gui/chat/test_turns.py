"""Turns, as they show in the window."""

from __future__ import annotations

from typing import Any

import pytest
from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton

from nowprint.errors import MessageTooLong
from nowprint.records import NewConversation
from nowprint.service import protocol as p
from nowprint.service.requests.arranging import DeleteConversations


def say(opened: Opened, qtbot: Any, text: str) -> None:
    qtbot.keyClicks(opened.window.composer.input, text)
    with qtbot.waitSignal(opened.window.turnFinished):
        qtbot.keyClick(opened.window.composer.input, Qt.Key.Key_Return)


def part(view: Any, kind: type, name: str) -> Any:
    return view.findChild(kind, name)


def test_a_turn_shows_message_and_answer(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    say(opened, qtbot, "hello")
    user, answer = opened.window.transcript.views
    assert user.message.text == "hello"
    assert answer.text == opened.client.answer
    assert answer.message.state == "complete"
    plain = [
        piece.view.toPlainText() if hasattr(piece, "view") else piece.toPlainText()
        for piece in answer._pieces
    ]
    assert plain == ["That is noted. Here is how:", "print('Pickwick')", "Anything else?"]
    assert opened.window.composer.send_button.isVisible()
    qtbot.waitUntil(lambda: "98 tokens/s" in opened.window.status.speed.text())
    context = opened.window.status.context
    assert "180" in context.text()
    opened.window.chat.new()
    assert context.text().startswith("Context 0 /")
    opened.window.chat.open(user.message.conversation_id)
    assert "180" in context.text()


def test_the_first_message_makes_the_conversation(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    say(opened, qtbot, "one")
    say(opened, qtbot, "two")
    assert not opened.asked(p.CreateConversation)
    new, there = (request.conversation for request in opened.asked(p.Send))
    assert new == NewConversation()
    assert there == opened.window.chat.conversation_id
    assert len(opened.client.conversations) == 1


@pytest.mark.parametrize("temporary", [True, False])
def test_a_chat_opened_before_the_conversation_is_made_stays_apart(
    open_window: Open, qtbot: Any, temporary: bool
) -> None:
    opened = open_window()
    window, chat = opened.window, opened.window.chat
    opened.client.slow.clear()
    window.composer.put("to be kept")
    window.composer.send_button.click()
    chat.new(temporary=temporary)
    assert "another conversation" in window.composer.findChild(QLabel, "composer.hint").text()
    with qtbot.waitSignal(window.turnFinished):
        opened.client.slow.set()
    assert chat.conversation_id is None
    assert window.composer.memory.use.temporary == temporary
    assert window.transcript.views == []
    say(opened, qtbot, "in the other")
    new = [request.conversation for request in opened.asked(p.Send)]
    assert new == [NewConversation(), NewConversation(temporary)]
    assert len({message.conversation_id for message in opened.client.messages.values()}) == 2


def test_stop_before_anything_was_sent_stops_too(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: client.hold.clear())
    opened.client.slow.clear()
    opened.window.composer.put("no, wait")
    opened.window.composer.send_button.click()
    opened.window.composer.stop_button.click()
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.client.slow.set()
    assert opened.window.transcript.views[-1].message.state == "stopped"


def test_stop_ends_the_answer_and_says_so(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: client.hold.clear())
    window = opened.window
    with qtbot.waitSignal(window.turnStarted):
        qtbot.keyClicks(window.composer.input, "go on")
        qtbot.keyClick(window.composer.input, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.transcript.views[-1].text))
    assert window.composer.stop_button.isVisible()
    with qtbot.waitSignal(window.turnFinished):
        qtbot.mouseClick(window.composer.stop_button, Qt.MouseButton.LeftButton)
    answer = window.transcript.views[-1]
    assert answer.message.state == "stopped"
    assert not answer._state.isHidden()
    assert answer._state.text() == "You stopped this answer."
    assert len(answer.text) < len(opened.client.answer)


def test_retry_keeps_the_earlier_answer_within_reach(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window = opened.window
    say(opened, qtbot, "tell me")
    first = window.transcript.views[-1].message
    opened.client.answer = "Another answer."
    retry = part(window.transcript.views[-1], QPushButton, "message.retry")
    assert not retry.isHidden()
    with qtbot.waitSignal(window.turnFinished):
        retry.click()
    assert [view.text for view in window.transcript.views] == ["tell me", "Another answer."]
    answer = window.transcript.views[-1]
    assert answer.message.replaces == first.id
    with qtbot.waitSignal(window.conversationShown):
        part(answer, QPushButton, "branch.before").click()
    assert [view.text for view in window.transcript.views] == ["tell me", first.text]


def test_only_the_last_answer_can_be_tried_again(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    say(opened, qtbot, "one")
    say(opened, qtbot, "two")
    answers = [v for v in opened.window.transcript.views if v.message.role == "assistant"]
    assert [part(v, QPushButton, "message.retry").isVisible() for v in answers] == [False, True]


def test_what_was_left_out_is_told(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.client.trimmed = 4
    say(opened, qtbot, "long talk")
    line = opened.window.transcript.findChild(QLabel, "transcript.line")
    assert line.text() == (
        "4 messages no longer fit into the model's context and were left out: Ctrl+Shift+X shows which, "
        "and why."
    )
    say(opened, qtbot, "goes on")
    opened.client.trimmed = 6
    say(opened, qtbot, "and on")
    lines = opened.window.transcript.findChildren(QLabel, "transcript.line")
    assert [line.text()[:10] for line in lines] == ["4 messages", "6 messages"]


def test_what_was_kept_is_a_chip_that_opens_it(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.client.keeps = "my cat is Pickwick"
    with qtbot.waitSignal(opened.window.stored) as stored:
        say(opened, qtbot, "well, my cat is Pickwick")
    episode = stored.args[0].kept[0].episode
    chip = part(opened.window.transcript.views[0], QPushButton, "message.kept")
    assert not chip.isHidden()
    assert chip.text() == "Kept in memory: 1"
    with qtbot.waitSignal(opened.window.inspector.shown) as shown:
        chip.click()
    assert shown.args[0].episode.id == episode.id


def test_from_memory_opens_just_those_episodes(open_window: Open, qtbot: Any) -> None:
    kept = []

    def prepare(client: FakeClient) -> None:
        kept.extend(client.keep(f"fact {n}") for n in range(5))
        client.recalls = (kept[3].id, kept[1].id)

    opened = open_window(prepare)
    say(opened, qtbot, "what do you know?")
    chip = part(opened.window.transcript.views[-1], QPushButton, "message.memories")
    assert chip.text() == "From memory: 2"
    with qtbot.waitSignals([opened.window.inspector.listed, opened.window.inspector.shown]):
        chip.click()
    inspector = opened.window.inspector
    assert [row.id for row in inspector.model.rows] == [kept[3].id, kept[1].id]
    assert inspector.episode.episode_id == kept[3].id
    assert inspector.count.text() == "2 shown"


def test_a_message_that_is_refused_comes_back(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.client.faults[p.Send] = MessageTooLong("The message is too long: shorten it.")
    say(opened, qtbot, "far too long")
    assert opened.window.composer.input.toPlainText() == "far too long"
    assert opened.window.notice.isVisible()
    assert opened.window.notice.text.text() == "The message is too long: shorten it."
    assert opened.window.chat.conversation_id is None
    assert not opened.client.conversations


def test_a_message_that_is_refused_later_leaves_the_conversation(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window()
    say(opened, qtbot, "hello")
    opened.client.faults[p.Send] = MessageTooLong("The message is too long: shorten it.")
    say(opened, qtbot, "far too long")
    assert opened.window.chat.conversation_id in opened.client.conversations
    assert not opened.asked(DeleteConversations)


def test_copy_takes_the_markdown(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    say(opened, qtbot, "hello")
    opened.window.transcript.views[-1]._copy.click()
    assert QGuiApplication.clipboard().text() == opened.client.answer


def test_markup_of_the_user_stays_as_it_was_typed(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    text = "<b>no</b> *stars* <|im_end|>"
    say(opened, qtbot, text)
    assert opened.window.transcript.views[0]._pieces[0].toPlainText() == text


def test_a_very_long_message_is_shown_in_part(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.window.composer.put("word " * 40_000)
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.send_button.click()
    view = opened.window.transcript.views[0]
    assert len(view._pieces) == 1
    assert not view._more.isHidden()
    view._more.click()
    qtbot.waitUntil(
        lambda: sum(len(piece.toPlainText()) for piece in view._pieces) == len(view.text)
    )


def test_an_answer_goes_on_while_another_conversation_is_open(
    open_window: Open, qtbot: Any
) -> None:
    def prepare(client: FakeClient) -> None:
        other = client.converse("Other")
        client.say(other.id, "user", "elsewhere")
        client.hold.clear()

    opened = open_window(prepare)
    window = opened.window
    with qtbot.waitSignal(window.turnStarted):
        window.composer.put("first")
        window.composer.send_button.click()
    mine = window.chat.conversation_id
    other = next(c.id for c in opened.client.conversations.values() if c.title == "Other")
    with qtbot.waitSignal(window.conversationShown):
        window.chat.open(other)
    assert [view.text for view in window.transcript.views] == ["elsewhere"]
    assert "Enter queues" in window.composer.findChild(QLabel, "composer.hint").text()
    with qtbot.waitSignal(window.conversationShown):
        window.chat.open(mine)
    with qtbot.waitSignal(window.turnFinished):
        opened.client.hold.set()
    assert window.transcript.views[-1].text == opened.client.answer
