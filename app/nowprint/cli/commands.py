"""The terminal's commands: which is which, and how each ends.

Exit codes: 0 done, 1 a fault of the world in one line on stderr, 2 a usage error.
"""

from __future__ import annotations

from nowprint.cli.options import read_options
from nowprint.cli.terminal import complain, prepare_streams
from nowprint.errors import UserError


def main(arguments: list[str]) -> int:
    prepare_streams()
    try:
        options = read_options(arguments)
    except UserError as fault:  # there is no place for a profile
        complain(str(fault))
        return 1
    from nowprint.cli import bench, chat, doctor, memory  # after usage errors, which are quick

    commands = {
        "chat": chat.chat,
        "memory": memory.memory,
        "bench": bench.bench,
        "doctor": doctor.doctor,
    }
    try:
        return commands[options.command](options)
    except UserError as fault:
        complain(str(fault))
        return 1
