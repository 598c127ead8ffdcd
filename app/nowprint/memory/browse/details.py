"""Reads everything about one episode that the inspector shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nowprint.language.dates import spoken_times
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.episode_codec import decode_moments, decode_reasons
from nowprint.memory.storage.episodes import Episodes
from nowprint.records import AuditLine, EpisodeDetail, Source, SourceTrace, Why

MOST_SHOWN = 20
"""How many answers, and how many sources, come with their texts: the newest."""
MOST_HISTORY = 100


class Details:
    """Reads the tables that hold parts of an episode."""

    def __init__(
        self, store: ConversationStore, episodes: Episodes, clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._database = store.database
        self._episodes = episodes
        self._clock = clock

    def detail(self, id: int) -> EpisodeDetail:
        """An episode with all that belongs to it, but only the newest of its answers and sources, since a
        pinned one may have thousands."""
        with self._database.lock:
            episode = self._episodes.get(id)
            previous, following = self._episodes.neighbours([id])[id]
            return EpisodeDetail(
                episode=episode,
                why=self.why(id),
                sources=tuple(
                    SourceTrace(
                        self._store.message(source.message_id),
                        source.start,
                        source.end,
                        self._store.trace(source.message_id),
                    )
                    for source in episode.sources[-MOST_SHOWN:]
                ),
                previous_id=previous,
                next_id=following,
                answers=tuple(self._store.message(answer) for answer in self._answers(id)),
                history=self._history(id),
                aside=self._aside(episode.sources[-MOST_SHOWN:]),
                times=spoken_times(episode.text, episode.created, self._clock()),
            )

    def _aside(self, sources: Sequence[Source]) -> Source | None:
        """The last of these places, if none of them is on the branch that its conversation shows."""
        with self._database.reading() as connection:
            for one in sources:
                if connection.execute(
                    """WITH RECURSIVE shown (id) AS (SELECT leaf FROM conversation WHERE id = ?
                    UNION ALL SELECT m.parent FROM shown s JOIN message m ON m.id = s.id)
                    SELECT 1 FROM shown WHERE id = ?""",
                    [one.conversation_id, one.message_id],
                ).fetchone():
                    return None
        return sources[-1] if sources else None

    def why(self, id: int) -> Why:
        """Why an episode was kept; works for a tombstone, too. NotFound if there is no such row."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM episode WHERE id = ?", [id]).fetchone()
            if row is None:
                raise Episodes.missing(id)
            moments = connection.execute(
                "SELECT data FROM moment WHERE episode_id = ?", [id]
            ).fetchone()
        return Why(
            salience=row["why_salience"],
            threshold=row["threshold"],
            bias=row["bias"],
            contributions=decode_reasons(row["reasons"], self._database.name),
            moments=decode_moments(moments[0]) if moments else (),
        )

    def _answers(self, id: int) -> tuple[int, ...]:
        """The ids of the last answers whose prompts the episode entered, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT answer_id FROM provenance p JOIN message m ON m.id = answer_id"
                " WHERE p.episode_id = ? AND m.forgetting IS NULL ORDER BY answer_id DESC LIMIT ?",
                [id, MOST_SHOWN],
            )
            return tuple(row[0] for row in rows)

    def _history(self, id: int) -> tuple[AuditLine, ...]:
        """The last lines of the episode's history, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT at, action, detail FROM audit WHERE episode_id = ?"
                " ORDER BY id DESC LIMIT ?",
                [id, MOST_HISTORY],
            ).fetchall()
            return tuple(AuditLine(*row) for row in reversed(rows))
