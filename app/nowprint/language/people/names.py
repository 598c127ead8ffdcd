"""Which runs of many texts are names, whose they are, and where each is told of.

Pure functions over texts, without a language model. A word with a capital within a sentence is a name unless
it is written without one more often (a name is rare, and rarely a word); at the beginning of a sentence only
if it is one elsewhere. In German, only what a relation, a title or a list says is one, or what is one
elsewhere. In a text without capitals, or in capitals alone, what is a name elsewhere is told of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nowprint.language.people.candidates import OWN, Candidate, Reading
from nowprint.language.people.lexicon import Lexicon, lexicon
from nowprint.language.people.reading import read
from nowprint.language.people.unspaced import read_unspaced, unspaced
from nowprint.people_records import NameKind

Places = tuple[tuple[int, int], ...]
"""Beginning and end of each mention in a text, in code points."""


LISTED = 3
"""What a place of the list weighs at least."""
LOOSE = 3
"""How many times as often a word may stand in texts without capitals as it has one elsewhere."""


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or something that texts tell of. ``key`` is the name in lower case, or "my " and the relation
    of somebody without one; ``texts`` has the places by the number or id of the text. ``certain``: a relation
    or a title says that it is a name. ``relations`` are to the user, the one told most often first."""

    key: str
    shown: str
    kind: NameKind
    relations: tuple[str, ...]
    certain: bool
    texts: Mapping[int, Places]

    @property
    def relation(self) -> str:
        return self.relations[0] if self.relations else ""


@dataclass(slots=True)
class _Gathered:
    shown: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    person: int = 0
    place: int = 0
    beast: bool = False
    certain: bool = False
    texts: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


def reading_of(text: str) -> Reading:
    """What one text may name, in any script."""
    return read_unspaced(text) if unspaced(text) else read(text)


def names_in(texts: Sequence[str]) -> tuple[Named, ...]:
    """The names in texts, by the texts' numbers."""
    return names_of({number: reading_of(text) for number, text in enumerate(texts)})


def names_of(readings: Mapping[int, Reading]) -> tuple[Named, ...]:
    """The names of texts that were read, told most often first."""
    deciding = _Deciding(readings.values())
    found: dict[str, _Gathered] = {}
    for id, reading in readings.items():
        for one in reading.candidates:
            words = deciding.name(one, reading)
            if words:
                _add(found.setdefault(key_of(words, one.title), _Gathered()), id, one, words)
        for kin in reading.kin:
            known = found.setdefault(OWN + kin.relation, _Gathered())
            known.shown[kin.shown] += 1
            known.relations[kin.relation] += 1
            known.certain, known.beast = True, kin.beast
            known.person += 1
            known.texts.setdefault(id, []).append((kin.start, kin.end))
    _find_loose(found, readings, deciding)
    return tuple(
        sorted(
            (_named(key, one) for key, one in found.items()),
            key=lambda one: (-len(one.texts), one.key),
        )
    )


def key_of(words: Sequence[str], title: str = "") -> str:
    """What the mentions of one name have in common; in Cyrillic, the endings of cases don't count."""
    parts = [_stem(word.lower().replace("’", "'")) for word in words]
    return " ".join([title.lower(), *parts] if title else parts)


def _stem(word: str) -> str:
    if len(word) < 4 or not "а" <= word[-1] <= "я":
        return word
    for ending in ("ою", "ой", "ей", "ом", "ем", "а", "я", "у", "ю", "ы", "и", "е"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


class _Deciding:
    """Counts over all texts, and what follows for one run."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._known: Lexicon = lexicon()
        self._lower: Counter[str] = Counter()
        self._loose: Counter[str] = Counter()
        self._runs: Counter[tuple[str, ...]] = Counter()
        self._middle: Counter[str] = Counter()
        self._starts: Counter[str] = Counter()
        self._said: set[str] = set()
        self._sure: set[str] = set()
        plain = self._known.function | self._known.particles
        readings = list(readings)
        of_german = sum(one.german for one in readings)
        known = sum(not one.unsure for one in readings)
        self._mostly_german = 2 * of_german > known
        for reading in readings:
            self._lower.update(map(_stem, reading.lower))
            self._loose.update({_stem(low) for low, _, _ in reading.loose})
            for one in reading.candidates:
                low = tuple(_stem(word.lower()) for word in one.words)
                self._runs[low] += 1
                if one.sure:
                    self._sure.update(word for word in low if word not in plain)
                if not self._is_strict(one, reading):
                    self._middle.update(low[1:] if one.begins and not one.sure else low)
                    if one.begins:
                        self._starts[low[0]] += 1
                        if one.person:
                            self._said.add(low[0])

    def _is_strict(self, one: Candidate, reading: Reading) -> bool:
        """Whether the text is German, or may be and most are."""
        return one.strict or (reading.unsure and self._mostly_german and not one.sure)

    def name(self, one: Candidate, reading: Reading) -> tuple[str, ...]:
        """The words of the run that are a name; none, if it is none."""
        words = one.words
        if one.sure:
            return words
        low = tuple(_stem(word.lower()) for word in words)
        if self._is_strict(one, reading):
            return self._german(words, low)
        if one.place >= LISTED and " ".join(low) in self._known.places:
            return words
        if one.begins and not self._at_beginning(low):
            words, low = words[1:], low[1:]
            while low and low[0] in self._known.particles:
                words, low = words[1:], low[1:]
        return words if any(self._is_name(word) for word in low) else ()

    def _is_name(self, low: str) -> bool:
        """A word with a capital within a sentence."""
        if low in self._sure:
            return True
        if low in self._known.function or low in self._known.particles:
            return False
        if low in self._known.first_names:
            return True
        often = self._middle[low]
        return often > self._lower[low] and LOOSE * often > self._loose[low]

    def _at_beginning(self, low: tuple[str, ...]) -> bool:
        first = low[0]
        known = self._known
        if first in self._sure:
            return True
        if len(low) > 1 and self._runs[low] > 1 and first not in known.function:
            return True
        if first in known.function or self._lower[first]:
            return False
        if self._middle[first] or first in known.first_names:
            return True
        if len(low) > 1:
            return first in known.place_words
        return self._starts[first] > 1 and first in self._said

    def _german(self, words: tuple[str, ...], low: tuple[str, ...]) -> tuple[str, ...]:
        known = self._known
        listed = known.first_names | known.places
        for number, word in enumerate(low):
            genitive = word.endswith("s") and (
                word[:-1] in self._sure or word[:-1] in known.first_names
            )
            if word in self._sure or word in listed or self._elsewhere(word) or genitive:
                rest = words[number:]
                if genitive:
                    return (rest[0][:-1],)
                # a name may have a second part, and a noun may follow it
                return rest[:2] if len(rest) > 1 and word in known.first_names else rest[:1]
            if word.endswith(known.place_ends) and len(word) > 8:
                return (words[number],)
        return ()

    def _elsewhere(self, low: str) -> bool:
        """Within a sentence of a language in which nouns have no capital."""
        return self._middle[low] > 1 and not self._lower[low] and low not in self._known.function

    def told_loosely(self, low: str) -> bool:
        """Whether a word without a capital may be the name that is so written."""
        known = self._known
        if low in known.function or low in known.words or low in known.never or len(low) < 3:
            return False
        return self._lower[low] < self._middle[low] or (low in self._sure and not self._lower[low])


def _add(known: _Gathered, id: int, one: Candidate, words: tuple[str, ...]) -> None:
    dropped = one.words.index(words[0]) if words[0] in one.words else 0
    start = one.start + sum(len(word) + 1 for word in one.words[:dropped])
    said = " ".join(words)
    known.shown[
        f"{one.title}{'.' if one.title.lower() in _DOTTED else ''} {said}" if one.title else said
    ] += 1
    if one.relation:
        known.relations[one.relation] += 1
    known.person += one.person
    known.place += one.place
    known.beast |= one.beast
    known.certain |= bool(one.relation or one.title)
    known.texts.setdefault(id, []).append((start, one.end))


def _find_loose(
    found: dict[str, _Gathered], readings: Mapping[int, Reading], deciding: _Deciding
) -> None:
    """Add the places where texts without capitals tell of names of one word."""
    for id, reading in readings.items():
        for low, start, end in reading.loose:
            known = found.get(_stem(low))
            if known is None or not deciding.told_loosely(_stem(low)):
                continue
            places = known.texts.setdefault(id, [])
            if all(end <= a or b <= start for a, b in places):
                places.append((start, end))


_DOTTED = frozenset(("dr", "prof", "sr", "sra", "sig", "dott", "m"))


def _named(key: str, one: _Gathered) -> Named:
    kind: NameKind = "thing"
    if one.beast:
        kind = "animal"
    elif one.relations or one.person > one.place or (one.certain and key.startswith(OWN)):
        kind = "person"
    elif one.place:
        kind = "place"
    return Named(
        key=key,
        shown=_best(one.shown),
        kind=kind,
        relations=tuple(relation for relation, _ in one.relations.most_common()),
        certain=one.certain,
        texts={id: tuple(sorted(places)) for id, places in one.texts.items()},
    )


def _best(forms: Counter[str]) -> str:
    """How the name is written most often; of Cyrillic cases the likeliest nominative."""
    if any("а" <= form[-1].lower() <= "я" for form in forms):
        shortest = min(forms, key=lambda form: (len(form), -forms[form]))
        if shortest[-1].lower() not in "аяуюыиеой":
            return shortest
        for form in forms:
            if form[-1].lower() in "ая":
                return form
    return max(forms, key=lambda form: forms[form])
