"""The model that answers: named in the chat's header and below each answer, changed in mid-conversation."""

from __future__ import annotations

import dataclasses
from typing import Any

from fake_models import FOUND, LARGE
from opened import Open, Opened
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from nowprint.errors import UserError
from nowprint.gui.chat.chat_header import ChatHeader
from nowprint.gui.models.model_settings import ModelSettingsDialog
from nowprint.gui.models.models_dialog import ModelsDialog
from nowprint.gui.widgets.theme import Theme
from nowprint.service import protocol as p
from nowprint.service.requests import models as mr
from nowprint.settings import starter_model


def menu(opened: Opened, qtbot: Any) -> dict[str, QAction]:
    shown = opened.window.model_menu
    opened.window.header.model.click()
    qtbot.waitUntil(shown.isVisible)
    return {action.text(): action for action in shown.actions() if action.text()}


def ask(opened: Opened, qtbot: Any, text: str) -> None:
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put(text)
        opened.window.composer.send_button.click()


def author(view: Any) -> str:
    label = view.findChild(QLabel, "message.model")
    return label.text() if not label.isHidden() else ""


def test_the_header_names_it_and_lists_the_others(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    button = opened.window.header.model
    assert button.text() == "Fake 135M ▾"
    assert button.accessibleName() == "Model: Fake 135M"
    actions = menu(opened, qtbot)
    assert actions["Fake 135M"].isChecked()
    assert not actions[FOUND.name].isChecked()
    assert actions[FOUND.name].toolTip() == "LM Studio"
    assert "Starter model (small)" in actions
    opened.window.model_menu.close()


def test_a_narrow_header_still_names_it(qapp: QApplication, qtbot: Any) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    header = ChatHeader(Theme(qapp, "light"), lambda: None, lambda: None, parent)
    header.decorate()
    header.show_title("New chat", "")
    header.show_model("SmolLM2-135M-Instruct.Q4_1")
    header.resize(330, 50)
    parent.show()
    header.show_title("New chat", "")
    assert (header.right.text(), header.right.accessibleName()) == ("", "Memory")
    assert header.model.text().startswith("Smo")
    assert header.model.text().endswith("_1 ▾")
    header.resize(900, 50)
    assert header.right.text() == "Memory"
    assert header.model.text() == "SmolLM2-135M-Instruct.Q4_1 ▾"


def test_another_goes_on_with_the_chat_and_each_answer_names_its_own(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window()
    window = opened.window
    ask(opened, qtbot, "hello")
    with qtbot.waitSignal(window.modelReady):
        menu(opened, qtbot)[FOUND.name].trigger()
    window.model_menu.close()
    assert opened.asked(p.LoadModel)[-1] == p.LoadModel(FOUND.path)
    opened.client.writer = "their"
    ask(opened, qtbot, "and now?")
    assert [author(view) for view in window.transcript.views[1::2]] == ["Fake 135M", "their"]
    assert opened.asked(p.Send)[1].conversation == window.chat.conversation_id
    assert window.session.settings.model == FOUND.path


def test_the_catalogue_s_names_are_shown(open_window: Open, qtbot: Any) -> None:
    def here(client: Any) -> None:
        large = dataclasses.replace(FOUND, path=LARGE.path, name="large-q4", program="Nowprint")
        client.shelf = dataclasses.replace(client.shelf, found=(large,))

    opened = open_window(here)
    assert LARGE.name in menu(opened, qtbot)
    opened.window.model_menu.close()


def test_without_the_list_the_rest_is_there(open_window: Open, qtbot: Any) -> None:
    opened = open_window(
        lambda client: client.faults.update({mr.GetShelf: UserError("A folder can't be read.")})
    )
    actions = menu(opened, qtbot)
    assert list(actions) == [
        "Fake 135M", "Starter model (small)", "&Settings of this model…", "&More models…",
    ]  # fmt: skip
    with qtbot.waitSignal(opened.window.modelReady):
        actions["Starter model (small)"].trigger()
    assert opened.asked(p.LoadModel)[-1].path == str(starter_model())
    actions["&Settings of this model…"].trigger()
    assert opened.window.findChild(ModelSettingsDialog)
    actions["&More models…"].trigger()
    assert opened.window.findChild(ModelsDialog)
    opened.window.model_menu.close()


def test_an_answer_without_a_known_model_names_none(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: setattr(client, "writer", ""))
    ask(opened, qtbot, "hello")
    assert author(opened.window.transcript.views[1]) == ""


def test_no_shortcut_is_there_twice(open_window: Open) -> None:
    """Qt carries out neither of two actions with the same keys."""
    window = open_window().window
    keys = [key for action in window.findChildren(QAction) if (key := action.shortcut().toString())]
    assert sorted(keys) == sorted(set(keys))
