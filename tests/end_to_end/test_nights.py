"""The real window on the real core: the memory tidies up, and its user looks at that and takes it back.

The tests of this file are one story over one profile, in order. Each leaves pictures in ``screenshots/``,
to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nowprint.gui.core.bridge import real_client
from nowprint.gui.dialogs.nights.nights_dialog import NightsDialog
from nowprint.gui.window.window import MainWindow
from nowprint.service.requests.memory import ApplyImport, ReviewText
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

from .conftest import PICTURES, SECONDS, show

OLDER = "My cat Pickwick has kidney disease and needs the low phosphorus food."
NEWER = "My cat Pickwick has kidney disease, and needs the low phosphorus food!"
OTHERS = (
    "My sister Ingrid lives in Tromsø and works on a ferry.",
    "The boiler is serviced every October by a plumber called Oskar.",
)
pytestmark = pytest.mark.story


@pytest.fixture(scope="module")
def window(
    tmp_path_factory: pytest.TempPathFactory,
    starter_model: Path,
    embedder_folder: Path,
    nothing_left_behind_the_story: None,
    qapp: Any,
    request: pytest.FixtureRequest,
) -> Iterator[MainWindow]:
    profile = Profile(tmp_path_factory.mktemp("nights") / "home")
    prepare_profile(profile)
    save_settings(profile, Settings(context=1024, sleep=False))  # it sleeps when the story says so
    opened = MainWindow(profile, real_client)
    opened.resize(1320, 860)
    show(opened, QtBot(request))
    yield opened
    opened.close()
    opened.deleteLater()


def part(window: QWidget, name: str) -> QPushButton:
    """The one visible button of the window with this name."""
    found = [one for one in window.findChildren(QPushButton, name) if one.isVisible()]
    assert len(found) == 1, f"{len(found)} visible {name}"
    return found[0]


def press(qtbot: Any, window: QWidget, name: str) -> None:
    qtbot.mouseClick(part(window, name), Qt.MouseButton.LeftButton)


def dialog(window: MainWindow) -> NightsDialog:
    (found,) = [one for one in window.findChildren(NightsDialog) if one.isVisible()]
    return found


def until_told(qtbot: Any, shown: NightsDialog, *texts: str) -> None:
    """Wait until the report says all of these."""
    qtbot.waitUntil(
        lambda: set(texts) <= {one.text() for one in shown.report.findChildren(QLabel)},
        timeout=SECONDS,
    )


def listed(qtbot: Any, window: MainWindow, total: int, act: Callable[[], object]) -> None:
    """Do something, until the list says that so many match."""
    with qtbot.waitSignal(
        window.inspector.listed, timeout=SECONDS, check_params_cb=lambda number: number == total
    ):
        act()


def picture(window: QWidget, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    QTest.qWait(50)  # what is asked to be drawn is drawn in the next turns of the event loop
    assert window.grab().save(str(PICTURES / f"{name}.png"))


def test_what_is_told_twice_waits(qtbot: Any, window: MainWindow) -> None:
    call = window.session.bridge.call
    done: list[Any] = []
    lines = "\n".join((OLDER, NEWER, *OTHERS))
    call(ReviewText(lines), lambda review: call(ApplyImport(review.id, ()), done.append))
    qtbot.waitUntil(lambda: bool(done), timeout=SECONDS)
    listed(qtbot, window, 4, window.inspector.refresh)
    next(one for one in window.menus if one.shortcut().toString() == "Ctrl+Alt+N").trigger()
    shown = dialog(window)
    qtbot.waitUntil(lambda: "4 are not looked at yet" in shown.full.text(), timeout=SECONDS)
    assert shown.held_up.text() == "Tidying up is switched off in the settings."
    assert shown.note.text().startswith("Nothing yet")
    picture(shown, "nights-1-nothing-yet")


def test_it_is_done_now(qtbot: Any, window: MainWindow) -> None:
    shown = dialog(window)
    press(qtbot, shown, "nights.now")
    assert shown.now.text() == "Tidying up…"
    until_told(qtbot, shown, "Merged (1)", NEWER, f"Older: {OLDER}")
    qtbot.waitUntil(lambda: not shown.working, timeout=SECONDS)
    qtbot.waitUntil(lambda: shown.full.text().startswith("3 memories can be recalled"))
    assert "not looked at" not in shown.full.text()
    qtbot.waitUntil(lambda: window.inspector.model.total == 3, timeout=SECONDS)
    picture(shown, "nights-2-report")
    window.session.change(theme="dark")
    picture(shown, "nights-2-report-dark")
    window.session.change(theme="light", text_size=2.0)
    picture(shown, "nights-2-report-200")
    window.session.change(text_size=1.0)


def test_a_merge_is_taken_back(qtbot: Any, window: MainWindow) -> None:
    shown = dialog(window)
    report = shown.report.report
    assert report is not None
    merge = next(one for one in report.changes if one.kind == "merged")
    press(qtbot, shown, f"nights.undo.{merge.id}")
    until_told(qtbot, shown, "Taken back")
    qtbot.waitUntil(lambda: window.inspector.model.total == 4, timeout=SECONDS)
    picture(shown, "nights-3-taken-back")
    with qtbot.waitSignal(window.inspector.shown, timeout=SECONDS) as seen:
        press(qtbot, shown, f"nights.open.{merge.id}")
    assert seen.args[0].episode.text == NEWER
    shown.close()


def test_one_goes_to_the_archive_and_comes_back(qtbot: Any, window: MainWindow) -> None:
    inspector = window.inspector
    with qtbot.waitSignals([inspector.changed, inspector.shown], timeout=SECONDS):
        press(qtbot, inspector, "episode.archive")
    qtbot.waitUntil(lambda: part(inspector, "episode.archive").text() == "Bring back")
    listed(qtbot, window, 1, lambda: inspector.query.set(archived=True))
    assert [one.text for one in inspector.model.rows] == [NEWER]
    picture(window, "nights-4-archived")
    listed(qtbot, window, 2, lambda: inspector.query.only(text="phosphorus"))  # a search finds both
    with qtbot.waitSignal(inspector.changed, timeout=SECONDS):
        press(qtbot, inspector, "undo.button")
    listed(qtbot, window, 0, lambda: inspector.query.only(archived=True))
    listed(qtbot, window, 4, inspector.query.clear)
