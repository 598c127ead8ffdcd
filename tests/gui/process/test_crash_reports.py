"""What breaks in the window's process: told once, in a dialog whose report holds no content."""

from __future__ import annotations

import errno
import faulthandler
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opened import Open, Opened
from PySide6.QtCore import QtMsgType, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton

from nowprint import logs
from nowprint.errors import CoreDied
from nowprint.gui.dialogs.help import RELEASES, AboutDialog
from nowprint.gui.dialogs.report_dialog import ReportDialog
from nowprint.gui.process.crash_reports import MOST_TOLD, CrashReports
from nowprint.gui.process.previous_exit import ExitMarker
from nowprint.records import DoctorFinding
from nowprint.service import protocol as p
from nowprint.service.fault_report import cleaned
from nowprint.settings import Profile, starter_model

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
MARKER = "Quisquilla"


@pytest.fixture(autouse=True)
def hooks() -> Iterator[None]:
    """What a test installs for the whole process is taken back."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook, logs._log
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook, logs._log = before
    if not faulthandler.is_enabled():
        faulthandler.enable()


@pytest.fixture
def watched(open_window: Open, profile: Profile) -> Iterator[tuple[Opened, CrashReports]]:
    opened = open_window()
    profile.home.mkdir(exist_ok=True)
    crash_reports = CrashReports(profile)
    crash_reports.speak_through(opened.window.notice, opened.window.dialogs.report)
    opened.window.session.broke.connect(crash_reports.core_died)
    yield opened, crash_reports
    crash_reports.end()


def bug(text: str = MARKER) -> ValueError:
    try:
        int(text)
    except ValueError as fault:
        return fault
    raise AssertionError


def reports(opened: Opened) -> list[ReportDialog]:
    return [one for one in opened.window.findChildren(ReportDialog) if one.isVisible()]


def report(opened: Opened, qtbot: Any) -> ReportDialog:
    qtbot.waitUntil(lambda: bool(reports(opened)))
    dialog = reports(opened)[0]
    qtbot.waitUntil(lambda: not dialog.bar.isVisible())
    return dialog


def test_a_bug_is_told_with_a_report_that_holds_none_of_its_words(
    watched: tuple[Opened, CrashReports], qtbot: Any
) -> None:
    opened, crash_reports = watched
    fault = bug()
    crash_reports.log().error(logs.reduced(fault))
    crash_reports.heard(fault)
    dialog = report(opened, qtbot)
    told = dialog.findChild(QLabel, "report.happened").text()
    assert "ValueError" in told
    text = dialog.text.toPlainText()
    for part in (
        "ValueError",
        "test_crash_reports.py",
        "Nowprint: ",
        "Qt: ",
        "ok  database: whole",
    ):
        assert part in text
    assert MARKER not in told + text


def test_a_bug_on_another_thread_is_told_too(
    watched: tuple[Opened, CrashReports], qtbot: Any
) -> None:
    opened, crash_reports = watched
    thread = threading.Thread(target=lambda: crash_reports.heard(bug()))
    thread.start()
    thread.join()
    assert report(opened, qtbot).windowTitle() == "Something went wrong"


def test_the_same_bug_is_told_once_and_many_are_too_many(
    watched: tuple[Opened, CrashReports], qtbot: Any
) -> None:
    opened, crash_reports = watched
    for _ in range(5):
        crash_reports.heard(bug())
    report(opened, qtbot)
    assert len(reports(opened)) == 1
    for number in range(10):
        crash_reports.heard(type(f"Fault{number}", (Exception,), {})())
    qtbot.waitUntil(lambda: len(reports(opened)) == MOST_TOLD)
    qtbot.wait(50)
    assert len(reports(opened)) == MOST_TOLD


def test_a_bug_of_the_dialog_itself_does_not_loop(
    watched: tuple[Opened, CrashReports], qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, crash_reports = watched
    built = []

    def broken(*_: object) -> str:
        built.append(True)
        raise ValueError(MARKER)

    monkeypatch.setattr("nowprint.service.fault_report.report", broken)
    with pytest.raises(ValueError, match=MARKER) as raised:
        opened.window.dialogs.report("Something went wrong.")
    crash_reports.heard(raised.value)
    qtbot.wait(50)
    assert built == [True]


def test_a_core_that_died_is_told_and_the_keys_stay_with_the_message(
    watched: tuple[Opened, CrashReports], qtbot: Any
) -> None:
    opened, _ = watched
    with qtbot.waitSignals([opened.window.coreDied, opened.window.modelReady]):
        opened.client.die()
    dialog = report(opened, qtbot)
    assert (
        "runs the model stopped unexpectedly" in dialog.findChild(QLabel, "report.happened").text()
    )
    assert not any(button.isDefault() for button in dialog.findChildren(QPushButton))


def test_a_model_of_ones_own_that_ends_the_core_needs_no_report(
    watched: tuple[Opened, CrashReports], qtbot: Any
) -> None:
    opened, _ = watched
    opened.client.killers = {"/models/bad.gguf"}
    with qtbot.waitSignal(opened.window.coreDied):
        opened.window.session.open_model("/models/bad.gguf")
    qtbot.wait(50)
    assert reports(opened) == []


def test_a_core_that_can_never_start_is_not_started_again_and_again(
    watched: tuple[Opened, CrashReports], qtbot: Any
) -> None:
    opened, _ = watched
    death = CoreDied("The model process needs libgomp.so.1, which this system lacks: install it.")
    death.for_good = True
    opened.client.on_death(death)
    qtbot.waitUntil(opened.window.notice.isVisible)
    assert opened.window.notice.text.text() == str(death)
    assert opened.window.session.reason == "The model process isn't running."
    assert opened.client.starts == 1
    assert reports(opened) == []


def test_the_report_is_copied_and_saved(
    watched: tuple[Opened, CrashReports],
    qtbot: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened, _ = watched
    opened.client.findings = (DoctorFinding("index", False, "stale"),)
    opened.window.dialogs.report()
    dialog = report(opened, qtbot)
    assert dialog.findChild(QLabel, "report.happened") is None
    dialog.copy.click()
    text = dialog.text.toPlainText()
    assert "BAD index: stale" in text
    assert QGuiApplication.clipboard().text() == text
    dialog.save_to(str(tmp_path / "no" / "report.txt"))
    assert "can't be written" in dialog.fault.text()
    with monkeypatch.context() as patch:

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr("os.fsync", full)
        dialog.save_to(str(tmp_path / "report.txt"))
    assert dialog.fault.text().startswith("The disk is full")
    assert dialog.save.text() != "Saved"
    assert list(tmp_path.glob("*report*")) == []
    dialog.save_to(str(tmp_path / "report.txt"))
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == text
    assert dialog.fault.isHidden()


def test_a_report_comes_without_a_core_too(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    opened.client.faults[p.Doctor] = CoreDied("The model process is not running: start it again.")
    opened.window.dialogs.report()
    assert "could not be run" in report(opened, qtbot).text.toPlainText()


def test_what_stands_in_old_logs_and_findings_stays_out(
    watched: tuple[Opened, CrashReports], qtbot: Any, profile: Profile
) -> None:
    opened, _ = watched
    profile.log.write_text(f"Traceback\nValueError: '{MARKER}'\n{MARKER}\n", encoding="utf-8")
    own = f"/home/anna/{MARKER} models/{MARKER}.gguf"
    opened.client.findings = (DoctorFinding("chosen model", True, f"{own} (80 MB)"),)
    opened.window.dialogs.report()
    text = report(opened, qtbot).text.toPlainText()
    assert "chosen model: one of the user's own" in text
    assert "left out: 3 lines of another form" in text
    assert MARKER not in text
    assert str(profile.home) not in text


def test_paths_are_shortened(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    said = f"{profile.home}/memory.db /home/anna/x /home/bert/y /m/own.gguf {starter_model()}"
    told = f"PROFILE/memory.db ~/x /home/USER/y MODEL.gguf {starter_model().name}"
    assert cleaned(said, profile) == told


# --- how the last session ended ----------------------------------------------------------------


def next_one(profile: Profile) -> str:
    """A session that begins and ends well; how the one before had ended."""
    standing = ExitMarker(profile)
    try:
        return standing.begin()
    finally:
        standing.end()


def test_a_session_that_ended_well_leaves_no_mark(profile: Profile) -> None:
    standing = ExitMarker(profile)
    assert standing.begin() == "well"
    assert profile.running.exists()
    standing.end()
    assert list(profile.home.iterdir()) == []
    assert next_one(profile) == "well"


@pytest.mark.parametrize(
    ("how", "end"), [("os._exit(1)", "killed"), ("faulthandler._sigabrt()", "crashed")]
)
def test_a_session_that_broke_down_is_told_of(how: str, end: str, profile: Profile) -> None:
    code = (
        "import faulthandler, os, sys; from pathlib import Path;"
        "from nowprint.gui.process.previous_exit import ExitMarker; from nowprint.settings import Profile;"
        f"s = ExitMarker(Profile(Path(sys.argv[1]))); s.begin(); {how}"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(profile.home)], capture_output=True)
    assert ended.returncode != 0
    assert next_one(profile) == end
    if end == "crashed":
        log = profile.window_log.read_text(encoding="utf-8")
        assert "Fatal Python error: Aborted" in log
        assert "in <module>" in log
    assert next_one(profile) == "well"


def test_a_window_that_still_runs_is_no_crash(profile: Profile) -> None:
    profile.home.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        standing = ExitMarker(profile)
        standing.begin()
        mark = profile.running.read_text(encoding="ascii").split()
        standing.end()
        profile.running.write_text(f"{other.pid} {mark[1]}\n", encoding="ascii")
        assert next_one(profile) == "well"
        assert profile.running.read_text(encoding="ascii").startswith(f"{other.pid} ")
        other.communicate(b"\n")


def test_after_a_power_cut_nobody_is_told(profile: Profile) -> None:
    profile.home.mkdir()
    profile.running.write_text(f"{os.getpid() + 1} of-another-start\n", encoding="ascii")
    assert next_one(profile) == "well"


def test_the_last_crash_is_shown_and_a_kill_only_said(
    watched: tuple[Opened, CrashReports], qtbot: Any, profile: Profile
) -> None:
    opened, crash_reports = watched
    profile.crash.write_text("Fatal Python error: Segmentation fault\n", encoding="ascii")
    crash_reports.begin()
    dialog = report(opened, qtbot)
    assert "crashed" in dialog.findChild(QLabel, "report.happened").text()
    assert "Fatal Python error: Segmentation fault" in dialog.text.toPlainText()
    dialog.reject()
    crash_reports.standing.end()
    mark = profile.running
    mark.write_text(f"999999999 {Path('/proc/sys/kernel/random/boot_id').read_text()}")
    crash_reports.begin()
    assert "was not closed properly" in opened.window.notice.text.text()
    assert reports(opened) == []
    opened.window.notice.action.click()
    assert len(reports(opened)) == 1


# --- Qt's messages -----------------------------------------------------------------------------


class Context:
    category = "qt.text"


def test_qts_messages_are_logged_without_what_they_quote(
    profile: Profile, capsys: pytest.CaptureFixture[str]
) -> None:
    profile.home.mkdir()
    crash_reports = CrashReports(profile)
    crash_reports._heed_qt(QtMsgType.QtWarningMsg, Context(), f"No document for {MARKER}")
    Context.category = "default"
    crash_reports._heed_qt(
        QtMsgType.QtWarningMsg, Context(), f"QTextBrowser: No document for {MARKER}"
    )
    crash_reports._heed_qt(QtMsgType.QtCriticalMsg, Context(), MARKER)
    log = profile.window_log.read_text(encoding="utf-8")
    assert "Qt critical: unnamed\n" in log
    assert "Qt warning: qt.text\n" in log
    assert "Qt warning: QTextBrowser\n" in log
    assert MARKER not in log + capsys.readouterr().err


PROCESS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from fake_client import FakeClient
from PySide6.QtCore import QTimer, qFatal
from nowprint.gui.process.app import make_app
from nowprint.gui.process.crash_reports import CrashReports
from nowprint.gui.dialogs.report_dialog import ReportDialog
from nowprint.gui.window.window import MainWindow
from nowprint.settings import Profile
profile = Profile(Path(sys.argv[1]))
mishaps = CrashReports(profile)
mishaps.install()
app = make_app()
window = MainWindow(profile, FakeClient)
mishaps.speak_through(window.notice, window.dialogs.report)
def look():
    for dialog in window.findChildren(ReportDialog):
        print(dialog.text.toPlainText())
        window.close()
beat = QTimer(window, interval=50)
beat.timeout.connect(look)
def breaks():
    mishaps.begin()
    BREAKS("Quisquilla")
window.modelReady.connect(lambda _: QTimer.singleShot(0, breaks))
beat.start()
window.show()
app.exec()
mishaps.end()
"""


def process(breaks: str, profile: Profile) -> subprocess.CompletedProcess[str]:
    """A window of its own in which this breaks."""
    code = PROCESS.replace("BREAKS", breaks)
    return subprocess.run(
        [sys.executable, "-c", code, str(profile.home), str(Path(__file__).parents[1])],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=200,
    )


def test_a_bug_in_the_event_loop_is_shown_and_the_window_goes_on(profile: Profile) -> None:
    ended = process("int", profile)
    assert ended.returncode == 0, ended.stderr
    assert "Something went wrong in the window (ValueError" in ended.stdout
    log = profile.window_log.read_text(encoding="utf-8")
    assert "ERROR ValueError\n" in log
    assert MARKER not in ended.stdout + ended.stderr + log
    assert not profile.running.exists()


def test_where_qt_ends_the_process_the_next_start_knows(profile: Profile) -> None:
    ended = process("qFatal", profile)
    assert ended.returncode != 0
    assert next_one(profile) == "crashed"
    log = profile.window_log.read_text(encoding="utf-8")
    assert "Fatal Python error: Qt ended the process" in log
    assert "Fatal Python error: Aborted" in log
    assert MARKER not in ended.stderr + log


# --- the Help menu -----------------------------------------------------------------------------


class Browser:
    def __init__(self, opens: bool) -> None:
        self.opens = opens
        self.asked: list[str] = []

    def open(self, url: QUrl) -> bool:
        self.asked.append(url.toString())
        return self.opens


def entry(opened: Opened, text: str) -> Any:
    return next(a for a in opened.window.menus if a.text().replace("&", "") == text)


@pytest.mark.parametrize("opens", [True, False])
def test_the_releases_page_is_opened_when_it_is_asked_for(
    opens: bool, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(opens)
    monkeypatch.setattr(QDesktopServices, "openUrl", browser.open)
    opened = open_window()
    assert browser.asked == []
    entry(opened, "Releases page").trigger()
    assert browser.asked == [RELEASES]
    assert opened.window.notice.isVisible() is not opens
    assert opens or RELEASES in opened.window.notice.text.text()


def test_about_says_where_the_profile_is_and_opens_it(
    open_window: Open, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(True)
    monkeypatch.setattr(QDesktopServices, "openUrl", browser.open)
    opened = open_window()
    entry(opened, "About Nowprint").trigger()
    about = opened.window.findChild(AboutDialog)
    assert about.findChild(QLabel, "about.profile").text() == str(profile.home)
    about.findChild(QPushButton, "about.folder").click()
    assert browser.asked == [QUrl.fromLocalFile(str(profile.home)).toString()]


def test_save_a_report_is_in_the_help_menu(open_window: Open, qtbot: Any) -> None:
    opened = open_window()
    entry(opened, "Save a report…").trigger()
    assert report(opened, qtbot).windowTitle() == "Report"
