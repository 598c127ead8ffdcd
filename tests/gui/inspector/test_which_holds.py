"""Where it is unclear which of two tellings holds, the inspector asks, and one click or key answers."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fake_client import FakeClient
from inspecting import button, part, show
from opened import Open, Opened
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel

from nowprint import records as r

OLD = "I take my coffee black, no sugar."
NEW = "Oat milk is what was missing from my life."


def with_doubt(client: FakeClient) -> tuple[r.Episode, r.Episode]:
    older = client.keep(OLD, created=time.time() - 9 * 86400)
    newer = client.keep(NEW, created=time.time() - 86400)
    client.doubts.append((newer.id, older.id))
    return newer, older


def asked(opened: Opened) -> bool:
    frame: QFrame = opened.window.inspector.episode.which_holds
    return frame.isVisible()


@pytest.mark.parametrize(
    ("holds", "replaced"), [("newer", (False, True)), ("older", (True, False)), ("both", (False, False))]
)  # fmt: skip
def test_an_answer_settles_it(
    holds: str, replaced: tuple[bool, bool], open_window: Open, qtbot: Any
) -> None:
    pair: list[r.Episode] = []
    opened = open_window(lambda client: pair.extend(with_doubt(client)))
    inspector = opened.window.inspector
    older = pair[1]
    show(opened, qtbot, older.id)  # either of the two asks
    qtbot.waitUntil(lambda: asked(opened))
    assert part(opened, QLabel, "episode.holds.newer.text").text() == NEW
    assert part(opened, QLabel, "episode.holds.older.text").text() == OLD
    assert button(opened, "episode.holds.newer").accessibleName() == f"The newer holds: {NEW}"
    assert button(opened, "episode.holds.older").accessibleName() == f"The older holds: {OLD}"
    answer = button(opened, f"episode.holds.{holds}")
    assert answer.accessibleDescription()
    answer.setFocus()
    with qtbot.waitSignals([inspector.changed, inspector.shown]):
        qtbot.keyClick(answer, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not asked(opened))
    found = [opened.client.episodes[one.id].replaced_by is not None for one in pair]
    assert tuple(found) == replaced


def test_what_is_clear_asks_nothing(open_window: Open, qtbot: Any) -> None:
    pair: list[r.Episode] = []
    opened = open_window(lambda client: pair.extend(with_doubt(client)))
    other = opened.client.keep("We keep bees behind the shed.")
    show(opened, qtbot, pair[0].id)
    qtbot.waitUntil(lambda: asked(opened))
    show(opened, qtbot, other.id)
    assert not asked(opened)
