"""A window of the tests, and the fake client under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fake_client import FakeClient

from nowprint.gui.window.window import MainWindow

Prepare = Callable[[FakeClient], None]


class Opened:
    """A window that is ready, and the fake client under it."""

    def __init__(self, window: MainWindow, client: FakeClient) -> None:
        self.window = window
        self.client = client

    def asked(self, kind: type) -> list[Any]:
        return [request for request in self.client.requests if isinstance(request, kind)]


Open = Callable[..., Opened]
