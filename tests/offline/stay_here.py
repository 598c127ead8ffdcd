"""Refuses every connection that leaves this machine, in the tests and in each Python they start.

``tests/conftest.py`` imports it and puts this folder on PYTHONPATH, where ``sitecustomize`` does too.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any


class LeftTheMachineError(BaseException):
    """No ``Exception``, so that nothing that has a way out for failing networks swallows it."""


def _is_here(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse(host: object) -> None:
    sys.stderr.write(f"\nnowprint's tests: something tried to reach {host!r}\n")
    raise LeftTheMachineError(f"something tried to reach {host!r}: Nowprint contacts nobody")


class OfflineSocket(socket.socket):
    def _check(self, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            _refuse(address[0])

    def connect(self, address: Any) -> None:
        self._check(address)
        super().connect(address)

    def connect_ex(self, address: Any) -> int:
        self._check(address)
        return super().connect_ex(address)

    def sendto(self, data: Any, *rest: Any) -> int:
        self._check(rest[-1])
        return super().sendto(data, *rest)


_look_up = socket.getaddrinfo


def _look_up_here(host: Any, *rest: Any, **named: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and not _is_here(name):
        _refuse(name)
    return _look_up(host, *rest, **named)


socket.socket = OfflineSocket  # type: ignore[misc]
socket.getaddrinfo = _look_up_here
