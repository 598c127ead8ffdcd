"""What one text may name: runs of words with a capital, and whom it tells of by a relation.

Whether a run is a name can't be told from its text alone: "Oksana came" and "Soup came" look alike. So a
reading keeps what was seen around each run, and the readings of all texts together decide (names.py).
German writes every noun with a capital; there a run is a candidate of its own only beside a relation or a
title.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from nowprint.language.people.candidates import Candidate, Kin, Reading
from nowprint.language.people.lexicon import FAMILY, Lexicon, lexicon
from nowprint.language.people.tokens import Word, no_word, words_of

_OTHERS = re.compile(r"['’]s\s+")
_INSIDE = frozenset(("mr", "mrs", "ms", "dr", "prof", "herr", "frau", "mme", "sra"))
"""Titles that begin a name also behind a word with a capital."""
_IS = re.compile(r"(?:,?\sc['’]est|\s(?:is|was|ist|est|es|è|é|is|jest)|['’]s)\s+(?=\S)")
_BEING = re.compile(r"(?:\s(?:is|was|ist|war|est|es|è|é|jest)|['’]s)(?:\s(?:il|la|a|o))?\s+$")
_CLOSED = re.compile(r"\s*(?:[,.)!?;]|$|who\b|and\b)")
_BEFORE = 80  # in so many characters before a relation its name ends
_AND = re.compile(r",?\s+(?:and|und|et|y|e|en|i|и)\s+|,\s+|\s*&\s*")


def read(text: str) -> Reading:
    return _Reader(text).reading()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.known = lexicon()
        self.words = list(words_of(text, self.known))
        self.at = {word.start: number for number, word in enumerate(self.words)}
        plain = {word.low for word in self.words if not word.capital}
        low = plain | {word.low for word in self.words if word.begins}
        german = len(low & self.known.german) + ("ß" in text)
        other = max(len(low & words) for words in self.known.others_than_german)
        self.german = german > other
        self.unsure = german == other
        self.lives = bool(self.german and not low.isdisjoint(self.known.resides))
        longer = [word for word in self.words if len(word.text) > 1]
        capitals = [word for word in longer if word.capital]
        loud = sum(word.text.isupper() for word in longer)
        shouted = loud >= 3 and 2 * loud > len(longer)
        middle = [word for word in longer if not word.begins]
        titled = not self.german and len(middle) >= 3
        titled = titled and sum(word.capital for word in middle) > 0.8 * len(middle)
        careless = bool(self.words) and not capitals and not self.words[0].capital
        self.trusted = not (shouted or titled)
        self.loose = shouted or careless
        # what begins without a capital may lack others, too
        self.slack = self.loose or (bool(self.words) and not self.words[0].capital)
        self.plain = frozenset() if self.slack or titled else frozenset(plain)
        self.named: dict[int, Candidate] = {}
        """By the number of the first word: what a relation names."""
        self.kin: list[Kin] = []
        self.spent: set[int] = set()
        """Words that are part of a relation."""

    def reading(self) -> Reading:
        self._relations()
        self._alone()
        candidates = dict(self.named)
        for number, one in self._runs() if self.trusted else ():
            taken = self.named.get(number)
            if taken is None:
                candidates[number] = one
            else:  # the run tells where the name ends, the relation whose it is
                candidates[number] = replace(
                    one, sure=True, strict=False, relation=taken.relation, beast=taken.beast
                )
        loose = [
            (word.low, word.start, word.end)
            for word in self.words
            if self.loose or (self.slack and not word.capital)
        ]
        ordered = sorted(candidates.values(), key=lambda one: one.start)
        return Reading(
            tuple(ordered), tuple(self.kin), self.plain, tuple(loose), self.german, self.unsure
        )

    # --- relations -------------------------------------------------------------------------

    def _relations(self) -> None:
        if not any(word.low in self.known.own_words for word in self.words):
            return
        for own in self.known.own.finditer(self.text):
            language = str(own.lastgroup)
            found = self.known.relation[language].match(self.text, own.end())
            if found is None:
                continue
            word = " ".join(found["rel"].lower().replace("’", "'").split())
            relation = self.known.relations[language].get(word, "")
            shown = f"{own.group()} {found['rel']}"
            end = found.end()
            if language == "en":
                relation, shown, end = self._of_others(relation, shown, end)
            plural = language == "en" and word in self.known.plural
            beast = relation in self.known.animals
            self._spend(own.start(), end)
            named = self._name_after(end, relation, beast, plural=plural)
            named = named or self._name_before(own.start(), end, relation, beast)
            if not named and not plural and relation not in self.known.many:
                shown = shown[0].upper() + shown[1:].lower() if self.loose else _upper(shown)
                self.kin.append(Kin(relation, shown, own.start(), end, beast))

    def _of_others(self, relation: str, shown: str, end: int) -> tuple[str, str, int]:
        """Follow "my sister's husband" to its end."""
        while step := _OTHERS.match(self.text, end):
            found = self.known.relation["en"].match(self.text, step.end() - 1)
            if found is None or found["rel"].lower() in self.known.plural:
                break
            other = self.known.relations["en"][" ".join(found["rel"].lower().split())]
            relation, shown, end = f"{relation}'s {other}", f"{shown}'s {found['rel']}", found.end()
        return relation, shown, end

    def _spend(self, start: int, end: int) -> None:
        self.spent.update(range(self._first_from(start), self._first_from(end)))

    def _first_from(self, place: int) -> int:
        return bisect_left(self.words, place, key=lambda word: word.start)

    def _name_after(self, end: int, relation: str, beast: bool, *, plural: bool) -> bool:
        called = self.known.called.match(self.text, end)
        being = None if called else _IS.match(self.text, end)
        if being and (number := self.at.get(being.end())) is not None and self._is_called(number):
            self._take(number, relation, beast)
            return True
        number = self._word_at(called.end() if called else end)
        if number is None:
            if self.text[end : end + 1] != "," or called:
                return False
            number = self._word_at(end + 1)
            if number is None or not self._closes(number):
                return False
        elif not called and not self._follows(number):
            return False
        if not self._may_be(number, called=bool(called)):
            return False
        self._take(number, relation, beast)
        while plural and (more := _AND.match(self.text, self.words[self._last(number)].end)):
            number = self._word_at(more.end()) if self._word_at(more.end()) is not None else -1
            if number is None or number < 0 or not self.words[number].capital:
                break
            if not self._may_be(number, called=False):
                break
            self._take(number, relation, beast)
        return True

    def _name_before(self, start: int, end: int, relation: str, beast: bool) -> bool:
        """ "Tom, my brother, …" and "Tom is my brother"."""
        begin = max(0, start - _BEFORE)
        before = self.text[begin:start]
        aside = before.rstrip().endswith(",") and _CLOSED.match(self.text, end)
        being = _BEING.search(before)
        if not aside and not being:
            return False
        upto = begin + (len(before.rstrip()) - 1 if aside else being.start())  # type: ignore[union-attr]
        last = first = self._first_from(upto) - 1
        if last < 0 or not self.words[last].capital or last in self.spent:
            return False
        if self.text[self.words[last].end : upto].strip("'’s"):
            return False
        while first and self.words[first - 1].capital and self._joined(first - 1):
            first -= 1
        while first < last and self.words[first].low in self.known.function:  # "A Jussara é …"
            first += 1
        earlier = self.words[first - 1] if first and not self.words[first].begins else None
        led = earlier.low if earlier is not None and not earlier.capital else ""
        if led in self.known.inside | self.known.moves:
            return False
        if not self._may_be(first, called=False):
            return False
        self._take(first, relation, beast)
        return True

    def _word_at(self, place: int) -> int | None:
        """The number of the word that begins at the place, or behind one space."""
        return self.at.get(
            place, self.at.get(place + 1) if self.text[place : place + 1] == " " else None
        )

    def _follows(self, number: int) -> bool:
        """A word right behind a relation is a name if it has a capital; in a text without them, if what
        follows is said of somebody."""
        word = self.words[number]
        if not self.loose:
            return word.capital
        following = self.words[number + 1] if number + 1 < len(self.words) else None
        says = self.known.says | self.known.being
        return (
            word.low not in self.known.function | says
            and not word.low.endswith(("ly", "ing", "ed"))
            and following is not None
            and not following.begins
            and following.low in says
        )

    def _is_called(self, number: int) -> bool:
        """ "My godson is Theo, …", but not "My wife is Norwegian"."""
        word = self.words[number]
        if self.german or self.loose or not word.capital or not self._may_be(number, called=False):
            return False
        titled = word.low in self.known.titles and self._last(number) > number
        return titled or (word.low not in self.known.places and self._closes(number))

    def _closes(self, number: int) -> bool:
        word = self.words[self._last(number)]
        return word.capital and bool(_CLOSED.match(self.text, word.end))

    def _may_be(self, number: int, *, called: bool) -> bool:
        word = self.words[number]
        if word.low in self.known.never or (len(word.text) < 2 and word.text.isascii()):
            return False
        if not word.capital or self.loose:
            return word.low not in self.known.function
        return called or word.low not in self.known.function or word.low in self.known.words

    def _take(self, number: int, relation: str, beast: bool) -> None:
        last = self._last(number)
        words = tuple(word.text for word in self.words[number : last + 1])
        if self.loose or not self.words[number].capital:
            words = tuple(word.title() for word in words)
        first = self.words[number]
        self.named[number] = Candidate(
            words, first.start, self.words[last].end, first.begins, sure=True, relation=relation, beast=beast
        )  # fmt: skip

    def _last(self, number: int) -> int:
        """The last word of the run that begins with this one."""
        if self.loose:
            return number
        while (
            number + 1 < len(self.words)
            and self.words[number + 1].capital
            and self._joined(number)
            and self.words[number + 1].low not in self.known.never
        ):
            number += 1
        return number

    def _alone(self) -> None:
        """ "Mum rang", but not "his mum"."""
        if not any(word.low in self.known.alone for word in self.words):
            return
        for number, word in enumerate(self.words):
            if word.low not in self.known.alone or number in self.spent or self.named.get(number):
                continue
            before = self.words[number - 1] if number and not word.begins else None
            if before and (before.low in self.known.others or before.possessive):
                continue
            after = self.words[number + 1] if number + 1 < len(self.words) else None
            joined = after and after.capital and self._joined(number)
            if not joined or (after and after.low in self.known.never):
                shown = word.text if word.text.isupper() else _upper(word.text)
                self.kin.append(Kin(self.known.kin[word.low], shown, word.start, word.end))
                self.spent.add(number)

    # --- runs ------------------------------------------------------------------------------

    def _joined(self, number: int) -> bool:
        """Whether a word and the next belong to one name, as far as what is between them tells."""
        word, after = self.words[number], self.words[number + 1]
        between = self.text[word.end : after.start]
        short = word.low in self.known.titles or len(word.text) == 1
        return not word.possessive and (
            between in (" ", " & ") or (short and between in (".", ". "))
        )

    def _runs(self) -> Iterator[tuple[int, Candidate]]:
        number = 0
        while number < len(self.words):
            if not self.words[number].capital or number in self.spent:
                number += 1
                continue
            last = number
            while (step := self._next(last)) is not None:
                last = step
            yield from self._cut(number, last)
            number = last + 1

    def _next(self, last: int) -> int | None:
        """The number of the next word of the run, over at most three small ones ("Rio de Janeiro")."""
        for ahead in range(1, 4):
            number = last + ahead
            if number >= len(self.words) or number in self.spent or not self._joined(number - 1):
                return None
            word = self.words[number]
            if word.capital:
                return number
            if word.low not in self.known.particles and not (ahead == 2 and word.low == "the"):
                return None
        return None

    def _cut(self, first: int, last: int) -> Iterator[tuple[int, Candidate]]:
        """The names of a run: without what is never one, and what only begins a sentence."""
        known, start = self.known, first
        whole = " ".join(word.low for word in self.words[first : last + 1])
        for number in range(first, last + 2):
            over = number > last
            low = "" if over else self.words[number].low
            leads = not over and number == start
            common = leads and whole not in known.places and number not in self.named
            joins = start + 1 < number <= last and not self.words[number - 1].capital
            drop = low in known.never and number not in self.named and not joins
            if common and low in known.function and low not in known.titles:
                drop = drop or self.words[number].begins or last == number
            if low in _INSIDE and start < number < last:  # "Saw Dr Lindqvist"
                if (found := self._candidate(start, number - 1)) is not None:
                    yield found
                start = number
            if over or drop or not low:
                if start < number:
                    found = self._candidate(start, number - 1)
                    if found is not None:
                        yield found
                start = number + 1

    def _candidate(self, first: int, last: int) -> tuple[int, Candidate] | None:
        known = self.known
        while first <= last and not self.words[first].capital:  # a small word that led to the next
            first += 1
        while last >= first and not self.words[last].capital:
            last -= 1
        if first > last:
            return None
        words = self.words[first : last + 1]
        begins, start, title, relation = words[0].begins, words[0].start, "", ""
        before = self.words[first - 1] if first and not words[0].begins else None
        sure = before is not None and not before.capital and before.low in known.small_titles
        if before is not None and before.low in known.alone and not before.capital:
            relation, sure = known.kin.get(before.low, ""), True  # "nonna Ida"
        while len(words) > 1 and no_word(words[-1].text):
            words = words[:-1]
        if len(words) > 1 and words[0].low in known.titles:
            title, words, sure = words[0].text, words[1:], True
        elif len(words) > 1 and known.kin.get(words[0].low) in FAMILY:
            relation, words, sure = known.kin[words[0].low], words[1:], True
            start = words[0].start
        if len(words) == 1 and not sure and no_word(words[0].text):
            return None
        low = [word.low for word in words]
        one = Candidate(
            self._said(words), start, words[-1].end, begins, sure,
            self.german and not sure and not self._lived_in(before, low[0]), title, relation,
            person=self._person(before, last, low) + 5 * (sure or bool(relation)),
            place=self._place(first, before, low),
        )  # fmt: skip
        return first, one

    def _said(self, words: list[Word]) -> tuple[str, ...]:
        return tuple(self.text[words[0].start : words[-1].end].replace(".", " ").split())

    def _lived_in(self, before: Word | None, low: str) -> bool:
        """German: "wohnt in Graz"."""
        here = before is not None and before.low in ("in", "nach", "aus")
        return here and self.lives and low not in self.known.no_places

    def _person(self, before: Word | None, last: int, low: list[str]) -> int:
        known = self.known
        after = self.words[last + 1] if last + 1 < len(self.words) else None
        weight = 2 * (low[0] in known.first_names)
        weight += before is not None and before.low in known.accompanied
        if after is not None and not after.begins:
            weight += 2 * (after.low in known.says)
            weight += 2 * (self.words[last].possessive and after.low in known.relations["en"])
            weight += self.words[last].possessive
            # a subject with its verb: "Mira graduates in June"
            verb = not after.capital and after.low.endswith(("s", "ed")) and len(after.low) > 3
            weight += verb and before is None and after.low not in known.function
        return weight

    def _place(self, first: int, before: Word | None, low: list[str]) -> int:
        known = self.known
        weight = 3 * _listed(low, self.words[first].text, known)
        weight += 3 * (len(low) > 1 and not known.place_words.isdisjoint((low[0], low[-1])))
        weight += 3 * (low[-1].endswith(known.place_ends) and len(low[-1]) > 8)
        if before is None or self.words[first + len(low) - 1].possessive:
            return weight
        if before.low in known.inside:
            weight += 2
        if before.low in known.moves:
            earlier = {word.low for word in self.words[max(0, first - 4) : first - 1]}
            weight += 2 * (not earlier.isdisjoint(known.moved))
        return weight


def _listed(low: list[str], said: str, known: Lexicon) -> bool:
    """Whether it is a place of the list; "US" is one, "us" isn't."""
    return " ".join(low) in known.places and (len(low[0]) > 2 or said.isupper())


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
