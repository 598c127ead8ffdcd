"""The real window on the real core: one looks into one's memory, and puts right what is wrong.

The tests of this file are one story over one profile, in order. Each leaves pictures in
``screenshots/``, in both themes, to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nowprint.events import Answer, Stored
from nowprint.gui.core.bridge import real_client
from nowprint.gui.inspector.episode.chain_view import Link
from nowprint.gui.inspector.views import CHAIN, LIST, MAP, TIMELINE
from nowprint.gui.window.window import MainWindow
from nowprint.inspection import Forgetting
from nowprint.records import Kept
from nowprint.settings import Profile

from .conftest import PICTURES, SECONDS, show

TALK = (
    "My cat Pickwick has kidney disease and needs the low phosphorus food.",
    "We decided to move the launch from March 4 to April 17.",
)
BY_HAND = (
    "My knee hurts when I run more than five kilometres. The doctor in Leeds prescribed rest.",
    "My sister Ingrid lives in Tromsø and works on a ferry.",
    "The ferry to Bergen leaves on Thursdays at nine.",
    "I am allergic to penicillin.",
    "The boiler is serviced every October by a plumber called Oskar.",
)
MERGED = "My sister Ingrid lives in Tromsø and works on the ferry to Bergen."
SHORT = 12
"""Tokens of an answer: what is said matters little here."""
pytestmark = [
    pytest.mark.story,
    pytest.mark.qt_log_ignore("does not support propagateSizeHints"),
]


@pytest.fixture(scope="module")
def window(
    tmp_path_factory: pytest.TempPathFactory,
    nothing_left_behind_the_story: None,
    qapp: Any,
    request: pytest.FixtureRequest,
) -> Iterator[MainWindow]:
    opened = MainWindow(Profile(tmp_path_factory.mktemp("looking") / "home"), real_client)
    opened.resize(1320, 860)
    show(opened, QtBot(request))
    opened.session.change(answer_tokens=SHORT)
    yield opened
    opened.close()
    opened.deleteLater()


# --- what a person does -------------------------------------------------------------------------


def part(window: QWidget, kind: type[QWidget], name: str) -> Any:
    """The one visible part of the window with this name."""
    found = [child for child in window.findChildren(kind, name) if child.isVisible()]
    assert len(found) == 1, f"{len(found)} visible {name}"
    return found[0]


def press(qtbot: Any, window: QWidget, name: str) -> None:
    qtbot.mouseClick(part(window, QPushButton, name), Qt.MouseButton.LeftButton)


def about(window: MainWindow, text: str) -> Callable[[Stored], bool]:
    """For waiting until it is told what was kept of this message."""
    views = window.transcript.views
    return lambda stored: text in [v.text for v in views if v.message.id == stored.message_id]


def say(qtbot: Any, window: MainWindow, text: str) -> tuple[Kept, ...]:
    with (
        qtbot.waitSignal(window.turnFinished, timeout=SECONDS) as finished,
        qtbot.waitSignal(
            window.stored, timeout=SECONDS, check_params_cb=about(window, text)
        ) as stored,
    ):
        window.composer.put(text)
        press(qtbot, window, "composer.send")
    assert isinstance(finished.args[0], Answer), finished.args[0]
    kept: tuple[Kept, ...] = stored.args[0].kept
    return kept


def listed(qtbot: Any, window: MainWindow, total: int, act: Callable[[], object]) -> None:
    """Do something, until the list says that so many match."""
    with qtbot.waitSignal(
        window.inspector.listed, timeout=SECONDS, check_params_cb=lambda n: n == total
    ):
        act()


def shown(qtbot: Any, window: MainWindow, act: Callable[[], object]) -> Any:
    """Do something, until an episode's detail is on the screen; that detail."""
    with qtbot.waitSignal(window.inspector.shown, timeout=SECONDS) as seen:
        act()
    return seen.args[0]


def id_of(window: MainWindow, text: str) -> int:
    return next(e.id for e in window.inspector.model.rows if e.text.startswith(text))


def texts(window: MainWindow) -> list[str]:
    return [episode.text for episode in window.inspector.model.rows]


def dialog(qtbot: Any, name: str) -> Any:
    def found() -> list[QWidget]:
        tops = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog)]
        return [w for w in tops if w.objectName() == name and w.isVisible()]

    qtbot.waitUntil(lambda: bool(found()), timeout=SECONDS)
    return found()[0]


def choose(qtbot: Any, words: str) -> None:
    """An entry of the menu that is about to open."""

    def menus() -> list[QMenu]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, QMenu) and w.isVisible()]

    qtbot.waitUntil(lambda: bool(menus()), timeout=SECONDS)
    menu = menus()[-1]
    action = next(a for a in menu.actions() if a.text().startswith(words))
    menu.close()
    action.trigger()


def plot(qtbot: Any, window: MainWindow, view: int) -> Any:
    views = window.inspector.views
    views.choose(view)
    total = window.inspector.model.total
    qtbot.waitUntil(
        lambda: views.plot is not None and len(views.plot.points.x) == total, timeout=SECONDS
    )
    return views.plot


def drag(view: Any, places: tuple[tuple[float, float], ...]) -> None:
    port = view.canvas.viewport()
    points = [QPoint(int(x * port.width()), int(y * port.height())) for x, y in places]
    left, still = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(port, left, still, points[0])
    for to in points[1:]:
        QTest.qWait(20)  # pyqtgraph takes 100 moves a second and leaves out the rest
        at, everywhere = QPointF(to), QPointF(port.mapToGlobal(to))
        QApplication.sendEvent(
            port, QMouseEvent(QEvent.Type.MouseMove, at, everywhere, left, left, still)
        )
    QTest.mouseRelease(port, left, still, points[-1])


def picture(window: QWidget, name: str, of: QWidget | None = None) -> None:
    main = window.window()
    PICTURES.mkdir(exist_ok=True)
    for theme in ("dark", "light"):
        main.theme.choose(theme)
        QTest.qWait(50)  # what is asked to be drawn is drawn in the next turns of the event loop
        assert (of or window).grab().save(str(PICTURES / f"inspector-{name}-{theme}.png"))


# --- the story ----------------------------------------------------------------------------------


def test_what_was_said_and_what_is_written_by_hand(qtbot: Any, window: MainWindow) -> None:
    for text in TALK:
        assert [k.episode.text for k in say(qtbot, window, text)] == [text]
    for number, text in enumerate(BY_HAND, 3):
        press(qtbot, window, "inspector.remember")
        field = part(window, QWidget, "remember.field")
        field.setPlainText(text)
        listed(qtbot, window, number, lambda: press(qtbot, window, "remember.save"))
    assert part(window, QLabel, "inspector.count").text() == "7"
    assert set(texts(window)) == {*TALK, *BY_HAND}
    picture(window, "1-list")


def test_the_overview_counts(qtbot: Any, window: MainWindow) -> None:
    figure = window.inspector.findChild(QLabel, "dashboard.episodes")
    qtbot.waitUntil(lambda: figure.text() == "7", timeout=SECONDS)
    press(qtbot, window, "dashboard.line")
    assert part(window, QLabel, "dashboard.never").text() == "7"
    assert window.inspector.dashboard.kept.accessibleName().endswith(" 7")
    picture(window, "2-overview")
    press(qtbot, window, "dashboard.less")


def test_words_and_meanings_are_found(qtbot: Any, window: MainWindow) -> None:
    field = part(window, QWidget, "inspector.search")
    listed(qtbot, window, 2, lambda: field.setText("ferry"))
    listed(qtbot, window, 0, lambda: field.setText("things about my health"))
    with qtbot.waitSignal(
        window.inspector.listed, timeout=SECONDS, check_params_cb=lambda n: n > 0
    ):
        press(qtbot, window, "inspector.meaning")
    found = texts(window)
    health = {TALK[0], BY_HAND[0], BY_HAND[3]}
    assert found[0] in health
    assert health & set(found[:3])
    picture(window, "3-by-meaning")
    press(qtbot, window, "inspector.meaning")
    listed(qtbot, window, 7, field.clear)


def test_filters_have_chips_and_names(qtbot: Any, window: MainWindow) -> None:
    press(qtbot, window, "inspector.filters")
    box = window.inspector.bar
    qtbot.waitUntil(lambda: box.popup is not None and box.popup.isVisible(), timeout=SECONDS)
    picture(window, "4-filters", box.popup)
    listed(qtbot, window, 2, lambda: box.popup.conversation.setCurrentIndex(1))
    box.popup.close()
    assert part(window, QPushButton, "inspector.chip").text().startswith("from “My cat Pickwick")
    press(qtbot, window, "inspector.saved")
    choose(qtbot, "Save these filters…")
    part(window, QWidget, "inspector.filter.name").setText("One talk")
    press(qtbot, window, "inspector.filter.save")
    qtbot.waitUntil(box.name_row.isHidden, timeout=SECONDS)
    picture(window, "4-filtered")
    listed(qtbot, window, 7, lambda: press(qtbot, window, "inspector.chip"))
    press(qtbot, window, "inspector.saved")
    listed(qtbot, window, 2, lambda: choose(qtbot, "One talk"))
    listed(qtbot, window, 7, lambda: press(qtbot, window, "inspector.chip"))
    sort = part(window, QWidget, "inspector.sort")
    listed(qtbot, window, 7, lambda: sort.setCurrentIndex(1))
    assert texts(window)[0] == TALK[0]
    listed(qtbot, window, 7, lambda: sort.setCurrentIndex(0))


def test_the_trace_by_each_statistic(qtbot: Any, window: MainWindow) -> None:
    cat = id_of(window, TALK[0])
    detail = shown(qtbot, window, lambda: window.inspector.show_episode(cat))
    why = window.inspector.episode.why
    assert "".join(t.text for t in detail.sources[0].tokens) == TALK[0]
    for number, name in enumerate(("surprisal", "entropy", "kl divergence")):
        why.statistic.setCurrentIndex(number)
        assert why.traces[0].accessibleName() == f"Text by {name}"
        picture(window, f"5-trace-{name.split(maxsplit=1)[0]}")
    assert window.inspector.episode.findChild(QWidget, "episode.contributions").isVisible()
    assert any(token.top for token in detail.sources[0].tokens)  # what had been expected


def test_an_edit_is_embedded_and_its_old_text_told(qtbot: Any, window: MainWindow) -> None:
    cat = window.inspector.episode.episode_id
    press(qtbot, window, "episode.edit")
    part(window, QWidget, "episode.editor.field").setPlainText("My cat Pickwick eats renal food.")
    detail = shown(qtbot, window, lambda: press(qtbot, window, "episode.save"))
    assert (detail.episode.id, detail.episode.edited) == (cat, True)
    history = window.inspector.episode.history
    qtbot.waitUntil(lambda: TALK[0] in history.text, timeout=SECONDS)
    window.inspector.episode.ensureWidgetVisible(history.toggle)
    press(qtbot, window, "episode.history.toggle")
    window.inspector.episode.ensureWidgetVisible(history)
    picture(window, "6-history")


def test_one_is_split(qtbot: Any, window: MainWindow) -> None:
    knee = id_of(window, "My knee")
    shown(qtbot, window, lambda: window.inspector.show_episode(knee))
    press(qtbot, window, "episode.split")
    box = dialog(qtbot, "split")
    box.cuts[0].click()
    picture(window, "7-split", box)
    listed(qtbot, window, 8, lambda: press(qtbot, box, "split.save"))
    assert "The doctor in Leeds prescribed rest." in texts(window)
    assert BY_HAND[0] not in texts(window)


def test_two_are_merged(qtbot: Any, window: MainWindow) -> None:
    inspector = window.inspector
    inspector.selection.set((id_of(window, BY_HAND[1]), id_of(window, BY_HAND[2])))
    picture(window, "8-two-picked")
    press(qtbot, window, "many.merge")
    box = dialog(qtbot, "merge")
    box.field.setPlainText(MERGED)
    picture(window, "8-merge", box)
    with qtbot.waitSignal(
        inspector.shown, timeout=SECONDS, check_params_cb=lambda d: d.episode.text == MERGED
    ):
        listed(qtbot, window, 7, lambda: press(qtbot, box, "merge.save"))
    assert {BY_HAND[1], BY_HAND[2]}.isdisjoint(texts(window))


def test_the_chain_tells_what_it_was_made_from(qtbot: Any, window: MainWindow) -> None:
    inspector = window.inspector
    with qtbot.waitSignal(inspector.views.chain.shown, timeout=SECONDS):
        inspector.views.choose(CHAIN)
    page = inspector.views.chain.widget()
    told = [link.accessibleName() for link in page.findChildren(Link)]
    assert [t for t in told if t.startswith("Made from")] == [
        next(t for t in told if BY_HAND[1] in t),
        next(t for t in told if BY_HAND[2] in t),
    ]
    picture(window, "9-chain-merged")
    cat = next(e.id for e in inspector.model.rows if e.text.startswith("My cat"))
    with qtbot.waitSignal(inspector.views.chain.shown, timeout=SECONDS):
        inspector.show_episode(cat)
    page = inspector.views.chain.widget()
    assert any(
        link.accessibleName().startswith(f"Said after: {TALK[1]}")
        for link in page.findChildren(Link)
    )
    assert page.findChild(QWidget, "chain.moments").accessibleName().startswith("Moments in")
    picture(window, "9-chain")
    inspector.close_episode()


def test_the_timeline_in_full_width(qtbot: Any, window: MainWindow) -> None:
    press(qtbot, window, "inspector.wide")
    assert not window.panels.centre.isVisible()
    view = plot(qtbot, window, TIMELINE)
    qtbot.waitUntil(lambda: view.summary.text().startswith("7 memories from 1 conversation, "))

    def placed() -> list[QPoint]:
        QTest.qWait(100)  # the view grows, and the points with it
        return [
            view.canvas.mapFromScene(view.ground.mapToScene(float(x), float(y)))
            for x, y in zip(*view.points.places(), strict=True)
        ]

    while (spots := placed()) != placed():
        pass

    def beside(n: int) -> list[int]:
        """The points that a click on this one may as well mean: all were told within a minute or two, and
        if their saliences are the same, too, they lie on one another."""
        return [k for k, one in enumerate(spots) if (spots[n] - one).manhattanLength() <= 2]

    apart = min(range(len(spots)), key=lambda n: len(beside(n)))
    detail = shown(
        qtbot,
        window,
        lambda: qtbot.mouseClick(
            view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=spots[apart]
        ),
    )
    assert detail.episode.id in {view.ids[k] for k in beside(apart)}
    qtbot.waitUntil(lambda: view.card.text == detail.episode.text, timeout=SECONDS)
    picture(window, "10-timeline")


def test_the_map_and_its_lasso(qtbot: Any, window: MainWindow) -> None:
    inspector = window.inspector
    view = plot(qtbot, window, MAP)
    for number, name in enumerate(("kind", "age", "salience")):
        view.colour.setCurrentIndex(number)
        picture(window, f"11-map-{name}")
    drag(view, ((0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99), (0.01, 0.05)))
    assert set(inspector.selected_ids()) == set(view.ids.tolist())
    assert part(window, QLabel, "many.text").text() == "7 selected"
    picture(window, "11-map-lasso")
    press(qtbot, window, "many.clear")
    inspector.close_episode()
    press(qtbot, window, "inspector.wide")
    assert window.panels.centre.isVisible()
    inspector.views.choose(LIST)


def test_many_are_pinned_and_moved(qtbot: Any, window: MainWindow) -> None:
    inspector = window.inspector
    with qtbot.waitSignal(inspector.selection.changed, timeout=SECONDS):
        qtbot.keyClick(inspector.list, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(inspector.selected_ids()) == 7
    listed(qtbot, window, 7, lambda: press(qtbot, window, "many.pin"))
    assert all(episode.pinned for episode in inspector.model.rows)
    listed(qtbot, window, 7, lambda: press(qtbot, window, "many.unpin"))
    press(qtbot, window, "many.move")
    choose(qtbot, "New project…")
    box = dialog(qtbot, "project.name")
    box.setTextValue("Harbour")
    with qtbot.waitSignal(inspector.changed, timeout=SECONDS):
        box.accept()
    project = inspector.model.rows[0].project
    listed(qtbot, window, 7, lambda: inspector.query.set(project=project))
    listed(qtbot, window, 0, lambda: inspector.query.set(project=0))
    listed(qtbot, window, 7, inspector.query.clear)


def test_not_worth_keeping_and_undone(qtbot: Any, window: MainWindow) -> None:
    inspector = window.inspector
    boiler = id_of(window, "The boiler")
    shown(qtbot, window, lambda: inspector.show_episode(boiler))
    listed(qtbot, window, 6, lambda: press(qtbot, window, "episode.not_worth"))
    listed(qtbot, window, 7, lambda: press(qtbot, window, "undo.button"))
    with qtbot.waitSignal(inspector.forget_wanted) as wanted:
        inspector.requests.forget((boiler, id_of(window, BY_HAND[3])))
    assert isinstance(wanted.args[0], Forgetting)
    for box in window.findChildren(QDialog):
        box.close()


def test_the_dial_previews_on_stored_traces(qtbot: Any, window: MainWindow) -> None:
    window.dialogs.memory_settings()
    box = next(d for d in window.findChildren(QDialog) if d.objectName() == "memory.settings")
    qtbot.waitUntil(lambda: "would be kept" in box.preview.text(), timeout=SECONDS)
    box.keep.setValue(0)
    qtbot.waitUntil(lambda: "0 would be kept" in box.preview.text(), timeout=SECONDS)
    assert "left out now" in box.passages.text()
    picture(window, "12-dial", box)
    box.keep.setValue(4)
    qtbot.waitUntil(lambda: "2 would be kept" in box.preview.text(), timeout=SECONDS)
    assert "✓ kept" in box.passages.text()
    box.close()
