"""Finding messages as the fake client does it: it looks at each."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fake_files import FakeFiles

from nowprint import inspection as i
from nowprint.language.finding import WordSearch, excerpt, literal_places
from nowprint.service.requests import search as s

MOST_FROM_ONE = 3


class FakeSearch(FakeFiles):
    def reply(self, request: Any) -> Any:
        match request:
            case s.FindMessages():
                return tuple(self._hits(request))[: request.limit]
            case s.FindInConversation(id, text):
                return tuple(
                    i.FoundPlace(message.id, *place)
                    for message in self._said(id)
                    for place in literal_places(text, message.text)
                )
            case s.ListAnsweringModels():
                return tuple(sorted({m.model for m in self.messages.values() if m.model}))
        return super().reply(request)

    def _hits(self, wanted: s.FindMessages) -> list[i.MessageHit]:
        search, from_one, hits = WordSearch(wanted.text), Counter[int](), []
        said = (message for talk in self.conversations for message in self._said(talk))
        for one in sorted(said, key=lambda message: -message.id):
            talk = self.conversations[one.conversation_id]
            marks = search.places(one.text)
            if (
                all(WordSearch(word).places(one.text) for word in wanted.text.split())
                and marks
                and from_one[talk.id] < MOST_FROM_ONE
                and (wanted.since is None or one.created >= wanted.since)
                and (wanted.until is None or one.created < wanted.until)
                and (wanted.project is None or (talk.project or 0) == wanted.project)
                and wanted.model in ("", one.model)
            ):
                from_one[talk.id] += 1
                line, inside = excerpt(one.text, marks)
                hits.append(
                    i.MessageHit(
                        one.id, talk.id, one.role, one.created, one.model, *marks[0], line, inside
                    )
                )
        return hits
