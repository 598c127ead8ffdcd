"""One window for a profile: a second start asks the first to come to the front, and ends.

It may name a file that is to be opened there.

A local socket, never TCP, named by a hash of the profile's path. Its file is looked for before Qt's
network module is loaded, so an ordinary start pays nothing.

The socket lies in a folder that nobody else can write to: another user who listened in its place would
learn which files one opens, and could keep the window from opening. For the same reason only a socket
of one's own is ever spoken to; another's counts as none.
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
"""Before a path in UTF-8, which a zero byte ends: no path holds one."""
ANSWER = b"shown\n"
WAIT = 700
"""ms that the second start waits for each step; then it goes on by itself."""
LONGEST = 103
"""Bytes of a socket's path that every system takes."""
USERS = Path("/run/user")
"""Where XDG_RUNTIME_DIR points as a rule. It is looked at without it, too: a start from a bare terminal
then finds the window of the desktop."""


def _name(profile: Profile) -> str:
    """The socket's path; on Windows a pipe's name, which only this user may open."""
    path = os.path.normcase(str(profile.home.resolve()))
    # Qt's, which is there already: Python's would load OpenSSL
    whole = QCryptographicHash.hash(os.fsencode(path), QCryptographicHash.Algorithm.Sha256)
    name = "nowprint-" + bytes(whole.toHex().data()).decode()[:20]
    if sys.platform == "win32":
        return name
    places = (folder / name for folder in _own_folders())
    short = (place for place in places if len(os.fsencode(place)) <= LONGEST)
    # without one the profile; if no socket can be there either, its lock tells a second window
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
    """Whether it is a folder, no link to one, that this user alone may enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return private and found.st_uid == os.geteuid()


def _may_run(name: str) -> bool:
    """Whether this user's window may listen there."""
    if sys.platform == "win32":
        return True
    try:
        found = os.lstat(name)
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.geteuid()


def ask_first(profile: Profile, file: str = "") -> bool:
    """Whether another window of this profile runs and has come to the front."""
    name = _name(profile)
    try:
        return _may_run(name) and bool(_ask(name, file))
    except ImportError:  # QtNetwork needs libraries that not every system has
        return False


def _ask(name: str, file: str = "") -> bool | None:
    """Whether the window there came to the front; None if there is none."""
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(WAIT) or not _is_own(socket):
        return None
    socket.write(OPEN + os.fsencode(file) + b"\0" if file else ASK)
    socket.waitForBytesWritten(WAIT)
    return socket.waitForReadyRead(WAIT) and bytes(socket.readAll().data()) == ANSWER


def _is_own(socket: QLocalSocket) -> bool:
    """Whether this user listens at the other end; the file's owner has to do where only Linux tells."""
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
    """Answer later starts; the server lives as long as ``parent``.

    None if another window, started at the same moment, was there before; it has come to the front and
    opens the ``file``.
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
    # Qt would take a live socket's place without a word: its owner has to be asked before, and
    # nobody else may come in between.
    with _alone(name):
        answer = _ask(name, file) if _may_run(name) else None
        if answer:
            return None
        if answer is None:
            QLocalServer.removeServer(name)  # left behind by a crash, or another's
            server.listen(name)
    return server


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    """No other start is in here; where no lock can be had, or not soon, it goes on without."""
    from PySide6.QtCore import QLockFile

    folder = tempfile.gettempdir() if sys.platform == "win32" else ""
    lock = QLockFile(f"{Path(folder) / name}.lock")
    held = lock.tryLock(2 * WAIT)
    try:
        yield
    finally:
        if held:
            lock.unlock()
