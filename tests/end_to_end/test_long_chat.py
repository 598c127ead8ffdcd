"""A chat that outgrows its context, in the real window on the real core: what stays, what left, what comes
back.

The tests of this file are one story over one profile, in order. Each leaves pictures in ``screenshots/``,
to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nowprint.context_records import ChatContext
from nowprint.gui.core.bridge import real_client
from nowprint.gui.dialogs.context.context_dialog import ContextDialog
from nowprint.gui.window.window import MainWindow
from nowprint.service.requests.context import GetContext
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

from .conftest import PICTURES, SECONDS, show

pytestmark = pytest.mark.story
FACT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
CHATTER = [
    f"Tell me something about the number {n}, in a few words, whatever it may be, since I would like to "
    "know what there is to say of it on an evening as long and as quiet as this one."
    for n in range(1, 8)
]


class Evening:
    def __init__(self, home: Path) -> None:
        self.profile = Profile(home)
        prepare_profile(self.profile)
        save_settings(self.profile, Settings(context=512, answer_tokens=24, temperature=0, seed=1))
        self.window: MainWindow

    def open(self, qtbot: Any) -> None:
        self.window = MainWindow(self.profile, real_client)
        show(self.window, qtbot)


@pytest.fixture(scope="module")
def window(
    tmp_path_factory: pytest.TempPathFactory,
    starter_model: Path,
    embedder_folder: Path,
    nothing_left_behind_the_story: None,
    qapp: Any,
    request: pytest.FixtureRequest,
) -> Iterator[MainWindow]:
    evening = Evening(tmp_path_factory.mktemp("long") / "home")
    evening.open(QtBot(request))
    yield evening.window
    evening.window.close()
    evening.window.deleteLater()


def say(qtbot: Any, window: MainWindow, text: str) -> None:
    """One whole turn, typed, until its message is judged."""
    field = next(w for w in window.findChildren(QWidget, "composer.input") if w.isVisible())
    field.setFocus()
    with qtbot.waitSignals([window.turnFinished, window.stored], timeout=SECONDS):
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)


def context(qtbot: Any, window: MainWindow) -> ChatContext:
    """What the core says that the model has before it in the chat on the screen."""
    conversation = window.chat.conversation_id
    assert conversation is not None
    found: list[ChatContext | None] = []
    window.session.bridge.call(GetContext(conversation), found.append, pytest.fail)
    qtbot.waitUntil(lambda: bool(found), timeout=SECONDS)
    assert found[0] is not None
    return found[0]


def dialog(window: MainWindow) -> ContextDialog:
    (found,) = [one for one in window.findChildren(ContextDialog) if one.isVisible()]
    return found


def picture(window: QWidget, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    QTest.qWait(50)  # what is asked to be drawn is drawn in the next turns of the event loop
    assert window.grab().save(str(PICTURES / f"{name}.png"))


def test_what_matters_outlasts_what_does_not(qtbot: Any, window: MainWindow) -> None:
    for text in (FACT, *CHATTER):
        say(qtbot, window, text)
    seen = context(qtbot, window)
    there = [part.text for part in seen.parts if part.kind == "chat"]
    assert FACT in there
    assert CHATTER[0] not in there
    assert CHATTER[-2] in there
    assert CHATTER[0] in [part.text for part in seen.left]
    picture(window, "long-1-the-chat")


def test_the_meter_opens(qtbot: Any, window: MainWindow) -> None:
    figure = next(b for b in window.findChildren(QPushButton, "status.context") if b.isVisible())
    qtbot.mouseClick(figure, Qt.MouseButton.LeftButton)
    shown = dialog(window)
    qtbot.waitUntil(lambda: shown.parts.topLevelItemCount() > 4, timeout=SECONDS)
    assert shown.left.topLevelItemCount() == len(context(qtbot, window).left)
    picture(shown, "long-2-what-it-has-before-it")


def test_what_left_is_brought_back(qtbot: Any, window: MainWindow) -> None:
    shown = dialog(window)
    rows = [shown.left.topLevelItem(n) for n in range(shown.left.topLevelItemCount())]
    number = next(n for n, row in enumerate(rows) if row.text(1).startswith(CHATTER[0][:20]))
    shown.left.go_to(number)
    qtbot.mouseClick(shown.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(one.held for one in context(qtbot, window).left), timeout=SECONDS)
    window.activateWindow()
    say(qtbot, window, "Well, and what now?")
    seen = context(qtbot, window)
    (held,) = [part for part in seen.parts if part.held]
    assert held.text.startswith(CHATTER[0][:20])
    qtbot.waitUntil(
        lambda: any(
            shown.parts.topLevelItem(n).text(4) == "held"
            for n in range(shown.parts.topLevelItemCount())
        ),
        timeout=SECONDS,
    )
    picture(shown, "long-3-brought-back")
    shown.close()
