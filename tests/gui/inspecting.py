"""What the tests of the inspector do again and again."""

from __future__ import annotations

import dataclasses
from typing import Any

from fake_client import FakeClient
from opened import Opened
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QPushButton, QWidget

from nowprint import records as r
from nowprint.gui.inspector.views import LIST

DAY = 86400.0


def with_facts(client: FakeClient, count: int = 6) -> list[r.Episode]:
    return [client.keep(f"fact number {n} about tea", created=1000.0 + n) for n in range(count)]


def with_talks(client: FakeClient) -> list[r.Episode]:
    """Two conversations a day apart, three memories each; then one that stands alone."""
    kept = []
    for day, (title, texts) in enumerate(
        (
            ("Pickwick", ("My cat has kidney disease.", "He is eleven.", "He hates the vet.")),
            ("The sea", ("We sail in May.", "My sister works on a ferry.", "I get seasick.")),
        )
    ):
        talk = client.converse(title)
        for n, text in enumerate(texts):
            at = 1e9 + day * DAY + n * 60
            message = client.say(talk.id, "user", text, created=at)
            kept.append(
                client.keep(
                    text,
                    message,
                    created=at,
                    salience=0.5 + 0.1 * n,
                    surprising={"kidney": 9.0, "ferry": 8.0},
                )
            )
    kept.append(client.keep("Remember the milk.", kind="remembered", created=1e9 + 3 * DAY))
    return kept


def with_trace(client: FakeClient) -> r.Episode:
    """A memory that is part of a message, with the statistics of its words."""
    talk = client.converse("Pickwick")
    message = client.say(talk.id, "user", "Well: My cat Pickwick is ill.")
    kept: r.Episode = client.keep("My cat Pickwick is ill.", message, surprising={"Pickwick": 11.0})
    moments = tuple(
        r.Moment(message.id, n, token.text, (r.Trigger("kl", 1.2, 0.9), r.Trigger("entropy spike", 6.0, 4.5)),
                 r.Signature((1,), (0.3,), 6.0, 1.2, "0"))
        for n, token in enumerate(client.traces[message.id]) if "Pickwick" in token.text
    )  # fmt: skip
    client.whys[kept.id] = r.Why(0.83, 0.5, -1.4, client.whys[kept.id].contributions, moments)
    return kept


def change(client: FakeClient, episode: r.Episode, **fields: Any) -> None:
    client.episodes[episode.id] = dataclasses.replace(client.episodes[episode.id], **fields)


def button(opened: Opened, name: str) -> QPushButton:
    found = opened.window.inspector.findChild(QPushButton, name)
    assert isinstance(found, QPushButton), name
    return found


def part(opened: Opened, kind: type, name: str) -> Any:
    found = opened.window.inspector.findChild(kind, name)
    assert found is not None, name
    return found


def texts(opened: Opened) -> list[str]:
    return [episode.text for episode in opened.window.inspector.model.rows]


def look(opened: Opened, qtbot: Any, **fields: Any) -> int:
    """Filter by these; how many match."""
    with qtbot.waitSignal(opened.window.inspector.listed) as listed:
        opened.window.inspector.query.set(**fields)
    total: int = listed.args[0]
    return total


def show(opened: Opened, qtbot: Any, episode_id: int) -> r.EpisodeDetail:
    with qtbot.waitSignal(opened.window.inspector.shown) as shown:
        opened.window.inspector.show_episode(episode_id)
    detail: r.EpisodeDetail = shown.args[0]
    return detail


def plot(opened: Opened, qtbot: Any, view: int) -> Any:
    """The timeline or the map, with its points on the screen."""
    views = opened.window.inspector.views
    views.choose(LIST)
    views.choose(view)
    qtbot.waitUntil(lambda: views.plot is not None and views.plot.plot is not None)
    return views.plot


def at_point(view: Any, place: int) -> QPoint:
    """Where on the canvas a point is drawn."""
    x, y = view.points.places()
    scene = view.ground.mapToScene(float(x[place]), float(y[place]))
    found: QPoint = view.canvas.mapFromScene(scene)
    return found


def menu(qtbot: Any) -> QMenu:
    """The menu that is open, or that is about to be."""

    def open_ones() -> list[QMenu]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, QMenu) and w.isVisible()]

    qtbot.waitUntil(lambda: bool(open_ones()))
    return open_ones()[-1]


def choose(qtbot: Any, *words: str) -> None:
    """An entry of the open menu, and of the menus under it."""
    top = at = menu(qtbot)
    for word in words[:-1]:
        at = next(a for a in at.actions() if a.text() == word).menu()
    action = next(a for a in at.actions() if a.text().startswith(words[-1]))
    assert action.isEnabled()
    top.close()
    action.trigger()


def dialog(qtbot: Any, name: str) -> Any:
    """The dialog of this name, once it is open."""

    def found() -> list[QWidget]:
        return [
            w
            for w in QApplication.topLevelWidgets()
            if isinstance(w, QDialog) and w.objectName() == name and w.isVisible()
        ]

    qtbot.waitUntil(lambda: bool(found()))
    return found()[0]


def drag(view: Any, places: list[tuple[float, float]], *, shift: bool = False) -> None:
    """Draw with the left button through these places, as shares of the canvas."""
    port = view.canvas.viewport()
    held = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    points = [QPoint(int(x * port.width()), int(y * port.height())) for x, y in places]
    QTest.mousePress(port, Qt.MouseButton.LeftButton, held, points[0])
    for point in points[1:]:
        QTest.qWait(20)  # pyqtgraph takes 100 moves a second and leaves out the rest
        _move(port, point, held)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, held, points[-1])


def _move(port: QWidget, to: QPoint, held: Qt.KeyboardModifier) -> None:
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(to), QPointF(port.mapToGlobal(to)), left, left, held
    )
    QApplication.sendEvent(port, event)
