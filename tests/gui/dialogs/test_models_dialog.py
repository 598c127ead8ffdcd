"""Models in the window: what suits the machine, what is here, what is on its way."""

from __future__ import annotations

from typing import Any

from fake_models import FOUND, LARGE, OFFER, PATH
from opened import Open, Opened
from PySide6.QtWidgets import QLabel, QPushButton

from nowprint.errors import UserError
from nowprint.gui.dialogs.models_dialog import ModelsDialog, left
from nowprint.service import model_requests as mr
from nowprint.service import protocol as p


def models(opened: Opened, qtbot: Any) -> ModelsDialog:
    dialog = opened.window.dialogs.models()
    qtbot.waitUntil(lambda: bool(dialog.findChildren(QPushButton, "models.use")))
    return dialog


def texts(dialog: ModelsDialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel)]


def press(dialog: ModelsDialog, what: str) -> QPushButton:
    return dialog.findChild(QPushButton, f"models.{what}.{OFFER.key}")


def test_the_recommended_one_comes_first_and_the_host_is_named(
    open_window: Open, qtbot: Any
) -> None:
    dialog = models(open_window(), qtbot)
    told = texts(dialog)
    assert any("hub.example" in text for text in told)
    assert told.index("Able 4B (recommended)") < told.index(LARGE.name)
    facts = next(text for text in told if text.startswith("Clear answers.") and "fits this" in text)
    assert "4.0 billion parameters · 2.5 GB · Apache-2.0 · thinks · fits this machine" in facts
    assert any("too large for this machine" in text for text in told)
    assert "LM Studio · 1.1 GB" in told
    assert press(dialog, "get").accessibleName() == "Get Able 4B, 2.5 GB"


def test_nothing_is_asked_of_the_hub_before_get(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    models(opened, qtbot)
    assert not [
        one for one in opened.client.requests if isinstance(one, mr.GetModel | mr.SearchHub)
    ]


def test_got_paused_resumed_and_used(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = models(opened, qtbot)
    press(dialog, "get").click()
    qtbot.waitUntil(lambda: press(dialog, "pause").isVisible())
    opened.client.go(done=1_250_000_000, bytes_per_second=5e6, seconds_left=250.0)
    told = dialog.findChildren(QLabel, "models.told")[0]
    qtbot.waitUntil(lambda: told.text() == "1.2 GB of 2.5 GB, 5.0 MB/s, about 4 minutes left")
    press(dialog, "pause").click()
    qtbot.waitUntil(lambda: press(dialog, "resume").isVisible())
    assert told.text() == "1.2 GB of 2.5 GB, paused"
    press(dialog, "resume").click()
    qtbot.waitUntil(lambda: press(dialog, "pause").isVisible())
    opened.client.go(state="done")
    qtbot.waitUntil(lambda: press(dialog, "get") is None)
    use = next(
        one
        for one in dialog.findChildren(QPushButton, "models.use")
        if one.accessibleName() == "Use Able 4B"
    )
    with qtbot.waitSignal(opened.window.modelReady):
        use.click()
    assert opened.asked(p.LoadModel)[-1].path == PATH
    qtbot.waitUntil(lambda: "In use" in texts(dialog))


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
    opened.client.go(state="failed", fault="The disk is full: free some space.")
    qtbot.waitUntil(lambda: dialog.fault.text() == "The disk is full: free some space.")
    assert press(dialog, "resume").isVisible()


def test_what_was_on_its_way_is_there_after_a_restart(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: client.go(state="paused", done=500_000_000))
    dialog = models(opened, qtbot)
    assert press(dialog, "resume").isVisible()
    assert not press(dialog, "get").isVisible()


def test_one_of_another_program_is_used_where_it_lies(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    dialog = models(opened, qtbot)
    use = next(
        one
        for one in dialog.findChildren(QPushButton, "models.use")
        if one.accessibleName() == "Use their"
    )
    with qtbot.waitSignal(opened.window.modelReady):
        use.click()
    assert opened.asked(p.LoadModel)[-1].path == FOUND.path


def test_the_time_that_is_left() -> None:
    assert [left(seconds) for seconds in (5, 600, 7300)] == [
        "about a minute left", "about 10 minutes left", "about 2 hours left",
    ]  # fmt: skip
