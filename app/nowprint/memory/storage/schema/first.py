"""Rewrites what the first schema stored: the migration "2_worth" moves it into compact forms."""

from __future__ import annotations

import json
import sqlite3
from functools import partial

import numpy as np
from sqlite_utils import Database

from nowprint.memory.storage.episode_codec import (
    encode_moments,
    encode_reasons,
    encode_vector,
    place_of,
)
from nowprint.records import Contribution, Moment, Signature, Trigger


def rewrite_episodes(db: Database) -> None:
    """Move reasons, gists, moments and vectors of the first schema into their compact forms."""
    for id, text, gist, parts in db.execute(
        "SELECT id, text, gist, contributions FROM episode"
    ).fetchall():
        reasons = [Contribution(*part) for part in json.loads(parts)]
        place = place_of(gist, text)
        db.execute(
            "UPDATE episode SET reasons = ?, gist = ?, gist_start = ?, gist_end = ? WHERE id = ?",
            [
                encode_reasons(reasons, partial(name_id, db)),
                gist if place is None else "",
                *(place or (None, None)),
                id,
            ],
        )
        moments = db.execute(
            "SELECT * FROM signature WHERE episode_id = ? ORDER BY position", [id]
        ).fetchall()
        if moments:
            data = encode_moments([_moment(row) for row in moments])
            db.execute("INSERT INTO moment VALUES (?, ?)", [id, data])
    for id, embedder, data in db.execute(
        "SELECT episode_id, embedder, vector FROM embedding"
    ).fetchall():
        vector = np.frombuffer(data, dtype="<f2").astype(np.float32)
        db.execute(
            "INSERT INTO vector VALUES (?, ?, ?)",
            [id, name_id(db, embedder), encode_vector(vector)],
        )


def name_id(db: Database, text: str) -> int:
    db.execute("INSERT OR IGNORE INTO name (text) VALUES (?)", [text])
    return int(db.execute("SELECT id FROM name WHERE text = ?", [text]).fetchone()[0])


def _moment(row: sqlite3.Row) -> Moment:
    return Moment(
        message_id=row["message_id"],
        index=row["token_index"],
        text=row["text"],
        triggers=tuple(Trigger(*trigger) for trigger in json.loads(row["triggers"])),
        signature=Signature(
            tokens=tuple(np.frombuffer(row["tokens"], dtype="<u4").tolist()),
            probabilities=tuple(np.frombuffer(row["probabilities"], dtype="<f4").tolist()),
            entropy=row["entropy"],
            kl=row["kl"],
            context_hash=row["context_hash"],
        ),
    )
