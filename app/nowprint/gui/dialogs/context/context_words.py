"""What the parts of a context are called, and the sentences that are said of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.time_words import ago, count, shortened

if TYPE_CHECKING:
    from nowprint.context_records import ContextPart, LeftPart, PartKind, WhyLeft

Kind = Literal["system", "pinned", "chat", "recalled", "message", "answer", "free"]
"""The kinds of parts, and what else the context has room for."""

ORDER: tuple[Kind, ...] = ("system", "pinned", "chat", "recalled", "message", "answer", "free")
SHORT: dict[Kind, str] = {
    "system": "System",
    "pinned": "Pinned",
    "chat": "This chat",
    "recalled": "Recalled",
    "message": "Message",
    "answer": "Answer",
    "free": "Free",
}
LONG: dict[Kind, str] = {
    "system": "System text",
    "pinned": "Pinned memories",
    "chat": "This chat",
    "recalled": "Recalled memories",
    "message": "Your message",
    "answer": "Kept free for the answer",
    "free": "Free",
}
WHY: dict[WhyLeft, str] = {
    "oldest": "the oldest",
    "least salient": "the least salient then",
    "rest of an answer": "the rest of a long answer",
}
WHY_NOT: dict[PartKind, str] = {
    "system": "The system text always stays before the model.",
    "pinned": "A pinned memory is before the model in every chat, until you unpin it in the memory list.",
    "recalled": "Recalled for your last message. For the next one, Nowprint looks again.",
    "message": "Your last message. When you have sent another one, it can be held here.",
}
"""Why a part can't be held that is no earlier message."""
TITLE = "What the model has before it"
NOTHING = (
    "The model has read nothing of this chat since Nowprint started; after your next message you see "
    "here what it had before it."
)
POINT = "Point at a part, or go through them with Left and Right."
NONE_LEFT = "Nothing has left so far: there was room for all of this chat."
HOLD = "Hold it here"
LET_GO = "Stop holding"
BRING_BACK = "Bring it back and hold it"
STAY_AWAY = "Don't bring it back"
HELD = "You hold it: from your next message on, it stays before the model as long as there is room."
NOT_HELD = "It may leave when room is needed. Holding it takes effect with your next message."
FREED = "From your next message on, it may leave when room is needed."
RETURNS = "With your next message it comes back, and stays as long as there is room."
STAYS_AWAY = "It doesn't come back with your next message."
FIRST_WORDS = 120
"""Characters of a text that a row shows."""


def first_words(text: str, most: int = FIRST_WORDS) -> str:
    return show_invisible(shortened(text, most))


def name_of(part: ContextPart) -> str:
    if part.kind == "chat":
        return speaker(part)
    return {"pinned": "Pinned memory", "recalled": "Recalled memory"}.get(
        part.kind, LONG[part.kind]
    )


def short_name(part: ContextPart) -> str:
    return speaker(part) if part.kind == "chat" else SHORT[part.kind]


def speaker(part: ContextPart | LeftPart) -> str:
    return "You" if part.role == "user" else "Answer"


def salience_of(part: ContextPart | LeftPart) -> str:
    return "" if part.salience is None else f"{part.salience:.2f}"


def share(tokens: int, size: int) -> str:
    """``12%``; a part that is there never counts as nothing."""
    part = tokens / max(1, size)
    return "less than 1%" if 0 < part < 0.01 else f"{part:.0%}"


def told_of(part: ContextPart, size: int, *, words: int = 60) -> str:
    """``You: “My cat …”, 45 tokens, 1% of the context, salience 0.83, held``."""
    facts = [
        f"{name_of(part)}: “{first_words(part.text, words)}”",
        count(part.tokens, "token"),
        f"{share(part.tokens, size)} of the context",
    ]
    if part.salience is not None:
        facts.append(f"salience {salience_of(part)}")
    if part.shortened:
        facts.append("only its beginning")
    if part.held:
        facts.append("held")
    return ", ".join(facts)


def can_be_held(part: ContextPart) -> bool:
    """Only what was said before the last message can be held: that one is there in any case."""
    return part.kind == "chat" and part.id is not None


def about_part(part: ContextPart | None) -> str:
    if part is None:
        return (
            "Choose a message to hold it before the model. It takes effect with your next message."
        )
    if not can_be_held(part):
        return WHY_NOT.get(part.kind, "")
    return HELD if part.held else NOT_HELD


def about_left(part: LeftPart | None) -> str:
    if part is None:
        return "Choose what to bring back. It takes effect with your next message."
    if part.held:
        return RETURNS
    salience = "" if part.salience is None else f" (salience {salience_of(part)})"
    return (
        f"It left {ago(part.at)} to make room, because it was {WHY[part.why]}{salience}. Bringing it back "
        "takes effect with your next message."
    )
