"""Which function answers which class of request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, ParamSpec, TypeVar

from nowprint.service.request import Request

P = ParamSpec("P")
R = TypeVar("R")


class Router:
    """Filled once, by ``on``, when a profile is opened; then any thread may ask it."""

    def __init__(self) -> None:
        self._handlers: dict[type[Request[Any]], Callable[..., Any]] = {}

    def on(self, kind: Callable[P, Request[R]], handler: Callable[P, R]) -> None:
        """Requests of this class are answered by ``handler``. It is given the request's fields by their
        names, and returns what the class names as its reply."""
        assert isinstance(kind, type)
        self._handlers[kind] = handler

    def answer(self, request: Request[R]) -> R:
        """Raises what the handler raises; a UserError is for the front end."""
        told = {field.name: getattr(request, field.name) for field in fields(request)}  # type: ignore[arg-type]
        reply: R = self._handlers[type(request)](**told)
        return reply
