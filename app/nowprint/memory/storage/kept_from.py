"""Which episodes were kept from which messages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

_SOURCES = """SELECT s.episode_id, s.message_id, m.role = 'user', e.replaces IS NOT NULL
    FROM episode e JOIN episode_source s ON s.episode_id = e.id
    JOIN message m ON m.id = s.message_id AND m.forgetting IS NULL
    WHERE e.forgotten IS NULL AND e.merged = 0 AND e.held_back = '' AND e.id IN
        (SELECT episode_id FROM episode_source
        WHERE message_id IN (SELECT value FROM json_each(?)))
    ORDER BY e.id, s.position"""


class KeptFrom(NamedTuple):
    episodes: tuple[int, ...] = ()
    updates: int = 0
    """How many of them changed an older episode."""


def kept_from(connection: sqlite3.Connection, messages: Iterable[int]) -> dict[int, KeptFrom]:
    """By the message's id. A question of the model's that is part of an episode only explains the reply."""
    told: dict[int, list[tuple[int, bool, bool]]] = {}
    for episode, message, user, changed in connection.execute(_SOURCES, [json.dumps([*messages])]):
        told.setdefault(episode, []).append((message, bool(user), bool(changed)))
    kept: dict[int, KeptFrom] = {}
    for episode, places in told.items():
        by_user = [place for place in places if place[1]] or places
        for message, _, changed in by_user:
            before = kept.get(message, KeptFrom())
            if episode not in before.episodes:
                first = message == by_user[0][0]  # later ones only repeated it
                kept[message] = KeptFrom(
                    (*before.episodes, episode), before.updates + (changed and first)
                )
    return kept
