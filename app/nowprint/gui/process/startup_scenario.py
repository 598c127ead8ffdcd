"""What the timed window goes through: the core starts, the model loads and writes an answer of 100 tokens,
and the inspector searches once."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import nowprint.gui.process.plain_import  # noqa: F401 - first, as in app.py

# isort: split
from PySide6.QtCore import QObject, QTimer

from nowprint.gui.core.bridge import real_client
from nowprint.gui.process.app import collect_garbage, make_app
from nowprint.gui.process.stalls import StallMonitor
from nowprint.gui.window.window import MainWindow
from nowprint.settings import Profile

TOKENS = 100
PROMPT = "Write a long story about a lighthouse keeper, her cat Pickwick and a storm in November."
PATIENCE = 120_000
"""ms after which the scenario gives up."""


class Scenario(QObject):
    def __init__(self, window: MainWindow, *, only_paint: bool) -> None:
        super().__init__(window)
        self._window = window
        self._only_paint = only_paint
        self._stalls = StallMonitor(self)
        self._painted = 0.0
        self._tokens = 0
        self.finished = False
        window.painted.connect(self._on_painted)
        window.modelReady.connect(self._on_model)
        window.turnFinished.connect(self._on_answer)
        window.chat.figures.connect(self._on_figures)

    def _on_painted(self, at: float) -> None:
        self._painted = at
        if self._only_paint:
            self._end()
        else:
            self._stalls.begin("model loading")
            QTimer.singleShot(PATIENCE, self, self._end)

    def _on_model(self) -> None:
        # Limit the answer to TOKENS; the profile is a throwaway one.
        settings = dataclasses.replace(self._window.session.settings, answer_tokens=TOKENS)
        self._window.session.change(**dataclasses.asdict(settings))
        self._stalls.begin("answer")
        self._window.composer.put(PROMPT)
        self._window.composer.send_button.click()

    def _on_figures(self, figures: object) -> None:
        self._tokens = max(self._tokens, getattr(figures, "tokens", 0))

    def _on_answer(self) -> None:
        self._stalls.begin("search")
        self._window.inspector.listed.connect(self._on_listed)
        self._window.inspector.search.setText("pickwick")

    def _on_listed(self) -> None:
        self._window.inspector.listed.disconnect(self._on_listed)
        self.finished = True
        QTimer.singleShot(200, self, self._end)  # so that the list is painted, too

    def _end(self) -> None:
        report: dict[str, object] = {"painted": self._painted}
        if not self._only_paint:
            self._stalls.end()
            report |= {
                "max_stall_ms": round(self._stalls.longest, 1),
                "where": self._stalls.where,
                "phases": {phase: round(gap, 1) for phase, gap in self._stalls.worst.items()},
                "tokens": self._tokens,
            }
        print(json.dumps(report), flush=True)
        self._window.close()


def play(home: Path, model: str | None, *, only_paint: bool) -> int:
    """Run the scenario, and return the exit code: 1 if it did not come to its end."""
    app = make_app()
    window = MainWindow(Profile(home), real_client, model)
    scenario = Scenario(window, only_paint=only_paint)
    window.built.connect(lambda: collect_garbage(window))
    window.show()
    app.exec()
    return 0 if only_paint or scenario.finished else 1
