"""The router: which handler answers which class of request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, ParamSpec, TypeVar

from nowprint.service.request import Request

P = ParamSpec("P")
R = TypeVar("R")


class Router:
    """Handlers by class of request. It is filled with ``on`` when a profile is opened; after that any thread
    may call ``answer``."""

    def __init__(self) -> None:
        self._handlers: dict[type[Request[Any]], Callable[..., Any]] = {}

    def on(self, kind: Callable[P, Request[R]], handler: Callable[P, R]) -> None:
        """Register the handler for a class of request. It is called with the request's fields as keyword
        arguments, and returns the reply, of the type that the class names."""
        assert isinstance(kind, type)
        self._handlers[kind] = handler

    def answer(self, request: Request[R]) -> R:
        """Call the request's handler and return its reply. Raises what the handler raises; a UserError is
        meant for the user."""
        told = {field.name: getattr(request, field.name) for field in fields(request)}  # type: ignore[arg-type]
        reply: R = self._handlers[type(request)](**told)
        return reply
