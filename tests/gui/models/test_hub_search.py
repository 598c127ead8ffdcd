"""The search of the hub in the models dialog: words, a repository's name, its models."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from fake_client import FakeClient
from fake_models import GATED, TALKER
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton

from nowprint.errors import UserError
from nowprint.gui.models.hub_search import HubSearch
from nowprint.service.requests import models as mr

NAME = TALKER.repository.repository
SMALL = f"{NAME}/small.gguf"


def search(opened: Opened, qtbot: Any) -> HubSearch:
    dialog = opened.window.dialogs.models()
    qtbot.waitUntil(lambda: bool(dialog.findChildren(QPushButton, "models.use")))
    return dialog.hub


def enter(hub: HubSearch, text: str) -> None:
    hub.field.setFocus()
    hub.field.clear()
    QTest.keyClicks(hub.field, text)
    QTest.keyClick(hub.field, Qt.Key.Key_Return)


def texts(hub: HubSearch) -> list[str]:
    return [label.text() for label in hub.findChildren(QLabel) if label.isVisible()]


def press(hub: HubSearch, name: str) -> QPushButton:
    found = [one for one in hub.findChildren(QPushButton, name) if one.isVisible()]
    return found[-1] if found else None


def until(qtbot: Any, hub: HubSearch, text: str) -> None:
    qtbot.waitUntil(lambda: text in texts(hub))


def test_words_find_repositories_when_enter_is_pressed(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    hub = search(opened, qtbot)
    assert hub.field.accessibleName() == "Search hub.example for models, or name a repository"
    hub.field.setFocus()
    QTest.keyClicks(hub.field, "gguf")
    assert not opened.asked(mr.SearchHub), "nothing is asked while it is written"
    QTest.keyClick(hub.field, Qt.Key.Key_Return)
    until(qtbot, hub, "2 repositories with GGUF models found.")
    assert opened.asked(mr.SearchHub)[-1].text == "gguf"
    assert NAME in texts(hub)
    assert "1,204 downloads this month · apache-2.0" in texts(hub)
    assert "99 downloads this month · gemma · gated" in texts(hub)
    assert hub.field.hasFocus()
    press(hub, "models.leave").click()
    assert NAME not in texts(hub)


def test_the_button_searches_too_and_nothing_may_be_found(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    hub = search(opened, qtbot)
    press(hub, "models.search.go").click()
    assert not opened.asked(mr.SearchHub), "there is nothing to search for"
    hub.field.setText("no such model")
    press(hub, "models.search.go").click()
    until(qtbot, hub, "Nothing with GGUF models found.")


def test_a_repository_is_opened_and_left_by_keyboard(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    hub = search(opened, qtbot)
    enter(hub, "gguf")
    until(qtbot, hub, NAME)
    open_it = press(hub, f"models.open.{NAME}")
    assert open_it.accessibleName() == f"Show the models in {NAME}"
    open_it.setFocus()
    QTest.keyClick(open_it, Qt.Key.Key_Space)
    until(qtbot, hub, "small.gguf")
    facts = "60 kB · 2 parts · takes about 5 bytes: fits this machine"
    assert facts in texts(hub)
    back = press(hub, "models.leave")
    assert back.hasFocus()
    QTest.keyClick(back, Qt.Key.Key_Space)
    until(qtbot, hub, "2 repositories with GGUF models found.")
    assert press(hub, f"models.open.{NAME}").hasFocus()


@pytest.mark.parametrize("text", [NAME, f"https://hub.example/{NAME}/blob/main/small.gguf"])
def test_a_repository_may_be_named(open_window: Open, qtbot: Any, text: str) -> None:
    opened = open_window()
    hub = search(opened, qtbot)
    enter(hub, f" {text} ")
    until(qtbot, hub, "small.gguf")
    assert [one.repository for one in opened.asked(mr.ListHubFiles)] == [text]
    assert not opened.asked(mr.SearchHub)
    assert "This repository is gated" not in " ".join(texts(hub))
    press(hub, "models.leave").click()
    assert hub.field.hasFocus()


def test_a_gated_one_says_what_is_to_be_done(open_window: Open, qtbot: Any) -> None:
    hub = search(open_window(), qtbot)
    name = GATED.repository.repository
    enter(hub, name)
    until(qtbot, hub, "a.gguf")
    told = hub.findChild(QLabel, "models.gated").text()
    assert f"hub.example/{name}" in told
    assert "hf auth login" in told
    assert "HF_TOKEN" in told


def test_a_model_is_got_and_seen_on_its_way(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    hub = search(opened, qtbot)
    enter(hub, NAME)
    until(qtbot, hub, "small.gguf")
    get = press(hub, f"models.get.{SMALL}")
    assert get.accessibleName() == "Get small.gguf, 1.0 kB"
    get.click()
    qtbot.waitUntil(lambda: press(hub, f"models.pause.{SMALL}") is not None)
    assert opened.asked(mr.GetModel)[-1] == mr.GetModel(NAME, "small.gguf")
    opened.client.go(done=500)
    until(qtbot, hub, "500 bytes of 1.0 kB")
    everywhere = hub.window()
    qtbot.waitUntil(lambda: len(everywhere.findChildren(QPushButton, f"models.pause.{SMALL}")) == 2)
    opened.client.go(state="done")
    qtbot.waitUntil(
        lambda: (
            "Use small"
            in [one.accessibleName() for one in everywhere.findChildren(QAbstractButton)]
        )
    )


def test_what_is_on_its_way_is_so_in_results_too(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        client.begin(NAME, "small.gguf", 1000)
        client.go(state="paused", done=250)

    hub = search(open_window(prepare), qtbot)
    enter(hub, NAME)
    until(qtbot, hub, "250 bytes of 1.0 kB, paused")
    assert press(hub, f"models.resume.{SMALL}")
    assert not press(hub, f"models.get.{SMALL}")


def test_what_the_hub_has_not_is_a_sentence_that_goes_with_the_next_try(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window()
    hub = search(opened, qtbot)
    fault = hub.window().fault
    enter(hub, "nobody/nothing")
    qtbot.waitUntil(lambda: fault.text() == "nobody/nothing isn't on the hub: search again.")
    opened.client.faults[mr.SearchHub] = UserError("hub.example can't be reached: try again.")
    enter(hub, "words")
    qtbot.waitUntil(lambda: fault.text() == "hub.example can't be reached: try again.")
    opened.client.faults.clear()
    enter(hub, "gguf")
    until(qtbot, hub, NAME)
    assert not fault.isVisible()


def test_the_last_search_counts(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    hub = search(opened, qtbot)
    opened.client.slow.clear()
    enter(hub, "talker")
    enter(hub, "gated")
    opened.client.slow.set()
    until(qtbot, hub, GATED.repository.repository)
    assert NAME not in texts(hub)


def test_the_hub_may_answer_when_the_page_is_closed(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    hub = search(opened, qtbot)
    enter(hub, NAME)
    until(qtbot, hub, "small.gguf")
    opened.client.slow.clear()
    opened.client.faults[mr.GetModel] = UserError("hub.example can't be reached: try again.")
    press(hub, f"models.get.{SMALL}").click()
    enter(hub, "gguf")
    with qtbot.waitSignal(hub.destroyed):
        hub.window().reject()
    opened.client.slow.set()
    qtbot.waitUntil(lambda: not opened.client.unanswered)
    with qtbot.waitSignal(opened.window.inspector.listed):  # a reply after those
        opened.window.inspector.refresh()


def test_hidden_characters_are_shown(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        bad = dataclasses.replace(TALKER.repository, repository="maker/\u202etalker")
        file = dataclasses.replace(TALKER.files[1], file="a\u200bb.gguf")
        client.hub = [dataclasses.replace(TALKER, repository=bad, files=(file,))]

    hub = search(open_window(prepare), qtbot)
    enter(hub, "talker")
    until(qtbot, hub, "maker/⟨right-to-left override⟩talker")
    press(hub, "models.open.maker/\u202etalker").click()
    until(qtbot, hub, "a⟨zero width space⟩b.gguf")
    get = press(hub, f"models.get.{NAME}/a\u200bb.gguf")
    assert get.accessibleName() == "Get a⟨zero width space⟩b.gguf, 1.0 kB"
