"""Whom a few words mean ("I", "my sister", "Marta"), as the key under which facts tell of them."""

from __future__ import annotations

import re

from nowprint.language.people.candidates import ME, OWN
from nowprint.language.people.lexicon import lexicon
from nowprint.language.people.names import key_of, reading_of
from nowprint.language.people.unspaced import unspaced

_SAID = """
    i me we us ich wir mich je j' j moi nous yo nosotros nosotras io noi eu nós ik wij ja my mnie
    я мы меня нас ben biz benim 我 我们 我們
    """
_ME = frozenset(_SAID.split())
_MOST_WORDS = 3
_WORD = re.compile(r"[^\W\d_][\w'’-]*\.?")
_NO_CHINESE_NAME = re.compile("[我你您他她它谁这那的在是什么哪]|.{5}")
_DETERMINERS = re.compile(
    r"(?:the|der|die|das|el|la|il|lo|l['’]|o|a|os|as|de|het)\s+", re.IGNORECASE
)


def key_in(said: str) -> str:
    """``ME``, ``OWN`` and a relation, or the key of a name; "" if the words are none of these for sure."""
    said = " ".join(said.split())
    low = said.lower().replace("’", "'")
    known = lexicon()
    if low in _ME or low in known.own_words:
        return ME
    if unspaced(said):
        return _chinese(said)
    reading = reading_of(said)
    for kin in reading.kin:
        if _only_leads(said[: kin.start]) and kin.end == len(said):
            return OWN + kin.relation
    for one in reading.candidates:
        if one.end == len(said) and (one.relation or (one.title and one.start == 0)):
            return key_of(one.words, one.title)
    article = _DETERMINERS.match(said)
    words = said[article.end() if article else 0 :].split()
    if not 0 < len(words) <= _MOST_WORDS or not all(map(_WORD.fullmatch, words)):
        return ""
    lows = {word.lower() for word in words}
    if lows & (known.function | known.others | known.own_words | known.never):
        return ""
    return key_of(words)


def _chinese(said: str) -> str:
    reading = reading_of(said)
    for kin in reading.kin:
        if (kin.start, kin.end) == (0, len(said)):
            return OWN + kin.relation
    return "" if _NO_CHINESE_NAME.search(said) else key_of((said,))


def _only_leads(before: str) -> bool:
    """Whether nothing but an article stands before a relation ("il mio dentista")."""
    return not before or _DETERMINERS.fullmatch(before) is not None
