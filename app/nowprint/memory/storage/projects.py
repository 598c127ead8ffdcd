"""Projects: scopes that conversations and episodes belong to.

An episode from a project's conversation belongs to the project and is recalled only in its
conversations. An episode without a project is recalled everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from nowprint.errors import NotFound, UserError
from nowprint.inspection import Project
from nowprint.memory.storage.conversations import ConversationStore, clean
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Episodes, id_array
from nowprint.model_settings import LONGEST_SYSTEM
from nowprint.records import Conversation

_PROJECT = """SELECT id, name, (SELECT count(*) FROM live e WHERE e.project = p.id),
    (SELECT count(*) FROM conversation c WHERE c.project = p.id AND c.forgetting IS NULL),
    (SELECT id FROM persona WHERE id = p.persona AND deleted IS NULL), instructions FROM project p"""


class Projects:
    """Thread-safe."""

    def __init__(
        self, store: ConversationStore, episodes: Episodes, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._database: Database = store.database
        self._episodes = episodes
        self._clock = clock

    def all(self) -> tuple[Project, ...]:
        """All projects, sorted by name."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_PROJECT} ORDER BY lower(name), name")
            return tuple(Project(*row) for row in rows)

    def get(self, id: int) -> Project:
        with self._database.reading() as connection:
            row = connection.execute(f"{_PROJECT} WHERE id = ?", [id]).fetchone()
        if row is None:
            raise NotFound(f"There is no project {id}: it may have been deleted.")
        return Project(*row)

    def create(self, name: str) -> Project:
        with self._database.writing() as connection:
            made = connection.execute(
                "INSERT INTO project (name) VALUES (?)", [self._free(name, None)]
            )
            return self.get(int(made.lastrowid or 0))

    def rename(self, id: int, name: str) -> Project:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE project SET name = ? WHERE id = ?", [self._free(name, id), id]
            )
            return self.get(id)

    def instruct(self, id: int, instructions: str, persona: int | None) -> Project:
        """Set what the model is told in the project's conversations, and who answers in them."""
        with self._database.writing() as connection:
            self.get(id)
            known = self._database.value("SELECT id FROM persona WHERE id = ?", [persona])
            connection.execute(
                "UPDATE project SET instructions = ?, persona = ? WHERE id = ?",
                [clean(instructions).strip()[:LONGEST_SYSTEM], known, id],
            )
            self._database.want_wipe()
            return self.get(id)

    def _free(self, name: str, own: int | None) -> str:
        """The name as it is stored. UserError if it is empty, or belongs to a project other than ``own``."""
        name = " ".join(clean(name).split())
        if not name:
            raise UserError("A project needs a name: write one.")
        found = self._database.value(
            "SELECT name FROM project WHERE lower(name) = lower(?) AND id IS NOT ?", [name, own]
        )
        if found is not None:
            raise UserError(f"There is a project “{found}” already: choose another name.")
        return name

    # --- moving things between projects ----------------------------------------------------

    def move(self, ids: Sequence[int], project: int | None) -> int:
        """Move episodes to ``project`` (None: to no project). Returns how many of them moved."""
        if project is not None:
            self.get(project)
        with self._database.writing() as connection:
            rows = connection.execute(
                """UPDATE episode SET project = ? WHERE project IS NOT ? AND forgotten IS NULL
                AND id IN (SELECT value FROM json_each(?)) RETURNING id""",
                [project, project, id_array(ids)],
            )
            moved = [row[0] for row in rows]
            if moved:
                self._database.bump_generation()
            where = "everywhere" if project is None else f"to project {project}"
            self._episodes.note(self._clock(), "moved", moved, where)
            return len(moved)

    def move_conversation(self, id: int, project: int | None) -> Conversation:
        """Episodes kept from the conversation from now on belong to the project; earlier ones don't move."""
        if project is not None:
            self.get(project)
        with self._database.writing() as connection:
            connection.execute("UPDATE conversation SET project = ? WHERE id = ?", [project, id])
            return self._store.conversation(id)
