"""Recent nights: what the memory did with itself, and how the user takes it back."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
from fake_client import FakeClient
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from nowprint.errors import UserError
from nowprint.gui.dialogs.memory_settings import MemorySettingsDialog
from nowprint.gui.dialogs.nights import night_words as say
from nowprint.gui.dialogs.nights.nights_dialog import NightsDialog
from nowprint.gui.dialogs.nights.report_view import PAGE
from nowprint.gui.dialogs.people.name_rows import ROW
from nowprint.service.requests import sleep as sl
from nowprint.sleep_records import Night, NightChange, NightReport

DAY = 86_400
CAT, FOOD = (
    "My cat Pickwick eats only the food from the vet.",
    "Pickwick needs the food of the vet.",
)
BRAGA, PORTO = "I moved to Braga.", "I rent a flat in Porto."


class Shown:
    def __init__(self, opened: Opened, qtbot: Any) -> None:
        self.opened, self.qtbot = opened, qtbot
        opened.window.dialogs.nights.open()
        self.dialog = opened.window.findChild(NightsDialog)
        qtbot.waitUntil(lambda: bool(self.dialog.full.text()))

    def button(self, name: str) -> QPushButton:
        found = [one for one in self.dialog.findChildren(QPushButton, name) if one.isVisible()]
        assert len(found) == 1, (name, found)
        return found[0]

    def there(self, name: str) -> bool:
        return any(one.isVisible() for one in self.dialog.findChildren(QPushButton, name))

    def texts(self, name: str = "") -> list[str]:
        report = self.dialog.report.widget()
        kind = (QLabel, name) if name else (QLabel,)
        return [one.text() for one in report.findChildren(*kind) if one.isVisible()]

    def until(self, *texts: str) -> None:
        self.qtbot.waitUntil(lambda: set(texts) <= set(self.texts()))


def with_nights(client: FakeClient) -> None:
    now = time.time()
    cat, food = client.keep(CAT, created=now - 40 * DAY), client.keep(FOOD, created=now - 90 * DAY)
    porto = client.keep(PORTO, created=now - 500 * DAY, archived=True)
    braga = client.keep(BRAGA, created=now - 60 * DAY, replaces=porto.id)
    thing = client.keep("The thing by the door.", created=now - 245 * DAY, archived=True)
    thing = dataclasses.replace(thing, updated=now - 245 * DAY)
    client.slept(NightChange(90, "merged", cat, food), begun=now - 3 * DAY)
    client.slept(
        NightChange(1, "merged", cat, food),
        NightChange(2, "changed", braga, porto),
        NightChange(3, "archived", porto, reason="replaced"),
        NightChange(4, "archived", thing, reason="faded", retrievability=0.4),
        NightChange(6, "not found", thing),
    )


@pytest.fixture
def shown(open_window: Open, qtbot: Any) -> Shown:
    made = Shown(open_window(with_nights), qtbot)
    made.until(CAT)
    return made


def test_the_newest_night_is_shown_kind_by_kind(shown: Shown) -> None:
    rows = [shown.dialog.rows.item(n).data(ROW) for n in range(shown.dialog.rows.count())]
    assert [row.small.partition(" · ")[2] for row in rows] == [
        "1 merged, 1 changed, 2 archived, 1 not found",
        "1 merged",
    ]
    told = shown.texts()
    headings = [f"{heading} ({2 if kind == 'archived' else 1})" for kind, heading, _ in say.KINDS]
    assert [text for text in told if text in headings] == headings
    assert {meaning for _, _, meaning in say.KINDS} <= set(told)
    assert shown.texts("nights.other") == [f"Older: {FOOD}", f"Older: {PORTO}"]
    assert shown.texts("nights.why") == [
        "A newer one took its place",
        "Not needed in the 8 months since it was told",
    ]
    assert shown.dialog.full.text() == (
        "3 memories can be recalled (7.2 kB), 2 are in the archive."
    )
    assert not shown.there("nights.undo.6")  # nothing was done


def test_another_night_is_shown(shown: Shown) -> None:
    QTest.keyClick(shown.dialog.rows, Qt.Key.Key_Down)
    shown.qtbot.waitUntil(lambda: not shown.there("nights.undo.1"))
    shown.qtbot.waitUntil(lambda: shown.there("nights.undo.90"))


def test_a_change_is_taken_back_and_stays_grey(shown: Shown) -> None:
    undo = shown.button("nights.undo.1")
    assert undo.accessibleName() == f"Undo: {CAT}"
    undo.setFocus()
    QTest.keyClick(undo, Qt.Key.Key_Space)
    shown.until("Taken back")
    assert not shown.there("nights.undo.1")
    assert [request.changes for request in shown.opened.asked(sl.UndoNightChanges)] == [(1,)]
    assert "You can take it back until" in shown.texts("nights.about")[0]
    # the keyboard goes on where it was
    focused = shown.dialog.focusWidget()
    assert focused is not None
    assert focused.objectName() == "nights.open.1"


def test_all_of_a_night_is_taken_back(shown: Shown) -> None:
    shown.opened.client.cannot_return = {4}
    shown.button("nights.undo.all").click()
    shown.qtbot.waitUntil(lambda: shown.texts("nights.undone") == ["Taken back"] * 3)
    assert shown.opened.asked(sl.UndoNightChanges)[-1].changes == (1, 2, 3, 4)
    fault = shown.dialog.fault.text()
    assert fault.startswith("1 of 4 changes couldn't be taken back: a memory was changed")
    assert shown.there("nights.undo.4")
    shown.opened.client.cannot_return = set()
    shown.button("nights.undo.4").click()
    shown.qtbot.waitUntil(lambda: shown.texts("nights.undone") == ["Taken back"] * 4)
    assert shown.texts("nights.about")[0].endswith("found 3.")


def test_a_change_that_cannot_be_taken_back_says_so(shown: Shown) -> None:
    shown.opened.client.cannot_return = {2}
    shown.button("nights.undo.2").click()
    shown.qtbot.waitUntil(lambda: shown.dialog.fault.text().startswith("This couldn't be taken"))
    assert shown.texts("nights.undone") == []


def test_a_memory_opens_in_the_inspector(shown: Shown) -> None:
    with shown.qtbot.waitSignal(shown.opened.window.inspector.shown) as told:
        shown.button("nights.open.2").click()
    assert told.args[0].episode.text == BRAGA


def test_what_is_archived_meanwhile_counts(shown: Shown) -> None:
    inspector = shown.opened.window.inspector
    asked = len(shown.opened.asked(sl.GetNight))
    with shown.qtbot.waitSignal(inspector.changed):
        inspector.requests.archive((1,), True)
    shown.qtbot.waitUntil(lambda: "3 are in the archive" in shown.dialog.full.text())
    shown.qtbot.waitUntil(lambda: len(shown.opened.asked(sl.GetNight)) > asked)


def test_a_week_later_nothing_can_be_taken_back(open_window: Open, qtbot: Any) -> None:
    def late(client: FakeClient) -> None:
        with_nights(client)
        client.nights[0] = dataclasses.replace(client.nights[0], until=time.time() - 1)

    shown = Shown(open_window(late), qtbot)
    shown.until(CAT)
    assert not shown.there("nights.undo.all")
    assert not shown.there("nights.undo.1")
    assert shown.there("nights.open.1")
    assert say.GONE in shown.texts("nights.about")[0]


def test_it_is_done_now_and_shown_when_it_is_done(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        kept = client.keep(CAT)
        client.unslept = 2
        client.held_up = "The computer runs on its battery: plug it in."
        client.coming = [client.night_of(NightChange(7, "archived", kept, reason="over"))]

    opened = open_window(prepare)
    shown = Shown(opened, qtbot)
    dialog = shown.dialog
    assert dialog.full.text() == "1 memory can be recalled (2.4 kB), 2 are not looked at yet."
    assert dialog.held_up.isVisible()
    assert dialog.held_up.text() == opened.client.held_up
    assert not dialog.bar.isVisible()
    opened.client.held_up = ""
    dialog.now.click()
    dialog.now.click()  # once is enough
    assert dialog.now.text() == "Tidying up…"
    assert dialog.bar.isVisible()
    shown.until(CAT, "What it tells of is over")
    qtbot.waitUntil(lambda: not (dialog.working or dialog.bar.isVisible()))
    assert dialog.now.text() == "Tidy up now"
    assert len(opened.asked(sl.SleepNow)) == 1
    assert not dialog.held_up.isVisible()
    assert not dialog._every.isActive()  # done: it asks no more


def test_without_nights_it_says_what_will_come(open_window: Open, qtbot: Any) -> None:
    shown = Shown(open_window(), qtbot)
    assert shown.dialog.note.text() == say.NOTHING
    assert not shown.dialog.rows.isVisible()
    assert shown.dialog.focusWidget() is shown.dialog.now
    shown.button("nights.settings").click()
    assert shown.opened.window.findChild(MemorySettingsDialog).isVisible()


def test_what_cannot_be_done_is_said(shown: Shown) -> None:
    shown.opened.client.faults[sl.SleepNow] = UserError("The disk is full: free some space.")
    shown.dialog.now.click()
    shown.qtbot.waitUntil(lambda: "disk is full" in shown.dialog.fault.text())
    assert not shown.dialog.working


def test_of_many_changes_some_are_shown_and_then_more(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        kept = [client.keep(f"fact {n}") for n in range(PAGE + 5)]
        client.slept(*(NightChange(n, "not found", one) for n, one in enumerate(kept)))

    shown = Shown(open_window(prepare), qtbot)
    shown.until("fact 0")
    assert len(shown.texts("nights.text")) == PAGE
    assert shown.button("nights.more").text() == "Show more (5)"
    shown.button("nights.more").click()
    shown.until(f"fact {PAGE + 4}")
    assert not shown.there("nights.more")


def test_in_a_narrow_dialog_the_nights_stand_above(shown: Shown) -> None:
    dialog = shown.dialog
    assert dialog.report.x() > dialog.rows.width() // 2
    dialog.resize(420, 700)
    shown.qtbot.waitUntil(lambda: dialog.report.y() > dialog.rows.y() + dialog.rows.height() // 2)

    def inside() -> bool:
        parts = (dialog.now, dialog.rows, dialog.report, shown.button("nights.undo.all"))
        rights = [part.mapTo(dialog, part.rect().topRight()).x() for part in parts]
        return max(rights) < dialog.width()

    shown.qtbot.waitUntil(inside)


@pytest.mark.parametrize(
    ("begun", "name"),
    [
        ("2026-11-30 02:10", "Last night"),
        ("2026-11-29 23:10", "Last night"),
        ("2026-11-30 09:00", "Today"),
        ("2026-11-29 14:00", "Yesterday"),
        ("2026-11-28 23:30", "Saturday"),
        ("2026-11-23 14:00", "23 Nov 2026"),
    ],
)
def test_a_night_is_named_by_its_day(begun: str, name: str) -> None:
    def at(text: str) -> float:
        return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M"))

    night = Night(1, at(begun), at(begun) + 90, 1, 0, 0, (("merged", 3), ("archived", 1)))
    assert say.name(night, at("2026-11-30 12:00")) == name
    assert say.done(night) == "3 merged, 1 archived"
    report = NightReport(night, (), at(begun) + 7 * DAY)
    assert say.about(report).endswith(f"Looked at 1 memory. {say.QUIET_NIGHT}")


def test_larger_text_makes_the_same_width_narrow(shown: Shown) -> None:
    dialog, session = shown.dialog, shown.opened.window.session
    assert dialog.report.x() > dialog.rows.width() // 2
    session.change(text_size=2.0)
    shown.qtbot.waitUntil(lambda: dialog.report.y() > dialog.rows.y() + dialog.rows.height() // 2)
    dialog.close()
    shown.qtbot.waitUntil(lambda: shown.opened.window.findChild(NightsDialog) is None)
    session.change(text_size=1.0)  # a closed dialog hears of it no more
