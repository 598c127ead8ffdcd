"""Ctrl+K finds chats, messages, memories, models and commands; Ctrl+Shift+F finds in a chat."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fake_client import NOW, FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nowprint.gui.dialogs.search_dialog import SearchDialog
from nowprint.gui.dialogs.search_results import Found
from nowprint.gui.window.searching import Searching
from nowprint.service.requests.search import FindMessages

FILLER = "Nothing of note was said in this line at all. "
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def fill(client: FakeClient) -> None:
    cats = client.converse("Cats and their food")
    client.say(cats.id, "user", "What does a cat with kidney disease eat?")
    client.say(cats.id, "assistant", "A **kidney** diet: little phosphorus. Ask about the kidney.")
    long = client.converse("A long letter")
    client.say(long.id, "user", FILLER * 700 + "The harbour is at the end. " + FILLER * 30)
    client.say(long.id, "assistant", "I read it.")
    client.keep("My cat Pickwick has kidney disease.")


def test_what_is_archived_is_found_and_marked(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: client.keep("The concert is over.", archived=True))
    dialog = search(opened, qtbot, "concert")
    qtbot.waitUntil(lambda: "Memories" in groups(dialog))
    (found,) = groups(dialog)["Memories"]
    assert found.note.startswith("archived · ")


def test_a_question_is_answered_with_its_sentence_and_day(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: client.keep("It rained. I live in Leeds."))
    dialog = search(opened, qtbot, "where do I live?")
    qtbot.waitUntil(lambda: "What you told" in groups(dialog))
    (found,) = groups(dialog)["What you told"]
    assert (found.text, found.note) == ("Leeds", "You · lives in")
    assert found.below.endswith("“I live in Leeds.”")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(opened.window.inspector.episode.isVisible)


@pytest.fixture
def opened(open_window: Open, qtbot: Any) -> Opened:
    opened = open_window(fill)
    model = opened.window.conversations.model
    qtbot.waitUntil(lambda: len(model.rows) == 2)
    return opened


def search(opened: Opened, qtbot: Any, text: str = "") -> SearchDialog:
    window = opened.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window.composer.input, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    searching = window.findChild(Searching)
    qtbot.waitUntil(lambda: searching.dialog is not None)
    dialog: SearchDialog = searching.dialog
    if text:
        QTest.keyClicks(dialog.field, text)
        qtbot.waitUntil(lambda: not dialog._pause.isActive() and not dialog._waiting)
    return dialog


def groups(dialog: SearchDialog) -> dict[str, list[Found]]:
    told: dict[str, list[Found]] = {}
    for row in dialog.results.rows:
        if isinstance(row, str):
            told[row] = []
        else:
            told[list(told)[-1]].append(row)
    return told


def marked(found: Found) -> list[str]:
    return [found.text[start:end] for start, end in found.marks]


def test_one_box_over_everything(opened: Opened, qtbot: Any) -> None:
    dialog = search(opened, qtbot)
    assert [one.text for one in groups(dialog)["Recent chats"]] == [
        "Cats and their food",
        "A long letter",
    ]
    QTest.keyClicks(dialog.field, "kidn")
    qtbot.waitUntil(lambda: {"Messages", "Memories"} <= groups(dialog).keys())
    told = groups(dialog)
    assert [marked(one) for one in told["Messages"]] == [["kidn", "kidn"], ["kidn"]]
    assert told["Messages"][1].below.startswith("You · Cats and their food · ")
    assert [marked(one) for one in told["Memories"]] == [["kidn"]]
    assert "Chats" not in told
    dialog.field.setText("starter")
    assert [one.text for one in groups(dialog)["Models"]] == ["Starter model (small)"]
    dialog.field.setText("temp chat")
    commands = groups(dialog)["Commands"]
    assert [(one.text, one.note) for one in commands] == [("New temporary chat", "Ctrl+Shift+N")]
    dialog.field.setText("nowhere to be found")
    qtbot.waitUntil(dialog.nothing.isVisible)
    assert dialog.nothing.text() == "Nothing found"
    dialog.since.setCurrentIndex(1)
    qtbot.waitUntil(lambda: dialog.nothing.text() == "Nothing found that passes the filters")
    dialog.since.setCurrentIndex(0)
    dialog.field.clear()
    assert dialog.list.isVisible()
    assert dialog.told.text().startswith("Up and Down choose")
    QTest.keyClick(dialog.field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: opened.window.findChild(Searching).dialog is None)


def test_a_command_runs_and_a_chat_opens_from_the_keyboard(opened: Opened, qtbot: Any) -> None:
    window = opened.window
    dialog = search(opened, qtbot, "long letter")
    with qtbot.waitSignal(window.conversationShown):
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert window.chat.title() == "A long letter"
    dialog = search(opened, qtbot, "conversations show or")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(window.conversations.isHidden)


def test_arrow_keys_skip_the_headings(opened: Opened, qtbot: Any) -> None:
    dialog = search(opened, qtbot, "kidney")
    rows: list[Any] = []
    for key in (None, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        if key:
            QTest.keyClick(dialog.field, key)
        rows.append(dialog.list.currentIndex().row())
    assert rows == [1, 2, 4, 4, 2]
    assert dialog.field.hasFocus()
    dialog.reject()


def test_a_click_goes_to_a_place_far_down_and_marks_it(opened: Opened, qtbot: Any) -> None:
    window = opened.window
    dialog = search(opened, qtbot, "harbour")
    row = next(n for n, one in enumerate(dialog.results.rows) if isinstance(one, Found))
    box = dialog.list.visualRect(dialog.results.index(row))
    QTest.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    bar = window.transcript.verticalScrollBar()

    def shown() -> bool:
        views = window.transcript.views
        at = views[0].marked_at() if len(views) == 2 else None
        if at is None:
            return False
        top = views[0].mapTo(window.transcript.widget(), views[0].rect().topLeft()).y() + at
        return bar.value() <= top <= bar.value() + window.transcript.viewport().height()

    qtbot.waitUntil(shown)
    assert selected(window) == ["harbour"]


def selected(window: Any) -> list[str]:
    return [
        chosen.cursor.selectedText()
        for view in window.transcript.views
        for text in view._texts()
        for chosen in text.extraSelections()
        if chosen.cursor.hasSelection()
    ]


def test_filters_narrow_and_stale_replies_are_dropped(opened: Opened, qtbot: Any) -> None:
    dialog = search(opened, qtbot, "kidney")
    qtbot.waitUntil(lambda: dialog.model.count() == 2)
    dialog.model.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not dialog._pause.isActive() and not dialog._waiting)
    assert opened.asked(FindMessages)[-1].model == opened.client.writer
    assert list(groups(dialog)) == ["Messages"]
    assert [marked(one) for one in groups(dialog)["Messages"]] == [["kidney", "kidney"]]
    dialog.model.setCurrentIndex(0)
    dialog.since.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not dialog._pause.isActive() and not dialog._waiting)
    midnight = opened.asked(FindMessages)[-1].since
    assert midnight <= time.time() < midnight + 90_000
    assert ("Messages" in groups(dialog)) == (midnight <= NOW)
    dialog.reject()


def test_replies_to_what_was_typed_before_are_dropped(
    opened: Opened, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = search(opened, qtbot)
    asked: list[Any] = []

    def call(request: Any, done: Any, _: Any) -> None:
        if isinstance(request, FindMessages):
            asked.append((request, done))

    monkeypatch.setattr(opened.window.bridge, "call", call)
    dialog.field.setText("phosphorus")
    qtbot.waitUntil(lambda: len(asked) == 1)
    dialog.field.setText("kidney")
    qtbot.waitUntil(lambda: len(asked) == 2)
    (older, late), (newer, done) = asked
    done(opened.client.reply(newer))
    late(opened.client.reply(older))
    assert [marked(one)[0] for one in groups(dialog)["Messages"]] == ["kidney", "kidney"]
    dialog.reject()


def test_find_in_this_chat(opened: Opened, qtbot: Any) -> None:
    from nowprint.gui.chat.find_bar import FindBar

    window = opened.window
    bar = window.findChild(FindBar)
    with qtbot.waitSignal(window.conversationShown):
        window.chat.open(next(iter(opened.client.conversations)))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window.composer.input, Qt.Key.Key_F, CTRL_SHIFT)
    qtbot.waitUntil(bar.isVisible)
    QTest.keyClicks(bar.field, "kidney")
    qtbot.waitUntil(lambda: bar.told.text() == "3 of 3")
    answer = window.transcript.views[1]._texts()[0]
    (mark,) = [chosen.cursor.selectionStart() for chosen in answer.extraSelections()]
    assert mark == answer.toPlainText().rindex("kidney")
    QTest.keyClick(bar.field, Qt.Key.Key_F3)
    assert bar.told.text() == "1 of 3"
    qtbot.waitUntil(lambda: selected(window) == ["kidney"] and not answer.extraSelections())
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.told.text() == "2 of 3"
    (mark,) = [chosen.cursor.selectionStart() for chosen in answer.extraSelections()]
    assert mark == answer.toPlainText().index("kidney")
    QTest.keyClick(bar.field, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert bar.told.text() == "1 of 3"
    bar.field.setText("zebra")
    qtbot.waitUntil(lambda: bar.told.text() == "Nothing found")
    assert selected(window) == []
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert bar.isHidden()
    assert window.focusWidget() is window.composer.input
