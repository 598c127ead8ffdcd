"""The manual page, made from the command line's own parser, so that neither says what the other doesn't.

Run by the checkout's Python. What stands here is only what no option can say: what the program is,
its files and its exit codes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "app"))

from nowprint import __version__  # noqa: E402
from nowprint.cli.options import command_line  # noqa: E402

INTRODUCTION = """\
.SH DESCRIPTION
.B nowprint
is a chat assistant that runs a language model on this computer and remembers what it is told. It
notices while it reads where it was surprised, and keeps those moments; each can be seen, corrected,
pinned or forgotten for good. It never uses the network.
.PP
Without a command it opens the window. A
.I FILE
that ends in
.B .nowprint
is a memory file, which it shows for review before anything is taken over; one that ends in
.B .gguf
is a language model, which it loads. If the window is open already, that one does it.
"""
REST = """\
.SH ENVIRONMENT
.TP
.B NOWPRINT_HOME
The profile folder, where
.B \\-\\-home
names none.
.SH FILES
.TP
.I ~/.local/share/Nowprint
The profile: conversations, memories, settings and logs (which hold no text of either). In the portable
edition, when a file named
.I portable
stands beside the program, it is the folder
.I profile
beside it. Removing the program leaves the profile where it is.
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
A fault, told in one line on standard error.
.TP
.B 2
The command could not be understood.
"""


def manual(when: float) -> str:
    """The page in man(7)'s language, dated ``when`` (seconds since the epoch)."""
    day = time.strftime("%Y-%m-%d", time.gmtime(when))
    parser = command_line()
    return "\n".join(
        (
            f'.TH NOWPRINT 1 "{day}" "Nowprint {__version__}" "User Commands"',
            ".SH NAME",
            "nowprint \\- a private chat assistant that remembers you",
            ".SH SYNOPSIS",
            ".B nowprint",
            "[\\fIFILE\\fR]",
            ".br",
            ".B nowprint",
            "\\fICOMMAND\\fR [\\fIoptions\\fR]",
            INTRODUCTION.rstrip(),
            ".SH OPTIONS",
            *_options(parser),
            ".SH COMMANDS",
            *(line for path, command in _commands(parser) for line in _command(path, command)),
            REST,
        )
    )


def _commands(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every command that can be given, with the words that lead to it."""
    inner = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not inner:
        yield path, parser
    for action in inner:
        for name, one in action.choices.items():
            yield from _commands(one, (*path, name))


def _command(path: tuple[str, ...], command: argparse.ArgumentParser) -> Iterator[str]:
    places = [one for one in command._actions if not one.option_strings]
    yield f".SS {_plain(' '.join((*path, *(_place(one) for one in places))))}"
    yield _sentence(command.description or "")
    yield from _options(command, everywhere=False)


def _place(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    if action.nargs == "+":
        return f"{name}..."
    return {"*": f"[{name}...]", "?": f"[{name}]"}.get(str(action.nargs), name)


def _options(parser: argparse.ArgumentParser, *, everywhere: bool = True) -> Iterator[str]:
    """One paragraph an option; those that every command takes are told once, at the top."""
    common = {"-h", "--home", "--model", "--json"}
    for action in parser._actions:
        if not action.option_strings or (not everywhere and common & set(action.option_strings)):
            continue
        names = ", ".join(f"\\fB{_plain(name)}\\fR" for name in action.option_strings)
        value = _value(action)
        yield ".TP"
        yield f"{names} {value}".rstrip()
        yield _sentence(action.help or "")


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices is not None and not action.metavar:
        return "|".join(f"\\fB{_plain(str(one))}\\fR" for one in action.choices)
    return f"\\fI{_plain(str(action.metavar or action.dest))}\\fR"


def _sentence(text: str) -> str:
    text = _plain(text.strip())
    if not text:
        return "\\&"
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _plain(text: str) -> str:
    """Text that means itself: a leading dot or quote is a command, and a hyphen may be broken at."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in (".", "'") else text
