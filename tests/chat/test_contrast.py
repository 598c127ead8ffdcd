"""Answers are contrasted with the same prompt that has nothing in the place of the recollections."""

from __future__ import annotations

from typing import Any

import pytest

from nowprint.engine.generation import Contrast

from .conftest import Talk

BOSS = "Remember this: my boss is called Ottoline."
ASKED = "What is my boss called?"


@pytest.fixture
def given(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> list[Contrast | None]:
    """What each answer was contrasted with."""
    seen: list[Contrast | None] = []
    generate = talk.chat.engine.generate

    def watched(*arguments: Any, contrast: Contrast | None = None, **more: Any) -> Any:
        seen.append(contrast)
        return generate(*arguments, contrast=contrast, **more)

    monkeypatch.setattr(talk.chat.engine, "generate", watched)
    return seen


def test_only_an_answer_with_recollections_is_contrasted(
    talk: Talk, given: list[Contrast | None]
) -> None:
    talk.set(contrast=1.5, answer_tokens=16)
    talk.say(BOSS)
    answer = talk.say(ASKED)
    talk.set(contrast=0.0)
    talk.say(ASKED)
    assert (given[0], given[2]) == (None, None)
    drawn = given[1]
    assert drawn is not None
    assert drawn.strength == 1.5
    pieces = {talk.chat.engine.model.piece(token).decode() for token in drawn.never_first}
    recited, own = {"Remember", " Remember", "-", " -"}, {"my", " my", "My", " My"}
    assert recited | own == pieces, "neither the list again nor the user's own words"
    said = "".join(talk.chat.engine.model.piece(t).decode() for t in drawn.without.tokens)
    assert "Remember:\n- …\n\n" + ASKED in said
    assert "Ottoline" not in said
    assert "Ottoline" in answer.message.text


def test_nothing_stays_for_the_next_turn_to_stumble_over(talk: Talk) -> None:
    talk.say(BOSS)
    conversation = talk.new()
    first = talk.say(ASKED, conversation)
    assert first.sources
    again = talk.say("Thank you.", conversation)
    assert 0 < again.reused_tokens < again.prompt_tokens
    assert again.context_used >= again.prompt_tokens
