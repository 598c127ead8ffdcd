"""Makes an episode of its row."""

from __future__ import annotations

import sqlite3

from nowprint.records import Episode, Source


def episode_of(
    row: sqlite3.Row, sources: tuple[Source, ...], replaces: int | None, replaced_by: int | None
) -> Episode:
    start, end = row["gist_start"], row["gist_end"]
    return Episode(
        id=row["id"],
        text=row["text"],
        gist=row["gist"] if end is None else row["text"][start:end],
        kind=row["kind"],
        salience=row["salience"],
        created=row["created"],
        updated=row["updated"],
        pinned=row["pinned"] is not None,
        edited=bool(row["edited"]),
        recalled=row["recalled"],
        last_recalled=row["last_recalled"],
        reinforced=row["reinforced"],
        sources=sources,
        replaces=replaces,
        replaced_by=replaced_by,
        influential=row["influential"],
        measured=row["measured"],
        influence=row["influence"],
        project=row["project"],
        origin=row["origin"],
        confirmed=bool(row["confirmed"]),
        held_back=row["held_back"],
        archived=row["archived"] is not None,
    )
