"""A row of the memory list: what it says, its menu, and the room that the rows have."""

from __future__ import annotations

import time
from typing import Any

from fake_client import FakeClient
from inspecting import button, choose, menu, show, texts, with_facts
from opened import Open, Opened
from PySide6.QtCore import QPoint, Qt

from nowprint.service import protocol as p
from nowprint.service.requests import memory as m


def at_row(opened: Opened, row: int) -> QPoint:
    table = opened.window.inspector.list
    return table.visualRect(table.model().index(row, 0)).center()


def open_menu(opened: Opened, row: int) -> None:
    opened.window.inspector.list.customContextMenuRequested.emit(at_row(opened, row))


def foot(opened: Opened, row: int) -> str:
    inspector = opened.window.inspector
    episode = inspector.model.episode(row)
    assert episode is not None
    pieces = inspector.list.itemDelegate()._foot_pieces(episode, None)
    return "".join(words for words, _ in pieces)


def test_the_time_comes_first_and_the_project_is_named(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        now = time.time()
        old = client.keep("The launch is in May.", created=now - 7200)
        project = client.reply(m.CreateProject("Thesis")).id
        client.keep("It moved to June.", created=now, replaces=old.id, project=project, recalled=2)

    opened = open_window(prepare)
    qtbot.waitUntil(lambda: "Thesis" in foot(opened, 0))
    assert foot(opened, 0) == (
        "just now · updates an earlier memory · Thesis · captured · recalled 2×"
    )
    assert foot(opened, 1) == "2 h ago · changed since · captured"


def test_a_row_has_a_menu(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    inspector = opened.window.inspector
    newest = inspector.model.episode(0)
    assert newest is not None
    open_menu(opened, 0)
    said = [action.text().replace("&", "") for action in menu(qtbot).actions()]
    assert said == ["Open", "Edit", "Pin", "Move to project…", "Archive", "Forget…"]
    with qtbot.waitSignal(inspector.shown) as shown:
        choose(qtbot, "&Open")
    assert shown.args[0].episode.id == newest.id
    assert inspector.episode.editor.isHidden()
    open_menu(opened, 1)
    with qtbot.waitSignal(inspector.shown) as shown:
        choose(qtbot, "&Edit")
    assert shown.args[0].episode.text == texts(opened)[1]
    qtbot.waitUntil(inspector.episode.editor.isVisible)
    open_menu(opened, 2)
    with qtbot.waitSignal(inspector.changed):
        choose(qtbot, "&Pin")
    assert opened.asked(p.PinEpisodes)[-1].pinned
    open_menu(opened, 2)
    choose(qtbot, "&Move to project…")
    qtbot.waitUntil(lambda: menu(qtbot).objectName() == "projects.menu")
    menu(qtbot).close()
    with qtbot.waitSignal(inspector.forget_wanted):
        open_menu(opened, 2)
        choose(qtbot, "&Forget…")


def test_the_menu_of_several_is_about_all_of_them(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    inspector = opened.window.inspector
    ids = tuple(one.id for one in inspector.model.rows[:2])
    inspector.selection.set(ids)
    open_menu(opened, 0)
    assert [action.isEnabled() for action in menu(qtbot).actions()] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]
    with qtbot.waitSignal(inspector.changed):
        choose(qtbot, "&Pin")
    assert set(opened.asked(p.PinEpisodes)[-1].ids) == set(ids)


def test_several_that_are_selected_have_room(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    opened.window.resize(1200, 800)
    inspector = opened.window.inspector
    show(opened, qtbot, inspector.model.rows[0].id)
    inspector.selection.set(tuple(one.id for one in inspector.model.rows[:2]))
    qtbot.waitUntil(button(opened, "many.pin").isVisible)
    row = inspector.list.rowHeight(0)
    qtbot.waitUntil(lambda: inspector.list.height() >= 3 * row)


def test_a_small_window_keeps_two_rows_beside_the_details(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    opened.window.resize(800, 600)
    inspector = opened.window.inspector
    show(opened, qtbot, inspector.model.rows[0].id)
    row = inspector.list.rowHeight(0)
    qtbot.waitUntil(lambda: inspector.list.visibleRegion().boundingRect().height() >= 2 * row)
    assert inspector.views.tabs.isVisible()
    assert not inspector.dashboard.isVisible()
    qtbot.mouseClick(inspector.list.viewport(), Qt.MouseButton.LeftButton, pos=at_row(opened, 1))
    qtbot.waitUntil(lambda: inspector.episode.episode_id == inspector.model.rows[1].id)
    inspector.close_episode()
    assert inspector.dashboard.isVisible()
