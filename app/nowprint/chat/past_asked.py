"""The app's own answer to a question about the past: what it keeps of that, in order of time.

A small model can't count, and three recollections in a prompt are no overview. Each of the list's episodes
opens in the inspector.
"""

from __future__ import annotations

import re
from dataclasses import replace

from nowprint.chat import own_answers
from nowprint.chat.answering import Emit
from nowprint.events import Answer, Recalled
from nowprint.language.dates import day_of
from nowprint.language.past_questions import PastQuestion
from nowprint.language.times.describing import said_day
from nowprint.memory.browse.past import Past
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import APP, Episode, Recollection

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
    parent: int | None = None,
) -> Answer:
    """Commit the message, after ``parent`` if that is given, and the list as its answer; emit the turn's
    events."""
    with store.database.writing():  # what was forgotten meanwhile is not listed
        there = {one.id for one in memory.episodes(one.id for one in past.episodes)}
        past = replace(past, episodes=tuple(one for one in past.episodes if one.id in there))
        found = tuple(Recollection(episode, 0.0, ()) for episode in past.episodes)
        question = store.add_message(conversation_id, "user", text, parent=parent)
        said = store.add_message(conversation_id, "assistant", overview(asked, past), model=APP)
        memory.begin_answer(said.id, found, (), captures=False)
    sources = tuple(one.episode.id for one in found)
    return own_answers.emitted(question, said, emit, Recalled(found), sources)


def overview(asked: PastQuestion, past: Past) -> str:
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
        head = f"Nothing from that time, but from others. {head}"
    return "\n".join([head, "", *map(_line, past.episodes)])


def _line(episode: Episode) -> str:
    text = " ".join(episode.text.split())
    shown = text if len(text) <= _LONG else text[: _LONG - 1] + "…"
    notes = ["has changed since"] * (episode.replaced_by is not None)
    notes += ["imported"] * (not episode.confirmed)
    note = f" *({', '.join(notes)})*" if notes else ""
    return f"- {said_day(day_of(episode.created))}: {_plain(shown)}{note}"


def _plain(text: str) -> str:
    """The text with the signs of Markdown and HTML set off."""
    return _MARKS.sub(r"\\\1", text)
