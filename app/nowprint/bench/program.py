"""The benches as a program: a core that also handles the requests of the benches.

``nowprint bench`` starts it instead of the usual core, which so doesn't contain any bench.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from nowprint.bench.overhead import overhead, overhead_beside
from nowprint.bench.run import run
from nowprint.events import Progress
from nowprint.service import core
from nowprint.service import protocol as p
from nowprint.service.handlers import Handlers


def main(arguments: list[str]) -> NoReturn:
    """``nowprint bench-core HOME``, which works like ``nowprint core HOME``."""
    core.main(arguments, register)


def register(handlers: Handlers) -> None:
    """Register the handlers for the benches' requests."""

    def measure_overhead(rounds: int = 9, beside: int = 0) -> dict[str, Any]:
        engine = handlers.chat.engine
        return overhead_beside(engine, rounds, beside) if beside else overhead(engine, rounds)

    def measure(
        name: p.BenchName, file: str | None, keep: float | None = None, limit: int = 0
    ) -> dict[str, Any]:
        return run(
            name,
            None if file is None else Path(file),
            engine=handlers.chat.engine,
            embedder=handlers.embedder,
            encoder=handlers.encoder,
            settings=handlers.chat.settings,
            profile=handlers.profile,
            keep=keep,
            limit=limit,
            report=lambda task, fraction: handlers.announce(Progress(task, fraction)),
        )

    handlers.router.on(p.BenchOverhead, measure_overhead)
    handlers.router.on(p.Bench, measure)
