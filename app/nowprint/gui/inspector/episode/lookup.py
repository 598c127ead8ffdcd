"""Asks the core for an episode, and for the two that are linked to it by a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge

if TYPE_CHECKING:
    from nowprint.records import Episode, EpisodeDetail

Show = Callable[["EpisodeDetail", "Episode | None", "Episode | None"], None]


def look_up(
    bridge: Bridge, episode_id: int, show: Show, failed: Callable[[UserError], None]
) -> None:
    """``show`` gets the episode, the older one that it changes, and the newer one that changes it.

    It gets all three at once, so that nothing jumps; a linked one that was forgotten meanwhile is None.
    """
    from nowprint.service.protocol import ShowEpisode

    def shown(detail: EpisodeDetail) -> None:
        linked = (detail.episode.replaces, detail.episode.replaced_by)
        found: dict[int, Episode | None] = {}
        wanted = {id for id in linked if id is not None}

        def one(id: int, episode: Episode | None) -> None:
            found[id] = episode
            if len(found) == len(wanted):
                older, newer = (found.get(id) if id is not None else None for id in linked)
                show(detail, older, newer)

        def ask(id: int) -> None:
            def there(other: EpisodeDetail) -> None:
                one(id, other.episode)

            bridge.call(ShowEpisode(id), there, lambda _: one(id, None))

        if not wanted:
            show(detail, None, None)
        for id in wanted:
            ask(id)

    bridge.call(ShowEpisode(episode_id), shown, failed)
