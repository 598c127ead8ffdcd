"""The program's only entry point: for the window, the terminal's commands, and the core that both start.

Nothing here may delay the window, so this module only reads the options, and imports only the part that the
user asked for.
"""

from __future__ import annotations

import errno
import gc
import os
import sys

INTERRUPTED = 130
BROKEN_PIPE = 141
"""The exit statuses that a shell reports for a command ended by SIGINT or SIGPIPE."""
OPENABLE = (".nowprint", ".gguf")
"""The files that the window opens: memory files to review, models to load."""
LIBRARIES = "LD_LIBRARY_PATH"


def main(argv: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    try:
        try:
            return _run(arguments)
        finally:
            if sys.stdout is not None:  # None for a window without a console
                sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()  # the reader of the output has closed the pipe
        return BROKEN_PIPE
    except OSError as fault:
        full = fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if not full or fault.filename or sys.stdout is None:  # then the fault isn't the output's
            raise
        _drop_output()
        print(
            "nowprint: The disk is full: the output is cut off; free some space.", file=sys.stderr
        )
        return 1


def _drop_output() -> None:
    """Redirect the output to nowhere, so that Python's own flush at exit raises no second error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["core"]:
        from nowprint.service.core import main as core

        return core(arguments[1:])
    if arguments[:1] == ["bench-core"]:
        from nowprint.bench.program import main as bench_core

        return bench_core(arguments[1:])
    if arguments[:1] == ["proof"]:
        from nowprint.service.hardware import proof

        return proof(arguments[1:])
    if arguments == ["busy"]:
        from nowprint.cli.busy import main as busy

        return busy()
    if arguments[:1] == ["timed-window"]:
        return _open_timed_window(arguments[1:])
    options = window_options(arguments)
    if options is not None:
        return _open_window(options)
    from nowprint.cli.commands import main as terminal

    return terminal(arguments)


def _open_window(options: dict[str, str]) -> int:
    gc.disable()  # the window enables it once it is built
    _restore_libraries()
    _prefer_any_display()
    from nowprint.errors import UserError
    from nowprint.settings import find_profile

    try:
        from nowprint.gui.process.app import main as window
        from nowprint.gui.process.app import refuse
    except ImportError as fault:
        from nowprint.gui.process.missing_libraries import tell, without_qt

        tell(without_qt(fault))
        return 1
    try:
        profile = find_profile(options.get("--home"))
    except UserError as fault:
        if sys.stderr is not None:
            print(fault, file=sys.stderr)
        if sys.stderr is None or not sys.stderr.isatty():
            refuse(str(fault))
        return 1
    return window(profile, options.get("--model"), options.get("file", ""))


def _open_timed_window(arguments: list[str]) -> int:
    """Open the window that ``nowprint bench startup`` times; a frozen program has no ``-m`` for that."""
    from importlib import import_module

    if arguments[:1] not in (["bare_window"], ["startup_bench"]):
        return 2
    sys.argv = arguments
    status: int = import_module(f"nowprint.gui.process.{arguments[0]}").main()
    return status


def _restore_libraries() -> None:
    """Let programs that the window starts (a browser) find the system's libraries rather than those of the
    frozen program. This process has loaded its own already, and the core finds them by itself."""
    if getattr(sys, "frozen", False) and sys.platform.startswith("linux"):
        before = os.environ.pop(f"{LIBRARIES}_ORIG", None)
        if before:
            os.environ[LIBRARIES] = before
        else:
            os.environ.pop(LIBRARIES, None)


def _prefer_any_display() -> None:
    """If the environment asks Qt for Wayland or X11, let Qt fall back to the other if need be."""
    wanted = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform.startswith("linux") and wanted in ("wayland", "xcb"):
        os.environ["QT_QPA_PLATFORM"] = "wayland;xcb" if wanted == "wayland" else "xcb;wayland"


def window_options(arguments: list[str]) -> dict[str, str] | None:
    """The options of a command line that opens the window, with a "file" to open if there is one; None for
    any other command line, valid or not."""
    options: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        if (
            argument.lower().endswith(OPENABLE)
            and not argument.startswith("-")
            and "file" not in options
        ):
            options["file"] = local_path(argument)
            continue
        name, given, value = argument.partition("=")
        if name not in ("--home", "--model"):
            return None
        if not given:
            value = next(rest, "")
        if not value:
            return None
        options[name] = value
    return options


def local_path(argument: str) -> str:
    """The path of a ``file:`` URL, as desktops pass it; any other argument is returned as it is."""
    if not argument.lower().startswith("file:"):
        return argument
    from urllib.parse import unquote, urlsplit

    path = unquote(urlsplit(argument).path, errors="surrogateescape")
    windows = os.name == "nt" and path[2:3] == ":"
    return path[1:] if windows else path


if __name__ == "__main__":
    sys.exit(main())
