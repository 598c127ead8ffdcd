"""What every request has: its class says of what type its reply is, for both ends of the pipe."""

from __future__ import annotations

from typing import Generic, TypeVar

R = TypeVar("R")


class Request(Generic[R]):
    """Asked by a front end through ``Client.call``, answered by the core's handler (``handlers.py``) with
    an ``R``, or with a UserError. To be a frozen dataclass, since it is pickled."""

    __slots__ = ()
