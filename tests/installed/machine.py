"""A clean Debian of its own: no Python, no compiler, no network, and an ordinary user, Anna.

Its root is made of layers (an overlay file system): what mmdebstrap makes, once; what apt brings
while there still is a network, once per list of dependencies; and what a test does. A process that
rests keeps the namespaces (mounts, processes, network) open; commands enter them. When it ends, the
kernel ends every process within and takes the mounts away, also when the test run is killed.

- The network namespace has no interface but a loopback that is down.
- The screen is an X server outside; only its socket is let in.
- Anna's home is a folder outside, so that SQLite's locks hold on both sides of the wall.
- Every command gets a plain environment, nothing of the caller's.

Needs root, as apt and mounts do.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from .display import Display

USER, UID = "anna", 1000
HOME = Path("/home") / USER
SUITE = "bookworm"
PATIENCE = 600
"""Seconds that a command may take on a busy machine."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PLAIN = {
    "HOME": str(HOME),
    "LANG": "C.UTF-8",
    "LOGNAME": USER,
    "PATH": PATH,
    "SHELL": "/bin/sh",
    "USER": USER,
    "XDG_RUNTIME_DIR": f"/run/user/{UID}",
}
ROOTS = {"DEBIAN_FRONTEND": "noninteractive", "HOME": "/root", "LANG": "C.UTF-8", "PATH": PATH}
MOUNTS = r"""
set -e
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$FOLDER/upper,workdir=$FOLDER/work" "$FOLDER/root"
cd "$FOLDER/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=1777 tmp tmp
mount -t tmpfs -o mode=755 run run
mkdir -p run/lock run/user/$OWNER
chown $OWNER:$OWNER run/user/$OWNER
chmod 700 run/user/$OWNER
mount -t tmpfs -o mode=755 dev dev
for device in null zero full random urandom tty; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
done
mkdir dev/shm dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t devpts -o newinstance,ptmxmode=666 pts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount --bind "$FOLDER/home" home/anna
if [ "$SCREEN" ]; then
    mkdir -m 1777 tmp/.X11-unix
    touch tmp/.X11-unix/X$SCREEN
    mount --bind /tmp/.X11-unix/X$SCREEN tmp/.X11-unix/X$SCREEN
fi
if [ "$ONLINE" ]; then cp /etc/resolv.conf etc/resolv.conf; fi
trap '' CHLD  # as init: what ended and has no parent is reaped by the kernel
exec chroot . cat
"""


class Machine:
    """One that runs. ``folder`` gets what it writes: ``upper`` (the system) and ``home`` (Anna's)."""

    def __init__(
        self,
        layers: Sequence[Path],
        folder: Path,
        display: Display | None = None,
        *,
        online: bool = False,
    ) -> None:
        """``layers``: the topmost first. With ``online`` it shares this machine's network."""
        self.folder = folder
        self.home = folder / "home"
        self._display = display
        self._started: list[subprocess.Popen[str]] = []
        for part in ("upper", "work", "root", "home"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        os.chown(self.home, UID, UID)
        self.home.chmod(0o700)
        self._unshare = subprocess.Popen(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
                *([] if online else ["--net"]),
                *("sh", "-c", MOUNTS),
            ],
            env={
                "PATH": PATH,
                "LOWER": ":".join(str(layer) for layer in layers),
                "FOLDER": str(folder),
                "OWNER": str(UID),
                "SCREEN": str(display.number) if display else "",
                "ONLINE": "yes" if online else "",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._unshare.stdin
        assert self._unshare.stdout
        with contextlib.suppress(BrokenPipeError):  # else it is told below
            self._unshare.stdin.write("ready\n")
            self._unshare.stdin.flush()
        if self._unshare.stdout.readline() != "ready\n":
            self._unshare.wait()
            raise RuntimeError("The clean system could not be set up: its own words stand above.")
        self.init: int = psutil.Process(self._unshare.pid).children()[0].pid

    @property
    def display(self) -> Display:
        assert self._display, "this machine has no screen"
        return self._display

    def path(self, inside: str | Path) -> Path:
        """The same file, seen from outside while the machine runs. Not for SQLite, which would resolve
        the way there: its files are in ``home``."""
        return Path(f"/proc/{self.init}/root") / Path(inside).relative_to("/")

    def run(
        self,
        *command: str | Path,
        env: Mapping[str, str] | None = None,
        root: bool = False,
        check: bool = True,
        timeout: float = PATIENCE,
    ) -> subprocess.CompletedProcess[str]:
        """Let it run to its end, as Anna or as root; stdout and stderr are text."""
        done = subprocess.run(
            self._entering(command, root),
            env=self._environment(env, root),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
        )
        if check and done.returncode:
            said = f"{done.stdout}\n{done.stderr}"
            raise AssertionError(f"{command} ended with {done.returncode}:\n{said}")
        return done

    def start(
        self, *command: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start it as Anna, and go on. What it says is in ``said.log`` of the folder."""
        with open(self.folder / "said.log", "a", encoding="utf-8") as said:
            started = subprocess.Popen(
                self._entering(command, root=False),
                env=self._environment(env, root=False),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                text=True,
            )
        self._started.append(started)
        return started

    @property
    def said(self) -> str:
        """What was said so far by all that was started."""
        log = self.folder / "said.log"
        return log.read_text("utf-8", errors="replace") if log.exists() else ""

    def apt(self, *arguments: str | Path) -> str:
        """apt-get's words. Nothing is recommended, asked or synced to the disk."""
        plain = ("-y", "--no-install-recommends", "-o", "DPkg::Options::=--force-unsafe-io")
        done = self.run("apt-get", *plain, *arguments, root=True)
        return done.stdout + done.stderr

    def bring(self, file: Path, to: str) -> str:
        """Copy a file into the machine, readable for all; its path there."""
        target = self.path(to)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        target.chmod(0o644)
        return to

    def processes(self, *, core: bool = False) -> list[psutil.Process]:
        """Nowprint's windows and commands that run there; with ``core`` the cores instead."""
        here = Path(f"/proc/{self.init}/ns/pid")
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                ours = here.samefile(f"/proc/{process.pid}/ns/pid")
                ours = ours and Path(process.exe()).name == "nowprint"
                if ours and (process.cmdline()[1:2] == ["core"]) == core:
                    found.append(process)
        return found

    def close(self) -> Path:
        """End all that runs there. The layer that it leaves: everything that was changed."""
        if self._unshare.stdin and not self._unshare.stdin.closed:
            self._unshare.stdin.close()
            self._unshare.wait(timeout=PATIENCE)
            assert self._unshare.stdout
            self._unshare.stdout.close()
            for started in self._started:
                started.wait(timeout=PATIENCE)
        return self.folder / "upper"

    def _entering(self, command: Sequence[str | Path], root: bool) -> list[str]:
        enter = f"nsenter --target {self.init} --mount --pid --net --root --wd".split()
        become = f"setpriv --reuid {UID} --regid {UID} --clear-groups --no-new-privs".split()
        return [*enter, "--", *([] if root else become), *(str(part) for part in command)]

    def _environment(self, more: Mapping[str, str] | None, root: bool) -> dict[str, str]:
        """A variable that is to be missing is given as an empty text."""
        screen = {"DISPLAY": f":{self._display.number}"} if self._display else {}
        everything = (ROOTS if root else PLAIN | screen) | dict(more or {})
        return {name: value for name, value in everything.items() if value}


def debian(folder: Path) -> Path:
    """The clean root, made at the first call: what every Debian has, and Anna."""
    if not folder.exists():
        beside = folder.with_name(folder.name + ".new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.parent.mkdir(parents=True, exist_ok=True)
        user = f'chroot "$1" useradd --create-home --uid {UID} {USER}'
        subprocess.run(
            [
                *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase"),
                *("--format=directory", f"--customize-hook={user}", SUITE, str(beside)),
            ],
            check=True,
        )
        beside.rename(folder)
    return folder
