"""Plain cues of a sentence: does it tell or ask, is it about the speaker, does it name things.

They are regular expressions over a few languages: cheap, and right more often than not. What they
miss, framed surprise sees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nowprint.salience.spans import sentences, words

_SELF = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|my|mine|me|myself|we|we're|we've|our|ours|(?-i:[Uu]s)"
    r"|ich|mein\w*|mir|mich|wir|unser\w*|je|j'|mon|ma|mes|moi|nous|notre|nos"
    r"|yo|mi|mis|nosotr\w+|nuestr\w+|io|mio|mia|noi|meus?|minhas?|jag|mitt|ik|mijn|onze"
    r"|я|мо[йяёи]|моего|моей|мою|меня|мне|мы|наш\w*|нас)\b|[我私僕俺]",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"^(?:(?:and|so|but|ok|okay|hey|hi|well|now)[, ]+)?(?:what|what's|who|who's|whose|whom|where"
    r"|where's|when|why|how|how's|which|is|are|am|was|were|do|does|did|can|could|would|will|should"
    r"|shall|may|might|has|have you|had)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^(?:(?:please|pls|ok|okay|hey|hi|now|then|so|and|also)[, ]+)*(?:(?:can|could|would|will) you\b"
    r"|i(?:'d| would)? (?:want|need|like) you to\b|let's\b|let us\b|write|rewrite|explain|tell|give"
    r"|show|make|create|generate|translate|summari[sz]e|describe|list|find|fix|help|compare|convert"
    r"|calculate|solve|suggest|recommend|draft|edit|improve|continue|imagine|pretend|act as|define"
    r"|name|outline|classify|sort|implement|debug|code|design|propose|correct|proofread|shorten"
    r"|expand|answer|try|use|add|remove|change|repeat|stop|go on|look up|search|play|sing|choose"
    r"|pick|plan|compose|provide|analy[sz]e|discuss|identify|paraphrase|brainstorm"
    r"|(?:kannst|könntest) du|schreibe?|erkläre?|übersetze?|gib|zeige?|sag|erzähle?|nenne?|hilf"
    r"|peux-tu|pouvez-vous|écri[st]|explique|traduis|donne|montre|raconte|résume|aide"
    r"|puedes|podrías|escribe|explica|explícame|traduce|dame|dime|muéstrame|cuéntame|ayúdame"
    r"|puoi|potresti|scrivi|scrivimi|spiega|spiegami|traduci|dammi|dimmi|aiutami"
    r"|escreva|escreve|traduza|напиши|объясни|переведи|расскажи|покажи|помоги)\b",
    re.IGNORECASE,
)
_MATERIAL = re.compile(
    r":|\b(?:this|these|following|below|rewrite|translate|summari[sz]e|fix|convert|edit|improve"
    r"|continue|classify|sort|debug|correct|proofread|shorten|expand|analy[sz]e|paraphrase"
    r"|übersetze?|traduis|résume|traduce|traduci|traduza|переведи)\b",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"\b(?:thanks?|thank you|thx|cheers|great|cool|nice|ok|okay|yes|yeah|yep|no|nope|sure|hello|hi"
    r"|hey|bye|goodbye|good (?:morning|night|evening|afternoon)|sorry|please|lol|haha\w*|wow"
    r"|awesome|perfect|got it|i see|makes sense|exactly|right|danke|merci|gracias|hola|hallo"
    r"|that(?:'s| is)? (?:helps?|helpful|great|fine|good|all|right|funny|interesting)|see you"
    r"|i don't (?:understand|get it|know)|not what i (?:asked|meant|said)|i (?:have|had) a question"
    r"|(?:that|this|it)(?:'s| is) (?:wrong|not right|incorrect)|how are you|what's up"
    r"|well done|good job|never mind|no problem|you're welcome|welcome)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?…\n]\s)(?<!^)\b(?!I\b|I')[^\W\d_a-z][\w'’-]+")
_NUMBER = re.compile(
    r"\d|\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april"
    r"|june|july|august|september|october|november|december|tomorrow|yesterday|tonight"
    r"|next (?:week|month|year)|last (?:week|month|year)|birthday|anniversary)\b",
    re.IGNORECASE,
)
_EXPLICIT = re.compile(
    r"\s*(?:i(?: want|'d like| would like| need) you to )?(?:please[, ]+)?"
    r"(?:(?P<remember>remember)|don't forget|note|keep in mind)"
    r"(?:(?:\s+(?:this|that))?\s*(?P<colon>:)|\s+(?:this|that)\b(?!\s*:)\s*[,-]?)\s*(?P<text>\S.*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """The kind of a sentence, from plain cues: what splits a message into spans."""

    question: bool
    request: bool

    @property
    def asks(self) -> bool:
        return self.question or self.request


def kind_of(sentence: str) -> Sentence:
    """Read one sentence's cues; quotation marks and list marks before it don't count."""
    text = sentence.lstrip(" \t-*•>\"'“‘(").replace("’", "'")
    ends = text.rstrip(" \"'”’)").endswith(("?", "？"))
    return Sentence(
        question=ends or bool(_QUESTION.match(text)),
        request=bool(_REQUEST.match(text)),
    )


def takes_material(sentence: str) -> bool:
    """Whether this asks to have something done with the text that follows it."""
    return kind_of(sentence).request and bool(_MATERIAL.search(sentence))


def explicit(text: str) -> str | None:
    """The text that the user asks to keep, to the end of the message, or None.

    "Remember that …" opens the message and is no question; "Remember this: …" opens any sentence.
    """
    straight = text.replace("’", "'")  # as long as the text
    asks = text.rstrip().endswith("?")
    for n, span in enumerate(sentences(text)):
        match = _EXPLICIT.match(straight, span.start)
        if match is None:
            continue
        if (n == 0 and (match["colon"] or not asks)) or (match["colon"] and match["remember"]):
            return text[match.start("text") :].strip()
    return None


def about_speaker(text: str) -> bool:
    return bool(_SELF.search(text.replace("’", "'")))


def names(text: str) -> int:
    return len(_NAME.findall(text))


def numbers(text: str) -> bool:
    """Whether it has digits, or a word for a date."""
    return bool(_NUMBER.search(text))


def small_talk(text: str) -> float:
    """The share of the words that are small talk, 0..1."""
    idle = sum(len(words(m.group())) for m in _SMALL_TALK.finditer(text))
    return idle / max(1, len(words(text)))
