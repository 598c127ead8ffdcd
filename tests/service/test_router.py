"""Every request has its handler, and both ends agree on what it is asked with and answered by."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import fields
from threading import Event
from typing import Any

import pytest

from nowprint.bench import program
from nowprint.service import handlers, protocol, requests
from nowprint.service.request import Request
from nowprint.service.router import Router
from nowprint.settings import Profile

TURNS = {protocol.Send, protocol.Retry, protocol.Edit, protocol.Continue}


@pytest.fixture
def registered(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> dict[type[Request[Any]], Callable[..., Any]]:
    found: dict[type[Request[Any]], Callable[..., Any]] = {}
    monkeypatch.setattr(Router, "on", lambda _, kind, handler: found.__setitem__(kind, handler))
    opened = handlers.open_profile(profile, lambda _: None, Event())
    program.register(opened)
    opened.close()
    return found


def test_every_request_is_answered_and_nothing_else(registered: dict[Any, Any]) -> None:
    rooms = [
        importlib.import_module(f"{requests.__name__}.{room.name}")
        for room in pkgutil.iter_modules(requests.__path__)
    ]
    asked = {
        one
        for module in (protocol, *rooms)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Request) and one is not Request
    }
    assert registered.keys() == asked - TURNS


def test_a_handler_takes_what_its_request_holds(registered: dict[Any, Any]) -> None:
    for kind, handler in registered.items():
        inspect.signature(handler).bind(**{field.name: None for field in fields(kind)})
