"""What was said is judged after its answer: the window waits for nothing, and what is kept is told under
its message whenever it comes."""

from __future__ import annotations

from typing import Any

from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtWidgets import QLabel, QPushButton

from nowprint.gui.chat.message_view import MessageView

CAT = "My cat Pickwick needs the renal food."
FERRY = "My sister works on a ferry."


def unjudged(client: FakeClient) -> None:
    client.judging.clear()


def say(opened: Opened, qtbot: Any, text: str) -> MessageView:
    """One turn to the end of its answer, of which all is worth keeping; the view of the message."""
    opened.client.keeps = text
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put(text)
        opened.window.composer.send_button.click()
    return opened.window.transcript.views[-2]


def chip(view: MessageView) -> str:
    """What it says of what was kept; "" while it says nothing."""
    button = view.findChild(QPushButton, "message.kept")
    assert isinstance(button, QPushButton)
    return "" if button.isHidden() else button.text()


def judge(opened: Opened, qtbot: Any, message_id: int) -> None:
    """Let the core judge, until something was kept of this message."""
    with qtbot.waitSignal(
        opened.window.stored,
        check_params_cb=lambda stored: stored.kept and stored.message_id == message_id,
    ):
        opened.client.judging.set()


def test_the_turn_is_over_with_its_answer(open_window: Open, qtbot: Any) -> None:
    opened = open_window(unjudged)
    window, composer = opened.window, opened.window.composer
    told = say(opened, qtbot, CAT)
    answer = window.transcript.views[-1]
    assert answer.text == opened.client.answer
    assert not answer._retry.isHidden()
    assert window.chat.turn is None
    assert not composer.send_button.isHidden()
    assert composer.stop_button.isHidden()
    assert composer.findChild(QLabel, "composer.hint").text().startswith("Enter sends")
    assert not window.status.task.isVisible()
    composer.put("and then?")
    assert composer.send_button.isEnabled()
    assert chip(told) == ""
    judge(opened, qtbot, told.message.id)
    assert chip(told) == "Kept in memory: 1"
    assert composer.input.toPlainText() == "and then?"
    assert chip(answer) == ""


def test_the_next_message_does_not_wait_for_the_judging(open_window: Open, qtbot: Any) -> None:
    opened = open_window(unjudged)
    first, second = (say(opened, qtbot, text) for text in (CAT, FERRY))
    assert [view.text for view in opened.window.transcript.views] == [
        CAT, opened.client.answer, FERRY, opened.client.answer,
    ]  # fmt: skip
    assert (chip(first), chip(second)) == ("", "")
    judge(opened, qtbot, first.message.id)
    assert (chip(first), chip(second)) == ("Kept in memory: 1", "Kept in memory: 1")
    kept = {e.text: e.sources[0].message_id for e in opened.client.episodes.values()}
    assert kept == {CAT: first.message.id, FERRY: second.message.id}


def test_an_answer_is_tried_again_while_its_message_is_judged(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window(unjudged)
    told = say(opened, qtbot, CAT)
    first = opened.window.transcript.views[-1]
    opened.client.keeps = ""
    with qtbot.waitSignal(opened.window.turnFinished):
        first._retry.retry.click()
    assert opened.window.transcript.views[-1].message.replaces == first.message.id
    judge(opened, qtbot, told.message.id)
    assert chip(told) == "Kept in memory: 1"


def test_what_is_kept_while_another_conversation_is_open_is_told_in_its_own(
    open_window: Open, qtbot: Any
) -> None:
    def prepare(client: FakeClient) -> None:
        unjudged(client)
        client.say(client.converse("Other").id, "user", "elsewhere")

    opened = open_window(prepare)
    window = opened.window
    told = say(opened, qtbot, CAT).message
    (other,) = (c.id for c in opened.client.conversations.values() if c.title == "Other")
    with qtbot.waitSignal(window.conversationShown):
        window.chat.open(other)
    assert window.composer.findChild(QLabel, "composer.hint").text().startswith("Enter sends")
    judge(opened, qtbot, told.id)
    assert [(view.text, chip(view)) for view in window.transcript.views] == [("elsewhere", "")]
    with qtbot.waitSignal(window.conversationShown):
        window.chat.open(told.conversation_id)
    assert [chip(view) for view in window.transcript.views] == ["Kept in memory: 1", ""]
