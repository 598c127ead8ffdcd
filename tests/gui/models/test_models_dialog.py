"""Models in the window: what suits the machine, what is here, what is on its way."""

from __future__ import annotations

import dataclasses
from typing import Any

from fake_client import FakeClient
from fake_models import FOUND, LARGE, OFFER, PATH
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QProgressBar, QPushButton

from nowprint.errors import UserError
from nowprint.gui.models.models_dialog import ModelsDialog
from nowprint.gui.widgets.download_row import left
from nowprint.model_records import FoundModel
from nowprint.service import protocol as p
from nowprint.service.requests import models as mr

HIDDEN = "evil\u202egguf"
TOLD = f"models.told.{OFFER.key}"


def models(opened: Opened, qtbot: Any) -> ModelsDialog:
    dialog = opened.window.dialogs.models()
    qtbot.waitUntil(lambda: bool(dialog.findChildren(QPushButton, "models.use")))
    return dialog


def texts(dialog: ModelsDialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]


def press(dialog: ModelsDialog, what: str, key: str = OFFER.key) -> QPushButton:
    found = dialog.findChildren(QPushButton, f"models.{what}.{key}")
    return found[-1] if found else None


def labelled(dialog: ModelsDialog, label: str) -> QAbstractButton:
    """The visible button with this accessible name."""
    found = [
        one
        for one in dialog.findChildren(QAbstractButton)
        if one.accessibleName() == label and one.isVisible()
    ]
    return found[0] if found else None


def test_the_recommended_one_comes_first_and_the_host_is_named(
    open_window: Open, qtbot: Any
) -> None:
    dialog = models(open_window(), qtbot)
    told = texts(dialog)
    assert any("hub.example" in text for text in told)
    assert any("answers now." in text for text in told)
    assert told.index("Able 4B (recommended)") < told.index(LARGE.name)
    facts = next(text for text in told if text.startswith("Clear answers.") and "fits this" in text)
    assert "4.0 billion parameters · 2.5 GB · Apache-2.0 · thinks · fits this machine" in facts
    assert any("too large for this machine" in text for text in told)
    assert "LM Studio · 1.1 GB" in told
    assert press(dialog, "get").accessibleName() == "Get Able 4B, 2.5 GB"


def test_where_one_would_wait_for_each_word_the_speed_is_told(
    open_window: Open, qtbot: Any
) -> None:
    slow = dataclasses.replace(OFFER, key="slow", name="Slow 12B", speed=1.24)

    def put(client: Any) -> None:
        client.shelf = dataclasses.replace(client.shelf, offers=(*client.shelf.offers, slow))

    dialog = models(open_window(put), qtbot)
    told = [text for text in texts(dialog) if "tokens a second" in text]
    assert len(told) == 1
    assert told[0].endswith("fits this machine · slow here: about 1.2 tokens a second")


def test_nothing_is_asked_of_the_hub_before_get(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    models(opened, qtbot)
    hub = mr.GetModel | mr.SearchHub | mr.ListHubFiles | mr.ResumeDownload
    assert not [one for one in opened.client.requests if isinstance(one, hub)]


def test_a_mirror_that_is_no_address_is_told(open_window: Open, qtbot: Any) -> None:
    def nowhere(client: FakeClient) -> None:
        client.shelf = dataclasses.replace(client.shelf, host="")

    dialog = models(open_window(nowhere), qtbot)
    assert "HF_ENDPOINT" in dialog.findChild(QLabel, "models.note").text()


def test_got_paused_resumed_and_used(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = models(opened, qtbot)
    press(dialog, "get").click()
    qtbot.waitUntil(lambda: press(dialog, "pause").isVisible())
    opened.client.go(done=1_250_000_000, bytes_per_second=5e6, seconds_left=250.0)
    told = dialog.findChild(QLabel, TOLD)
    qtbot.waitUntil(lambda: told.text() == "1.2 GB of 2.5 GB, 5.0 MB/s, about 4 minutes left")
    bar = told.parent().findChild(QProgressBar)
    assert bar.accessibleName() == f"Able 4B: {told.text()}"
    press(dialog, "pause").click()
    qtbot.waitUntil(lambda: press(dialog, "resume").isVisible())
    assert told.text().endswith(", paused")
    press(dialog, "resume").click()
    qtbot.waitUntil(lambda: press(dialog, "pause").isVisible())
    opened.client.go(state="done")
    qtbot.waitUntil(lambda: press(dialog, "get") is None)
    with qtbot.waitSignal(opened.window.modelReady):
        labelled(dialog, "Use Able 4B").click()
    assert opened.asked(p.LoadModel)[-1].path == PATH
    qtbot.waitUntil(lambda: "In use" in texts(dialog))
    assert not labelled(dialog, "Use Able 4B")
    assert not labelled(dialog, "Remove Able 4B")


def test_the_keyboard_stays_on_a_model_whose_buttons_change(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = models(opened, qtbot)
    press(dialog, "get").setFocus()
    QTest.keyClick(press(dialog, "get"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: press(dialog, "pause").isVisible())
    assert dialog.focusWidget() is press(dialog, "pause")
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: press(dialog, "resume").isVisible())
    assert dialog.focusWidget() is press(dialog, "resume")
    opened.client.go(state="done")
    qtbot.waitUntil(lambda: labelled(dialog, "Use Able 4B") is not None)
    assert dialog.focusWidget() is labelled(dialog, "Use Able 4B")


def test_it_is_cancelled(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = models(opened, qtbot)
    press(dialog, "get").click()
    qtbot.waitUntil(lambda: press(dialog, "cancel").isVisible())
    press(dialog, "cancel").click()
    qtbot.waitUntil(lambda: press(dialog, "get").isVisible())
    assert opened.asked(mr.CancelDownload)


def test_what_fails_is_a_sentence(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = models(opened, qtbot)
    opened.client.faults[mr.GetModel] = UserError("The hub can't be reached: try again later.")
    press(dialog, "get").click()
    qtbot.waitUntil(lambda: dialog.fault.text() == "The hub can't be reached: try again later.")
    assert press(dialog, "get").isVisible()
    opened.client.faults.pop(mr.GetModel, None)
    press(dialog, "get").click()
    qtbot.waitUntil(lambda: press(dialog, "pause").isVisible())
    assert not dialog.fault.isVisible(), "what the user tries anew has not failed yet"
    opened.client.go(state="failed", fault="The disk is full: free some space.")
    qtbot.waitUntil(lambda: dialog.fault.text() == "The disk is full: free some space.")
    assert press(dialog, "resume").isVisible()


def test_what_was_on_its_way_is_there_after_a_restart(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: client.go(state="paused", done=500_000_000))
    dialog = models(opened, qtbot)
    assert press(dialog, "resume").isVisible()
    assert not press(dialog, "get").isVisible()
    assert "On their way" not in texts(dialog), "it is in its own place"


def test_what_the_catalogue_does_not_have_is_on_its_way_too(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        client.begin("other/m", f"{HIDDEN}.gguf", 3_000_000_000)
        client.go(state="paused", done=1_000_000_000)

    opened = open_window(prepare)
    dialog = models(opened, qtbot)
    key = f"other/m/{HIDDEN}.gguf"
    shown = "evil⟨right-to-left override⟩gguf"
    assert "On their way" in texts(dialog)
    assert shown in texts(dialog)
    assert f"other/m · {shown}.gguf" in texts(dialog)
    assert press(dialog, "resume", key).accessibleName() == f"Resume {shown}"
    press(dialog, "resume", key).click()
    qtbot.waitUntil(lambda: press(dialog, "pause", key).isVisible())
    press(dialog, "cancel", key).click()
    qtbot.waitUntil(lambda: "On their way" not in texts(dialog))


def test_the_folders_are_looked_through_when_something_changed_only(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window()
    dialog = models(opened, qtbot)
    looked = len(opened.asked(mr.GetShelf))
    with qtbot.waitSignal(opened.window.modelReady):
        labelled(dialog, "Use their").click()
    press(dialog, "get").click()
    qtbot.waitUntil(lambda: press(dialog, "pause").isVisible())
    opened.client.go(done=1000)
    press(dialog, "pause").click()
    qtbot.waitUntil(lambda: press(dialog, "resume").isVisible())
    assert len(opened.asked(mr.GetShelf)) == looked
    opened.client.go(state="done")
    qtbot.waitUntil(lambda: labelled(dialog, "Use Able 4B") is not None)
    assert len(opened.asked(mr.GetShelf)) == looked + 1


def test_the_core_that_died_has_paused_what_was_on_its_way(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = models(opened, qtbot)
    press(dialog, "get").click()
    qtbot.waitUntil(lambda: press(dialog, "pause").isVisible())
    looked = len(opened.asked(mr.GetShelf))
    opened.client.go(state="paused", done=7)  # what the next core has
    with qtbot.waitSignal(opened.window.modelReady):
        opened.client.die()
    qtbot.waitUntil(lambda: len(opened.asked(mr.GetShelf)) > looked)
    qtbot.waitUntil(lambda: press(dialog, "resume").isVisible())


def test_one_of_another_program_is_used_where_it_lies(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = models(opened, qtbot)
    assert not labelled(dialog, "Remove their"), "it isn't ours"
    with qtbot.waitSignal(opened.window.modelReady):
        labelled(dialog, "Use their").click()
    assert opened.asked(p.LoadModel)[-1].path == FOUND.path


def test_one_that_nowprint_got_is_removed_after_a_question(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        mine = FoundModel("/home/models/mine.gguf", HIDDEN, "Nowprint", 900_000_000)
        client.shelf = dataclasses.replace(client.shelf, found=(mine, FOUND))

    opened = open_window(prepare)
    dialog = models(opened, qtbot)
    shown = "evil⟨right-to-left override⟩gguf"
    labelled(dialog, f"Remove {shown}").setFocus()
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Space)
    assert "Delete 900 MB from this computer?" in texts(dialog)
    assert dialog.focusWidget() is labelled(dialog, f"Keep {shown}"), "a slip deletes nothing"
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Space)
    assert dialog.focusWidget() is labelled(dialog, f"Remove {shown}")
    assert not opened.asked(mr.RemoveModel)
    labelled(dialog, f"Remove {shown}").click()
    opened.client.faults[mr.RemoveModel] = UserError("It can't be deleted: close what uses it.")
    labelled(dialog, f"Delete {shown}, 900 MB, from this computer").click()
    qtbot.waitUntil(lambda: "It can't be deleted" in dialog.fault.text())
    opened.client.faults.clear()
    labelled(dialog, f"Delete {shown}, 900 MB, from this computer").click()
    qtbot.waitUntil(lambda: shown not in texts(dialog))
    assert opened.asked(mr.RemoveModel)[-1].path == "/home/models/mine.gguf"


def test_the_time_that_is_left() -> None:
    assert [left(seconds) for seconds in (5, 600, 7300)] == [
        "about a minute left", "about 10 minutes left", "about 2 hours left",
    ]  # fmt: skip
