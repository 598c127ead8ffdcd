"""The app's own answer to a question about the past: what it keeps of that, in order of time.

A small model can't count, and three recollections in a prompt are no overview. The list is exact, and each of
its episodes opens in the inspector.
"""

from __future__ import annotations

import re

from nowprint.chat import own_answers
from nowprint.chat.answering import Emit
from nowprint.events import Answer, Recalled
from nowprint.language.dates import day_of
from nowprint.language.past_questions import PastQuestion
from nowprint.language.times.describing import said_day
from nowprint.memory.browse.past import Past
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Episode, Recollection

_LONG = 280
"""More code points of an episode aren't shown in the list."""
_MARKS = re.compile(r"([\\`*_\[\]<>#|~$])")


def answer(
    store: ConversationStore,
    memory: Memory,
    conversation_id: int,
    text: str,
    asked: PastQuestion,
    past: Past,
    emit: Emit,
) -> Answer:
    """Commit the message and the list as its answer, and emit the turn's events."""
    found = [Recollection(episode, 0.0, ()) for episode in past.episodes]
    with store.database.writing():
        question, said = own_answers.committed(
            store, conversation_id, text, told(asked, past), names=True
        )
        memory.begin_answer(said.id, found, (), captures=False)
    sources = tuple(one.episode.id for one in found)
    return own_answers.told(question, said, emit, Recalled(tuple(found)), sources)


def told(asked: PastQuestion, past: Past) -> str:
    """The answer, as Markdown."""
    about = f" about “{_plain(asked.about)}”" if asked.about else ""
    then = " in that time" if asked.periods and not past.at_other_times else ""
    if not past.episodes:
        return f"I remember nothing that you told me{about}{then}."
    days = [said_day(day_of(one.created)) for one in past.episodes]
    if past.total == 1:
        head = f"You told me one thing{about}{then}, on {days[0]}:"
    elif past.total > len(days):
        head = f"You told me {past.total:,} things{about}{then}. The last {len(days)}:"
    elif days[0] == days[-1]:
        head = f"You told me {past.total} things{about}{then}, all on {days[0]}:"
    else:
        head = (
            f"You told me {past.total} things{about}{then}, the first on {days[0]}, "
            f"the last on {days[-1]}:"
        )
    if past.at_other_times:
        head = (
            f"I remember nothing that you told me{about} in that time, but at other times. {head}"
        )
    return "\n".join([head, "", *map(_line, past.episodes)])


def _line(episode: Episode) -> str:
    text = " ".join(episode.text.split())
    shown = text if len(text) <= _LONG else text[: _LONG - 1] + "…"
    since = " *(has changed since)*" if episode.replaced_by else ""
    return f"- {said_day(day_of(episode.created))}: {_plain(shown)}{since}"


def _plain(text: str) -> str:
    """The text with the signs of Markdown and HTML set off."""
    return _MARKS.sub(r"\\\1", text)
