"""Finding in the real window on the real core: Ctrl+K over everything, and Ctrl+Shift+F in a chat.

Each test leaves a picture in ``screenshots/``, in both themes, to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nowprint.gui.chat.find_bar import FindBar
from nowprint.gui.core.bridge import real_client
from nowprint.gui.dialogs.search_dialog import SearchDialog
from nowprint.gui.dialogs.search_results import Found
from nowprint.gui.window.searching import Searching
from nowprint.gui.window.window import MainWindow
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.settings import Profile, prepare_profile

from .conftest import PICTURES, SECONDS, show

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CHATS = {
    "A letter to the harbour office": (
        "Please make this letter shorter. "
        + "We have waited for a berth since the spring of last year. " * 400
        + "My boat is called Freya, and the harbour master is Mr O’Brien. "
        + "Thank you very much for your help. " * 40,
        "Dear Mr O’Brien,\n\n**Freya** has waited for a berth since last spring. May she have one?",
    ),
    "猫の話": ("我的猫叫豆豆，今年八岁了。", "豆豆是一个可爱的名字！八岁的猫已经是中年了。"),
    "Boats for a beginner": (
        "Which boat should I learn to sail on?",
        "A small dinghy:\n\n1. it is **cheap**,\n2. it forgives mistakes.\n\n```\nboat = Dinghy()\n```",
    ),
}


@pytest.fixture
def window(
    starter_model: Path, embedder_folder: Path, tmp_path: Path, qtbot: Any
) -> Iterator[MainWindow]:
    profile = Profile(tmp_path / "profile")
    prepare_profile(profile)
    store = ConversationStore(profile.database)
    for title, (asked, answer) in CHATS.items():
        chat = store.create_conversation(title).id
        store.add_message(chat, "user", asked)
        store.add_message(chat, "assistant", answer, model="Starter")
    store.close()
    window = MainWindow(profile, real_client)
    window.resize(1200, 800)
    show(window, qtbot)
    qtbot.waitUntil(window.isActiveWindow, timeout=SECONDS)
    yield window
    window.close()
    window.deleteLater()


def picture(window: MainWindow, shown: Any, name: str, qtbot: Any) -> None:
    PICTURES.mkdir(exist_ok=True)
    for theme in ("light", "dark"):
        with qtbot.waitSignal(window.theme.changed, timeout=SECONDS):
            window.theme.choose(theme)
        QApplication.processEvents()  # what was drawn anew is laid out
        assert shown.grab().save(str(PICTURES / f"{name}_{theme}.png"))


def search(window: MainWindow, text: str, qtbot: Any) -> SearchDialog:
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    searching = window.findChild(Searching)
    qtbot.waitUntil(lambda: searching.dialog is not None, timeout=SECONDS)
    dialog: SearchDialog = searching.dialog
    QTest.keyClicks(dialog.field, text)
    qtbot.waitUntil(lambda: not dialog._pause.isActive() and not dialog._waiting, timeout=SECONDS)
    return dialog


def texts(dialog: SearchDialog) -> list[str]:
    return [one.text for one in dialog.results.rows if isinstance(one, Found)]


def marked(window: MainWindow) -> list[str]:
    return [
        chosen.cursor.selectedText()
        for view in window.transcript.views
        for text in view._texts()
        for chosen in text.extraSelections()
        if chosen.cursor.hasSelection()
    ]


def test_a_message_is_found_and_its_place_is_marked(window: MainWindow, qtbot: Any) -> None:
    dialog = search(window, "boat", qtbot)
    found = texts(dialog)
    assert found[0] == "Boats for a beginner"
    assert sum("oat" in one for one in found) >= 4
    picture(window, dialog, "search", qtbot)
    dialog.field.setText("豆豆")
    qtbot.waitUntil(lambda: len(texts(dialog)) == 2, timeout=SECONDS)
    dialog.field.setText("harbour master o'bri")
    qtbot.waitUntil(lambda: len(texts(dialog)) == 1, timeout=SECONDS)
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(marked(window)) == 1, timeout=SECONDS)
    view, bar = window.transcript.views[0], window.transcript.verticalScrollBar()

    def in_view() -> bool:
        at = view.marked_at()
        top = view.mapTo(window.transcript.widget(), view.rect().topLeft()).y() + (at or 0)
        return (
            at is not None
            and bar.value() <= top <= bar.value() + window.transcript.viewport().height()
        )

    qtbot.waitUntil(in_view, timeout=SECONDS)
    picture(window, window, "search_place", qtbot)


def test_the_next_place_in_this_chat(window: MainWindow, qtbot: Any) -> None:
    chats = window.conversations.model.all
    with qtbot.waitSignal(window.conversationShown, timeout=SECONDS):
        window.chat.open(next(one.id for one in chats if one.title == "Boats for a beginner"))
    bar = window.findChild(FindBar)
    QTest.keyClick(window, Qt.Key.Key_F, CONTROL | SHIFT)
    QTest.keyClicks(bar.field, "boat")
    qtbot.waitUntil(lambda: bar.told.text() == "2 of 2", timeout=SECONDS)
    assert marked(window) == ["boat"]
    QTest.keyClick(window, Qt.Key.Key_F3, SHIFT)
    assert bar.told.text() == "1 of 2"
    picture(window, window, "search_in_chat", qtbot)
