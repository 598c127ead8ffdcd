"""The card that offers the recommended model while the starter model answers."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from fake_client import FakeClient
from fake_models import LARGE, OFFER, PATH
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from nowprint.errors import UserError
from nowprint.gui.chat.first_model import FirstModelCard
from nowprint.service import protocol as p
from nowprint.service.requests import models as mr
from nowprint.settings import Settings, save_settings, starter_model


def with_starter(client: FakeClient) -> None:
    client.model = dataclasses.replace(client.model, path=str(starter_model()))


def offered(open_window: Open, qtbot: Any, prepare: Any = with_starter) -> Opened:
    opened = open_window(prepare)
    qtbot.waitUntil(lambda: card(opened) is not None)
    return opened


def card(opened: Opened) -> FirstModelCard:
    return opened.window.first_model.card


def press(opened: Opened, name: str) -> QPushButton:
    found = [one for one in card(opened).findChildren(QPushButton, name) if one.isVisible()]
    return found[0] if found else None


def texts(opened: Opened) -> str:
    return "\n".join(one.text() for one in card(opened).findChildren(QLabel) if one.isVisible())


def get(opened: Opened, qtbot: Any) -> None:
    press(opened, "models.get.first").click()
    qtbot.waitUntil(lambda: press(opened, "models.pause.first") is not None)


def notice(opened: Opened) -> str:
    return opened.window.notice.text.text() if opened.window.notice.isVisible() else ""


def loaded(opened: Opened) -> list[str]:
    return [one.path for one in opened.asked(p.LoadModel)]


def test_it_names_the_model_its_size_and_the_host_and_asks_nobody(
    open_window: Open, qtbot: Any
) -> None:
    opened = offered(open_window, qtbot)
    assert card(opened).isVisible()
    for what in ("Able 4B", "2.5 GB", "hub.example", "Apache-2.0", OFFER.good_at):
        assert what in texts(opened)
    assert "Able 4B" in card(opened).accessibleName()
    assert press(opened, "models.get.first").accessibleName() == "Get Able 4B, 2.5 GB"
    assert "Able 4B" in press(opened, "firstModel.refuse").accessibleName()
    hub = mr.GetModel | mr.SearchHub | mr.ListHubFiles | mr.ResumeDownload
    assert not [one for one in opened.client.requests if isinstance(one, hub)]


def test_not_now_is_for_good(open_window: Open, qtbot: Any) -> None:
    opened = offered(open_window, qtbot)
    refuse = press(opened, "firstModel.refuse")
    refuse.setFocus()
    QTest.keyClick(refuse, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(opened.asked(p.ChangeSettings)))
    assert opened.asked(p.ChangeSettings)[-1].settings.offered
    assert card(opened) is None
    assert opened.window.focusWidget() is opened.window.composer.input
    assert not opened.asked(mr.GetModel)
    with qtbot.waitSignal(opened.window.modelReady):
        opened.client.die()
    assert card(opened) is None


def test_once_answered_it_is_not_asked_for(open_window: Open, qtbot: Any, profile: Any) -> None:
    profile.home.mkdir(parents=True)
    save_settings(profile, Settings(offered=True))

    def prepare(client: FakeClient) -> None:
        with_starter(client)
        client.settings = Settings(offered=True)

    opened = open_window(prepare)
    assert not opened.asked(mr.GetShelf)
    assert card(opened) is None


def test_it_is_not_there_beside_another_model(open_window: Open) -> None:
    opened = open_window()
    assert not opened.asked(mr.GetShelf)
    assert card(opened) is None


@pytest.mark.parametrize(
    "shelf", [{"offers": (LARGE,)}, {"host": ""}], ids=["nothing recommended", "no hub"]
)
def test_there_may_be_nothing_to_offer(open_window: Open, qtbot: Any, shelf: Any) -> None:
    def prepare(client: FakeClient) -> None:
        with_starter(client)
        client.shelf = dataclasses.replace(client.shelf, **shelf)

    opened = open_window(prepare)
    qtbot.waitUntil(lambda: bool(opened.asked(mr.GetShelf)))
    with qtbot.waitSignal(opened.window.session.settings_changed):  # a reply after that one
        opened.window.session.change(offered=False)
        opened.window.session.settings_changed.emit()
    assert card(opened) is None


def test_what_comes_answers_from_then_on(open_window: Open, qtbot: Any) -> None:
    opened = offered(open_window, qtbot)
    get(opened, qtbot)
    assert not press(opened, "firstModel.refuse")
    opened.client.go(done=1_250_000_000, bytes_per_second=5e6, seconds_left=250.0)
    qtbot.waitUntil(lambda: "1.2 GB of 2.5 GB, 5.0 MB/s" in texts(opened))
    with qtbot.waitSignal(opened.window.modelReady):
        opened.client.go(state="done")
    assert loaded(opened)[-1] == PATH
    qtbot.waitUntil(lambda: notice(opened) == "Able 4B answers from now on.")
    assert card(opened) is None
    assert opened.window.session.settings.offered
    assert opened.window.session.settings.model == PATH


def test_an_answer_that_is_written_ends_first(open_window: Open, qtbot: Any) -> None:
    opened = offered(open_window, qtbot)
    get(opened, qtbot)
    opened.client.hold.clear()
    with qtbot.waitSignal(opened.window.chat.figures):
        opened.window.chat.send("Hello")
    assert not card(opened).isVisible(), "the chat is no longer empty"
    qtbot.waitUntil(lambda: "Downloading able" in opened.window.status.task.text())
    opened.client.go(state="done")
    qtbot.waitUntil(lambda: card(opened) is None)
    assert PATH not in loaded(opened)
    with qtbot.waitSignals([opened.window.turnFinished, opened.window.modelReady]):
        opened.client.hold.set()
    assert loaded(opened)[-1] == PATH
    first = [view.text for view in opened.window.transcript.views]
    assert first[0] == "Hello"
    assert first[1].endswith("Anything else?")
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.chat.send("Go on")
    assert [view.text for view in opened.window.transcript.views][:2] == first
    assert notice(opened) == "Able 4B answers from now on."


def test_what_cannot_be_loaded_leaves_the_starter(open_window: Open, qtbot: Any) -> None:
    opened = offered(open_window, qtbot)
    get(opened, qtbot)
    opened.client.faults[p.LoadModel] = UserError("able.gguf can't be loaded: its end is missing.")
    opened.client.go(state="done")
    qtbot.waitUntil(lambda: notice(opened) == "able.gguf can't be loaded: its end is missing.")
    assert not opened.window.session.reason, "the starter goes on answering"
    assert opened.window.session.model.path == str(starter_model())
    opened.client.faults.clear()
    with qtbot.waitSignal(opened.window.modelReady):
        opened.window.session.open_model(str(starter_model()))
    assert "answers from now on" not in notice(opened)


def test_a_fault_is_told_on_the_card(open_window: Open, qtbot: Any) -> None:
    opened = offered(open_window, qtbot)
    opened.client.faults[mr.GetModel] = UserError("hub.example can't be reached: try again.")
    press(opened, "models.get.first").click()
    qtbot.waitUntil(lambda: "hub.example can't be reached" in texts(opened))
    assert press(opened, "models.get.first"), "it can be tried again"
    opened.client.faults.clear()
    get(opened, qtbot)
    assert "can't be reached" not in texts(opened)


def test_cancelled_it_is_offered_again(open_window: Open, qtbot: Any) -> None:
    opened = offered(open_window, qtbot)
    get(opened, qtbot)
    press(opened, "models.cancel.first").click()
    qtbot.waitUntil(lambda: press(opened, "models.get.first") is not None)
    assert press(opened, "firstModel.refuse")


def test_it_goes_on_after_the_death_of_the_core(open_window: Open, qtbot: Any) -> None:
    opened = offered(open_window, qtbot)
    get(opened, qtbot)
    looked = len(opened.asked(mr.GetShelf))
    with qtbot.waitSignal(opened.window.modelReady):
        opened.client.die()
    assert press(opened, "models.resume.first"), "nothing is fetched unasked"
    qtbot.waitUntil(lambda: len(opened.asked(mr.GetShelf)) > looked)
    qtbot.waitUntil(lambda: not opened.client.unanswered)  # or an older reply would come after this
    opened.client.go(state="paused", done=500_000_000)  # what the next core has
    qtbot.waitUntil(lambda: "500 MB of 2.5 GB, paused" in texts(opened))
    press(opened, "models.resume.first").click()
    qtbot.waitUntil(lambda: press(opened, "models.pause.first") is not None)


def test_what_is_on_its_way_is_shown_when_another_is_recommended_now(
    open_window: Open, qtbot: Any
) -> None:
    def prepare(client: FakeClient) -> None:
        with_starter(client)
        less = dataclasses.replace(OFFER, recommended=False)
        small = dataclasses.replace(OFFER, key="s", name="Small 1B", repository="maker/s")
        client.shelf = dataclasses.replace(client.shelf, offers=(small, less))
        client.go(state="paused", done=1_000_000_000)

    opened = offered(open_window, qtbot, prepare)
    assert "Able 4B" in texts(opened)
    assert "1.0 GB of 2.5 GB, paused" in texts(opened)


def test_another_model_that_was_chosen_meanwhile_stays(open_window: Open, qtbot: Any) -> None:
    opened = offered(open_window, qtbot)
    get(opened, qtbot)
    with qtbot.waitSignal(opened.window.modelReady):
        opened.window.session.open_model("/models/mine.gguf")
    assert card(opened) is None
    with qtbot.waitSignal(opened.window.session.download):
        opened.client.go(state="done")
    assert loaded(opened)[-1] == "/models/mine.gguf"


def test_one_that_is_here_already_is_used_without_a_download(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        with_starter(client)
        here = dataclasses.replace(OFFER, path=PATH)
        client.shelf = dataclasses.replace(client.shelf, offers=(LARGE, here))

    opened = offered(open_window, qtbot, prepare)
    assert not press(opened, "models.get.first")
    with qtbot.waitSignal(opened.window.modelReady):
        press(opened, "firstModel.use").click()
    assert loaded(opened)[-1] == PATH
    assert not opened.asked(mr.GetModel)
