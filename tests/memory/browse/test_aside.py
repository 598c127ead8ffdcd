"""An episode says whether its chat shows the branch that it was kept from."""

from __future__ import annotations

from ..conftest import CAT, Draft, Profiled


def test_only_a_branch_that_is_not_shown_is_aside(home: Profiled, make_draft: Draft) -> None:
    told, _ = home.turn(make_draft, CAT)
    (episode,) = home.memory.query.page().episodes
    assert home.memory.detail(episode.id).aside is None
    other = home.store.add_message(told.conversation_id, "user", "Never mind.", parent=0)
    assert home.memory.detail(episode.id).aside == episode.sources[0]
    home.store.show_branch(told.id)
    assert home.memory.detail(episode.id).aside is None
    home.store.show_branch(other.id)
    home.turn(make_draft, CAT)  # told again, in another chat
    assert home.memory.detail(episode.id).aside is None
