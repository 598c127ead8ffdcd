"""Asks the core for an episode, and for those that it is linked to: by a change, or a contradiction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge

if TYPE_CHECKING:
    from nowprint.records import Episode, EpisodeDetail

Show = Callable[["EpisodeDetail", "Episode | None", "Episode | None", "Episode | None"], None]


def look_up(
    bridge: Bridge, episode_id: int, show: Show, failed: Callable[[UserError], None]
) -> None:
    """``show`` gets the episode, the older one that it changes, the newer one that changes it, and the one
    that it contradicts, for which it is held back.

    It gets them all at once, so that nothing jumps; a linked one that was forgotten meanwhile is None.
    """
    from nowprint.service.protocol import ShowEpisode

    def shown(detail: EpisodeDetail) -> None:
        episode = detail.episode
        linked = (episode.replaces, episode.replaced_by, _contradicted(episode))
        found: dict[int, Episode | None] = {}
        wanted = {id for id in linked if id is not None}

        def one(id: int, episode: Episode | None) -> None:
            found[id] = episode
            if len(found) == len(wanted):
                show(detail, *(found.get(id) if id is not None else None for id in linked))

        def ask(id: int) -> None:
            def there(other: EpisodeDetail) -> None:
                one(id, other.episode)

            bridge.call(ShowEpisode(id), there, lambda _: one(id, None))

        if not wanted:
            show(detail, None, None, None)
        for id in wanted:
            ask(id)

    bridge.call(ShowEpisode(episode_id), shown, failed)


def _contradicted(episode: Episode) -> int | None:
    from nowprint.inspection import CONTRADICTS

    id = episode.held_back.removeprefix(CONTRADICTS)
    return int(id) if id != episode.held_back and id.isdecimal() else None
