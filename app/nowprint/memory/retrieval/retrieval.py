"""Recall: finds the episodes that help with a message, through candidates, ranking and reranker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nowprint.language.change_words import languages_of
from nowprint.language.meanings import bounded, log_odds
from nowprint.language.sentences import ends_asking
from nowprint.language.spelling import corrected
from nowprint.memory.embedding.encoded import AT_ONCE
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.retrieval.candidates import Candidates, Gathered
from nowprint.memory.retrieval.newest import lifted, likely_newer, newest_first
from nowprint.memory.retrieval.ranking import Scored, floor
from nowprint.memory.retrieval.reordering import (
    RERANKED,
    RESONATING,
    USUALLY,
    Read,
    needing_more,
    promising,
    reranked,
    with_resonance,
)
from nowprint.memory.retrieval.stated import believed
from nowprint.memory.storage.conversations import clean
from nowprint.memory.storage.episodes import Episodes, Scope, scope_of
from nowprint.memory.storage.needs import Needs
from nowprint.records import Episode, Recollection


class Retrieval:
    """Recall and search in one profile. Thread-safe."""

    def __init__(
        self,
        episodes: Episodes,
        candidates: Candidates,
        index_sync: IndexSync,
        encoder: Encoder,
        needs: Needs,
        clock: Callable[[], float],
    ) -> None:
        self._episodes = episodes
        self._candidates = candidates
        self._index_sync = index_sync
        self._encoder = encoder
        self.encoded = candidates.encoded
        self._needs = needs
        self._clock = clock

    def recall(
        self,
        text: str,
        *,
        limit: int,
        in_prompt: Callable[[Episode], bool] | None = None,
        resonate: Callable[[Sequence[Scored]], Mapping[int, float]] | None = None,
        project: int | None = None,
        alone: bool = False,
        least: float = USUALLY,
    ) -> tuple[Recollection, ...]:
        """The at most ``limit`` episodes that help with a message, best first; often none (ranking.py).
        ``least`` is the probability of helping from which on one is recalled.

        ``project`` is the project of the message's conversation: only episodes of that project, or of none,
        are recalled; ``alone``: only of that project. Of episodes that replace each other only the newest
        is recalled, since an older one beside it would mislead; where it is unclear whether they do, the
        newer one comes first. ``in_prompt`` tells which episodes the
        prompt already holds.
        ``resonate`` measures the functional resonance, in nats by episode id, of those that passed.
        """
        text = self.meant(text)
        gathered = self.gather(text, scope_of(project, alone=alone))
        changed = {one.id for one in gathered.candidates if one.replaced_by}
        weighed = self.weigh(text, gathered, in_prompt, least)
        passed = [one for one in floor(weighed) if one.id not in changed]
        passed = self._usable(passed, max(limit, RESONATING), in_prompt)
        if resonate is not None:
            passed = with_resonance(passed, resonate(passed))
            passed = newest_first(passed, _likely_newer(weighed, gathered))
        return tuple(self.recollections(passed[:limit]))  # some may be forgotten by now

    def weigh(
        self,
        text: str,
        gathered: Gathered,
        in_prompt: Callable[[Episode], bool] | None = None,
        least: float = USUALLY,
    ) -> list[Scored]:
        """All candidates, best first, after the reranker has read the most promising with the message."""
        ranked = gathered.ranked()
        read = self.read(text, gathered, ranked, in_prompt)
        if read is not None:
            newer = {one.id: one.replaced_by for one in gathered.candidates if one.replaced_by}
            foreign, personal = gathered.asked.encoded, gathered.asked.personal
            life = self.about_life(text)
            ranked = reranked(
                ranked, read, newer, personal=personal, life=life, foreign=foreign, least=least
            )
        if gathered.stated:
            ranked = believed(ranked, gathered.stated)
        if bars := self._needs.bars([one.id for one in ranked]):
            ranked = needing_more(ranked, bars)
        return lifted(ranked, _likely_newer(ranked, gathered))

    def read(
        self,
        text: str,
        gathered: Gathered,
        ranked: Sequence[Scored],
        in_prompt: Callable[[Episode], bool] | None = None,
    ) -> dict[int, Read] | None:
        """What the reranker says of the most promising episodes, and their cosines. None without reranker."""
        asked = self._usable(promising(ranked), RERANKED, in_prompt)[:RERANKED]
        texts = self._episodes.texts(one.id for one in asked)
        helps = self._encoder.helps(clean(text), list(texts.values()))
        if helps is None:
            return None
        cosines = {one.id: one.cosine for one in gathered.candidates if one.id in texts}
        return {id: Read(nats, cosines[id]) for id, nats in zip(texts, helps.tolist(), strict=True)}

    def about_life(self, text: str) -> float:
        """How much a message asks of its user's own life, -1..1; 0 without the encoder."""
        vectors = self._encoder.known([clean(text)])
        return 0.0 if vectors is None else bounded(float(log_odds("life", vectors)[0]))

    def found_nothing(self, answer_id: int, text: str) -> None:
        """A chat began with this message, and nothing was recalled: note it if that was a question about the
        user's life, to which another memory may have been the answer."""
        if ends_asking(clean(text)) and self.about_life(text) > 0:
            self._needs.note_in_vain(answer_id)

    def _usable(
        self,
        passed: Sequence[Scored],
        most: int,
        in_prompt: Callable[[Episode], bool] | None,
    ) -> list[Scored]:
        """The first episodes that the prompt doesn't hold yet: ``most``, or somewhat more or fewer."""
        usable: list[Scored] = []
        for first in range(0, len(passed), most):  # hundreds may pass, where few are wanted
            some = passed[first : first + most]
            there = self._episodes.many(one.id for one in some)
            usable += [
                one
                for one in some
                if (episode := there.get(one.id)) and not (in_prompt and in_prompt(episode))
            ]
            if len(usable) >= most:
                break
        return usable

    def search(self, text: str, limit: int) -> tuple[Recollection, ...]:
        """The best ``limit`` episodes of all projects for a user's search, archived ones included, without
        reranker and floor."""
        found = self.gather(self.meant(text), archived=True).ranked()
        return tuple(self.recollections(found[:limit]))

    def meant(self, text: str) -> str:
        """What is searched for: the message without its slips of the keyboard (language/spelling.py)."""
        return corrected(clean(text), self._is_held)

    def _is_held(self, word: str) -> bool:
        """Whether an episode holds the word, also an archived one."""
        return any(self._episodes.holding(word, archived=one).size for one in (False, True))

    def gather(self, text: str, scope: Scope = None, *, archived: bool = False) -> Gathered:
        """The candidates for a message with all their numbers, ``archived`` ones included if wanted
        (candidates.py). A message in another language than English is compared with them by the encoder,
        since the embedder doesn't know it; so is any message without an embedder."""
        text = clean(text)
        index, now = self._index_sync.opened(), self._clock()
        known = self._index_sync.load() and "en" in languages_of(text)
        vector = None if known else self.encoded.vector(text)
        encoded = vector is not None
        if encoded:
            self.encoded.read_some(AT_ONCE)
        elif (vectors := self._index_sync.embed([text])) is not None:
            vector = vectors[0]
        return self._candidates.gather(
            text, vector, index, now, scope, archived=archived, encoded=encoded
        )

    def recollections(self, scored: Sequence[Scored]) -> list[Recollection]:
        """The scored episodes that still exist, as recollections in the same order."""
        there = self._episodes.many(one.id for one in scored)
        return [
            Recollection(there[one.id], one.score, one.parts) for one in scored if one.id in there
        ]


def _likely_newer(ranked: Sequence[Scored], gathered: Gathered) -> dict[int, int]:
    return likely_newer(ranked, gathered.candidates, encoded=gathered.asked.encoded)
