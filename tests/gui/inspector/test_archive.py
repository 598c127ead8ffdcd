"""The archive in the inspector: what is in it, what goes there, and what comes back."""

from __future__ import annotations

from typing import Any

from fake_client import FakeClient
from inspecting import button, change, choose, look, menu, part, show, texts, with_facts
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from nowprint.gui.inspector.search.episode_model import foot_words, spoken
from nowprint.gui.widgets.buttons import Check
from nowprint.service.requests.sleep import ArchiveEpisodes


def with_archive(client: FakeClient) -> None:
    with_facts(client, 3)
    client.keep("The concert is over.", created=900.0, archived=True)


def open_menu(opened: Opened, row: int) -> None:
    table = opened.window.inspector.list
    at = table.visualRect(table.model().index(row, 0)).center()
    table.customContextMenuRequested.emit(at)


def test_list_and_card_mark_what_is_archived(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_archive)
    row = opened.window.inspector.model.episode(3)
    assert " · archived · " in foot_words(row)
    assert spoken(row).endswith(", archived")
    mark = part(opened, QLabel, "episode.archived")
    show(opened, qtbot, 1)
    assert mark.isHidden()
    assert button(opened, "episode.archive").text() == "Archive"
    show(opened, qtbot, row.id)
    assert mark.isVisible()
    assert button(opened, "episode.archive").text() == "Bring back"


def test_one_is_archived_and_that_is_undone(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_archive)
    inspector = opened.window.inspector
    id = inspector.model.episode(0).id
    show(opened, qtbot, id)
    with qtbot.waitSignals([inspector.changed, inspector.shown]):
        button(opened, "episode.archive").click()
    assert opened.client.episodes[id].archived
    qtbot.waitUntil(lambda: button(opened, "episode.archive").text() == "Bring back")
    assert inspector.undo.text.text() == "Archived: 1 memory."
    undo = next(one for one in opened.window.menus if one.shortcut().toString() == "Ctrl+Z")
    with qtbot.waitSignal(inspector.changed):
        undo.trigger()
    assert not opened.client.episodes[id].archived
    assert inspector.undo.isHidden()  # undoing offers nothing more


def test_several_go_and_come_back_by_their_menu(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_archive)
    inspector = opened.window.inspector
    ids = tuple(one.id for one in inspector.model.rows[:2])
    inspector.selection.set(ids)
    open_menu(opened, 0)
    with qtbot.waitSignals([inspector.changed, inspector.listed]):
        choose(qtbot, "&Archive")
    assert set(opened.asked(ArchiveEpisodes)[-1].ids) == set(ids)
    open_menu(opened, 0)
    said = [action.text().replace("&", "") for action in menu(qtbot).actions()]
    assert "Bring back from the archive" in said
    with qtbot.waitSignal(inspector.changed):
        choose(qtbot, "&Bring back")
    assert not any(opened.client.episodes[id].archived for id in ids)
    assert inspector.undo.text.text() == "Brought back from the archive: 2 memories."


def test_several_go_and_come_back_by_the_bar(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_archive)
    inspector = opened.window.inspector
    qtbot.keyClick(inspector.list, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(button(opened, "many.archive").isVisible)
    with qtbot.waitSignal(inspector.changed):
        button(opened, "many.archive").click()
    assert inspector.undo.text.text() == "Archived: 3 memories."  # the fourth was there
    with qtbot.waitSignal(inspector.changed):
        inspector.undo.undo()
    assert [one.archived for one in opened.client.episodes.values()] == [False] * 3 + [True]
    with qtbot.waitSignal(inspector.changed):
        button(opened, "many.bring_back").click()
    assert not any(one.archived for one in opened.client.episodes.values())
    with qtbot.waitSignal(inspector.said) as said:
        button(opened, "many.bring_back").click()
    assert said.args[0].startswith("Nothing was brought back")


def test_only_those_in_the_archive_are_listed(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_archive)
    assert look(opened, qtbot, archived=True) == 1
    assert texts(opened) == ["The concert is over."]
    chip = button(opened, "inspector.chip")
    assert chip.text() == "in the archive  ✕"
    with qtbot.waitSignal(opened.window.inspector.listed) as listed:
        chip.click()
    assert listed.args == [4]
    button(opened, "inspector.filters").click()

    def check() -> Check | None:
        found = opened.window.findChild(Check, "filter.archived")
        return found if found and found.isVisible() else None

    qtbot.waitUntil(lambda: check() is not None)
    with qtbot.waitSignal(opened.window.inspector.listed) as listed:
        check().click()
    assert listed.args == [1]


def test_pinned_ones_stay_and_that_is_said(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_archive)
    inspector = opened.window.inspector
    change(opened.client, opened.client.episodes[1], pinned=True)
    with qtbot.waitSignal(inspector.said) as said:
        inspector.requests.archive((1,), True)
    assert said.args[0].startswith("Nothing was archived: what is pinned stays")
    assert inspector.undo.isHidden()


def test_it_can_be_undone_while_the_inspector_is_hidden(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_archive)
    inspector = opened.window.inspector
    inspector.hide()
    with qtbot.waitSignal(inspector.undo.offered) as offered:
        inspector.requests.archive((1,), True)
    assert offered.args == ["Archived: 1 memory."]
    assert opened.window.notice.text.text() == "Archived: 1 memory."
