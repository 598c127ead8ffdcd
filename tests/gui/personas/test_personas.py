"""Personas: made, chosen for a chat or a project, copied, deleted and brought back."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from opened import Open, Opened
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QLabel, QPushButton, QRadioButton

from nowprint.errors import UserError
from nowprint.gui.personas.persona_editor import PersonaEditor
from nowprint.gui.personas.personas_dialog import PersonasDialog
from nowprint.gui.personas.project_dialog import ProjectDialog
from nowprint.persona_records import NOBODY, Persona
from nowprint.service import protocol as p
from nowprint.service.requests import memory as m
from nowprint.service.requests import personas as pe

PIRATE = Persona(1001, "Pirate", "You are a pirate.")
COOK = Persona(1002, "Cook & baker")


def with_both(client: Any) -> None:
    client.personas = {one.id: one for one in (PIRATE, COOK)}


@pytest.fixture
def opened(open_window: Open, qtbot: Any) -> Opened:
    opened = open_window(with_both)
    qtbot.waitUntil(lambda: len(opened.window.parts.personas.all) == 2)
    return opened


def say(opened: Opened, qtbot: Any, text: str) -> None:
    with qtbot.waitSignal(opened.window.turnFinished):
        opened.window.composer.put(text)
        opened.window.composer.send_button.click()


def menu(opened: Opened) -> dict[str, QAction]:
    opened.window.who_answers.menu.open()
    actions = opened.window.who_answers.menu.actions()
    opened.window.who_answers.menu.close()
    return {action.text().replace("&&", "&"): action for action in actions if action.text()}


def author(view: Any) -> str:
    return view.findChild(QLabel, "message.model").text()


def editor(opened: Opened) -> PersonaEditor:
    return opened.window.findChild(PersonaEditor)


def listing(opened: Opened) -> PersonasDialog:
    opened.window.dialogs.personas()
    return opened.window.findChild(PersonasDialog)


def press(dialog: Any, name: str) -> None:
    dialog.findChild(QPushButton, name).click()


def test_one_is_chosen_for_a_new_chat_and_named_below_its_answers(
    opened: Opened, qtbot: Any
) -> None:
    button = opened.window.header.persona
    assert (button.text(), button.accessibleName()) == ("No persona ▾", "Who answers: no persona")
    assert menu(opened)["No persona"].isChecked()
    menu(opened)["Cook & baker"].trigger()
    assert button.text() == "Cook && baker ▾"
    say(opened, qtbot, "hello")
    assert opened.asked(p.Send)[0].conversation.persona == COOK.id
    assert author(opened.window.transcript.views[1]) == "Cook & baker · Fake 135M"
    menu(opened)["Pirate"].trigger()
    say(opened, qtbot, "and now?")
    talk = opened.window.chat.conversation_id
    assert opened.asked(pe.ChoosePersona) == [pe.ChoosePersona(talk, PIRATE.id)]
    assert author(opened.window.transcript.views[3]) == "Pirate · Fake 135M"
    opened.window.chat.new()
    assert button.text() == "No persona ▾"


def test_what_is_chosen_while_the_core_begins_the_chat_holds_in_it(
    open_window: Open, qtbot: Any
) -> None:
    def prepare(client: Any) -> None:
        with_both(client)
        client.model = dataclasses.replace(client.model, thinks=True, switches=True)

    opened = open_window(prepare)
    window, client = opened.window, opened.client
    qtbot.waitUntil(lambda: len(window.parts.personas.all) == 2)
    client.begins.clear()
    window.composer.put("hello")
    window.composer.send_button.click()
    qtbot.waitUntil(lambda: bool(opened.asked(p.Send)))
    menu(opened)["Pirate"].trigger()
    window.chat.use_memory(False, True)
    window.chat.thinking.action.trigger()
    with qtbot.waitSignal(window.turnFinished):
        client.begins.set()
    talk = window.chat.conversation_id
    qtbot.waitUntil(lambda: bool(opened.asked(m.UseMemory) and opened.asked(m.Think)))
    assert opened.asked(pe.ChoosePersona) == [pe.ChoosePersona(talk, PIRATE.id)]
    assert opened.asked(m.UseMemory) == [m.UseMemory(talk, False, True)]
    assert opened.asked(m.Think) == [m.Think(talk, False)]
    assert window.header.persona.text() == "Pirate ▾"


def test_a_project_s_answers_unless_a_chat_names_another(opened: Opened, qtbot: Any) -> None:
    window, client = opened.window, opened.client
    client.projects[7] = "Sea"
    with qtbot.waitSignal(window.projects.changed):
        window.projects.refresh()
    window.dialogs.instruct_project(7)
    dialog = window.findChild(ProjectDialog)
    dialog.instructions.setPlainText("Measure in knots.")
    dialog.persona.setCurrentIndex(dialog.persona.findData(PIRATE.id))
    with qtbot.waitSignal(window.projects.changed):
        press(dialog, "project.save")
    assert client.instructed[7] == (PIRATE.id, "Measure in knots.")
    window.chat.new(project=7)
    assert window.header.persona.text() == "Pirate ▾"
    assert menu(opened)["Pirate"].isChecked()
    menu(opened)["No persona"].trigger()
    assert window.header.persona.text() == "No persona ▾"
    say(opened, qtbot, "hello")
    assert opened.asked(p.Send)[0].conversation.persona == NOBODY
    menu(opened)["Pirate"].trigger()
    qtbot.waitUntil(lambda: bool(opened.asked(pe.ChoosePersona)))
    assert opened.asked(pe.ChoosePersona)[0].persona is None


def test_outside_a_project_there_is_nothing_to_instruct(opened: Opened) -> None:
    opened.window.dialogs.instruct_project()
    assert opened.window.findChild(ProjectDialog) is None
    assert "no project" in opened.window.notice.text.text()


def test_one_is_made_with_what_is_ticked(opened: Opened, qtbot: Any) -> None:
    press(listing(opened), "personas.add")
    made = editor(opened)
    save = made.findChild(QPushButton, "persona.save")
    assert not save.isEnabled()
    made.name.setText("Editor")
    made.system.setPlainText("You find every mistake.")
    made.findChild(QRadioButton, "persona.memories.project").setChecked(True)
    assert not save.isEnabled()  # there is no project
    made.findChild(QRadioButton, "persona.memories.none").setChecked(True)
    assert not made.findChild(QDoubleSpinBox, "persona.temperature").isEnabled()
    made.findChild(QCheckBox, "persona.temperature.own").setChecked(True)
    made.findChild(QDoubleSpinBox, "persona.temperature").setValue(1.5)
    save.click()
    qtbot.waitUntil(lambda: len(opened.window.parts.personas.all) == 3)
    (asked,) = opened.asked(pe.PutPersona)
    assert asked.persona == Persona(
        name="Editor",
        system="You find every mistake.",
        sampling={"temperature": 1.5},
        memories="none",
    )
    assert "Editor" in menu(opened)


def test_a_copy_has_a_name_of_its_own(opened: Opened, qtbot: Any) -> None:
    press(listing(opened), f"personas.copy.{PIRATE.id}")
    made = editor(opened)
    assert made.name.text() == "Pirate 2"
    assert made.system.toPlainText() == PIRATE.system
    press(made, "persona.save")
    qtbot.waitUntil(lambda: len(opened.client.personas) == 3)


def test_what_is_refused_is_said_and_nothing_is_lost(opened: Opened, qtbot: Any) -> None:
    press(listing(opened), f"personas.edit.{PIRATE.id}")
    made = editor(opened)
    opened.client.faults[pe.PutPersona] = UserError("The disk is full: make room.")
    made.name.setText("Corsair")
    press(made, "persona.save")
    qtbot.waitUntil(lambda: made.fault.text() == "The disk is full: make room.")
    assert made.name.text() == "Corsair"


def test_a_deleted_one_can_be_brought_back(opened: Opened, qtbot: Any) -> None:
    window = opened.window
    menu(opened)["Pirate"].trigger()
    say(opened, qtbot, "hello")
    press(listing(opened), f"personas.delete.{PIRATE.id}")
    qtbot.waitUntil(lambda: window.header.persona.text() == "No persona ▾")
    qtbot.waitUntil(lambda: "“Pirate” was deleted" in window.notice.text.text())
    window.notice.action.click()
    qtbot.waitUntil(lambda: window.header.persona.text() == "Pirate ▾")


def test_below_the_composer_stands_what_it_keeps_and_recalls(opened: Opened, qtbot: Any) -> None:
    window, client = opened.window, opened.client
    client.projects[7] = "Sea"
    client.personas[1] = Persona(1, "Diver", memories="project", project=7)
    client.personas[2] = Persona(2, "Stranger", memories="none")
    window.projects.refresh()
    window.parts.personas.refresh()
    qtbot.waitUntil(lambda: len(window.parts.personas.all) == 4)
    told = window.composer.memory
    for name, words in (
        ("Diver", "Keeps and recalls, in Sea alone"),
        ("Stranger", "This persona neither keeps nor recalls"),
        ("Pirate", "Keeps and recalls"),
        ("Stranger", "This persona neither keeps nor recalls"),
    ):
        menu(opened)[name].trigger()
        assert told.text() == words
    assert told.use.icon == "memory_off"
    window.chat.new()
    assert told.text() == "Keeps and recalls"


def test_while_there_are_none_the_header_has_no_room_for_them(open_window: Open) -> None:
    opened = open_window()
    assert opened.window.header.persona.isHidden()
    opened.window.who_answers.menu.open()
    assert opened.window.findChild(PersonasDialog).isVisible()
