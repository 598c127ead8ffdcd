"""Each model's own settings: what is kept of a file that anybody may have edited, and what isn't."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nowprint.errors import UserError
from nowprint.model_settings import (
    LONGEST_SYSTEM,
    ModelSettings,
    OwnModelSettings,
    changed,
    of_profile,
    usable,
)
from nowprint.settings import Settings


def test_values_are_brought_into_their_range_and_wrong_ones_left_out() -> None:
    given = {
        "temperature": 9,
        "top_k": -3,
        "top_p": float("nan"),
        "min_p": "much",
        "cache": "q2_k",
        "flash_attention": "off",
        "seed": True,
        "context": 8192,
        "system": "s" * (LONGEST_SYSTEM + 1),
        "name": "no setting",
    }
    assert usable(given) == {
        "system": "s" * LONGEST_SYSTEM,
        "temperature": 5.0,
        "top_k": 0,
        "context": 8192,
        "flash_attention": "off",
    }
    assert usable(None) == usable([1]) == {}


def test_only_what_differs_from_the_recommendation_is_the_user_s_own() -> None:
    recommended = ModelSettings(temperature=0.6)
    wanted = replace(recommended, top_k=20, cache="q8_0")
    assert changed(recommended, wanted) == {"top_k": 20, "cache": "q8_0"}


def test_the_profile_s_settings_hold_where_nothing_else_does() -> None:
    found = of_profile(Settings(temperature=0.9, seed=7, answer_tokens=50, context=2048))
    assert (found.temperature, found.seed, found.answer_tokens, found.context) == (0.9, 7, 50, 2048)


def test_they_are_kept_for_each_model_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "new" / "model-settings.json"
    own = OwnModelSettings(path)
    own.put("a" * 16, "Able", {"temperature": 0.6})
    own.put("b" * 16, "Blunt", {"top_k": 5, "system": "Täglich"})
    again = OwnModelSettings(path)
    assert again.of("a" * 16) == {"temperature": 0.6}
    assert again.of("b" * 16) == {"system": "Täglich", "top_k": 5}
    assert again.of("c" * 16) == {}
    assert json.loads(path.read_text(encoding="utf-8"))["b" * 16]["name"] == "Blunt"
    again.put("a" * 16, "Able", {})
    assert list(json.loads(path.read_text(encoding="utf-8"))) == ["b" * 16]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 3}', "[" * 100_000])
def test_a_damaged_file_counts_as_empty(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model-settings.json"
    path.write_text(text)
    own = OwnModelSettings(path)
    assert own.of("a") == {}
    own.put("a", "Able", {"top_k": 3})
    assert OwnModelSettings(path).of("a") == {"top_k": 3}


def test_what_can_t_be_written_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model-settings.json"
    own = OwnModelSettings(path)
    path.mkdir()
    with pytest.raises(UserError, match="can't be written"):
        own.put("a", "Able", {"top_k": 3})
    assert own.of("a") == {}
