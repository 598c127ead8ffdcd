"""The words in which something is plainly said of somebody, by language.

Only what is sure: the verb follows the name, and the value follows the verb. First persons need no subject
where the verb shows it.
"""

from __future__ import annotations

import re

from nowprint.language.calendar import MONTHS
from nowprint.people_records import FactKind

_STOP = (
    "and|in|at|for|but|now|since|who|because|while|so|with|on|to|as|und|in|bei|seit|aber|weil|et|à|chez|mais"
    r"|y|en|pero|desde|e|a|ma|da|mas|en|bij|maar|sinds|i|w|ale|и|в|но|by|too|again|anyway|btw|which|or"
)
_END = rf"(?=\s*(?:[.,;!?)…–—\n]|-\s|$)|\s+(?:{_STOP})\b)"
_WORD = r"[^\W\d_][\w'’-]*"
_JOB = rf"(?P<v>(?:(?:an?|the|une?|una?|um|een)\s+)?{_WORD}(?:\s+(?!(?:{_STOP})\b){_WORD}){{0,3}}?){_END}"
_THING = rf"{_WORD}(?:\s+(?!(?:{_STOP})\b){_WORD}){{0,2}}?"
_THINGS = rf"(?P<v>{_THING}(?:\s+(?:and|or|und|et|y|e|en|i|и)\s+{_THING})?){_END}"
_NAME = (
    r"(?P<v>(?-i:[A-ZÀ-ÖØ-ÞŁŚŻŹĆА-ЯЁΑ-Ω])[\w'’-]*(?:\s(?:(?:de|da|do|del|van|la|le|of|am|an der|&)\s)?"
    r"(?-i:[A-ZÀ-ÖØ-ÞŁŚŻŹĆА-ЯЁΑ-Ω])[\w'’-]*)*)"
)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATE = (
    rf"(?P<v>\d{{1,2}}(?:st|nd|rd|th|\.|º)?\s+(?:of\s+|de\s+)?(?:{_MONTH})(?:\s+(?:de\s+)?\d{{4}})?"
    rf"|(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)\s+of\s+(?:{_MONTH})"
    rf"|(?:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?"
    r"|\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.(?:\d{2,4})?)(?!\w)"
)
_PHONE = r"(?P<v>\+?\d[\d ()/–-]{4,}\d)(?!\w)"
_MAIL = r"(?P<v>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
_YET = (
    r"(?:\s+(?:now|currently|still|also|actually|jetzt|noch|auch|inzwischen|maintenant|ahora|adesso|ora|agora"
    r"|nu|nog|teraz|сейчас|теперь))?\s+"
)

_OTHERS: tuple[tuple[FactKind, str, str], ...] = (
    ("works as", r"works\s+as|arbeitet\s+als|travaille\s+comme|trabaja\s+(?:como|de)|lavora\s+come"
     r"|trabalha\s+como|werkt\s+als|pracuje\s+jako", _JOB),
    ("works at", r"works\s+(?:at|for)|arbeitet\s+bei|travaille\s+chez|werkt\s+bij", _NAME),
    ("lives in", r"lives\s+in|(?:wohnt|lebt)\s+in|(?:habite|vit)\s+(?:à|en|au)|vive\s+(?:en|em|a|in)"
     r"|abita\s+(?:a|in)|mora\s+(?:em|no|na)|woont\s+in|mieszka\s+we?|жив[её]т\s+во?", _NAME),
    ("comes from", r"comes\s+from|is\s+from|kommt\s+aus|vient\s+de|komt\s+uit", _NAME),
    ("allergic to", r"is\s+(?:(?:very|badly|severely|seriously|highly)\s+)?allergic\s+to"
     r"|ist\s+allergisch\s+(?:gegen|auf)|est\s+allergique\s+(?:à\s+la|à|aux?)"
     r"|es\s+alérgic[oa]\s+(?:a\s+la|a\s+los|a\s+las|al|a)"
     r"|è\s+allergic[oa]\s+(?:alle|alla|agli|ai|al|a)|é\s+alérgic[oa]\s+(?:aos?|às?|a)"
     r"|is\s+allergisch\s+voor|(?:jest\s+uczulon[ya]|ma\s+alergię)\s+na", _THINGS),
    ("married to", r"is\s+married\s+to|ist\s+(?:verheiratet\s+mit|mit)|est\s+mariée?\s+(?:à|avec)"
     r"|está\s+casad[oa]\s+con|è\s+sposat[oa]\s+con|é\s+casad[oa]\s+com|is\s+getrouwd\s+met", _NAME),
    ("born on", r"was\s+born\s+on(?:\s+the)?|was\s+born|hat\s+am|est\s+née?\s+le|nació\s+el|è\s+nat[oa]\s+il"
     r"|nasceu\s+(?:a|em)|is\s+geboren\s+op", _DATE),
    ("age", r"is", r"(?P<v>\d{1,3})\s+years\s+old"),
)  # fmt: skip
_SELF: tuple[tuple[FactKind, str, str], ...] = (
    ("works as", r"I\s+work\s+as|ich\s+arbeite\s+als|je\s+travaille\s+comme|trabajo\s+(?:como|de)"
     r"|lavoro\s+come|trabalho\s+como|ik\s+werk\s+als|pracuję\s+jako", _JOB),
    ("works at", r"I\s+work\s+(?:at|for)|ich\s+arbeite\s+bei|je\s+travaille\s+chez|ik\s+werk\s+bij", _NAME),
    ("lives in", r"I\s+live\s+in|I['’]m\s+living\s+in|ich\s+(?:wohne|lebe)\s+in|j['’]habite\s+(?:à|en|au)"
     r"|vivo\s+(?:en|em|a|in)|abito\s+(?:a|in)|moro\s+(?:em|no|na)|ik\s+woon\s+in|mieszkam\s+we?"
     r"|живу\s+во?", _NAME),
    ("comes from", r"I\s+come\s+from|I['’]m\s+from|ich\s+komme\s+aus|je\s+viens\s+de|ik\s+kom\s+uit", _NAME),
    ("allergic to", r"I(?:['’]m|\s+am)\s+(?:(?:very|badly|severely|seriously|highly)\s+)?allergic\s+to"
     r"|ich\s+bin\s+allergisch\s+(?:gegen|auf)|je\s+suis\s+allergique\s+(?:à\s+la|à|aux?)"
     r"|soy\s+alérgic[oa]\s+(?:a\s+la|a\s+los|a\s+las|al|a)"
     r"|sono\s+allergic[oa]\s+(?:alle|alla|agli|ai|al|a)|sou\s+alérgic[oa]\s+(?:aos?|às?|a)"
     r"|ik\s+ben\s+allergisch\s+voor|jestem\s+uczulon[ya]\s+na|mam\s+alergię\s+na", _THINGS),
    ("married to", r"I(?:['’]m|\s+am)\s+married\s+to|ich\s+bin\s+mit"
     r"|je\s+suis\s+mariée?\s+(?:à|avec)", _NAME),
    ("born on", r"I\s+was\s+born\s+on(?:\s+the)?|I\s+was\s+born|my\s+birthday\s+is(?:\s+on)?(?:\s+the)?"
     r"|mein\s+Geburtstag\s+ist(?:\s+am|\s+der)?|mi\s+cumpleaños\s+es(?:\s+el)?"
     r"|mon\s+anniversaire\s+est(?:\s+le)?", _DATE),
    ("phone", r"my\s+(?:new\s+)?(?:(?:phone|mobile|cell)\s+)?(?:number|mobile)\s+is(?:\s+now)?", _PHONE),
    ("e-mail", r"my\s+(?:new\s+)?e-?mail(?:\s+address)?\s+is(?:\s+now)?", _MAIL),
)  # fmt: skip
_THEIRS: tuple[tuple[FactKind, str, str], ...] = (
    ("born on", r"birthday\s+is(?:\s+on)?(?:\s+the)?", _DATE),
    ("phone", r"(?:new\s+)?(?:(?:phone|mobile|cell)\s+)?(?:number|mobile)\s+is(?:\s+now)?", _PHONE),
    ("e-mail", r"(?:new\s+)?e-?mail(?:\s+address)?\s+is(?:\s+now)?", _MAIL),
)

VERBS: tuple[tuple[FactKind, re.Pattern[str]], ...] = (
    *(
        (kind, re.compile(rf"{_YET}(?:{verb})\s+{value}", re.IGNORECASE))
        for kind, verb, value in _OTHERS
    ),
    *(
        (kind, re.compile(rf"['’]s\s+(?:{verb})\s+{value}", re.IGNORECASE))
        for kind, verb, value in _THEIRS
    ),
)
"""What follows a name."""
FIRST_PERSON: tuple[tuple[FactKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(?<![\w'’])(?:{verb})\s+{value}", re.IGNORECASE))
    for kind, verb, value in _SELF
)
"""What the user says of themselves."""
_MAY_SAY = """
    work live living from alerg allerg marri born birthday years number mobile mail arbeit wohn leb komm
    verheiratet geburtstag travaill habit vit vis viens vient mari né anniversaire trabaj casad nació cumplea
    vive vivo lavor abit sposat nat trabalh mor nasceu werk woon kom getrouwd geboren prac mieszka uczulon жи
    """
MAY_SAY = tuple(_MAY_SAY.split())
"""Every fact has one of these in lower case: most texts needn't be looked at closer."""
MARRIED = re.compile(r"\s+verheiratet\b|\s+Geburtstag\b")
"""The end of a German fact whose verb surrounds its value."""
UNSURE = re.compile(
    r"(?<!\w)(?:if|maybe|perhaps|wish(?:es|ed)?|hope[sd]?|hoping|think(?:s|ing)?|thought|would|when(?:ever)?|until"
    r"|unless|whether|imagine|pretend(?:s|ed)?|suppose|not|never|nobody|character|dream(?:s|t|ed)?|as though"
    r"|vielleicht|wenn|falls|ob|glaub\w*|denk\w*|früher|nicht|nie|peut-être|quand|crois|pense|ne|ojalá|quizás?"
    r"|creo|nunca|cuando|forse|credo|quando|non|magari|talvez|acho|não|misschien|denk|niet|może|gdyby|jeśli|nie"
    r"|если|может|наверное|думаю|не)(?!\w)|n['’]t\b|^\s*(?:si|se|als|cuando|ya no|no)\s",
    re.IGNORECASE,
)
"""Before the verb: what is said there isn't plainly so."""
