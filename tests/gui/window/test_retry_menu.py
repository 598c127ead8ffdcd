"""Retry with another model, with other settings, as a persona: for one answer, on a branch of its own."""

from __future__ import annotations

from typing import Any

import pytest
from fake_models import FOUND
from opened import Open, Opened
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QPushButton, QSpinBox

from nowprint.gui.personas.retry_dialog import RetryDialog
from nowprint.persona_records import NOBODY, Otherwise, Persona
from nowprint.service import protocol as p

PIRATE = Persona(1001, "Pirate")


@pytest.fixture
def opened(open_window: Open, qtbot: Any) -> Opened:
    def with_one(client: Any) -> None:
        client.personas = {PIRATE.id: PIRATE}

    opened = open_window(with_one)
    qtbot.waitUntil(lambda: bool(opened.window.parts.personas.all))
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put("hello")
        opened.window.composer.send_button.click()
    return opened


def menu(opened: Opened) -> dict[str, QAction]:
    view = opened.window.transcript.views[-1]
    made = opened.window.who_answers.retry.menu(view, opened.client.shelf)
    return {action.text().replace("&", ""): action for action in made.actions() if action.text()}


def again(opened: Opened, qtbot: Any, entry: str) -> Otherwise:
    with qtbot.waitSignal(opened.window.turnFinished):
        menu(opened)[entry].trigger()
    return opened.asked(p.Retry)[-1].otherwise


def test_it_opens_beside_the_button_and_from_the_keyboard(opened: Opened, qtbot: Any) -> None:
    view = opened.window.transcript.views[-1]

    def shown() -> list[Any]:
        return [m for m in opened.window.findChildren(object) if m.objectName() == "retry.menu"]

    for ask in (
        view.findChild(QPushButton, "message.otherwise").click,
        opened.window.who_answers.retry.open_last,
    ):
        ask()
        qtbot.waitUntil(lambda: any(one.isVisible() for one in shown()))
        for one in shown():
            one.close()
            one.setObjectName("")


def test_it_says_what_goes_on_after(opened: Opened) -> None:
    tips = {text: action.toolTip() for text, action in menu(opened).items()}
    assert list(tips) == [
        *("Retry", "Retry with their", "Retry with Starter model (small)"),
        *("Retry with other settings…", "Retry as Pirate"),
    ]
    after = "For this answer alone; then Fake 135M goes on, as chosen above"
    assert tips["Retry with their"] == after


def test_another_model_answers_once(opened: Opened, qtbot: Any) -> None:
    assert again(opened, qtbot, "Retry with their") == Otherwise(model=FOUND.path)
    assert len(opened.window.transcript.views) == 2
    assert len(opened.asked(p.LoadModel)) == 1
    assert opened.window.header.model.text() == "Fake 135M ▾"
    assert again(opened, qtbot, "Retry") == Otherwise()


def test_a_persona_answers_once_and_can_be_left_out(opened: Opened, qtbot: Any) -> None:
    assert again(opened, qtbot, "Retry as Pirate") == Otherwise(persona=PIRATE.id)
    assert opened.window.header.persona.text() == "No persona ▾"
    assert "Retry as Pirate" not in menu(opened)
    assert again(opened, qtbot, "Retry without a persona") == Otherwise(persona=NOBODY)


def test_other_settings_are_those_that_are_ticked(opened: Opened, qtbot: Any) -> None:
    menu(opened)["Retry with other settings…"].trigger()
    dialog = opened.window.findChild(RetryDialog)
    top_k = dialog.findChild(QSpinBox, "retry.top_k")
    qtbot.waitUntil(lambda: top_k.value() == 20)  # the model's own
    dialog.findChild(QCheckBox, "retry.top_k.own").setChecked(True)
    top_k.setValue(3)
    with qtbot.waitSignal(opened.window.turnFinished):
        dialog.findChild(QPushButton, "retry.go").click()
    assert opened.asked(p.Retry)[-1].otherwise == Otherwise(sampling={"top_k": 3})
