"""The dashboard at the top of the inspector, and the inspector in full width."""

from __future__ import annotations

import time
from typing import Any

from fake_client import FakeClient
from inspecting import button, change, look, part, plot, show, with_facts, with_talks
from opened import Open
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from nowprint.gui.inspector.views import TIMELINE
from nowprint.gui.widgets.time_words import file_size
from nowprint.service.requests import memory as m


def lived_in(client: FakeClient) -> None:
    kept = with_facts(client, 1200)
    for n in range(5):
        client.keep(f"new {n}", created=time.time() - 60 * n, recalled=1)
    change(client, kept[0], recalled=3, last_recalled=time.time() - 30)


def figure(opened: Any, name: str) -> str:
    text: str = part(opened, QLabel, f"dashboard.{name}").text()
    return text


def test_one_line_says_what_matters(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lived_in)
    dashboard = opened.window.inspector.dashboard
    qtbot.waitUntil(lambda: bool(dashboard.line.text()))
    spoken = dashboard.line.accessibleName()
    assert spoken.startswith("Overview: 1,205 memories, 3.1 MB, 5 kept this week")
    assert "22% of answers relied on memory" in spoken
    assert dashboard.line.text() == "3.1 MB · 5 this week · in 22% of answers"
    assert not part(opened, QLabel, "dashboard.share").isVisible()


def test_opened_it_shows_figures_and_weeks(open_window: Open, qtbot: Any) -> None:
    opened = open_window(lived_in)
    dashboard = opened.window.inspector.dashboard
    qtbot.waitUntil(lambda: bool(dashboard.line.text()))
    dashboard.line.click()
    assert [figure(opened, name) for name in ("episodes", "bytes", "never", "share")] == [
        "1,205", "3.1 MB", "1,199", "22%",
    ]  # fmt: skip
    assert part(opened, QLabel, "dashboard.share").isVisible()
    assert dashboard.kept.accessibleName().endswith(" 0, 5")
    assert dashboard.recalled.accessibleName().endswith(" 0, 1")
    assert "the last 12 weeks" in dashboard.kept.accessibleName()
    button(opened, "dashboard.less").click()
    assert dashboard.line.isVisible()
    assert not part(opened, QLabel, "dashboard.share").isVisible()


def test_what_is_held_back_can_be_shown_folded_and_unfolded(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        facts = with_facts(client)
        for fact in facts[:2]:
            client.hold_back(fact, "it gives instructions")

    opened = open_window(prepare)
    inspector, held_back = opened.window.inspector, button(opened, "dashboard.held_back")
    qtbot.waitUntil(held_back.isVisible)
    assert held_back.text() == "Show 2 held back"
    inspector.dashboard.line.click()
    assert held_back.isVisible()
    look(opened, qtbot, pinned_only=True)
    with qtbot.waitSignal(inspector.listed) as listed:
        held_back.click()
    assert listed.args == [2]
    with qtbot.waitSignals([inspector.changed, inspector.listed]):
        inspector.requests.confirm((1, 2))
    qtbot.waitUntil(held_back.isHidden)


def test_the_share_follows_an_answer_and_its_measure(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    client, line = opened.client, opened.window.inspector.dashboard.line
    client.keeps, client.recalls = "", (1,)
    client.answered = (1, 1, 0, 0, 0, 0)
    with qtbot.waitSignal(opened.window.turnFinished) as finished:
        opened.window.composer.put("What tea?")
        opened.window.composer.send_button.click()
    qtbot.waitUntil(lambda: line.text().endswith("this week"))  # what isn't measured is no "0%"
    client.answered = (1, 1, 1, 1, 0, 0)
    client.measure(finished.args[0].message.id, {1: 3.0})
    qtbot.waitUntil(lambda: "in 100% of answers" in line.text())


def test_what_was_asked_in_vain_and_not_needed_is_counted(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    dashboard = opened.window.inspector.dashboard
    dashboard.open(True)
    assert dashboard.missed.isHidden()
    opened.client.answered = (40, 22, 18, 9, 3, 1)
    dashboard.refresh()
    qtbot.waitUntil(dashboard.missed.isVisible)
    assert dashboard.missed.text() == (
        "3 questions about you found no memory. You said that 1 memory wasn't needed."
    )
    dashboard.open(False)
    assert dashboard.missed.isHidden()


def test_it_follows_what_changes(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_facts)
    inspector = opened.window.inspector
    qtbot.waitUntil(lambda: figure(opened, "episodes") == "6")
    inspector.requests.remember("One more.")
    qtbot.waitUntil(lambda: figure(opened, "episodes") == "7")


def test_a_new_profile_has_figures_too(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        client.answered = (0, 0, 0, 0, 0, 0)

    opened = open_window(prepare)
    qtbot.waitUntil(lambda: figure(opened, "episodes") == "0")
    assert figure(opened, "share") == "–"


def test_sizes_in_words() -> None:
    assert [file_size(n) for n in (0, 900, 64_000, 3_100_000, 120_400_000, 2_500_000_000)] == [
        "0 bytes", "900 bytes", "64 kB", "3.1 MB", "120 MB", "2.5 GB",
    ]  # fmt: skip


# --- full width ---------------------------------------------------------------------------------


def test_full_width_takes_the_chats_place_and_gives_it_back(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    window, inspector = opened.window, opened.window.inspector
    before = window.panels.sizes()
    action = next(a for a in window.menus if a.shortcut().toString() == "Ctrl+Shift+I")
    action.trigger()
    assert not window.panels.centre.isVisible()
    qtbot.waitUntil(lambda: inspector.width() > 900)
    assert part(opened, QLabel, "dashboard.share").isVisible()
    show(opened, qtbot, window.inspector.model.rows[-1].id)
    assert inspector._split.orientation() == Qt.Orientation.Horizontal
    assert inspector.list.isVisible()
    assert inspector.episode.isVisible()
    window.notice.say("Something went wrong.")
    assert window.notice.isVisible()
    button(opened, "inspector.wide").click()
    assert window.panels.centre.isVisible()
    assert window.notice.isVisible()
    after = window.panels.sizes()
    assert (after[0], after[2]) == (before[0], before[2])
    qtbot.waitUntil(lambda: inspector._split.orientation() == Qt.Orientation.Vertical)


def test_a_chat_that_is_wanted_ends_full_width(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    window = opened.window
    window.panels.toggle_full_width()
    show(opened, qtbot, window.inspector.model.rows[-1].id)
    with qtbot.waitSignal(window.conversationShown):
        button(opened, "episode.source").click()
    assert window.panels.centre.isVisible()
    window.panels.toggle_full_width()
    window.chat.new()
    assert window.panels.centre.isVisible()


def test_full_width_is_not_what_the_window_remembers(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    window = opened.window
    before = window.panels.sizes()
    window.panels.toggle_full_width()
    window.close()
    left, right = opened.client.settings.window.split(",")[2:4]
    assert (int(left), int(right)) == (before[0], before[2])


def test_nothing_moves_while_the_model_writes(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    window, inspector = opened.window, opened.window.inspector
    view = plot(opened, qtbot, TIMELINE)
    opened.client.hold.clear()

    def places() -> list[tuple[int, int, int, int]]:
        parts = (
            inspector.head,
            inspector.bar,
            inspector.views.tabs,
            view.canvas,
            inspector.dashboard,
        )
        return [part.geometry().getRect() for part in parts]

    def still() -> bool:
        """The layout has settled."""
        there = places()
        qtbot.wait(100)
        return there == places()

    qtbot.waitUntil(still)
    before = places()
    with qtbot.waitSignal(window.chat.figures):
        window.composer.put("hello there")
        window.composer.send_button.click()
    assert places() == before
    with qtbot.waitSignal(window.turnFinished):
        opened.client.hold.set()
    assert places() == before


def test_the_plot_is_asked_for_again_only_when_it_is_seen(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    plot(opened, qtbot, TIMELINE)
    inspector = opened.window.inspector
    inspector.views.choose(0)
    asked = len(opened.asked(m.PlotEpisodes))
    with qtbot.waitSignal(inspector.listed):
        inspector.requests.remember("Something else.")
    assert len(opened.asked(m.PlotEpisodes)) == asked
    view = plot(opened, qtbot, TIMELINE)
    qtbot.waitUntil(lambda: len(view.ids) == 8)
