"""The base class of requests, which carries the type of the reply for both ends of the pipe."""

from __future__ import annotations

from typing import Generic, TypeVar

R = TypeVar("R")


class Request(Generic[R]):
    """A front end sends it with ``Client.call``; a handler in the core (handlers.py) returns an ``R`` or
    raises a UserError. Subclasses are frozen dataclasses, because they are pickled."""

    __slots__ = ()
