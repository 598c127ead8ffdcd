"""The entry point for the terminal: runs the command that the arguments name.

Exit codes: 0 done; 1 a fault outside the program, with one line on stderr; 2 a usage error.
"""

from __future__ import annotations

from dataclasses import replace

from nowprint.cli.options import Options, read_options
from nowprint.cli.terminal import complain, prepare_streams
from nowprint.errors import UserError


def main(arguments: list[str]) -> int:
    prepare_streams()
    try:
        options = read_options(arguments)
    except UserError as fault:  # no folder for a profile was found
        complain(str(fault))
        return 1
    try:
        if options.command == "encryption":
            from nowprint.cli.encryption.encryption import encryption

            return encryption(options)
        return _with_profile(options)
    except UserError as fault:
        complain(str(fault))
        return 1


def _with_profile(options: Options) -> int:
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
    from nowprint.cli.encryption.unlocking import unlocked

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
    return commands[options.command](replace(options, profile=unlocked(options)))
