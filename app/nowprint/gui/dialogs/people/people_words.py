"""How names, their pages and what is plainly said of them are put in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.time_words import ago, count, day, listing, shortened

if TYPE_CHECKING:
    from nowprint.people_records import Name, NamePage, PlainFact, ToldOf

TITLE = "People and things"
ABOUT = "Names found in your memories. What is plainly said answers questions, too: “Where does Marta live?”"
NOTHING = "No names yet. They are found in what you tell, as soon as there is something."
NOT_FOUND = "No name like that."
MENTIONED = "Mentioned once"
CHOOSE = "Choose a name to see all that is known of it."
FACTS = "Plainly said"
TOGETHER = "Told of with"
TOLD = "All memories"


def what(name: Name) -> str:
    """ "your sister", "a place", "a thing"."""
    if name.key == "me":
        return "yourself"
    if name.relation:
        return f"your {name.relation}"
    return {"person": "a person", "animal": "an animal", "place": "a place", "thing": ""}[name.kind]


def in_list(name: Name) -> str:
    """The line below a name in the list."""
    parts = (what(name), count(name.episodes, "memory", "memories"), ago(name.last))
    return " · ".join(part for part in parts if part)


def about(page: NamePage) -> str:
    """The lines below the name on its page."""
    name = page.name
    relations = [f"your {one}" for one in page.relations]
    kind = listing(relations) if len(relations) > 1 else what(name)
    times = day(name.first)
    if day(name.last) != times:
        times = f"{times} to {day(name.last)}"
    parts = (kind, count(name.episodes, "memory", "memories"), times)
    line = " · ".join(part for part in parts if part)
    line = line[0].upper() + line[1:]
    return (
        f"{line}\nAlso {listing([show_invisible(one) for one in page.also])}" if page.also else line
    )


def said(fact: PlainFact) -> str:
    """ "lives in Porto"."""
    kind = {"age": "is", "phone": "phone", "e-mail": "e-mail"}.get(fact.kind, fact.kind)
    return f"{kind} {show_invisible(fact.value)}"


def source(fact: PlainFact) -> str:
    """The line below a fact: when it was said, and in which words."""
    past = ", no longer so" if fact.replaced else ""
    return f"{day(fact.told)}{past}: “{show_invisible(fact.sentence)}”"


def all_memories(shown: int) -> str:
    return f"The newest {shown:,} memories"


def when(told: ToldOf) -> str:
    """The line above a memory: when it was told, and what it changes."""
    episode = told.episode
    line = day(episode.created)
    if told.before is not None:
        return f"{line} · before: {shortened(show_invisible(told.before.text), 120)}"
    return f"{line} · no longer so" if episode.replaced_by is not None else line
