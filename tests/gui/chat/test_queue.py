"""Messages sent during an answer wait in a visible queue, and go one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

from nowprint.errors import UserError
from nowprint.gui.chat.queue.message_queue import FAILED, UNSENT
from nowprint.service import protocol as p
from nowprint.settings import Profile


@pytest.fixture(autouse=True)
def folder(profile: Profile) -> None:
    """The core, for which a fake stands here, makes it."""
    profile.home.mkdir(parents=True)


def held(client: FakeClient) -> None:
    client.hold.clear()


def enter(opened: Opened, qtbot: Any, *texts: str) -> None:
    for text in texts:
        opened.window.composer.put(text)
        qtbot.keyClick(opened.window.composer.input, Qt.Key.Key_Return)


def begun(open_window: Open, qtbot: Any, *waiting: str) -> Opened:
    """An answer is being written in a new chat, and these wait."""
    opened = open_window(held)
    with qtbot.waitSignal(opened.window.turnStarted):
        enter(opened, qtbot, "first")
    enter(opened, qtbot, *waiting)
    return opened


def sent(opened: Opened) -> list[str]:
    return [one.text for one in opened.asked(p.Send)]


def press(opened: Opened, name: str) -> None:
    opened.window.findChild(QPushButton, name).click()


def test_they_go_in_order_when_the_answer_is_done(open_window: Open, qtbot: Any) -> None:
    opened = begun(open_window, qtbot, "second", "third")
    queue = opened.window.queue
    assert queue.here == ["second", "third"]
    assert queue.view.isVisible()
    assert queue.view.told.text() == "2 messages will be sent after the answer"
    assert sent(opened) == ["first"]
    opened.client.hold.set()
    qtbot.waitUntil(lambda: sent(opened) == ["first", "second", "third"])
    qtbot.waitUntil(lambda: opened.window.chat.turn is None)
    assert queue.view.isHidden()
    assert len({view.message.conversation_id for view in opened.window.transcript.views}) == 1
    assert len(opened.window.transcript.views) == 6


def test_the_mouse_can_queue_too(open_window: Open, qtbot: Any) -> None:
    opened = begun(open_window, qtbot)
    button = opened.window.composer.send_button
    assert not button.isVisible()
    opened.window.composer.put("second")
    assert (button.isVisible(), button.text()) == (True, "Queue")
    button.click()
    assert opened.window.queue.here == ["second"]


def test_they_are_moved_edited_and_removed_from_the_keyboard(open_window: Open, qtbot: Any) -> None:
    opened = begun(open_window, qtbot, "one", "two", "three")
    queue = opened.window.queue
    list = queue.view.list
    list.setCurrentRow(2)
    qtbot.keyClick(list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert queue.here == ["one", "three", "two"]
    assert list.currentRow() == 1
    qtbot.keyClick(list, Qt.Key.Key_Delete)
    assert queue.here == ["one", "two"]
    qtbot.keyClick(list, Qt.Key.Key_F2)
    field = queue.view.findChild(QPlainTextEdit, "queue.editor.field")
    field.setPlainText("two\nand a half")
    press(opened, "queue.editor.save")
    assert queue.here == ["one", "two\nand a half"]
    assert list.item(1).text() == "two and a half"


def test_nothing_goes_while_one_is_edited(open_window: Open, qtbot: Any) -> None:
    opened = begun(open_window, qtbot, "second", "third")
    view = opened.window.queue.view
    view.edit()
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.client.hold.set()
    opened.window.queue.go_on()
    assert sent(opened) == ["first"]
    view.findChild(QPlainTextEdit, "queue.editor.field").setPlainText("2nd")
    press(opened, "queue.editor.save")
    qtbot.waitUntil(lambda: sent(opened) == ["first", "2nd", "third"])


def test_send_now_stops_the_answer(open_window: Open, qtbot: Any) -> None:
    opened = begun(open_window, qtbot, "second")
    press(opened, "queue.send")
    qtbot.waitUntil(lambda: sent(opened) == ["first", "second"])
    assert opened.window.transcript.views[1].message.state == "stopped"


def test_a_queue_goes_on_in_its_own_chat(open_window: Open, qtbot: Any) -> None:
    opened = begun(open_window, qtbot, "second")
    window = opened.window
    id = window.chat.conversation_id
    window.chat.new()
    assert window.queue.here == []
    assert window.queue.view.isHidden()
    enter(opened, qtbot, "elsewhere")
    assert window.queue.here == ["elsewhere"]
    opened.client.hold.set()
    qtbot.waitUntil(lambda: sent(opened) == ["first", "second", "elsewhere"])
    assert opened.asked(p.Send)[1].conversation == id
    qtbot.waitUntil(lambda: window.chat.turn is None)
    assert window.transcript.views[0].text == "elsewhere"


def test_it_stops_when_an_answer_fails(open_window: Open, qtbot: Any) -> None:
    opened = begun(open_window, qtbot, "second", "third")
    queue = opened.window.queue
    opened.client.faults = {p.Send: UserError("There is no room on the disk.")}
    opened.client.hold.set()
    qtbot.waitUntil(lambda: queue.view.told.text() == FAILED)
    assert queue.here == ["second", "third"]
    assert opened.window.composer.input.toPlainText() == ""
    opened.client.faults = {}
    press(opened, "queue.send")
    qtbot.waitUntil(lambda: sent(opened) == ["first", "second", "second", "third"])
    qtbot.waitUntil(lambda: queue.here == [])


def test_it_is_there_after_a_restart_and_waits_for_the_user(
    open_window: Open, profile: Profile, qtbot: Any
) -> None:
    opened = begun(open_window, qtbot, "second")
    id = opened.window.chat.conversation_id
    opened.window.close()
    again = open_window()
    again.window.chat.open(id)
    assert again.window.queue.here == ["second"]
    assert again.window.queue.view.told.text() == UNSENT
    assert sent(again) == []


def test_forgetting_takes_it_off_the_disk(open_window: Open, profile: Profile, qtbot: Any) -> None:
    opened = begun(open_window, qtbot, "Pickwick is ill")
    qtbot.waitUntil(profile.drafts.exists)
    opened.window.drafts.leave_disk()
    qtbot.waitUntil(lambda: not profile.drafts.exists())
    assert opened.window.queue.here == ["Pickwick is ill"]


def test_a_temporary_chats_queue_is_never_on_disk(
    open_window: Open, profile: Profile, qtbot: Any
) -> None:
    opened = open_window(held)
    opened.window.chat.new(temporary=True)
    with qtbot.waitSignal(opened.window.turnStarted):
        enter(opened, qtbot, "first")
    enter(opened, qtbot, "secret of Marta")
    assert opened.window.queue.here == ["secret of Marta"]
    opened.window.close()
    assert not any(b"Marta" in f.read_bytes() for f in profile.home.rglob("*") if f.is_file())
