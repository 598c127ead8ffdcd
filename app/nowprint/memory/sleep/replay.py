"""Asks for an episode as its user might, and sees whether recall finds it.

The question is made without a language model: of an episode's words of weight, those that most other episodes
hold, too (``question``). Whoever asks seldom knows the rare word; that is what the answer tells. What stands
beside the episode says nothing: recall gives an episode a part of its neighbours' score, so that the turn
before it, the shared words left out, finds nearly every episode.

How much it says that a question finds an episode, on LoCoMo's development conversations (676 episodes that
are the evidence of 1,096 questions):

- The commonest third of the words finds .69 of the episodes. The real questions find .72 of these, and .55 of
  the others (AUC .61; by the length of the text alone .58).
- The commoner half finds .93; the real questions find .69 of these, and .44 of the others. Only those that it
  doesn't find either are told to the user.
- The turn before, without the words that the episode has, too, finds .91 (AUC .51), with the turn after it
  .92 (.54), with half of the episode's words .99 (.56); these three on half of the conversations.

Among 200 unlike facts (tests/corpora, 100 held-out questions) the third finds all, and so foretells nothing:
14 of the real questions, which are asked in other words, don't find their fact among the first ten.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import date

from nowprint.language.times.resolver import times
from nowprint.language.words import content_words
from nowprint.memory.retrieval.retrieval import Retrieval
from nowprint.memory.sleep.nights import Nights
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Episodes, scope_of
from nowprint.records import Episode

FIRST = 10
"""An episode counts as found among so many of the first."""
LEAST_WORDS = 3
"""An episode with fewer words of weight leaves nothing to ask with."""


class Replay:
    """Thread-safe. ``ask_for`` works in pieces, between which its caller may leave it."""

    def __init__(
        self,
        database: Database,
        episodes: Episodes,
        retrieval: Retrieval,
        nights: Nights,
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._retrieval = retrieval
        self._nights = nights

    def ask_for(self, id: int) -> Generator[None, None, bool | None]:
        """Whether recall finds an episode; None if it can't be asked for, or a newer one took its place. One
        that an easier question doesn't find either is noted."""
        one = self._episodes.many([id]).get(id)
        question = "" if one is None or one.replaced_by else self.question(one.text)
        if one is None or not question:
            return None
        found = self._finds(question, one)
        yield
        if found:
            return True
        easier = self._finds(self.question(one.text, 2), one)
        yield
        if not easier and self._nights.found_before(id) is not False:  # else it was told already
            with self._database.writing():
                if self._nights.may_be_looked_at(id):
                    self._nights.note("not found", id)
        return False

    def _finds(self, question: str, one: Episode) -> bool:
        gathered = self._retrieval.gather(question, scope_of(one.project))
        if any(other.ended for other in gathered.candidates if other.id == one.id):
            return True  # what is over needn't be found
        return any(other.id == one.id for other in gathered.ranked()[:FIRST])

    def question(self, text: str, parts: int = 3) -> str:
        """The commonest third of a text's words of weight, or one of so many ``parts`` of them, in their
        order; empty if it has too few. Words that tell a time are left out: they would ask for that time."""
        words = content_words(_timeless(text))
        if len(words) < LEAST_WORDS:
            return ""
        held = {word: self._episodes.holding(word).size for word in words}
        common = set(sorted(words, key=held.__getitem__)[-(len(words) // parts) :])
        return " ".join(word for word in words if word in common)


def _timeless(text: str) -> str:
    rest, at = [], 0
    for time in times(text, date.today()):
        rest.append(text[at : time.start])
        at = max(at, time.end)
    return " ".join((*rest, text[at:]))
