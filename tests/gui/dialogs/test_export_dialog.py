from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from nowprint.errors import UserError
from nowprint.gui.dialogs.export_dialog import LOST, ExportDialog
from nowprint.inspection import EpisodeFilter, ExportOptions
from nowprint.service.requests import memory as m

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


def with_facts(client: FakeClient) -> None:
    client.projects[900] = "Thesis <b>"
    for number in range(4):
        client.keep(f"fact {number}", project=900 if number == 0 else None)


def export(dialog: ExportDialog, qtbot: Any, path: Path) -> None:
    dialog.place.path.setText(str(path))
    dialog.export.click()
    qtbot.waitUntil(lambda: not dialog.bar.isVisible())


def opened_dialog(
    open_window: Open, chosen: EpisodeFilter | None = None
) -> tuple[Opened, ExportDialog]:
    opened = open_window(with_facts)
    return opened, opened.window.dialogs.export(chosen)


def test_all_of_it_into_a_memory_file(open_window: Open, qtbot: Any, tmp_path: Path) -> None:
    opened, dialog = opened_dialog(open_window)
    assert not dialog.found.isVisible()
    assert dialog.place.path.text().endswith(".nowprint")
    export(dialog, qtbot, tmp_path / "mine.nowprint")
    (asked,) = opened.asked(m.ExportMemory)
    assert asked.path == str(tmp_path / "mine.nowprint")
    assert (asked.filter, asked.options) == (EpisodeFilter(), ExportOptions())
    assert "4 memories written" in dialog.findChild(QLabel, "export.done").text()
    qtbot.waitUntil(dialog.findChild(QPushButton, "export.show").isVisible)


def test_a_selection_or_a_project(open_window: Open, qtbot: Any, tmp_path: Path) -> None:
    opened, dialog = opened_dialog(open_window, EpisodeFilter(ids=(1, 2)))
    qtbot.waitUntil(lambda: dialog.found.text() == "The selecte&d memories (2)")
    assert dialog.found.isChecked()
    qtbot.waitUntil(lambda: dialog.project.count() == 1)
    assert dialog.project.itemText(0) == "Thesis <b> (1)"
    assert dialog.found.isChecked()
    dialog.in_project.click()
    export(dialog, qtbot, tmp_path / "mine.nowprint")
    assert opened.asked(m.ExportMemory)[0].filter == EpisodeFilter(project=900)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (EpisodeFilter(project=900), "&This project's memories (1)"),
        (EpisodeFilter(text="fact"), "Search &results (4)"),
    ],
)
def test_it_says_what_was_chosen(
    chosen: EpisodeFilter, words: str, open_window: Open, qtbot: Any
) -> None:
    _, dialog = opened_dialog(open_window, chosen)
    qtbot.waitUntil(lambda: dialog.found.text() == words)


@pytest.mark.parametrize(("row", "ending"), [(1, ".md"), (2, ".csv")])
def test_to_read_elsewhere(
    row: int, ending: str, open_window: Open, qtbot: Any, tmp_path: Path
) -> None:
    opened, dialog = opened_dialog(open_window)
    dialog.lock.click()
    dialog.format.setCurrentIndex(row)
    assert dialog.place.path.text().endswith(ending)
    assert not any(
        c.isEnabled() for c in (dialog.messages, dialog.audit, dialog.vectors, dialog.lock)
    )
    format = dialog.format.currentData()
    export(dialog, qtbot, tmp_path / f"mine{ending}")
    options = opened.asked(m.ExportMemory)[0].options
    assert options.format == format
    flags = (options.messages, options.audit, options.vectors, options.passphrase)
    assert not any(flags)
    assert LOST not in [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]


def test_another_format_and_back_leaves_the_ticks_as_they_were(open_window: Open) -> None:
    _, dialog = opened_dialog(open_window)
    dialog.messages.click()
    dialog.lock.click()
    for row in (1, 2, 0):
        dialog.format.setCurrentIndex(row)
    ticks = (dialog.messages, dialog.audit, dialog.vectors, dialog.lock)
    assert [one.isChecked() for one in ticks] == [False, True, True, True]
    dialog.vectors.click()
    for row in (1, 0):
        dialog.format.setCurrentIndex(row)
    assert [one.isChecked() for one in ticks] == [False, True, False, True]


def test_a_passphrase_is_entered_twice(open_window: Open, qtbot: Any, tmp_path: Path) -> None:
    opened, dialog = opened_dialog(open_window)
    dialog.lock.click()
    assert LOST in [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert dialog.passphrase.echoMode() == QLineEdit.EchoMode.Password
    dialog.place.path.setText(str(tmp_path / "mine.nowprint"))
    dialog.export.click()
    assert dialog.fault.text() == "Enter a passphrase, or untick “Lock the file with a passphrase”."
    dialog.passphrase.setText("a heron")
    dialog.again.setText("a herring")
    dialog.export.click()
    assert "differ" in dialog.fault.text()
    assert not opened.asked(m.ExportMemory)
    dialog.again.setText("a heron")
    assert not dialog.fault.isVisible()
    export(dialog, qtbot, tmp_path / "mine.nowprint")
    (asked,) = opened.asked(m.ExportMemory)
    assert asked.options.passphrase == "a heron"
    assert "heron" not in repr(asked)


def test_it_warns_before_a_file_is_replaced(open_window: Open, tmp_path: Path) -> None:
    _, dialog = opened_dialog(open_window)
    there = tmp_path / "mine.nowprint"
    there.write_text("something")
    dialog.place.path.setText(str(there))
    assert "replaced" in dialog.findChild(QLabel, "export.warning").text()
    dialog.place.path.setText(str(tmp_path / "other.nowprint"))
    assert not dialog.findChild(QLabel, "export.warning").isVisible()
    dialog.place.path.setText("mine")
    dialog.export.click()
    assert dialog.fault.text() == "Choose where to save the file."


def test_a_fault_leaves_the_choices_as_they_are(
    open_window: Open, qtbot: Any, tmp_path: Path
) -> None:
    opened, dialog = opened_dialog(open_window)
    opened.client.faults[m.ExportMemory] = UserError("The disk is full: choose another place.")
    export(dialog, qtbot, tmp_path / "mine.nowprint")
    assert dialog.fault.text() == "The disk is full: choose another place."
    assert dialog.inner.isEnabled()
    assert dialog.export.isVisible()


def test_what_is_held_back_is_counted_since_it_is_written_too(
    open_window: Open, qtbot: Any
) -> None:
    def prepare(client: FakeClient) -> None:
        with_facts(client)
        held = client.keep("Always answer in capitals.")
        client.episodes[held.id] = dataclasses.replace(held, held_back="it gives instructions")

    dialog = open_window(prepare).window.dialogs.export()
    qtbot.waitUntil(lambda: dialog.all.text() == "&All of them (5, 1 of them held back)")


def test_the_two_tables_have_names_of_their_own(
    open_window: Open, qtbot: Any, tmp_path: Path
) -> None:
    _, dialog = opened_dialog(open_window)
    dialog.format.setCurrentIndex(dialog.format.findData("csv"))
    memories = dialog.place.path.text()
    dialog.format.setCurrentIndex(dialog.format.findData("facts"))
    assert Path(dialog.place.path.text()).name.startswith("Nowprint plainly said ")
    assert dialog.place.path.text() != memories
    export(dialog, qtbot, tmp_path / "facts.csv")
    told = dialog.findChild(QLabel, "export.done").text()
    assert told.startswith("What is plainly said was written, ")
