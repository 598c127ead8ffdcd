"""The entry point for the terminal: runs the command that the arguments name.

Exit codes: 0 done; 1 a fault outside the program, with one line on stderr; 2 a usage error.
"""

from __future__ import annotations

from nowprint.cli.options import read_options
from nowprint.cli.terminal import complain, prepare_streams
from nowprint.errors import UserError


def main(arguments: list[str]) -> int:
    prepare_streams()
    try:
        options = read_options(arguments)
    except UserError as fault:  # no folder for a profile was found
        complain(str(fault))
        return 1
    from nowprint.cli import (  # late, so that usage errors show quickly
        backups,
        bench,
        chat,
        chats,
        doctor,
        memory,
        models,
        personas,
    )

    commands = {
        "chat": chat.chat,
        "chats": chats.chats,
        "memory": memory.memory,
        "bench": bench.bench,
        "model": models.model,
        "persona": personas.persona,
        "doctor": doctor.doctor,
        "backup": backups.backup,
        "restore": backups.restore,
    }
    try:
        return commands[options.command](options)
    except UserError as fault:
        complain(str(fault))
        return 1
