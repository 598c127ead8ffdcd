"""Personas, as they are stored, and who of them answers where.

A deleted one is hidden for a minute, in which it can be brought back; then the purge deletes its row.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable

from nowprint.errors import NotFound, UserError
from nowprint.memory.storage.conversations import clean
from nowprint.memory.storage.database import Database
from nowprint.model_settings import LONGEST_SYSTEM, SAMPLING, usable
from nowprint.persona_records import Persona


class Personas:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> tuple[Persona, ...]:
        """All personas, sorted by name."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM persona WHERE deleted IS NULL ORDER BY lower(name), name"
            )
            return tuple(map(_persona, rows))

    def get(self, id: int) -> Persona:
        if (found := self._find(id)) is None:
            raise NotFound(f"There is no persona {id}: it may have been deleted.")
        return found

    def _find(self, id: int) -> Persona | None:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT * FROM persona WHERE id = ? AND deleted IS NULL", [id]
            ).fetchone()
        return None if row is None else _persona(row)

    def put(self, persona: Persona) -> Persona:
        """Store a persona in the place of the one with its id; without an id, as a new one."""
        with self._database.writing() as connection:
            if persona.id:
                self.get(persona.id)
            sampling = {name: v for name, v in usable(persona.sampling).items() if name in SAMPLING}
            made = connection.execute(
                """INSERT INTO persona (id, name, system, model, sampling, memories, project)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,
                system = excluded.system, model = excluded.model, sampling = excluded.sampling,
                memories = excluded.memories, project = excluded.project""",
                [
                    persona.id or None,
                    self._free(persona),
                    clean(persona.system).strip()[:LONGEST_SYSTEM],
                    clean(persona.model),
                    json.dumps(sampling),
                    persona.memories,
                    self._project(persona),
                ],
            )
            if persona.id:
                self._database.want_wipe()
            return self.get(persona.id or int(made.lastrowid or 0))

    def _free(self, persona: Persona) -> str:
        """The name as it is stored. UserError if it is empty, or another persona's."""
        name = " ".join(clean(persona.name).split())
        if not name:
            raise UserError("A persona needs a name: write one.")
        found = self._database.value(
            "SELECT name FROM persona WHERE lower(name) = lower(?) AND id != ? AND deleted IS NULL",
            [name, persona.id],
        )
        if found is not None:
            raise UserError(f"There is a persona “{found}” already: choose another name.")
        return name

    def _project(self, persona: Persona) -> int | None:
        if persona.memories != "project":
            return None
        known = self._database.value("SELECT id FROM project WHERE id = ?", [persona.project])
        if known is None:
            raise UserError("Choose the project whose memories the persona uses.")
        return int(known)

    def delete(self, id: int) -> None:
        """Hide a persona until the next purge after the minute for undo. Chats that name it go on without."""
        with self._database.writing() as connection:
            self.get(id)
            connection.execute("UPDATE persona SET deleted = ? WHERE id = ?", [self._clock(), id])

    def bring_back(self, id: int) -> Persona:
        with self._database.writing() as connection:
            row = connection.execute("SELECT * FROM persona WHERE id = ?", [id]).fetchone()
            if row is None:
                raise NotFound(f"There is no persona {id} any more: it was deleted for good.")
            self._free(_persona(row))
            connection.execute("UPDATE persona SET deleted = NULL WHERE id = ?", [id])
            return self.get(id)

    def answering(self, chosen: int | None, project: int | None) -> tuple[Persona | None, str]:
        """Who answers in a conversation of ``project`` (None: of none) for which ``chosen`` is chosen, and
        the project's instructions."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT persona, instructions FROM project WHERE id = ?", [project]
            ).fetchone()
        usual, instructions = (None, "") if row is None else row
        id = usual if chosen is None else chosen
        return (self._find(id) if id else None), instructions


def _persona(row: sqlite3.Row) -> Persona:
    return Persona(
        id=row["id"],
        name=row["name"],
        system=row["system"],
        model=row["model"],
        sampling=usable(json.loads(row["sampling"])),
        memories=row["memories"],
        project=row["project"],
    )
