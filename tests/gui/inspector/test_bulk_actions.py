"""What is done with many memories at once."""

from __future__ import annotations

from typing import Any

from fake_client import FakeClient
from inspecting import (
    button,
    change,
    choose,
    dialog,
    look,
    part,
    show,
    texts,
    with_facts,
    with_talks,
)
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLabel, QPlainTextEdit, QPushButton

from nowprint import inspection as i
from nowprint.service import protocol as p
from nowprint.service.requests import memory as m


def pick(opened: Opened, *rows: int) -> tuple[int, ...]:
    inspector = opened.window.inspector
    ids = tuple(inspector.model.episode(row).id for row in rows)
    inspector.selection.set(ids)
    return ids


def selected_rows(opened: Opened) -> list[int]:
    return sorted(i.row() for i in opened.window.inspector.list.selectionModel().selectedRows())


def test_a_bar_says_how_many_are_picked(open_window: Open) -> None:
    opened = open_window(with_facts)
    bar = opened.window.inspector.bulk
    assert bar.isHidden()
    pick(opened, 1, 3, 4)
    assert bar.isVisible()
    assert part(opened, QLabel, "many.text").text() == "3 selected"
    assert button(opened, "many.all").text() == "Select all 6"
    assert selected_rows(opened) == [1, 3, 4]
    button(opened, "many.clear").click()
    assert bar.isHidden()
    assert selected_rows(opened) == []


def test_select_all_takes_those_too_that_were_never_seen(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: with_facts(client, 2500))
    inspector = opened.window.inspector
    with qtbot.waitSignal(inspector.selection.changed):
        qtbot.keyClick(inspector.list, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(inspector.selected_ids()) == 2500
    assert len(inspector.model.rows) < 500
    assert part(opened, QLabel, "many.text").text() == "2,500 selected"
    assert button(opened, "many.all").isHidden()
    assert not button(opened, "many.merge").isEnabled()
    with qtbot.waitSignals([inspector.changed, inspector.listed]):
        button(opened, "many.pin").click()
    assert sum(e.pinned for e in opened.client.episodes.values()) == 2500
    assert len(inspector.selected_ids()) == 2500


def test_a_stretch_over_unread_rows_is_named_by_the_core(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lambda client: with_facts(client, 2500))
    inspector = opened.window.inspector
    inspector.list.setCurrentIndex(inspector.model.index(10))
    inspector.list.scrollToBottom()
    qtbot.waitUntil(lambda: inspector.model.episode(2499) is not None)
    with qtbot.waitSignal(inspector.selection.changed):
        qtbot.keyClick(inspector.list, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert len(opened.asked(m.FindIds)) == 1
    expected = tuple(e.id for e in opened.client.found(i.EpisodeFilter()))[10:]
    assert inspector.selected_ids() == expected


def test_all_that_match_a_filter(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    look(opened, qtbot, text="he")
    button(opened, "inspector.more").click()
    with qtbot.waitSignal(opened.window.inspector.selection.changed):
        choose(qtbot, "Select all that match")
    assert len(opened.window.inspector.selected_ids()) == 3
    look(opened, qtbot, text="")
    assert opened.window.inspector.selected_ids() == ()


def test_a_merge_shows_the_texts_and_lets_one_write(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    inspector = opened.window.inspector
    ids = pick(opened, 4, 5, 6)
    button(opened, "many.merge").click()
    box = dialog(qtbot, "merge")
    shown = [label.text() for label in box.findChildren(QLabel, "merge.text")]
    assert shown == ["My cat has kidney disease.", "He is eleven.", "He hates the vet."]
    field = box.findChild(QPlainTextEdit, "merge.field")
    assert field.toPlainText() == "\n".join(shown)
    field.setPlainText(" ")
    assert not box.save.isEnabled()
    field.setPlainText("My cat is eleven, has kidney disease and hates the vet.")
    with qtbot.waitSignals([inspector.changed, inspector.shown]):
        box.save.click()
    asked = opened.asked(m.MergeEpisodes)[0]
    assert set(asked.ids) == set(ids)
    qtbot.waitUntil(lambda: inspector.count.text() == "5")  # the list comes when it comes
    text = part(opened, QLabel, "episode.text").text()
    assert text == "My cat is eleven, has kidney disease and hates the vet."
    assert text in texts(opened)


def test_memories_that_are_held_back_are_merged_too(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        for episode in with_facts(client, 3):
            client.hold_back(episode, "it gives instructions")

    opened = open_window(prepare)
    look(opened, qtbot, held_back=True)
    ids = pick(opened, 0, 1)
    button(opened, "many.merge").click()
    box = dialog(qtbot, "merge")
    assert len(box.findChildren(QLabel, "merge.text")) == 2
    with qtbot.waitSignal(opened.window.inspector.changed):
        box.save.click()
    assert set(opened.asked(m.MergeEpisodes)[0].ids) == set(ids)


def test_several_are_moved_to_a_project(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        with_talks(client)
        client.projects[77] = "The boat & I"

    opened = open_window(prepare)
    inspector = opened.window.inspector
    ids = pick(opened, 1, 2)
    button(opened, "many.move").click()
    with qtbot.waitSignal(inspector.changed):
        choose(qtbot, "The boat && I")
    assert {opened.client.episodes[id].project for id in ids} == {77}
    show(opened, qtbot, ids[0])
    qtbot.waitUntil(lambda: button(opened, "episode.scope").text() == "Only in The boat & I")
    button(opened, "many.move").click()
    with qtbot.waitSignal(inspector.changed):
        choose(qtbot, "Everywhere")
    assert {opened.client.episodes[id].project for id in ids} == {None}
    button(opened, "many.move").click()
    choose(qtbot, "New project…")
    box = dialog(qtbot, "project.name")
    assert isinstance(box, QInputDialog)
    box.setTextValue("House")
    with qtbot.waitSignal(inspector.changed):
        box.accept()
    assert "House" in opened.client.projects.values()
    assert opened.client.episodes[ids[1]].project in opened.client.projects


def test_an_export_is_wanted_of_some_or_of_all(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    inspector = opened.window.inspector
    ids = pick(opened, 0, 1)
    with qtbot.waitSignal(inspector.export_wanted) as wanted:
        button(opened, "many.export").click()
    assert wanted.args == [i.EpisodeFilter(ids=ids)]
    look(opened, qtbot, text="he")
    button(opened, "inspector.more").click()
    with qtbot.waitSignal(inspector.export_wanted) as wanted:
        choose(qtbot, "Export these 3 memories…")
    assert wanted.args == [i.EpisodeFilter(text="he")]


def test_forgetting_all_that_match_is_looked_at_first(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    inspector = opened.window.inspector
    look(opened, qtbot, text="he")
    button(opened, "inspector.more").click()
    with qtbot.waitSignal(inspector.forget_wanted) as wanted:
        choose(qtbot, "Forget these 3 memories…")
    assert wanted.args == [i.Forgetting(filter=i.EpisodeFilter(text="he"))]
    assert not opened.client.hidden


def test_imported_ones_are_confirmed_together(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        for episode in with_facts(client, 3):
            change(client, episode, origin=1, confirmed=False)

    opened = open_window(prepare)
    inspector = opened.window.inspector
    pick(opened, 0, 1)
    assert button(opened, "many.confirm").isHidden()  # one's own may be among them
    look(opened, qtbot, origin=0)
    ids = pick(opened, 0, 1)
    with qtbot.waitSignal(inspector.changed):
        button(opened, "many.confirm").click()
    assert all(opened.client.episodes[id].confirmed for id in ids)
    assert sum(e.confirmed for e in opened.client.episodes.values()) == 2


def test_what_is_forgotten_is_picked_no_longer(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    inspector = opened.window.inspector
    (id,) = pick(opened, 2)
    with qtbot.waitSignals([inspector.changed, inspector.listed]):
        inspector.requests.drop(m.Forget(i.Forgetting((id,))))
    assert inspector.selected_ids() == ()
    assert inspector.count.text() == "5"


def test_the_key_pins_what_is_picked_or_open(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    window, inspector = opened.window, opened.window.inspector
    action = next(a for a in window.menus if a.shortcut().toString() == "Ctrl+P")
    ids = pick(opened, 0, 1)
    with qtbot.waitSignals([inspector.changed, inspector.listed]):
        action.trigger()
    assert all(opened.client.episodes[id].pinned for id in ids)
    with qtbot.waitSignals([inspector.changed, inspector.listed]):
        action.trigger()
    assert not any(opened.client.episodes[id].pinned for id in ids)
    assert [request.pinned for request in opened.asked(p.PinEpisodes)] == [True, False]


def test_every_button_of_the_bar_has_a_name(open_window: Open) -> None:
    opened = open_window(with_facts)
    pick(opened, 0, 1)
    for found in opened.window.inspector.bulk.findChildren(QPushButton):
        assert found.accessibleName(), found.objectName()
