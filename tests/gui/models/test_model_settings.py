"""The settings of one model: what is recommended, what the user sets, and the memory that it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fake_models import FOUND
from opened import Open, Opened
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
)

from nowprint.errors import UserError
from nowprint.gui.models.model_settings import ModelSettingsDialog
from nowprint.service import protocol as p
from nowprint.service.requests import models as mr


def settings(opened: Opened, qtbot: Any) -> ModelSettingsDialog:
    opened.window.dialogs.model_settings()
    dialog = opened.window.findChild(ModelSettingsDialog)
    qtbot.waitUntil(lambda: "Needs about" in dialog.need.text())
    return dialog


def field(dialog: ModelSettingsDialog, name: str, kind: type) -> Any:
    return dialog.findChild(kind, f"model.settings.{name}")


def press(dialog: ModelSettingsDialog, name: str) -> QPushButton:
    return dialog.findChild(QPushButton, f"model.settings.{name}")


def test_it_shows_what_the_maker_recommends(open_window: Open, qtbot: Any) -> None:
    dialog = settings(open_window(), qtbot)
    assert dialog.heading.text() == "Settings of Fake 135M"
    assert "maker's recommendations" in dialog.note.text()
    assert "8,192 tokens" in dialog.note.text()
    assert field(dialog, "temperature", QDoubleSpinBox).value() == 0.6
    assert field(dialog, "top_k", QSpinBox).value() == 20
    assert field(dialog, "unload_minutes", QSpinBox).text() == "Never"
    assert not press(dialog, "save").isEnabled()
    assert not press(dialog, "reset").isEnabled()


def test_every_field_can_be_reached_and_says_what_it_is(open_window: Open, qtbot: Any) -> None:
    dialog = settings(open_window(), qtbot)
    names = list(dialog.fields.values())
    assert len(names) == len(mr.ModelSettings.__dataclass_fields__)
    for name in names:
        widget = dialog.fields[name]
        assert widget.accessibleName()
        assert widget.accessibleDescription()
    labels = [label for label in dialog.findChildren(QLabel) if label.buddy()]
    assert {label.buddy() for label in labels} == {dialog.fields[name] for name in names}
    keys = [text[text.index("&") + 1].lower() for label in labels if "&" in (text := label.text())]
    assert len(keys) == len(set(keys)) == len(names)


def test_the_memory_is_shown_before_anything_is_loaded(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = settings(opened, qtbot)
    assert dialog.need.text() == (
        "Needs about 5.1 GB of memory: 1.0 GB for the model, 4.1 GB for what it has read, "
        "the rest to compute with. That fits this machine."
    )
    field(dialog, "context", QSpinBox).setValue(8192)
    qtbot.waitUntil(lambda: "choose a smaller context" in dialog.need.text())
    cache = field(dialog, "cache", QComboBox)
    cache.setCurrentIndex(cache.findData("q8_0"))
    qtbot.waitUntil(lambda: "fits this machine" in dialog.need.text())
    assert len(opened.asked(p.LoadModel)) == 1


def test_what_belongs_to_answers_is_saved_without_loading(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = settings(opened, qtbot)
    field(dialog, "system", QPlainTextEdit).setPlainText("  Speak like a pirate.  ")
    field(dialog, "temperature", QDoubleSpinBox).setValue(0.9)
    notes = [label.text() for label in dialog.findChildren(QLabel)]
    assert "recommended: 0.6" in notes
    assert press(dialog, "save").text() == "Save"
    press(dialog, "save").click()
    qtbot.waitUntil(lambda: dialog.closed)
    (change,) = opened.asked(mr.ChangeModelSettings)
    assert change.settings.system == "Speak like a pirate."
    assert change.settings.temperature == 0.9
    assert change.settings.top_k == 20
    assert len(opened.asked(p.LoadModel)) == 1


def test_what_belongs_to_loading_loads_the_model_again(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = settings(opened, qtbot)
    rope = field(dialog, "rope_scaling", QComboBox)
    factor = field(dialog, "rope_factor", QDoubleSpinBox)
    assert not factor.isEnabled()
    rope.setCurrentIndex(rope.findData("yarn"))
    assert factor.isEnabled()
    assert press(dialog, "save").text() == "Save and load again"
    with qtbot.waitSignal(opened.window.modelReady):
        press(dialog, "save").click()
    (change,) = opened.asked(mr.ChangeModelSettings)
    assert change.settings.rope_scaling == "yarn"
    assert len(opened.asked(p.LoadModel)) == 2


def test_the_recommendations_come_back(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    path = opened.window.session.model.path
    recommended = opened.client._page(path).recommended
    opened.client.own_model_settings[path] = replace(recommended, temperature=1.2, seed=4)
    dialog = settings(opened, qtbot)
    assert field(dialog, "temperature", QDoubleSpinBox).value() == 1.2
    press(dialog, "reset").click()
    assert field(dialog, "temperature", QDoubleSpinBox).value() == 0.6
    press(dialog, "save").click()
    qtbot.waitUntil(lambda: dialog.closed)
    assert opened.client.own_model_settings[path] == recommended


def test_a_fault_is_told_and_the_dialog_stays(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = settings(opened, qtbot)
    opened.client.faults[mr.ChangeModelSettings] = UserError("The disk is full: free some space.")
    field(dialog, "seed", QSpinBox).setValue(3)
    press(dialog, "save").click()
    qtbot.waitUntil(lambda: dialog.fault.text() == "The disk is full: free some space.")
    assert not dialog.closed
    assert press(dialog, "save").isEnabled()


def test_a_model_is_set_up_before_it_is_loaded(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    models = opened.window.dialogs.models()
    name = f"Settings of {FOUND.name}"
    qtbot.waitUntil(lambda: name in [b.accessibleName() for b in models.findChildren(QPushButton)])
    next(b for b in models.findChildren(QPushButton) if b.accessibleName() == name).click()
    dialog = models.findChild(ModelSettingsDialog)
    qtbot.waitUntil(lambda: "Needs about" in dialog.need.text())
    assert opened.asked(mr.GetModelSettings) == [mr.GetModelSettings(FOUND.path)]
    field(dialog, "context", QSpinBox).setValue(8192)
    press(dialog, "save").click()
    qtbot.waitUntil(lambda: dialog.closed)
    assert opened.asked(mr.ChangeModelSettings)[0].path == FOUND.path
    assert len(opened.asked(p.LoadModel)) == 1


def test_without_a_model_there_is_nothing_to_set(open_window: Open, qtbot: Any) -> None:
    opened = open_window(
        lambda client: client.faults.update({p.LoadModel: UserError("There is no such file.")}),
        ready=False,
    )
    qtbot.waitUntil(lambda: opened.window.session.reason.startswith("No model"))
    assert opened.window.header.model.isHidden()
    opened.window.dialogs.model_settings()
    assert "First load a model" in opened.window.notice.text.text()
    assert not opened.asked(mr.GetModelSettings)
