"""The phrases of ``resources/own-words.toml``, by concern, of all languages together: which language a
message is in isn't known.

A phrase matches whole words, in any case; a star stands for the rest of a word, "…" for anything within the
sentence. In scripts that put no spaces between words a phrase matches anywhere.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache

from nowprint.language.finding import spaced
from nowprint.settings import resources


@cache
def _stored() -> Mapping[str, Mapping[str, Mapping[str, list[str]]]]:
    with open(resources() / "own-words.toml", "rb") as file:
        return tomllib.load(file)


@cache
def phrases(concern: str) -> re.Pattern[str]:
    """The pattern of all phrases of a concern ("task.begins"), the longest first."""
    room, name = concern.split(".")
    listed = {phrase for of in _stored()[room][name].values() for phrase in of}
    forms = sorted(map(_form, listed), key=len, reverse=True)
    return re.compile("|".join(forms), re.IGNORECASE)


def _form(phrase: str) -> str:
    inner = re.escape(phrase).replace(r"\*", r"\w*").replace("…", r"[^.!?。！？\n]{0,60}?")
    inner = inner.replace(r"\ ", r"\s+").replace("'", "['’]")
    before = "" if _is_unspaced(phrase[0]) or not phrase[0].isalnum() else r"(?<!\w)"
    after = "" if _is_unspaced(phrase[-1]) or not phrase[-1].isalnum() else r"(?!\w)"
    return f"{before}{inner}{after}"


def _is_unspaced(sign: str) -> bool:
    return spaced(sign) != sign
