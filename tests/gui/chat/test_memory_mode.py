"""What the memory does in a chat: it always says so, and can be changed by mouse and keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from nowprint.errors import UserError
from nowprint.gui.chat.memory_mode import MemoryMode
from nowprint.records import NewConversation
from nowprint.service import protocol as p
from nowprint.service.requests import memory as m
from nowprint.settings import resources

CONTROL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (MemoryMode(), "Keeps and recalls"),
        (MemoryMode(captures=False), "Recalls but doesn't keep"),
        (MemoryMode(recalls=False), "Keeps but doesn't recall"),
        (MemoryMode(recalls=False, captures=False), "Neither keeps nor recalls"),
        (MemoryMode(on=False), "Memory is off in all chats"),
        (MemoryMode(temporary=True, on=False), "Temporary: nothing is kept or recalled"),
    ],
)
def test_every_state_has_words_and_an_icon(use: MemoryMode, words: str) -> None:
    assert use.words == words
    assert (resources() / "icons" / f"{use.icon}.svg").exists()


def with_chat(client: FakeClient) -> None:
    client.converse("The cat")
    client.converse("The dog", captures=False, updated=1.0)


def said(opened: Opened) -> str:
    return opened.window.composer.memory.text()


def open_row(opened: Opened, qtbot: Any, row: int) -> None:
    panel = opened.window.conversations
    qtbot.waitUntil(lambda: panel.model.rowCount() == 2)
    with qtbot.waitSignal(opened.window.conversationShown):
        panel.list.setCurrentIndex(panel.model.index(row))


def test_each_chat_says_its_own(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_chat)
    for row, words in ((0, "Keeps and recalls"), (1, "Recalls but doesn't keep")):
        open_row(opened, qtbot, row)
        assert said(opened) == words
        assert opened.window.composer.memory.accessibleName() == f"Memory in this chat: {words}"


def test_the_keyboard_switches_both(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_chat)
    open_row(opened, qtbot, 0)
    opened.window.activateWindow()
    qtbot.waitUntil(opened.window.isActiveWindow)
    qtbot.keyClick(opened.window, Qt.Key.Key_R, CONTROL_ALT)
    qtbot.waitUntil(lambda: said(opened) == "Keeps but doesn't recall")
    qtbot.keyClick(opened.window, Qt.Key.Key_K, CONTROL_ALT)
    qtbot.waitUntil(lambda: said(opened) == "Neither keeps nor recalls")
    qtbot.waitUntil(lambda: len(opened.asked(m.UseMemory)) == 2)
    uses = [(asked.recalls, asked.captures) for asked in opened.asked(m.UseMemory)]
    assert uses == [(False, True), (False, False)]


def test_two_switches_in_a_row_both_hold(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_chat)
    open_row(opened, qtbot, 1)
    button = opened.window.composer.memory
    button.keep.trigger()
    button.recall.trigger()
    assert said(opened) == "Keeps but doesn't recall"
    qtbot.waitUntil(lambda: len(opened.asked(m.UseMemory)) == 2)
    assert opened.asked(m.UseMemory)[1].captures


def test_a_switch_that_is_refused_goes_back(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_chat)
    open_row(opened, qtbot, 0)
    opened.client.faults[m.UseMemory] = UserError("The disk is full: make room.")
    opened.window.composer.memory.keep.trigger()
    qtbot.waitUntil(opened.window.notice.isVisible)
    qtbot.waitUntil(lambda: said(opened) == "Keeps and recalls")


def test_the_menu_has_them_and_the_switch_for_all(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_chat)
    open_row(opened, qtbot, 1)
    button = opened.window.composer.memory
    button.click()
    menu = button.findChild(QMenu, "chat.memory.menu")
    states = {a.text(): a.isChecked() for a in menu.actions() if a.isCheckable()}
    assert list(states.values()) == [True, False, True]
    button.everywhere.trigger()
    menu.close()
    assert said(opened) == "Memory is off in all chats"
    assert opened.window.status.memory.text() == "Memory off"
    opened.window.status.memory.click()
    assert said(opened) == "Recalls but doesn't keep"


def test_a_new_chat_begins_as_it_was_chosen(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_chat)
    opened.window.composer.memory.keep.trigger()
    assert said(opened) == "Recalls but doesn't keep"
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put("Not for keeping.")
        opened.window.composer.send_button.click()
    (sent,) = opened.asked(p.Send)
    assert sent.conversation == NewConversation(captures=False)
    assert not opened.asked(m.UseMemory)
    assert said(opened) == "Recalls but doesn't keep"
    opened.window.chat.new()
    assert said(opened) == "Keeps and recalls"


def test_a_temporary_chat_cannot_be_switched(open_window: Open) -> None:
    opened = open_window(with_chat)
    opened.window.chat.new(temporary=True)
    button = opened.window.composer.memory
    assert said(opened) == "Temporary: nothing is kept or recalled"
    assert not button.recall.isEnabled()
    assert not button.keep.isEnabled()
