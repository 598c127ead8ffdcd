"""The switch for thinking, for each chat by itself: there for models that can be told."""

from __future__ import annotations

import dataclasses
from typing import Any

from opened import Open, Opened
from PySide6.QtGui import QAction

from nowprint.errors import UserError
from nowprint.service import protocol as p
from nowprint.service.requests import memory as m
from nowprint.settings import Settings


def thinking(client: Any) -> None:
    client.model = dataclasses.replace(client.model, thinks=True, switches=True)


def action(opened: Opened) -> QAction:
    return {one.text(): one for one in opened.window.menus}["&Think before answering"]


def ask(opened: Opened, qtbot: Any, text: str) -> None:
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put(text)
        opened.window.composer.send_button.click()


def test_a_model_that_can_not_be_told(open_window: Open) -> None:
    opened = open_window()
    assert not action(opened).isEnabled()
    assert not action(opened).isChecked()
    assert opened.window.composer.think.isHidden()


def test_each_chat_has_its_own(open_window: Open, qtbot: Any) -> None:
    opened = open_window(thinking)
    window, button = opened.window, opened.window.composer.think
    assert action(opened).isChecked()
    assert button.text() == "Thinks first"
    assert button.accessibleName() == "The model thinks first in this chat"
    button.click()  # before there is a conversation
    assert button.text() == "Answers at once"
    ask(opened, qtbot, "hello")
    assert opened.asked(p.Send)[0].conversation.thinks is False
    first = window.chat.conversation_id
    assert button.text() == "Answers at once"
    window.chat.new()
    assert button.text() == "Thinks first"
    ask(opened, qtbot, "and here?")
    assert opened.asked(p.Send)[1].conversation.thinks is None
    window.chat.open(first)
    qtbot.waitUntil(lambda: button.text() == "Answers at once")
    action(opened).trigger()
    qtbot.waitUntil(lambda: bool(opened.asked(m.Think)))
    assert opened.asked(m.Think) == [m.Think(first, True)]
    qtbot.waitUntil(lambda: button.text() == "Thinks first")
    qtbot.waitUntil(lambda: opened.client.conversations[first].thinks)


def test_new_chats_do_as_the_settings_say(open_window: Open, qtbot: Any) -> None:
    def quiet(client: Any) -> None:
        thinking(client)
        client.settings = Settings(think=False)

    opened = open_window(quiet)
    button = opened.window.composer.think
    qtbot.waitUntil(lambda: button.text() == "Answers at once")
    ask(opened, qtbot, "hello")
    assert not action(opened).isChecked()
    assert button.text() == "Answers at once"


def test_a_refusal_shows_what_holds(open_window: Open, qtbot: Any) -> None:
    opened = open_window(thinking)
    ask(opened, qtbot, "hello")
    opened.client.faults[m.Think] = UserError("The disk is full: make room.")
    opened.window.composer.think.click()
    qtbot.waitUntil(lambda: "The disk is full" in opened.window.notice.text.text())
    qtbot.waitUntil(lambda: opened.window.composer.think.text() == "Thinks first")
