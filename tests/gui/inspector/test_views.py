"""Timeline, map and chain: what they show, the pointer, the keyboard, the lasso, both themes."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from fake_client import FakeClient
from inspecting import DAY, at_point, button, change, drag, look, part, plot, show, with_talks
from opened import Open
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from nowprint import inspection as i
from nowprint.errors import UserError
from nowprint.gui.inspector.episode.chain_view import Link
from nowprint.gui.inspector.plots.timeline_view import summed_up
from nowprint.gui.inspector.views import CHAIN, LIST, MAP, NOT_LOADED, TIMELINE
from nowprint.service.requests import memory as m


def spread(client: FakeClient) -> None:
    """On the map: Pickwick's to the left, the sea to the right, the milk in the middle."""
    kept = with_talks(client)
    places = {e.id: (-0.8 + 0.1 * n, 0.1 * n) for n, e in enumerate(kept[:3])}
    places |= {e.id: (0.6 + 0.1 * n, 0.1 * n) for n, e in enumerate(kept[3:6])}
    client.place = lambda e: places.get(e.id, (0.0, 0.0))


def enter(canvas: Any) -> None:
    """By Tab; a window that isn't in front gets no focus by itself."""
    event = QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason)
    QApplication.sendEvent(canvas, event)


def wheel(canvas: Any, at: QPoint, turns: int) -> None:
    port = canvas.viewport()
    event = QWheelEvent(
        QPointF(at), QPointF(port.mapToGlobal(at)), QPoint(), QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(port, event)


def test_nothing_is_plotted_before_it_is_looked_at(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    assert not opened.asked(m.PlotEpisodes)
    assert opened.window.inspector.views.timeline is None
    plot(opened, qtbot, TIMELINE)
    assert len(opened.asked(m.PlotEpisodes)) == 1


def test_a_view_that_cannot_be_loaded_is_told_of_and_can_be_tried_again(
    open_window: Open, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_window(with_talks)
    views = opened.window.inspector.views
    monkeypatch.setitem(sys.modules, "nowprint.gui.inspector.plots.timeline_view", None)
    views.choose(TIMELINE)
    waiting = part(opened, QLabel, "inspector.preparing")
    qtbot.waitUntil(lambda: waiting.text() == NOT_LOADED)
    assert opened.window.notice.isVisible()
    monkeypatch.undo()
    assert len(plot(opened, qtbot, TIMELINE).ids) == 7


def test_the_timeline_has_a_dot_for_each_and_a_band_for_each_talk(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window(with_talks)
    view = plot(opened, qtbot, TIMELINE)
    kept = list(opened.client.episodes.values())
    assert view.points.x.tolist() == [e.created for e in kept]
    assert view.points.y.tolist() == [e.salience for e in kept]
    stripes = view._bands.stripes
    assert (stripes.last - stripes.first).tolist() == [120.0, 120.0]
    assert stripes.titles == ("Pickwick", "The sea")
    told = view.summary.text()
    assert told.startswith("7 memories from 2 conversations, 9 Sep 2001 to 12 Sep 2001")
    assert told in view.canvas.accessibleDescription()
    assert view.canvas.accessibleName() == "Timeline of memories"


def test_the_wheel_zooms_through_time_only(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    view = plot(opened, qtbot, TIMELINE)
    before = view.ground.viewRect()
    wheel(view.canvas, at_point(view, 3), 4)
    after = view.ground.viewRect()
    assert after.width() < before.width() * 0.8
    assert after.height() == before.height()
    view.canvas.setFocus()
    qtbot.keyClick(view.canvas, Qt.Key.Key_0)
    assert view.ground.viewRect() == before


def test_a_click_on_a_dot_opens_its_memory(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    view = plot(opened, qtbot, TIMELINE)
    with qtbot.waitSignal(opened.window.inspector.shown) as shown:
        qtbot.mouseClick(view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at_point(view, 6))
    assert shown.args[0].episode.text == "Remember the milk."
    assert view.points.current == 6
    qtbot.waitUntil(lambda: view.card.text == "Remember the milk.")


def test_arrow_keys_go_through_time_and_enter_opens(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    view = plot(opened, qtbot, TIMELINE)
    enter(view.canvas)
    qtbot.waitUntil(lambda: view.points.current == 6)  # the newest
    qtbot.keyClick(view.canvas, Qt.Key.Key_Left)
    assert view.points.current == 5
    qtbot.keyClick(view.canvas, Qt.Key.Key_Home)
    assert view.points.current == 0
    qtbot.keyClick(view.canvas, Qt.Key.Key_Up)
    assert view.points.current == 1  # told a minute later, and more salient
    qtbot.waitUntil(lambda: view.card.accessibleName().startswith("He is eleven. captured"))
    with qtbot.waitSignal(opened.window.inspector.shown) as shown:
        qtbot.keyClick(view.canvas, Qt.Key.Key_Return)
    assert shown.args[0].episode.text == "He is eleven."
    qtbot.keyClick(view.canvas, Qt.Key.Key_Space)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Space)
    assert opened.window.inspector.selected_ids() == tuple(view.ids[1:3].tolist())


def test_a_filter_narrows_every_view(open_window: Open, qtbot: Any) -> None:
    opened = open_window(spread)
    view = plot(opened, qtbot, MAP)
    with qtbot.waitSignal(view.plotted) as plotted:
        look(opened, qtbot, text="he")
    assert plotted.args == [3]
    timeline = plot(opened, qtbot, TIMELINE)
    qtbot.waitUntil(lambda: len(timeline.ids) == 3)
    with qtbot.waitSignal(timeline.plotted):
        look(opened, qtbot, text="walrus")
    assert timeline.nothing.text() == "No memory matches."
    assert not timeline.canvas.isVisible()


def test_a_plot_has_no_axes_before_it_has_points(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    views = opened.window.inspector.views
    opened.client.faults[m.PlotEpisodes] = UserError("The plot can't be made.")
    for view in (TIMELINE, MAP):
        views.choose(view)
        qtbot.waitUntil(lambda: views.plot is not None and views.plot.isVisible())
        assert not views.plot.canvas.isVisible()
        qtbot.waitUntil(lambda: not views.plot.nothing.text())  # it says no longer that it loads


def test_the_spread_of_salience_says_nothing_impossible() -> None:
    def said(*salience: float) -> str:
        return summed_up(np.array([1e9, 2e9, 3e9]), np.array(salience), 1)

    assert said(0.5, 0.7, 0.9).endswith("Salience from 0.50 to 0.90, half of them above 0.70.")
    assert said(0.5, 1.0, 1.0).endswith("Salience from 0.50 to 1.00.")
    assert said(1.0, 1.0, 1.0).endswith("Salience 1.00.")


def test_the_map_is_coloured_by_kind_age_or_salience(open_window: Open, qtbot: Any) -> None:
    opened = open_window(spread)
    view = plot(opened, qtbot, MAP)
    colours = opened.window.theme.colours
    shades = view.points._shades
    assert [shades.colours[n] for n in shades.of] == [colours.accent_text] * 6 + [colours.second]
    assert view.swatches.accessibleName() == "Colours: captured, remembered"
    view.colour.setCurrentText("Age")
    shades = view.points._shades
    assert [shades.colours[n] for n in shades.of][::6] == [colours.cool[0], colours.cool[-1]]
    assert "9 Sep 2001" in view.swatches.accessibleName()
    view.colour.setCurrentText("Salience")
    assert view.points._shades.colours == colours.warm
    opened.window.session.change(theme="dark")
    qtbot.waitUntil(lambda: opened.window.theme.dark)
    assert view.points._shades.colours == opened.window.theme.colours.warm != colours.warm


def test_archived_ones_are_rings_and_the_legend_says_so(open_window: Open, qtbot: Any) -> None:
    opened = open_window(spread)
    view = plot(opened, qtbot, TIMELINE)
    assert "archived" not in view.swatches.accessibleName() + view.summary.text()
    with qtbot.waitSignal(view.plotted):
        opened.window.inspector.requests.archive((int(view.ids[2]),), True)
    assert view.points._hollow.tolist() == [False, False, True] + [False] * 4
    told = "Colours: captured, remembered; rings: archived; each stripe is a conversation"
    assert view.swatches.accessibleName() == told
    assert view.summary.text().endswith(" 1 of them archived.")
    colours = opened.window.theme.colours
    view.resize(700, 500)
    picture = view.canvas.grab().toImage()
    ratio = picture.devicePixelRatio()
    middles = []
    for place in (1, 2):
        at = at_point(view, place)
        middles.append(picture.pixelColor(round(at.x() * ratio), round(at.y() * ratio)))
    accent = QColor(colours.accent_text)
    far = [abs(one.red() - accent.red()) + abs(one.blue() - accent.blue()) for one in middles]
    assert far[0] < 60 < far[1]
    view = plot(opened, qtbot, MAP)
    view.colour.setCurrentText("Salience")
    assert view.swatches.accessibleName() == "Colours: 0, 1; rings: archived"
    with qtbot.waitSignal(view.plotted):
        opened.window.inspector.requests.archive(tuple(view.ids.tolist()), True)
    assert view.summary.text().endswith(" All of them are archived.")


def test_a_legend_wraps_where_it_is_too_narrow(open_window: Open, qtbot: Any) -> None:
    opened = open_window(spread)
    view = plot(opened, qtbot, TIMELINE)
    legend = view.swatches
    one = legend.heightForWidth(1000)
    assert [line for *_, line in legend._laid(1000)] == [0, 0, 0]
    view.resize(240, 500)
    qtbot.waitUntil(lambda: legend.height() == 2 * one)
    assert [line for *_, line in legend._laid(legend.width())] == [0, 0, 1]


def test_a_lasso_picks_what_it_goes_around(open_window: Open, qtbot: Any) -> None:
    opened = open_window(spread)
    inspector = opened.window.inspector
    view = plot(opened, qtbot, MAP)
    drag(view, [(0.02, 0.02), (0.4, 0.02), (0.4, 0.98), (0.02, 0.98), (0.02, 0.05)])
    assert set(inspector.selected_ids()) == set(view.ids[:3].tolist())
    assert part(opened, QLabel, "many.text").text() == "3 selected"
    inspector.views.choose(LIST)
    rows = {index.row() for index in inspector.list.selectionModel().selectedRows()}
    assert {inspector.model.episode(row).id for row in rows} == set(view.ids[:3].tolist())
    with qtbot.waitSignal(inspector.listed) as listed:
        button(opened, "many.only").click()
    assert listed.args == [3]
    assert button(opened, "inspector.chip").text() == "3 chosen memories  ✕"


def test_shift_and_drag_moves_the_map_and_picks_on_the_timeline(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window(spread)
    view = plot(opened, qtbot, MAP)
    before = view.ground.viewRect()
    drag(view, [(0.5, 0.5), (0.55, 0.5), (0.6, 0.6)], shift=True)
    assert view.ground.viewRect().left() < before.left()
    assert opened.window.inspector.selected_ids() == ()
    view = plot(opened, qtbot, TIMELINE)
    drag(view, [(0.16, 0.02), (0.99, 0.02), (0.99, 0.9), (0.16, 0.9)], shift=True)
    assert len(opened.window.inspector.selected_ids()) == 7


def test_arrow_keys_go_over_the_map(open_window: Open, qtbot: Any) -> None:
    opened = open_window(spread)
    view = plot(opened, qtbot, MAP)
    enter(view.canvas)
    qtbot.waitUntil(lambda: view.points.current >= 0)
    view.go_to(6)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    assert view.points.x[view.points.current] > 0.5
    for _ in range(9):
        qtbot.keyClick(view.canvas, Qt.Key.Key_Left)
    assert view.points.current == 0


def test_a_map_that_is_not_laid_out_yet_comes_when_it_is(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        with_talks(client)
        client.mapped = False

    opened = open_window(prepare)
    view = plot(opened, qtbot, MAP)
    assert "isn't ready yet" in view.nothing.text()
    assert view.nothing.isVisible()
    opened.client.mapped = True
    with qtbot.waitSignal(view.plotted) as plotted:
        opened.client.on_event(i.MapLaidOut())
    assert plotted.args == [7]
    assert view.canvas.isVisible()


def test_more_conversations_than_can_be_told_apart(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        for n in range(200):
            talk = client.converse(f"Talk {n}")
            for minute in range(2):
                at = 1e9 + n * DAY + minute * 60
                client.keep("fact", client.say(talk.id, "user", "fact", created=at), created=at)

    opened = open_window(prepare)
    view = plot(opened, qtbot, TIMELINE)
    whole = view.canvas.grab().toImage()
    for _ in range(8):
        wheel(view.canvas, at_point(view, 200), 4)
    near = view.canvas.grab().toImage()
    ground = view._theme.colours.card
    for image in (whole, near):  # behind the dots something else than the bare ground
        y = image.height() // 8
        row = {image.pixelColor(x, y).name() for x in range(60, image.width() - 20)}
        assert row - {ground}


def test_many_points_are_a_picture_and_few_are_dots(open_window: Open, qtbot: Any) -> None:
    from nowprint.gui.inspector.plots.points import FEW

    def prepare(client: FakeClient) -> None:
        for n in range(FEW + 500):
            client.keep(f"fact {n}", created=1e9 + n * DAY / 10, salience=n / 5000)

    opened = open_window(prepare)
    view = plot(opened, qtbot, TIMELINE)
    view.canvas.grab()
    qtbot.waitUntil(lambda: view.points.picture is not None)
    image = view.points.picture.image
    inked = sum(
        image.pixelColor(x, y).alpha() > 0
        for x in range(0, image.width(), 3)
        for y in range(0, image.height(), 3)
    )
    assert inked > 20
    qtbot.waitUntil(lambda: not view.points._making)
    for _ in range(6):
        wheel(view.canvas, at_point(view, 100), 4)
    view.canvas.grab()
    qtbot.waitUntil(lambda: not view.points._making)
    now = view.points.picture
    view.canvas.grab()
    assert not view.points._making  # few are in view now: none is made
    assert view.points.picture is now


def test_a_picture_stays_until_the_next_one_is_there(open_window: Open, qtbot: Any) -> None:
    from nowprint.gui.inspector.plots.points import FEW

    def prepare(client: FakeClient) -> None:
        for n in range(2 * FEW):
            client.keep(f"fact {n}", created=1e9 + n * DAY / 10, salience=n % 97 / 97)

    opened = open_window(prepare)
    view = plot(opened, qtbot, TIMELINE)
    qtbot.waitUntil(lambda: view.points.picture is not None and not view.points._making)
    first = view.points.picture
    asked: list[Any] = []
    view.points._aside = lambda do, done: asked.append((do, done))
    wheel(view.canvas, at_point(view, FEW), 1)
    view.ground.scene().prepareForPaint()
    shown = view.canvas.grab().toImage()
    assert view.points.picture is first
    assert len(asked) == 1
    middle = {shown.pixelColor(shown.width() // 2, y).name() for y in range(20, 200)}
    assert len(middle) > 5  # the one before, where its points lie now
    view.canvas.grab()
    assert len(asked) == 1  # one at a time
    do, done = asked.pop()
    done(do())
    assert view.points.picture.sight != first.sight
    view.canvas.grab()
    assert not asked


def test_the_chain_shows_neighbours_moments_and_changes(open_window: Open, qtbot: Any) -> None:
    def prepare(client: FakeClient) -> None:
        kept = with_talks(client)
        old = client.keep("He was ten.", created=1.0)
        change(client, kept[1], replaces=old.id)
        client._make("He hates the vet, who is kind.", "captured", kept[2])
        client.merged.add(kept[2].id)

    opened = open_window(prepare)
    inspector = opened.window.inspector
    ids = {e.text: e.id for e in opened.client.episodes.values()}
    inspector.views.choose(CHAIN)
    assert "Open a memory" in part(opened, QLabel, "chain.empty").text()
    chain = inspector.views.chain
    with qtbot.waitSignal(chain.shown):
        chain.show_episode(ids["He is eleven."])
        assert part(opened, QLabel, "chain.empty").text().startswith("Looking for what")
    with qtbot.waitSignal(chain.shown):
        show(opened, qtbot, ids["He is eleven."])
    spoken = [link.accessibleName() for link in chain.widget().findChildren(Link)]
    assert [words.split(". ")[0] for words in spoken] == [
        "Said before: My cat has kidney disease",
        "This memory: He is eleven",
        "Said after: He hates the vet, who is kind",
        "Changed by this one: He was ten",
    ]
    first = chain.widget().findChildren(Link)[0]
    with qtbot.waitSignals([chain.shown, inspector.shown]):
        first.click()
    assert inspector.episode.episode_id == first.episode_id
    moments = chain.widget().findChild(object, "chain.moments")
    assert moments.accessibleName() == "Moments in order: kidney: surprisal 9.0"
    with qtbot.waitSignal(chain.shown):
        show(opened, qtbot, ids["He hates the vet."])
    spoken = [link.accessibleName() for link in chain.widget().findChildren(Link)]
    assert spoken[-1].startswith("Became: He hates the vet, who is kind.")


def test_a_memory_that_stands_alone_says_so(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    inspector = opened.window.inspector
    inspector.views.choose(CHAIN)
    milk = next(e.id for e in opened.client.episodes.values() if e.kind == "remembered")
    with qtbot.waitSignal(inspector.views.chain.shown):
        show(opened, qtbot, milk)
    assert "Nothing else was said with it" in part(opened, QLabel, "chain.alone").text()


def test_views_are_chosen_by_the_keyboard(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    views = opened.window.inspector.views
    assert views.tabs.accessibleName() == "Views of the memory"
    for number, view in ((4, CHAIN), (2, TIMELINE), (1, LIST)):
        action = next(a for a in opened.window.menus if a.shortcut().toString() == f"Ctrl+{number}")
        action.trigger()
        assert views.view == view
    views.tabs.setFocus()
    qtbot.keyClick(views.tabs, Qt.Key.Key_Right)
    assert views.view == TIMELINE


def test_a_change_plots_again_what_is_looked_at_and_keeps_the_zoom(
    open_window: Open, qtbot: Any
) -> None:
    opened = open_window(with_talks)
    view = plot(opened, qtbot, TIMELINE)
    wheel(view.canvas, at_point(view, 3), 3)
    zoomed = view.ground.viewRect()
    asked = len(opened.asked(m.PlotEpisodes))
    with qtbot.waitSignal(view.plotted):
        opened.window.inspector.requests.pin((int(view.ids[0]),), True)
    assert len(opened.asked(m.PlotEpisodes)) == asked + 1
    assert view.ground.viewRect() == zoomed


def test_the_pointer_shows_what_it_is_on(open_window: Open, qtbot: Any) -> None:
    opened = open_window(with_talks)
    view = plot(opened, qtbot, TIMELINE)
    port = view.canvas.viewport()
    QApplication.sendEvent(view.canvas, QEvent(QEvent.Type.Enter))
    view.go_to(
        view.points.nearest(view.ground.mapFromScene(view.canvas.mapToScene(at_point(view, 4))))
    )
    qtbot.waitUntil(lambda: view.card.text == "My sister works on a ferry.")
    assert port.isVisible()
    assert isinstance(button(opened, "inspector.wide"), QPushButton)
