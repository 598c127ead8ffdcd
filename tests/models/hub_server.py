"""A local server that speaks the Hugging Face hub's protocol, and a second one in its CDN's place.

The hub lists models and their files, and redirects whoever wants a file to the CDN, which knows ranges.
Either can be told what goes wrong with the next requests, and tells what it was asked.
https://huggingface.co/docs/hub/api
"""

from __future__ import annotations

import hashlib
import json
import ssl
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_thatmayreadit"
PIECE = 1 << 14


@dataclass
class Repository:
    """``plain`` files are in git itself: they have no SHA-256."""

    files: dict[str, bytes]
    plain: Sequence[str] = ()
    gated: bool = False
    downloads: int = 0
    licence: str = "apache-2.0"


@dataclass(frozen=True)
class Fault:
    """What is wrong with one answer. ``status`` comes instead of it; ``cut``: the line is lost after so
    many bytes of the body; ``stall``: nothing comes after them; ``body`` comes in its place, and without
    a ``length`` nobody is told how long it is; ``silent``: not even headers come."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    stall: int | None = None
    body: bytes | None = None
    length: bool = True
    silent: bool = False


@dataclass
class Asked:
    """``sent`` counts the bytes of the answer's body."""

    method: str
    path: str
    headers: Message
    sent: int = 0


class Server(ThreadingHTTPServer):
    """``faults`` are those of the next requests, ``always`` that of all later ones. ``pace``: seconds for
    each piece of a body."""

    daemon_threads = False  # so that closing waits for them

    def __init__(self, handler: type[Handler], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.requests: list[Asked] = []
        self.faults: deque[Fault] = deque()
        self.always = Fault()
        self.pace = 0.0
        self.closing = threading.Event()
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server_port}"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client may break off
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        self.asked = Asked(self.command, self.path, self.headers)
        self.server.requests.append(self.asked)
        faults = self.server.faults
        fault = faults.popleft() if faults else self.server.always
        if fault.silent:
            self.server.closing.wait()
        elif fault.status:
            self.answer(fault.status, fault.body or b"", fault, **fault.headers)
        else:
            self.serve(fault)

    do_CONNECT = do_GET  # noqa: N815 - what http.server looks for

    def serve(self, fault: Fault) -> None:
        raise NotImplementedError

    def answer(self, status: int, body: bytes, fault: Fault, **headers: str) -> None:
        body = body if fault.body is None else fault.body
        self.send_response(status)
        for name, value in (headers | fault.headers).items():
            self.send_header(name.replace("_", "-"), value)
        if fault.length:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        end = min(at for at in (fault.cut, fault.stall, len(body)) if at is not None)
        for at in range(0, end, PIECE):
            self.wfile.write(body[at : min(at + PIECE, end)])
            self.asked.sent += min(PIECE, end - at)
            time.sleep(self.server.pace)
        if fault.stall is not None:
            self.server.closing.wait()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class _Hub(Handler):
    def serve(self, fault: Fault) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path)
        asked = parse_qs(url.query)
        if path == "/api/models":
            self._search(asked, fault)
            return
        api = path.startswith("/api/models/")
        name = "/".join(path.removeprefix("/api/models/" if api else "/").split("/")[:2])
        rest = path.partition(name)[2]
        repository = self.server.repositories.get(name)
        if repository is None:
            self._refuse(401, "RepoNotFound", fault)
        elif api and not rest:
            self._json(_told(name, repository) | {"sha": COMMIT}, fault)
        elif rest == f"/tree/{COMMIT}":
            self._tree(repository, asked, fault)
        elif not rest.startswith(f"/resolve/{COMMIT}/"):
            self._refuse(404, "RevisionNotFound", fault)
        elif repository.gated and self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._refuse(403 if self.headers["Authorization"] else 401, "GatedRepo", fault)
        else:
            self._redirect(repository.files.get(rest.split("/", 3)[3]), fault)

    def _search(self, asked: dict[str, list[str]], fault: Fault) -> None:
        models = [
            _told(name, one)
            for name, one in self.server.repositories.items()
            if asked.get("search", [""])[0].lower() in name.lower()
        ]
        models.sort(key=lambda model: -model["downloads"])
        self._json(models[: int(asked["limit"][0])], fault)

    def _tree(self, repository: Repository, asked: dict[str, list[str]], fault: Fault) -> None:
        entries = [_entry(path, data, repository) for path, data in repository.files.items()]
        start = int(asked.get("cursor", ["0"])[0])
        end = start + self.server.page
        more = {}
        if end < len(entries):
            host = self.server.next_page or self.server.url
            more["Link"] = f'<{host}{urlsplit(self.path).path}?cursor={end}>; rel="next"'
        self._json(
            [{"type": "directory", "path": "x", "oid": "1"}, *entries[start:end]], fault, **more
        )

    def _redirect(self, data: bytes | None, fault: Fault) -> None:
        if data is None:
            self._refuse(404, "EntryNotFound", fault)
            return
        sha256 = hashlib.sha256(data).hexdigest()
        self.answer(
            302,
            b"",
            fault,
            Location=f"{self.server.cdn.url}/{sha256}?signature=x",
            X_Repo_Commit=COMMIT,
            X_Linked_Etag=f'"{sha256}"',
            X_Linked_Size=str(len(data)),
        )

    def _refuse(self, status: int, code: str, fault: Fault) -> None:
        self.answer(status, b'{"error": "no"}', fault, X_Error_Code=code)

    def _json(self, value: object, fault: Fault, **headers: str) -> None:
        headers["Content_Type"] = "application/json"
        self.answer(200, json.dumps(value).encode(), fault, **headers)


def _told(name: str, one: Repository) -> dict[str, Any]:
    return {
        "id": name,
        "downloads": one.downloads,
        "gated": "manual" if one.gated else False,
        "lastModified": "2026-11-20T10:00:00.000Z",
        "tags": ["gguf", f"license:{one.licence}"],
    }


def _entry(path: str, data: bytes, repository: Repository) -> dict[str, object]:
    entry: dict[str, object] = {"type": "file", "path": path, "size": len(data), "oid": "1"}
    if path not in repository.plain:
        oid = hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"oid": oid, "size": len(data), "pointerSize": 134}
    return entry


class _Cdn(Handler):
    def serve(self, fault: Fault) -> None:
        wanted = urlsplit(self.path).path[1:]
        data = next(d for d in self.server.contents() if hashlib.sha256(d).hexdigest() == wanted)
        etag = f'"{wanted[:16]}{self.server.version}"'
        start = self.headers["Range"]
        if start is None or self.headers["If-Range"] not in (None, etag):
            self.answer(200, data, fault, ETag=etag)
            return
        at = int(start.removeprefix("bytes=").removesuffix("-"))
        if at >= len(data):
            self.answer(416, b"", fault)
            return
        told = f"bytes {at}-{len(data) - 1}/{len(data)}"
        self.answer(206, data[at:], fault, ETag=etag, Content_Range=told)


class HubServer(Server):
    """The hub; ``page`` is the length of a list's page, ``next_page`` the host of the next one if it is
    another."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.repositories: dict[str, Repository] = {}
        self.page = 100
        self.next_page = ""
        self.cdn = CdnServer(self)
        super().__init__(_Hub, tls)

    def add(self, name: str, files: dict[str, bytes]) -> Repository:
        self.repositories[name] = Repository(files)
        return self.repositories[name]

    def close(self) -> None:
        super().close()
        self.cdn.close()


class CdnServer(Server):
    """``version`` is a part of its ETags."""

    def __init__(self, hub: HubServer) -> None:
        self._hub = hub
        self.version = ""
        super().__init__(_Cdn)

    def contents(self) -> list[bytes]:
        return [data for one in self._hub.repositories.values() for data in one.files.values()]
