"""What is written and not sent is there again, chat by chat, and goes where it has to go."""

from __future__ import annotations

from typing import Any

import pytest
from opened import Open, Opened
from PySide6.QtCore import Qt

from nowprint.settings import Profile


@pytest.fixture(autouse=True)
def folder(profile: Profile) -> None:
    """The core, for which a fake stands here, makes it."""
    profile.home.mkdir(parents=True)


def _say(opened: Opened, qtbot: Any, text: str) -> int:
    window = opened.window
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put(text)
        qtbot.keyClick(window.composer.input, Qt.Key.Key_Return)
    assert window.chat.conversation_id is not None
    return window.chat.conversation_id


def test_each_chat_has_its_draft_also_after_a_restart(
    open_window: Open, profile: Profile, qtbot: Any
) -> None:
    opened = open_window()
    window = opened.window
    first = _say(opened, qtbot, "My cat is Pickwick.")
    qtbot.keyClicks(window.composer.input, "half a thought")
    window.chat.new()
    assert window.composer.input.toPlainText() == ""
    qtbot.keyClicks(window.composer.input, "a new one")
    window.chat.open(first)
    assert window.composer.input.toPlainText() == "half a thought"
    window.close()
    again = open_window().window
    assert again.composer.input.toPlainText() == "a new one"
    again.chat.open(first)
    assert again.composer.input.toPlainText() == "half a thought"


def test_what_is_typed_during_the_first_answer_belongs_to_its_chat(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window(lambda client: client.hold.clear())
    window = opened.window
    with qtbot.waitSignal(window.turnStarted):
        window.composer.put("My cat is Pickwick.")
        qtbot.keyClick(window.composer.input, Qt.Key.Key_Return)
    qtbot.keyClicks(window.composer.input, "and then")
    id = window.chat.conversation_id
    window.chat.new()
    assert window.composer.input.toPlainText() == ""
    window.chat.open(id)
    assert window.composer.input.toPlainText() == "and then"
    with qtbot.waitSignal(window.turnFinished):
        opened.client.hold.set()


def test_a_temporary_chats_draft_is_never_on_disk(
    open_window: Open, profile: Profile, qtbot: Any
) -> None:
    window = open_window().window
    window.chat.new(temporary=True)
    qtbot.keyClicks(window.composer.input, "secret of Marta")
    window.chat.new()
    window.close()
    assert not any(
        b"secret of Marta" in f.read_bytes() for f in profile.home.rglob("*") if f.is_file()
    )


def test_a_deleted_chats_draft_goes_with_it(
    open_window: Open, profile: Profile, qtbot: Any
) -> None:
    opened = open_window()
    window = opened.window
    id = _say(opened, qtbot, "My cat is Pickwick.")
    qtbot.keyClicks(window.composer.input, "half a thought")
    qtbot.waitUntil(profile.drafts.exists)
    with qtbot.waitSignal(window.chat.deleted):
        window.chat.requests.delete((id,))
    assert window.composer.input.toPlainText() == ""
    qtbot.waitUntil(lambda: not profile.drafts.exists())


def test_forgetting_takes_drafts_off_the_disk_and_not_out_of_the_window(
    open_window: Open, profile: Profile, qtbot: Any
) -> None:
    window = open_window().window
    qtbot.keyClicks(window.composer.input, "Pickwick has kidney disease")
    qtbot.waitUntil(profile.drafts.exists)
    window.drafts.leave_disk()
    qtbot.waitUntil(lambda: not profile.drafts.exists())
    assert window.composer.input.toPlainText() == "Pickwick has kidney disease"
    window.close()
    assert not profile.drafts.exists()
