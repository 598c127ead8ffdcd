"""Recognises messages that ask to forget something that was kept, by patterns in five languages.

Such a message asks for nothing else ("Forget that.", "Please forget what I said about my landlord",
"Vergiss alles über meine Katze"). "Don't forget …" is none, and neither are "Forget it" and "forget about
dinner", which only change the subject: the model answers those. This module only finds the words that the
user asks about; the user then chooses whether anything is forgotten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_ASKED = 200
"""The most code points of what a request is about."""

_END = r"[\s.!?…]*"
_ABOUT = rf"(?P<about>\S.{{0,{MOST_ASKED}}}?)"

_ENGLISH = (
    r"(?:(?:please|ok(?:ay)?|now|hey|so|(?:can|could|would|will) you|i(?: want|'d like| need) you to)"
    r"[,:]?\s+)*(?:please\s+)?forget\s+"
)
_ENGLISH_SAID = (
    r"(?:i(?:'ve| have)?(?: just| once| ever)? (?:said|told you|mentioned|wrote|written|shared)"
    r"|you (?:know|remember|have kept|kept|learned))"
)
_GERMAN = (
    r"(?:(?:bitte|ok(?:ay)?|jetzt)[,:]?\s+)*(?:vergiss|vergesst|vergessen sie),?\s+(?:bitte,?\s+)?"
)
_GERMAN_CAN = r"(?:bitte\s+)?(?:kannst du|könntest du|können sie|könnten sie)\s+(?:bitte\s+)?"
_FRENCH = (
    r"(?:(?:s'il (?:te|vous) pla[iî]t|stp|svp|peux-tu|pourrais-tu|pouvez-vous|pourriez-vous)"
    r"[,:]?\s+)*(?:oublie[zr]?)\s+"
)
_SPANISH = r"[¿¡]?(?:(?:por favor|puedes|podrías|puede|podría)[,:]?\s+)*(?:olvida[r]?|olvide)\s+"
_ITALIAN = (
    r"(?:(?:per favore|per piacere|puoi|potresti|può|potrebbe)[,:]?\s+)*"
    r"(?:dimentica(?:re)?|dimentichi)\s+"
)

_THAT = (
    rf"{_ENGLISH}(?:about )?(?:that|this|what {_ENGLISH_SAID})(?: again| please|, please| just now)*",
    rf"{_GERMAN}(?:das|dies|dieses)(?: bitte| wieder| eben| gerade| alles)*",
    rf"{_GERMAN}(?:alles, )?was ich (?:dir |ihnen |gerade |eben |vorhin )*(?:gesagt|erzählt) habe",
    rf"{_GERMAN_CAN}(?:das|dies)\s+(?:bitte\s+|wieder\s+)*vergessen(?:, bitte)?",
    rf"{_FRENCH}(?:ça|cela|ceci|ce que (?:je t'ai|je vous ai|j'ai) dit)(?:,? s'il (?:te|vous) pla[iî]t)?",
    rf"{_SPANISH}(?:eso|esto|lo que (?:te )?(?:he dicho|dije))(?:,? por favor)?",
    rf"{_ITALIAN}(?:questo|quello|ciò|(?:quello|ciò) che (?:ti )?ho detto)(?:,? per favore)?",
)
_ALL_ABOUT = (
    rf"{_ENGLISH}(?:that {_ENGLISH_SAID}|(?:what(?:ever)?|everything|anything|all)(?: that)? "
    rf"{_ENGLISH_SAID}|everything|anything|all)\s+(?:about|on|regarding|concerning)\s+{_ABOUT}",
    rf"{_ENGLISH}that\s+(?P<about>(?:i|i'm|i've|my|mine|we|our|he|she|they|the)\b.{{0,{MOST_ASKED}}}?)",
    rf"{_GERMAN}(?:alles, |das, )?was ich (?:dir |ihnen |gerade |eben |vorhin |je )*"
    rf"(?:über|zu|zum|zur|von|vom)\s+{_ABOUT}\s+(?:gesagt|erzählt|geschrieben|erwähnt) habe",
    rf"{_GERMAN}alles (?:über|zu|zum|zur|von|vom)\s+{_ABOUT}",
    rf"{_GERMAN}dass\s+{_ABOUT}",
    rf"{_GERMAN_CAN}alles (?:über|zu|zum|zur|von|vom)\s+{_ABOUT}\s+vergessen",
    rf"{_FRENCH}(?:tout )?(?:ce que (?:je t'ai|je vous ai|j'ai|tu sais|vous savez)(?: dit| raconté| écrit)?"
    rf"|tout)\s+(?:sur|à propos d[eu']|au sujet d[eu']|d[eu'])\s*{_ABOUT}",
    rf"{_FRENCH}qu(?:e\s+|')(?P<about>\S.{{0,{MOST_ASKED}}}?)",
    rf"{_SPANISH}(?:todo )?(?:lo que (?:te )?(?:he dicho|he contado|dije|conté|sabes)|todo)\s+"
    rf"(?:sobre|acerca de[l]?|de[l]?)\s+{_ABOUT}",
    rf"{_SPANISH}que\s+{_ABOUT}",
    rf"{_ITALIAN}(?:tutto )?(?:(?:quello|ciò|quel) che (?:ti )?(?:ho detto|ho raccontato|sai)|tutto)\s+"
    rf"(?:su(?:l|llo|lla|i|gli|lle)?|riguardo a[l]?|di|del|della)\s+{_ABOUT}",
    rf"{_ITALIAN}che\s+{_ABOUT}",
)
_ASKS_THAT = tuple(re.compile(one + _END, re.IGNORECASE) for one in _THAT)
_ASKS_ABOUT = tuple(re.compile(one + _END, re.IGNORECASE) for one in _ALL_ABOUT)
_MORE = re.compile(r"[!?]\s*\S|\.\s+\S+\s+\S+\s+\S|\n")
"""Matches if another sentence follows, which wants an answer."""


@dataclass(frozen=True, slots=True)
class ForgetRequest:
    """What a message asks to forget: ``about`` are the user's words for it, empty for what was said last."""

    about: str


def wished(text: str) -> ForgetRequest | None:
    """What the message asks to forget; None if it doesn't ask for that, or also for something else."""
    said = " ".join(text.replace("’", "'").split(" ")).strip()
    if len(said) > 2 * MOST_ASKED or _MORE.search(said):
        return None
    if any(pattern.fullmatch(said) for pattern in _ASKS_THAT):
        return ForgetRequest("")
    for pattern in _ASKS_ABOUT:
        if found := pattern.fullmatch(said):
            return ForgetRequest(found["about"].strip(" \"'“”„«»,"))
    return None
