"""Who answers requests about changes."""

from __future__ import annotations

from nowprint.memory.memory import Memory
from nowprint.service.requests import changes as c
from nowprint.service.router import Router


def register(router: Router, memory: Memory) -> None:
    router.on(c.GetDoubts, memory.settling.doubts)
    router.on(c.SettleDoubt, memory.settling.settle)
