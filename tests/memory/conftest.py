"""What the memory's tests share: the real embedder, loaded once, and drafts to keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nowprint.memory.embedder import Embedder
from nowprint.records import (
    Contribution,
    EpisodeDraft,
    EpisodeKind,
    Message,
    Moment,
    Signature,
    Source,
    Trigger,
    Why,
)


@pytest.fixture(scope="session")
def embedder(embedder_folder: Path) -> Embedder:
    return Embedder(embedder_folder)


@pytest.fixture(scope="session")
def make_draft() -> Callable[..., EpisodeDraft]:
    """A draft of a text, read from a message if one is given."""

    def make(
        text: str,
        message: Message | None = None,
        *,
        kind: EpisodeKind = "captured",
        salience: float = 0.8,
    ) -> EpisodeDraft:
        sources: tuple[Source, ...] = ()
        moments: tuple[Moment, ...] = ()
        if message is not None:
            start = message.text.index(text)
            place = (message.id, message.conversation_id, message.role, start, start + len(text))
            sources = (Source(*place),)
            signature = Signature((7, 70_000), (0.5, 0.25), 2.5, 1.5, "c0ffee")
            trigger = Trigger("surprisal", 9.5, 6.25)
            moments = (Moment(message.id, 3, text.rsplit(maxsplit=1)[-1], (trigger,), signature),)
        why = Why(salience, 0.5, -1.0, (Contribution("words", 12.0, 0.7),), moments)
        return EpisodeDraft(text, text, kind, salience, why, sources)

    return make
