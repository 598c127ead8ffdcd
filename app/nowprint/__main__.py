"""The one entrance: the window, the terminal's commands, and the core that both of them start.

What stands before the window must cost it nothing: only options are read here, and each of the
three is imported when it is the one that was asked for.
"""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell reports for a command that SIGINT or SIGPIPE ended."""
MEMORY_FILE = ".nowprint"


def main(argv: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    try:
        try:
            return _run(arguments)
        finally:
            if sys.stdout is not None:  # a window without a console has none
                sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # nobody reads any more; Python's own flush at exit must not complain about it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["core"]:
        from nowprint.service.core import main as core

        return core(arguments[1:])
    options = window_options(arguments)
    if options is not None:
        from nowprint.gui.app import main as window
        from nowprint.settings import find_profile

        profile = find_profile(options.get("--home"))
        return window(profile, options.get("--model"), options.get("file", ""))
    from nowprint.cli.commands import main as terminal

    return terminal(arguments)


def window_options(arguments: list[str]) -> dict[str, str] | None:
    """The options of a call that opens the window, and a memory "file" that it is to review; None for
    every other call, good or bad."""
    options: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        if (
            argument.endswith(MEMORY_FILE)
            and not argument.startswith("-")
            and "file" not in options
        ):
            options["file"] = argument
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


if __name__ == "__main__":
    sys.exit(main())
