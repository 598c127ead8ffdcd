"""The core's start, faults and deaths, as the window shows them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from fake_client import FakeClient
from opened import Open
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from nowprint import events
from nowprint import records as r
from nowprint.errors import ModelFileError, ProfileError, ProfileInUse
from nowprint.gui.window.window import MainWindow
from nowprint.records import NewConversation
from nowprint.service import protocol as p
from nowprint.service.requests.memory import FindEpisodes
from nowprint.settings import Profile, Settings, starter_model

BROKEN = "notes.txt is not a GGUF file: choose a model."


def test_a_window_that_opens_becomes_ready(open_window: Open) -> None:
    opened = open_window()
    assert opened.window.status.model.text() == "Fake 135M"
    assert opened.window.session.reason == ""
    assert opened.asked(p.Prepare)
    assert not opened.window.notice.isVisible()


def test_a_death_keeps_what_was_said_and_a_new_core_answers(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: client.hold.clear())
    window, client = opened.window, opened.client
    with qtbot.waitSignal(window.turnStarted):
        window.composer.put("tell me")
        window.composer.send_button.click()
    qtbot.waitUntil(lambda: bool(window.transcript.views[-1].text))
    with qtbot.waitSignals([window.coreDied, window.turnFinished, window.modelReady]):
        client.die()
    answer = window.transcript.views[-1]
    assert answer.text
    assert answer._state.text() == "This answer was interrupted."
    assert not answer._retry.isHidden()
    assert "stopped unexpectedly" in window.notice.text.text()
    assert not window.notice.isVisible()
    assert client.starts == 2
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put("and now?")
        window.composer.send_button.click()
    assert window.transcript.views[-1].text == client.answer


def test_a_death_while_it_judges_leaves_the_answer_whole(open_window: Open, qtbot: Any) -> None:
    """The next core makes up for it, and says what it kept."""
    opened = open_window(lambda client: client.judging.clear())
    window, client = opened.window, opened.client
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put("My cat needs the renal food.")
        window.composer.send_button.click()
    with qtbot.waitSignals([window.coreDied, window.modelReady]):
        client.die()
    told, answer = window.transcript.views
    assert answer.text == client.answer
    assert answer.accessibleDescription() == ""
    assert not answer._retry.isHidden()
    assert told._chip.isHidden()
    episode = client.keep(told.text, told.message)
    with qtbot.waitSignals([window.stored, window.inspector.listed]):
        client.on_event(
            events.Stored((r.Kept(episode, client.whys[episode.id], False),), told.message.id)
        )
    assert told._chip.text() == "Kept in memory: 1"
    assert [row.id for row in window.inspector.model.rows] == [episode.id]


def test_a_temporary_chat_stays_one_when_the_core_dies(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window = opened.window
    window.chat.new(temporary=True)
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put("a secret")
        window.composer.send_button.click()
    with qtbot.waitSignals([window.coreDied, window.modelReady]):
        opened.client.die()
    assert window.composer.memory.use.temporary
    line = window.transcript.findChild(QLabel, "transcript.line")
    assert "no longer sees" in line.text()
    assert window.transcript.views[-1]._retry.isHidden()
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put("another secret")
        window.composer.send_button.click()
    assert [one.conversation for one in opened.asked(p.Send)] == [
        NewConversation(temporary=True)
    ] * 2
    assert [view.text for view in window.transcript.views][2] == "another secret"
    assert not opened.client.conversations


def test_three_deaths_in_a_row_are_enough(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window, client = opened.window, opened.client
    for _ in range(2):
        with qtbot.waitSignal(window.modelReady):
            client.die()
    with qtbot.waitSignal(window.coreDied):
        client.die()
    assert client.starts == 3
    assert window.session.reason == "The model process isn't running."
    assert window.notice.action.text() == "Try again"
    with qtbot.waitSignal(window.modelReady):
        window.notice.action.click()
    assert window.session.reason == ""


def test_what_was_asked_before_the_last_death_counts_for_nothing(
    open_window: Open, qtbot: Any
) -> None:
    """The three deaths come before the core was started once more, so the replies come after them."""
    opened = open_window()
    window, client = opened.window, opened.client
    asked = len(opened.asked(p.LoadModel))
    client.slow.clear()
    with qtbot.waitSignals([window.coreDied] * 3):
        for _ in range(3):
            client.die()
    client.slow.set()
    qtbot.waitUntil(lambda: len(opened.asked(p.LoadModel)) == asked + 2 and not client.unanswered)
    QTest.qWait(50)
    assert window.status.model.text() == "No model"
    assert window.session.reason == "The model process isn't running."


def test_without_a_model_nothing_is_told_of_the_one_before(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window, status = opened.window, opened.window.status
    with qtbot.waitSignal(window.turnFinished):
        window.composer.put("hello")
        window.composer.send_button.click()
    qtbot.waitUntil(lambda: bool(status.speed.text()))
    for _ in range(2):
        with qtbot.waitSignal(window.modelReady):
            opened.client.die()
    with qtbot.waitSignal(window.coreDied):
        opened.client.die()
    assert status.model.text() == "No model"
    parts = (status.device, status.speed, status.context)
    assert [part.text() for part in parts] == ["", "", ""]
    assert [part.toolTip() for part in (status.model, *parts, status._meter)] == [""] * 5
    assert not status._meter.isVisible()


def test_a_model_of_the_settings_that_kills_the_core_can_be_left(
    open_window: Open, qtbot: Any, profile: Profile
) -> None:
    profile.home.mkdir(parents=True)
    profile.settings_file.write_text(json.dumps({"model": "/killer.gguf"}))

    def prepare(client: FakeClient) -> None:
        client.settings = Settings(model="/killer.gguf")
        client.killers.add("/killer.gguf")

    opened = open_window(prepare, ready=False)
    window = opened.window
    qtbot.waitUntil(lambda: window.session.reason == "The model process isn't running.")
    assert opened.client.starts == 3
    assert window.notice.action.text() == "Use the bundled model"
    with qtbot.waitSignal(window.modelReady) as ready:
        window.notice.action.click()
    assert ready.args[0].path == str(starter_model())
    qtbot.waitUntil(lambda: opened.client.settings.model == str(starter_model()))
    assert window.session.reason == ""


def test_a_model_that_is_opened_starts_a_core_that_was_given_up(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window()
    window, client = opened.window, opened.client
    for _ in range(2):
        with qtbot.waitSignal(window.modelReady):
            client.die()
    with qtbot.waitSignal(window.coreDied):
        client.die()
    with qtbot.waitSignal(window.modelReady) as ready:
        window.session.open_model("/other.gguf")
    assert ready.args[0].path == "/other.gguf"
    assert not window.notice.isVisible()
    qtbot.waitUntil(lambda: client.settings.model == "/other.gguf")


def test_an_answer_in_between_forgives_the_deaths(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window, client = opened.window, opened.client
    for _ in range(4):
        with qtbot.waitSignal(window.modelReady):
            client.die()
        with qtbot.waitSignal(window.turnFinished):
            window.composer.put("still there?")
            window.composer.send_button.click()
    assert client.starts == 5


def test_a_profile_in_use_is_told_and_can_be_tried_again(open_window: Open, qtbot: Any) -> None:
    fault = ProfileInUse("Another Nowprint has this profile open: close it.")
    asked = (p.ListConversations, p.LoadModel, p.Prepare, p.GetSettings, FindEpisodes)

    def prepare(client: FakeClient) -> None:
        client.faults = dict.fromkeys(asked, fault)

    opened = open_window(prepare, ready=False)
    window = opened.window
    qtbot.waitUntil(window.notice.isVisible)
    assert window.notice.text.text() == str(fault)
    assert not window.composer.send_button.isEnabled()
    assert window.session.reason == "This profile can't be opened."
    opened.client.faults.clear()
    with qtbot.waitSignal(window.modelReady):
        window.notice.action.click()
    assert window.session.reason == ""


def test_a_late_refusal_says_nothing_of_the_next_try(open_window: Open, qtbot: Any) -> None:
    """Trying again at the first refusal, while the others of the same try are still on the way."""

    def prepare(client: FakeClient) -> None:
        fault = ProfileInUse("Another Nowprint has this profile open: close it.")
        client.faults = dict.fromkeys((p.ListConversations, p.LoadModel, p.Prepare), fault)
        client.slow.clear()

    opened = open_window(prepare, ready=False)
    window, client = opened.window, opened.client

    def at_once(*_: object) -> None:
        window.session.said.disconnect(at_once)
        while client.unanswered:
            time.sleep(0.001)
        client.faults.clear()
        window.session.try_again()

    window.session.said.connect(at_once)
    qtbot.waitUntil(lambda: bool(opened.asked(p.Prepare)))
    with qtbot.waitSignal(window.modelReady):
        client.slow.set()
    assert window.session.reason == ""


def test_a_bad_model_leaves_the_one_that_was_loaded(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window = opened.window
    opened.client.faults[p.LoadModel] = ModelFileError(BROKEN)
    window.session.open_model("/tmp/notes.txt")
    qtbot.waitUntil(window.notice.isVisible)
    assert window.notice.text.text() == BROKEN
    assert window.session.reason == ""
    assert window.status.model.text() == "Fake 135M"
    assert window.session.settings.model == ""


def test_a_model_of_the_settings_that_is_gone_offers_the_bundled_one(
    open_window: Open, qtbot: Any, profile: Profile
) -> None:
    profile.home.mkdir(parents=True)
    profile.settings_file.write_text(json.dumps({"model": "/gone.gguf"}))

    def prepare(client: FakeClient) -> None:
        client.settings = Settings(model="/gone.gguf")
        client.faults[p.LoadModel] = ModelFileError("/gone.gguf is missing: choose another model.")

    opened = open_window(prepare, ready=False)
    window = opened.window
    qtbot.waitUntil(window.notice.isVisible)
    assert window.session.reason == "No model is loaded: open one with Ctrl+O."
    opened.client.faults.clear()
    with qtbot.waitSignal(window.modelReady):
        window.notice.action.click()


def test_a_dropped_model_is_loaded_and_remembered(
    open_window: Open, qtbot: Any, tmp_path: Path
) -> None:
    opened = open_window()
    window = opened.window
    path = tmp_path / "other.gguf"
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, dropped,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    with qtbot.waitSignal(window.modelReady):
        window.dropEvent(event)
    assert opened.asked(p.LoadModel)[-1].path == str(path)
    qtbot.waitUntil(lambda: opened.client.settings.model == str(path))


def test_memory_is_switched_off_and_on(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.window.status.memory.click()
    qtbot.waitUntil(lambda: opened.client.settings.memory is False)
    assert opened.window.status.memory.text() == "Memory off"
    opened.window.status.memory.click()
    qtbot.waitUntil(lambda: opened.client.settings.memory is True)


def test_a_change_that_fails_is_taken_back(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.client.faults[p.ChangeSettings] = ProfileError("The settings could not be saved.")
    opened.window.status.memory.click()
    qtbot.waitUntil(lambda: opened.window.status.memory.text() == "Memory on")
    assert opened.window.notice.isVisible()
    assert opened.window.session.settings.memory


def test_settings_asked_for_before_a_change_do_not_undo_it(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window, client = opened.window, opened.client
    client.slow.clear()
    with qtbot.waitSignal(window.coreDied):
        client.die()  # the next core is asked for its settings at once
    window.status.memory.click()
    shown: list[str] = []
    window.session.settings_changed.connect(lambda: shown.append(window.status.memory.text()))
    with qtbot.waitSignal(window.modelReady):
        client.slow.set()
    qtbot.waitUntil(lambda: bool(shown))
    assert set(shown) == {"Memory off"}


def test_the_window_remembers_its_place_and_panels(open_window: Open) -> None:
    opened = open_window()
    opened.window.resize(1234, 777)
    opened.window.panels.toggle_inspector()
    opened.window.close()
    width, height, _, _, left, right = map(int, opened.client.settings.window.split(","))
    assert (width, height, left, right) == (1234, 777, 1, 0)


def test_the_figures_make_room_for_what_is_being_done(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    window, status = opened.window, opened.window.status
    window.resize(640, 700)
    qtbot.waitUntil(lambda: window.width() == 640 and status.context.isVisible())
    opened.client.on_event(events.Progress("Loading the memory", None))
    qtbot.waitUntil(status.task.isVisible)
    assert not status.context.isVisible()
    assert status.rect().contains(status.memory.geometry())
    window.resize(1200, 700)
    qtbot.waitUntil(status.context.isVisible)
    assert status.task.isVisible()
    opened.client.on_event(events.Progress("Loading the memory", 1.0))
    qtbot.waitUntil(lambda: not status.task.isVisible())


def test_the_conversations_make_room_in_a_narrow_window(open_window: Open, qtbot: Any) -> None:
    window = open_window().window
    window.resize(1300, 800)
    qtbot.waitUntil(window.conversations.isVisible)
    window.resize(900, 700)
    qtbot.waitUntil(window.conversations.isHidden)
    assert window.width() == 900
    window.resize(1300, 800)
    qtbot.waitUntil(window.conversations.isVisible)


def test_conversations_that_the_user_shows_in_a_narrow_window_stay(
    open_window: Open, qtbot: Any
) -> None:
    window = open_window().window
    window.resize(1000, 700)
    qtbot.waitUntil(window.conversations.isHidden)
    window.panels.toggle_conversations()
    assert window.conversations.isVisible()
    for width in (1020, 980):
        window.resize(width, 700)
        qtbot.waitUntil(lambda width=width: window.panels.width() == width)
        assert window.conversations.isVisible()
    window.resize(1300, 700)
    qtbot.waitUntil(lambda: window.panels.width() == 1300)
    window.resize(1000, 700)
    qtbot.waitUntil(window.conversations.isHidden)


def test_the_theme_is_changed_and_kept(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.window.session.change(theme="dark")
    assert opened.window.theme.dark
    qtbot.waitUntil(lambda: opened.client.settings.theme == "dark")
    opened.window.session.change(theme="light")
    assert not opened.window.theme.dark


def test_what_is_wished_before_the_start_is_done(qtbot: Any, profile: Profile) -> None:
    window = MainWindow(profile, FakeClient)
    window.session.open_model("/early.gguf")
    window.status.memory.click()
    with qtbot.waitSignal(window.modelReady) as ready:
        window.show()
    assert ready.args[0].path == "/early.gguf"
    assert window.status.memory.text() == "Memory off"
    window.close()
    window.deleteLater()
