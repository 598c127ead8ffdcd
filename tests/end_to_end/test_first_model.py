"""From nothing to a first answer of the recommended model: the real window, core and starter model, and a
hub of our own.

The tests of this file are one story over one profile, in order. The core is the real one but for its
catalogue, whose one model that hub has: the starter model under another name. Each test leaves a
picture in ``screenshots/``, to be looked at.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nowprint.events import Answer
from nowprint.gui.models.models_dialog import ModelsDialog
from nowprint.gui.window.window import MainWindow
from nowprint.service.client import Client
from nowprint.settings import Profile, starter_model

from ..models.downloading import size_of, weights
from ..models.hub_server import COMMIT, HubServer
from .conftest import PICTURES, SECONDS, show

pytestmark = pytest.mark.story
CORE = """
import hashlib, sys
from dataclasses import replace
from nowprint.models import shelf
from nowprint.models.catalogue import Layers, catalogue
from nowprint.settings import starter_model
data = starter_model().read_bytes()
model = replace(
    catalogue()[0], key="able", name="Able 135M", repository="maker/able-GGUF", file="able.gguf",
    revision=sys.argv[3], size=len(data), sha256=hashlib.sha256(data).hexdigest(),
    parameters=134_500_000, active=134_500_000, thinks="never", thoughts="none", languages=("en",),
    good_at="A first conversation.", layers=(Layers(30, 3, 64, 64),), context=8192,
)
shelf.catalogue = lambda: (model,)
from nowprint.__main__ import main
sys.exit(main(sys.argv[1:3]))
"""


class FirstDay:
    """One window over one profile, and the hub that its core asks."""

    def __init__(self, home: Path, hub: HubServer) -> None:
        self.profile, self.hub = Profile(home), hub
        self.window = MainWindow(self.profile, self._client)

    @staticmethod
    def _client(profile: Profile, **callbacks: Any) -> Client:
        def command(profile: Profile) -> list[str]:
            return [sys.executable, "-P", "-c", CORE, "core", str(profile.home), COMMIT]

        return Client(profile, command=command, **callbacks)

    @property
    def target(self) -> Path:
        return self.profile.models / "maker--able-GGUF" / "able.gguf"

    @property
    def part(self) -> Path:
        return self.target.with_name("able.gguf.part")


@pytest.fixture(scope="module")
def day(
    tmp_path_factory: pytest.TempPathFactory,
    starter_model: Path,
    nothing_left_behind_the_story: None,
    qapp: Any,
    request: pytest.FixtureRequest,
) -> Iterator[FirstDay]:
    folder = tmp_path_factory.mktemp("first-day")
    hub = HubServer()
    hub.add("maker/able-GGUF", {"able.gguf": starter_model.read_bytes()}).downloads = 1_204_311
    others = {f"talker-0000{n}-of-00002.gguf": weights(700_000 * n, n) for n in (1, 2)}
    hub.add("maker/talker-GGUF", {"small/talker-Q4.gguf": weights(400_000), **others})
    closed = hub.add("maker/closed-GGUF", {"closed.gguf": weights(5_000)})
    closed.gated, closed.licence, closed.downloads = True, "gemma", 88
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("HF_") or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        patch.setenv("HF_ENDPOINT", hub.url)
        patch.setenv("HOME", str(folder))
        patch.setenv("HF_HOME", str(folder / "hf"))
        opened = FirstDay(folder / "home", hub)
        window = opened.window
        show(window, QtBot(request))
        yield opened
        window.close()
        window.deleteLater()
    hub.close()


@pytest.fixture
def window(day: FirstDay) -> MainWindow:
    return day.window


def shown(widget: QWidget, name: str) -> Any:
    """The visible part with this name; None if there is none."""
    found = [one for one in widget.findChildren(QWidget, name) if one.isVisible()]
    return found[0] if found else None


def until(qtbot: Any, widget: QWidget, name: str) -> Any:
    qtbot.waitUntil(lambda: shown(widget, name) is not None, timeout=SECONDS)
    return shown(widget, name)


def says(widget: QWidget, text: str) -> bool:
    return any(text in one.text() for one in widget.findChildren(QLabel) if one.isVisible())


def say(qtbot: Any, window: MainWindow, text: str) -> Answer:
    with qtbot.waitSignal(window.turnFinished, timeout=SECONDS) as finished:
        window.composer.input.setFocus()
        qtbot.keyClicks(window.composer.input, text)
        qtbot.keyClick(window.composer.input, Qt.Key.Key_Return)
    answer = finished.args[0]
    assert isinstance(answer, Answer), answer
    return answer


def pictures(window: MainWindow, widget: QWidget, name: str) -> None:
    """In both themes."""
    PICTURES.mkdir(exist_ok=True)
    for theme in ("dark", "light"):
        window.session.change(theme=theme)
        QTest.qWait(50)  # what is asked to be drawn is drawn in the next turns of the event loop
        assert widget.grab().save(str(PICTURES / f"models-{name}-{theme}.png"))


def core_of(window: MainWindow) -> psutil.Process:
    children = psutil.Process().children()
    (core,) = [child for child in children if str(window.profile.home) in child.cmdline()]
    return core


def test_the_card_offers_the_recommended_model_and_nobody_is_asked(
    qtbot: Any, day: FirstDay, window: MainWindow
) -> None:
    get = until(qtbot, window, "models.get.first")
    assert get.accessibleName() == "Get Able 135M, 98 MB"
    assert says(window.first_model.card, day.hub.url.removeprefix("http://"))
    assert not day.hub.requests
    assert not day.hub.cdn.requests
    pictures(window, window, "1-the-card")


def test_the_chat_goes_on_while_it_comes(qtbot: Any, day: FirstDay, window: MainWindow) -> None:
    day.hub.cdn.pace = 0.02
    get = shown(window, "models.get.first")
    get.setFocus()
    qtbot.keyClick(get, Qt.Key.Key_Space)
    until(qtbot, window, "models.pause.first")
    qtbot.waitUntil(lambda: size_of(day.part) > 1_000_000, timeout=SECONDS)
    qtbot.waitUntil(lambda: says(window.first_model.card, "left"), timeout=SECONDS)
    pictures(window, window, "2-it-comes")
    assert say(qtbot, window, "Hello, who are you?").message.text
    assert window.session.model.path == str(starter_model())


def test_the_core_is_killed_and_the_next_has_it_paused(
    qtbot: Any, day: FirstDay, window: MainWindow
) -> None:
    with qtbot.waitSignal(window.modelReady, timeout=SECONDS):
        core_of(window).send_signal(signal.SIGKILL)
    window.chat.new()
    asked = len(day.hub.cdn.requests)
    there = size_of(day.part)
    assert 0 < there < starter_model().stat().st_size
    qtbot.waitUntil(lambda: says(window.first_model.card, ", paused"), timeout=SECONDS)
    qtbot.waitUntil(lambda: window.first_model.card.row.bar.value() > 0, timeout=SECONDS)
    assert not day.target.exists()
    assert len(day.hub.cdn.requests) == asked, "nothing is contacted before the user asks"
    pictures(window, window, "3-paused")


def test_it_goes_on_where_it_was_and_answers(qtbot: Any, day: FirstDay, window: MainWindow) -> None:
    there = size_of(day.part)
    day.hub.cdn.pace = 0.0
    with qtbot.waitSignal(window.modelReady, timeout=SECONDS):
        qtbot.keyClick(shown(window, "models.resume.first"), Qt.Key.Key_Space)
    assert day.hub.cdn.requests[-1].headers["Range"] == f"bytes={there}-"
    data = day.target.read_bytes()
    assert hashlib.sha256(data).digest() == hashlib.sha256(starter_model().read_bytes()).digest()
    assert not day.part.exists()
    assert window.session.model.path == str(day.target)
    assert window.notice.text.text() == "Able 135M answers from now on."
    assert window.first_model.card is None
    answer = say(qtbot, window, "What is a lighthouse for?")
    assert answer.message.text
    assert answer.message.model == "able"
    assert "able" in window.status.model.text()
    pictures(window, window, "4-it-answers")


def open_page(qtbot: Any, window: MainWindow) -> ModelsDialog:
    """By the keyboard."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=SECONDS)
    qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(
        lambda: isinstance(QApplication.activeModalWidget(), ModelsDialog), timeout=SECONDS
    )
    dialog = QApplication.activeModalWidget()
    qtbot.waitUntil(lambda: says(dialog, "For this machine"), timeout=SECONDS)
    return dialog


def enter(qtbot: Any, dialog: ModelsDialog, text: str) -> None:
    dialog.hub.field.setFocus()
    dialog.hub.field.clear()
    qtbot.keyClicks(dialog.hub.field, text)
    qtbot.keyClick(dialog.hub.field, Qt.Key.Key_Return)


def test_the_page_searches_the_hub(qtbot: Any, day: FirstDay, window: MainWindow) -> None:
    dialog = open_page(qtbot, window)
    assert says(dialog, "In use")
    pictures(window, dialog, "5-the-page")
    enter(qtbot, dialog, "gguf")
    qtbot.waitUntil(lambda: says(dialog, "3 repositories"), timeout=SECONDS)
    pictures(window, dialog, "6-found")
    enter(qtbot, dialog, f"{day.hub.url}/maker/closed-GGUF")
    qtbot.waitUntil(lambda: says(dialog, "This repository is gated"), timeout=SECONDS)
    qtbot.mouseClick(
        shown(dialog, "models.get.maker/closed-GGUF/closed.gguf"), Qt.MouseButton.LeftButton
    )
    qtbot.waitUntil(lambda: "is gated: accept its" in dialog.fault.text(), timeout=SECONDS)
    pictures(window, dialog, "7-gated")
    cancel = "models.cancel.maker/closed-GGUF/closed.gguf"
    qtbot.mouseClick(until(qtbot, dialog, cancel), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not says(dialog, "On their way"), timeout=SECONDS)
    dialog.reject()


def test_one_that_was_found_comes_and_is_there_when_the_page_is_opened_again(
    qtbot: Any, day: FirstDay, window: MainWindow
) -> None:
    dialog = open_page(qtbot, window)
    day.hub.cdn.pace = 0.2
    enter(qtbot, dialog, "maker/talker-GGUF")
    key = "maker/talker-GGUF/talker-00001-of-00002.gguf"
    get = until(qtbot, dialog, f"models.get.{key}")
    assert says(dialog, "2 parts")
    get.setFocus()
    qtbot.keyClick(get, Qt.Key.Key_Space)
    until(qtbot, dialog, f"models.pause.{key}")
    qtbot.waitUntil(lambda: says(dialog, "On their way"), timeout=SECONDS)
    pictures(window, dialog, "8-from-the-hub")
    dialog.reject()
    dialog = open_page(qtbot, window)
    assert says(dialog, "On their way")
    pause = until(qtbot, dialog, f"models.pause.{key}")
    qtbot.mouseClick(pause, Qt.MouseButton.LeftButton)
    until(qtbot, dialog, f"models.resume.{key}")
    pictures(window, dialog, "9-on-their-way")
    day.hub.cdn.pace = 0.0
    qtbot.mouseClick(shown(dialog, f"models.resume.{key}"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not says(dialog, "On their way"), timeout=SECONDS)
    remove = [one for one in dialog.findChildren(QPushButton) if one.isVisible()]
    remove = [one for one in remove if one.accessibleName() == "Remove talker"]
    qtbot.mouseClick(remove[0], Qt.MouseButton.LeftButton)
    pictures(window, dialog, "10-remove")
    qtbot.mouseClick(shown(dialog, "models.delete"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not says(dialog, "Also on this computer"), timeout=SECONDS)
    assert not list(day.profile.models.rglob("talker*"))
    dialog.reject()
