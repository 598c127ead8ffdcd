"""One window per profile: a second start asks the open window to come to the front, and ends.

The second start may name a file for that window to open.

They talk through a local socket, never TCP, which is named by a hash of the profile's path. A start
looks for the socket's file before it loads Qt's network module, so that an ordinary start can paint
its window without that module.

The socket lies in a folder that only its user can write to: another user who listened in its place
would learn which files this user opens, and could keep the window from opening. For the same reason a
start never talks to a socket of another user, and treats it as absent.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCryptographicHash, QObject

from nowprint.settings import Profile

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

ASK = b"show\n"
OPEN = b"open "
"""Comes before a path (encoded by ``os.fsencode``), which a zero byte ends: no path holds one."""
ANSWER = b"shown\n"
WAIT = 700
"""ms that a second start waits for each step; then it goes on as if no window were open."""
LONGEST = 103
"""The longest path of a socket that every system accepts, in bytes."""
USERS = Path("/run/user")
"""XDG_RUNTIME_DIR usually names a folder in here. Nowprint looks here even if that variable is unset, so
that a start from a bare terminal finds the window on the desktop."""


def _name(profile: Profile) -> str:
    """The socket's path; on Windows the name of a pipe, which only this user may open."""
    path = os.path.normcase(str(profile.home.resolve()))
    # Qt's hash is loaded already; Python's would load OpenSSL
    whole = QCryptographicHash.hash(os.fsencode(path), QCryptographicHash.Algorithm.Sha256)
    name = "nowprint-" + bytes(whole.toHex().data()).decode()[:20]
    if sys.platform == "win32":
        return name
    places = (folder / name for folder in _own_folders())
    short = (place for place in places if len(os.fsencode(place)) <= LONGEST)
    # If all are too long, the profile's folder. If that can't hold a socket either, the profile's lock
    # keeps a second window out.
    return str(next(short, profile.home / name))


def _own_folders() -> Iterator[Path]:
    """Folders that nobody else can write to, the likeliest first."""
    user = os.geteuid()
    for usual in (Path(os.environ.get("XDG_RUNTIME_DIR", "")), USERS / str(user)):
        if usual.is_absolute() and _is_own_folder(usual):
            yield usual
    with contextlib.suppress(OSError):  # no temporary folder, or no room in it
        made = Path(tempfile.gettempdir()) / f"nowprint-{user}"
        with contextlib.suppress(FileExistsError):
            made.mkdir(0o700)
        if _is_own_folder(made):
            yield made


def _is_own_folder(folder: Path) -> bool:
    """Whether this is a folder, not a link to one, that only this user may enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return private and found.st_uid == os.geteuid()


def _may_run(name: str) -> bool:
    """Whether this user owns a socket there, at which a window may listen; always True on Windows."""
    if sys.platform == "win32":
        return True
    try:
        found = os.lstat(name)
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.geteuid()


def ask_first(profile: Profile, file: str = "") -> bool:
    """Ask an open window of this profile to come to the front and open ``file``; whether one did."""
    name = _name(profile)
    try:
        return _may_run(name) and bool(_ask(name, file))
    except ImportError:  # QtNetwork needs libraries that not every system has
        return False


def _ask(name: str, file: str = "") -> bool | None:
    """Whether the window that listens there came to the front; None if no window of this user does."""
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(WAIT) or not _is_own(socket):
        return None
    socket.write(OPEN + os.fsencode(file) + b"\0" if file else ASK)
    socket.waitForBytesWritten(WAIT)
    return socket.waitForReadyRead(WAIT) and bytes(socket.readAll().data()) == ANSWER


def _is_own(socket: QLocalSocket) -> bool:
    """Whether a process of this user is at the other end. Only Linux tells; elsewhere ``_may_run``, which
    checks the file's owner, must do."""
    if not sys.platform.startswith("linux"):
        return True
    import socket as sockets
    import struct

    form = struct.Struct("iII")  # struct ucred: process, user, group
    with sockets.socket(fileno=os.dup(socket.socketDescriptor())) as same:
        told = same.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, form.size)
    return bool(form.unpack(told)[1] == os.geteuid())


def listen(
    profile: Profile,
    show: Callable[[], None],
    parent: QObject,
    open_file: Callable[[str], object] | None = None,
    file: str = "",
) -> QLocalServer | None:
    """Answer later starts; the returned server lives as long as ``parent``.

    Returns None if another window, started at the same moment, was quicker: that one has come to the
    front and opens ``file``. If another window holds the socket but didn't answer in time, the server
    doesn't listen.
    """
    from PySide6.QtNetwork import QLocalServer

    server = QLocalServer(parent)
    server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)

    def come() -> None:
        socket = server.nextPendingConnection()
        if socket:
            heard = bytearray()

            def read() -> None:
                heard.extend(bytes(socket.readAll().data()))
                if heard == ASK:
                    show()
                elif open_file and heard.startswith(OPEN) and heard.endswith(b"\0"):
                    open_file(os.fsdecode(bytes(heard[len(OPEN) : -1])))
                else:
                    return
                heard.clear()
                socket.write(ANSWER)
                socket.flush()

            socket.readyRead.connect(read)
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                read()

    server.newConnection.connect(come)
    name = _name(profile)
    # Qt would silently take the place of a socket that is in use. So ask its owner first, and let no
    # other start come in between.
    with _alone(name):
        answer = _ask(name, file) if _may_run(name) else None
        if answer:
            return None
        if answer is None:
            QLocalServer.removeServer(name)  # a crash left it behind, or another user did
            server.listen(name)
    return server


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    """Let no other start run the block meanwhile, by a lock file; if there is no lock to be had within
    ``2 * WAIT`` ms, the block runs without."""
    from PySide6.QtCore import QLockFile

    folder = tempfile.gettempdir() if sys.platform == "win32" else ""
    lock = QLockFile(f"{Path(folder) / name}.lock")
    held = lock.tryLock(2 * WAIT)
    try:
        yield
    finally:
        if held:
            lock.unlock()
