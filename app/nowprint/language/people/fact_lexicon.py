"""The words in which something is plainly said of somebody, by kind.

Only what is sure: the verb follows the name, and the value follows the verb, or both stand as their language
has it. First persons need no subject where the verb shows it. The questions for these facts are in
``resources/fact-questions.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from nowprint.language.calendar import MONTHS
from nowprint.people_records import FactKind

_STOP = (
    "and|in|at|for|but|now|since|who|because|while|so|with|on|to|as|und|in|bei|seit|aber|weil|et|à|chez|mais"
    r"|y|en|pero|desde|e|a|ma|da|mas|en|bij|maar|sinds|i|w|ale|и|в|но|by|too|again|anyway|btw|which|or"
    "|allergisch|an|am|beim|im|dans|presso"
)
_END = rf"(?=\s*(?:[.,;!?)…–—。，\n]|-\s|$)|\s+(?:{_STOP})\b)"
_WORD = r"[^\W\d_][\w'’-]*"
_JOB = rf"(?P<v>(?:(?:an?|the|une?|una?|um|een)\s+)?{_WORD}(?:\s+(?!(?:{_STOP})\b){_WORD}){{0,3}}?){_END}"
_THING = rf"{_WORD}(?:\s+(?!(?:{_STOP})\b){_WORD}){{0,2}}?"
_NO_THING = (
    "nothing|anything|everything|something|it|them|that|this|these|those|nichts|alles|das|es|rien|tout|ça|nada"
    "|todo|tudo|niente|tutto|niets|nic|to|ничего|это"
)
_THINGS = rf"(?P<v>(?!(?:{_NO_THING}){_END}){_THING}(?:\s+(?:and|or|und|et|y|e|en|i|и)\s+{_THING})?){_END}"
_CAPITAL = r"(?-i:[A-ZÀ-ÖØ-ÞŁŚŻŹĆİŞÇĞА-ЯЁΑ-Ω])"
_RUSSIAN_JOB = (
    rf"(?P<v>(?!(?:дн[её]м|ночью|утром|вечером)\b)\w{{3,}}(?:ом|ем|[её]м|ой|ей|ью)){_END}"
)
_PART = rf"(?:(?-i:St|Ste|Mt|Ft|Dr|Prof)\.\s)?{_CAPITAL}[\w'’-]*"
_NAMED = rf"{_PART}(?:\s(?:(?:de|da|do|del|van|la|le|of|am|an der|&)\s)?{_PART})*"
_NAME = rf"(?P<v>{_NAMED})"
_NO_PLACE = (
    "moment|minute|week\\w*|same|end|time|times|living|while|change|lot|least|first|last|day|days|nights?|month"
    "|nacht|früh|regel|stadt|nähe|schicht\\w*|noche|mañana|tarde|nuit|journée|fois|notte|giorno|sera|domu|nocy"
    "|tygodni\\w*|sobot\\w*|niedziel\\w*|дому|дома|выходн\\w*|ночь|день|time|avond|middag|dag"
)
_ARTICLE = "(?:the|an?|der|dem|einer|einem|la|le|une?|una|el|un|il|uma?|de|het|een)\\s+"
_PLACE = (
    rf"(?P<v>(?:{_ARTICLE})?(?!(?:{_NO_PLACE})\b){_NAMED}"
    rf"|(?:{_ARTICLE}|l['’])(?!(?:{_NO_PLACE})\b){_THING}{_END})"
)
_TURKISH = "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık"
_MONTH = "|".join(sorted({*MONTHS, *_TURKISH.split()}, key=len, reverse=True))
_DATE = (
    rf"(?P<v>\d{{1,2}}(?:st|nd|rd|th|\.|º|er)?\s+(?:of\s+|de\s+)?(?:{_MONTH})(?:\s+(?:de\s+)?\d{{4}})?"
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

_WORKS_AT = (
    r"|{en}\s+(?:at|for)|{de}\s+(?:bei|für)|{de}\s+in(?=\s+(?:der|einer|einem)\s)"
    r"|{fr}\s+(?:chez|à|pour|dans)|{es}\s+(?:en|para)|{it}\s+(?:in|per|presso)|{pt}\s+(?:em|para)"
    r"|{nl}\s+(?:bij|voor)"
)


def _works_at(**verbs: str) -> str:
    return _WORKS_AT.format(**verbs).lstrip("|")


_OTHERS: tuple[tuple[FactKind, str, str], ...] = (
    ("works as", r"works\s+as|arbeitet\s+als|travaille\s+comme|trabaja\s+(?:como|de)|lavora\s+come"
     r"|trabalha\s+como|werkt\s+als|pracuje\s+jako", _JOB),
    ("works as", r"работает", _RUSSIAN_JOB),
    ("works at", _works_at(en="works", de="arbeitet", fr="travaille", es="trabaja", it="lavora",
                           pt="trabalha", nl="werkt"), _PLACE),
    ("works at", r"trabalha\s+(?:no|na)|lavora\s+(?:al|alla)|pracuje\s+w|работает\s+в", _NAME),
    ("lives in", r"lives\s+in(?:\s+an?\s+(?:\w+\s+){1,3}in)?|(?:wohnt|lebt)\s+in|(?:habite|vit)\s+(?:à|en|au)"
     r"|vive\s+(?:en|em|a|in)|abita\s+(?:a|in)|mora\s+(?:em|no|na)|woont\s+in|mieszka\s+we?"
     r"|жив[её]т\s+во?", _NAME),
    ("comes from", r"comes\s+from|is\s+from|kommt\s+aus|vient\s+de|komt\s+uit", _NAME),
    ("allergic to", r"is\s+(?:(?:very|badly|severely|seriously|highly)\s+)?allergic\s+to"
     r"|ist\s+allergisch\s+(?:gegen|auf)|ist\s+gegen|est\s+allergique\s+(?:à\s+la|à|aux?)"
     r"|es\s+alérgic[oa]\s+(?:a\s+la|a\s+los|a\s+las|al|a)"
     r"|è\s+allergic[oa]\s+(?:alle|alla|agli|ai|al|a)|é\s+alérgic[oa]\s+(?:aos?|às?|a)"
     r"|is\s+allergisch\s+voor|(?:jest\s+uczulon[ya]|ma\s+alergię)\s+na", _THINGS),
    ("married to", r"is\s+married\s+to|ist\s+(?:verheiratet\s+mit|mit)|est\s+mariée?\s+(?:à|avec)"
     r"|está\s+casad[oa]\s+con|è\s+sposat[oa]\s+con|é\s+casad[oa]\s+com|is\s+getrouwd\s+met", _NAME),
    ("born on", r"was\s+born\s+on(?:\s+the)?|was\s+born|hat\s+am|est\s+née?\s+le|nació\s+el|è\s+nat[oa]\s+il"
     r"|nasceu\s+(?:a|em)|is\s+geboren\s+op|urodził[a]?\s+się", _DATE),
    ("born in", r"was\s+born\s+in|est\s+née?\s+(?:à|en|au)|nació\s+en|è\s+nat[oa]\s+a|nasceu\s+em"
     r"|is\s+geboren\s+in|urodził[a]?\s+się\s+we?|родил(?:ся|ась)\s+во?|wurde\s+in|ist\s+in", _NAME),
    ("age", r"is", r"(?P<v>\d{1,3})\s+years\s+old"),
)  # fmt: skip
_SELF: tuple[tuple[FactKind, str, str], ...] = (
    ("works as", r"I(?:\s+(?:now|currently))?\s+work\s+as|ich\s+arbeite\s+als|je\s+travaille\s+comme"
     r"|trabajo\s+(?:como|de)|lavoro\s+come|trabalho\s+como|ik\s+werk\s+als|pracuję\s+jako", _JOB),
    ("works as", r"(?:^|я\s+)работаю", _RUSSIAN_JOB),
    ("works at", _works_at(en=r"I(?:\s+(?:now|currently))?\s+work(?:\s+as\s+an?(?:\s+\w+){1,3})?",
                           de=r"ich\s+arbeite", fr=r"je\s+travaille", es="trabajo", it="lavoro",
                           pt="trabalho", nl=r"ik\s+werk"), _PLACE),
    ("works at", r"trabalho\s+(?:no|na)|lavoro\s+(?:al|alla)|pracuję\s+w|(?:^|я\s+)работаю\s+в", _NAME),
    ("lives in", r"(?:I|we)(?:\s+(?:now|currently))?\s+live\s+in(?:\s+an?\s+(?:\w+\s+){1,3}in)?"
     r"|I['’]m\s+living\s+in|(?:ich\s+(?:wohne|lebe)|wir\s+(?:wohnen|leben))\s+in"
     r"|(?:j['’]habite|nous\s+(?:habitons|vivons)|je\s+vis)\s+(?:à|en|au)|(?:vivo|vivimos)\s+(?:en|em|a|in)"
     r"|(?:abito|abitiamo|viviamo)\s+(?:a|in)|mor(?:o|amos)\s+(?:em|no|na)|(?:ik\s+woon|(?:wij|we)\s+wonen)\s+in"
     r"|mieszkam(?:y)?\s+we?|(?:живу|мы\s+жив[её]м)\s+во?", _NAME),
    ("comes from", r"I\s+come\s+from|I['’]m\s+from|ich\s+komme\s+aus|je\s+viens\s+de|ik\s+kom\s+uit", _NAME),
    ("allergic to", r"I(?:['’]m|\s+am)\s+(?:(?:very|badly|severely|seriously|highly)\s+)?allergic\s+to"
     r"|ich\s+bin\s+allergisch\s+(?:gegen|auf)|ich\s+bin\s+gegen|je\s+suis\s+allergique\s+(?:à\s+la|à|aux?)"
     r"|soy\s+alérgic[oa]\s+(?:a\s+la|a\s+los|a\s+las|al|a)"
     r"|sono\s+allergic[oa]\s+(?:alle|alla|agli|ai|al|a)|sou\s+alérgic[oa]\s+(?:aos?|às?|a)"
     r"|ik\s+ben\s+allergisch\s+voor|jestem\s+uczulon[ya]\s+na|mam\s+alergię\s+na"
     r"|у\s+меня\s+(?:есть\s+)?аллергия\s+на", _THINGS),
    ("married to", r"I(?:['’]m|\s+am)\s+married\s+to|ich\s+bin\s+mit"
     r"|je\s+suis\s+mariée?\s+(?:à|avec)", _NAME),
    ("born on", r"I\s+was\s+born\s+on(?:\s+the)?|I\s+was\s+born|my\s+birthday\s+is(?:\s+on)?(?:\s+the)?"
     r"|mein\s+Geburtstag\s+ist(?:\s+am|\s+der)?|ich\s+habe\s+am|mi\s+cumpleaños\s+es(?:\s+el)?|nací\s+el"
     r"|mon\s+anniversaire\s+est(?:\s+le)?|je\s+suis\s+née?\s+le|mio\s+compleanno\s+è(?:\s+il)?"
     r"|meu\s+aniversário\s+é(?:\s+(?:no\s+dia|em|a))?|mijn\s+verjaardag\s+is(?:\s+op)?"
     r"|moje\s+urodziny\s+są|(?:мой|у\s+меня)\s+день\s+рождения(?:\s*—)?|doğum\s+günüm", _DATE),
    ("born in", r"I\s+was\s+born(?:\s+and\s+(?:raised|bred))?\s+in|ich\s+(?:wurde|bin)\s+in"
     r"|je\s+suis\s+née?\s+(?:à|en|au)|nací\s+en|sono\s+nat[oa]\s+a|nasci\s+em|ik\s+ben\s+geboren\s+in|urodził[ae]m\s+się\s+we?"
     r"|я\s+родил(?:ся|ась)\s+во?", _NAME),
    ("phone", r"my\s+(?:new\s+)?(?:(?:phone|mobile|cell)\s+)?(?:number|mobile)\s+is(?:\s+now)?", _PHONE),
    ("e-mail", r"my\s+(?:new\s+)?e-?mail(?:\s+address)?\s+is(?:\s+now)?", _MAIL),
    ("called", r"my\s+(?:full\s+)?name(?:\s+is|['’]s)|I(?:['’]m|\s+am)\s+called|ich\s+heiße|mein\s+Name\s+ist"
     r"|je\s+m['’]appelle|me\s+llamo|mi\s+nombre\s+es|mi\s+chiamo|(?:eu\s+)?me\s+chamo|o\s+meu\s+nome\s+é"
     r"|ik\s+heet|mijn\s+naam\s+is|mam\s+na\s+imię|nazywam\s+się|меня\s+зовут", _NAME),
)  # fmt: skip
_THEIRS: tuple[tuple[FactKind, str, str], ...] = (
    ("born on", r"birthday\s+is(?:\s+on)?(?:\s+the)?", _DATE),
    ("phone", r"(?:new\s+)?(?:(?:phone|mobile|cell)\s+)?(?:number|mobile)\s+is(?:\s+now)?", _PHONE),
    ("e-mail", r"(?:new\s+)?e-?mail(?:\s+address)?\s+is(?:\s+now)?", _MAIL),
)
_AROUND: tuple[tuple[FactKind, str, str], ...] = (
    ("born on", r"anniversaire\s+d(?:e\s+|['’])", rf"\s+est(?:\s+le)?\s+{_DATE}"),
    ("born on", r"cumpleaños\s+de\s+", rf"\s+es(?:\s+el)?\s+{_DATE}"),
    ("born on", r"compleanno\s+di\s+", rf"\s+è(?:\s+il)?\s+{_DATE}"),
    ("born on", r"aniversário\s+d[aeo]\s+", rf"\s+é(?:\s+(?:no\s+dia|em|a))?\s+{_DATE}"),
    ("born on", r"verjaardag\s+van\s+", rf"\s+is(?:\s+op)?\s+{_DATE}"),
    ("born on", r"Geburtstag\s+von\s+", rf"\s+ist(?:\s+am)?\s+{_DATE}"),
    ("born on", r"день\s+рождения\s+(?:у\s+)?", rf"(?:\s*—)?\s+{_DATE}"),
    ("allergic to", r"(?<!\w)у\s+", rf"\s+(?:есть\s+)?аллергия\s+на\s+{_THINGS}"),
    ("lives in", r"", rf"\s+(?P<v>{_CAPITAL}\w+)['’][dt][ea]\s+(?:yaşıyor|oturuyor)(?!\w)"),
    ("allergic to", r"", rf"['’][ıiuü]n\s+(?P<v>{_THING})\s+alerjisi\s+var(?!\w)"),
    ("works as", r"", rf"\s+(?P<v>{_THING})\s+olarak\s+çalışıyor(?!\w)"),
    ("born on", r"", rf"['’][ıiuü]n\s+doğum\s+günü\s+{_DATE}"),
)
_SELF_WHOLE: tuple[tuple[FactKind, str], ...] = (
    ("lives in", rf"(?P<v>{_CAPITAL}\w+)['’][dt][ea]\s+(?:yaşıyor|oturuyor)(?:um|uz)(?!\w)"),
    ("allergic to", rf"(?<!\w)(?:benim\s+)?(?P<v>{_WORD})\s+alerjim\s+var(?!\w)"),
    ("works as", rf"(?<!\w)(?P<v>{_WORD}(?:\s+{_WORD})?)\s+olarak\s+çalışıyorum(?!\w)"),
)
_HAN = r"[\u3400-\u9fff]"
_ZH_END = r"(?=[，。！？、；：,.!?;:\s了呢啊]|$)"
_ZH_DATE = r"(?P<v>[一二三四五六七八九十\d]{1,2}月[一二三四五六七八九十\d]{1,3}[号日]?)"
_CHINESE: tuple[tuple[FactKind, str], ...] = (
    ("lives in", rf"(?:现在|目前)?住在(?P<v>{_HAN}{{2,6}}?){_ZH_END}"),
    ("works at", rf"(?:现在|目前)?在(?P<v>{_HAN}{{2,8}}?)(?:工作|上班){_ZH_END}"),
    ("works as", rf"(?:现在|目前)?(?:在{_HAN}{{2,8}}?)?当(?P<v>{_HAN}{{2,6}}?){_ZH_END}"),
    ("allergic to", rf"对(?P<v>{_HAN}{{1,6}}?)过敏{_ZH_END}"),
    ("born on", rf"(?:的生日|生日)是?{_ZH_DATE}"),
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
AROUND: tuple[tuple[FactKind, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"{before}$", re.IGNORECASE), re.compile(after, re.IGNORECASE))
    for kind, before, after in _AROUND
)
"""What ends before a name, or before the words that say whose it is, and what follows it."""
FIRST_PERSON: tuple[tuple[FactKind, re.Pattern[str]], ...] = (
    *(
        (kind, re.compile(rf"(?<![\w'’])(?:{verb})\s+{value}", re.IGNORECASE))
        for kind, verb, value in _SELF
    ),
    *((kind, re.compile(whole, re.IGNORECASE)) for kind, whole in _SELF_WHOLE),
)
"""What the user says of themselves."""
CHINESE: tuple[tuple[FactKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(?P<of>[^\W\d_]{{1,8}}?){said}")) for kind, said in _CHINESE
)
"""Whole clauses, with whom they tell of (``of``)."""
TITLED = re.compile(
    rf"(?:\s+(?:is|ist|est|es|è|é|jest|—)\s+|\s*是)(?:(?:the|an?|le|la|il|el|o|a|der|die)\s+)?"
    rf"(?P<v>(?P<title>{_WORD})\.?\s+{_NAMED}|(?<=是){_HAN}{{2,4}}){_END}",
    re.IGNORECASE,
)
"""What follows a relation whose bearer has a title ("… is Dr Okafor"). ``title`` may be any word."""
HAS = r"(?<!\w)(?:I|we)(?:['’]ve|\s+have)(?:\s+got)?\s+an?"
"""What makes the relation behind it the user's, where its bearer is then named ("a dog called Biscuit")."""
NAMED = re.compile(rf"(?:\s+(?:called|named)|,)\s+{_NAME}", re.IGNORECASE)
FORMER = re.compile(
    r"(?<!\w)(?:former|ex|old|previous|late|was|were|used|früher\w*|ehemalig\w*|alte[nmrs]?|verstorben\w*|war"
    r"|hieß|ancien\w*|feue?|était|appelait|antigu[oa]|viej[oa]|llamaba|era|vecchi[oa]|chiamava|velh[oa]"
    r"|chamava|oude|vorige|heette|był[aey]?|star[aeyą]|бывш\w*|звали)(?!\w)",
    re.IGNORECASE,
)
"""Beside a relation: whoever is named there was so once."""

_BEING: dict[str, tuple[str, str]] = {
    "en": (r"I(?:['’]m|\s+am)\s+an?", r"is\s+an?"),
    "de": (r"ich\s+bin(?:\s+eine?)?", r"ist(?:\s+eine?)?"),
    "fr": (r"je\s+suis(?:\s+une?)?", r"est(?:\s+une?)?"),
    "es": (r"soy(?:\s+una?)?", r"es(?:\s+una?)?"),
    "it": (r"sono(?:\s+una?)?", r"è(?:\s+una?)?"),
    "pt": (r"sou(?:\s+uma?)?", r"é(?:\s+uma?)?"),
    "nl": (r"ik\s+ben(?:\s+een)?", r"is(?:\s+een)?"),
    "pl": (r"jestem", r"jest"),
    "ru": (r"я(?:\s*—)?", r"—"),
    "tr": (r"ben", r""),
    "zh": (r"我(?:现在)?是(?:一名|一个|一位|个)?", r"是(?:一名|一个|一位|个)?"),
}
"""What stands before a word for one's work, for the user and for others."""
_ADJECTIVES = {
    "en": r"(?:(?!(?:bit|lot|kind|sort|of|bad|good|great|born|would-be|former|ex)\b)[\w-]+\s+){0,2}"
}


def being(jobs: Mapping[str, str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How the user says what they work as, and how it is said of others: of the groups the one that matched
    is the work. ``jobs`` are the words for that, by language."""
    both: list[re.Pattern[str]] = []
    for of_others in (False, True):
        said = []
        for language, words in jobs.items():
            verb = _BEING[language][of_others]
            if language == "zh":
                said.append(rf"{verb}({words}){_ZH_END}")
            elif verb:
                lead = r"\s+" if of_others else r"(?<![\w'’])"
                said.append(rf"{lead}{verb}\s+({_ADJECTIVES.get(language, '')}(?:{words})){_END}")
        both.append(re.compile("|".join(said), re.IGNORECASE))
    return both[0], both[1]


_HINTS: dict[FactKind, str] = {
    "works as": "work arbeit travaill trabaj lavor trabalh werk prac работа olarak 当",
    "works at": "work arbeit travaill trabaj lavor trabalh werk prac работа 工作 上班",
    "lives in": "live living wohn leb habit vit vis vivons vive vivo vivimos viviamo abit mora moro"
    " moramos woon wonen mieszka жив yaş otur 住",
    "comes from": "from komm vient viens kom",
    "allergic to": "alerg allerg alérg uczulon аллерг alerji 过敏",
    "married to": "marri verheiratet mari casad sposat getrouwd",
    "born on": "born birthday geburtstag né née anniversaire nació nací cumplea nat compleanno nasceu"
    " aniversário geboren verjaardag urodz рожд doğum 生日",
    "born in": "born née né nació nací nat nasceu nasci geboren urodz родил",
    "age": "years",
    "phone": "number mobile",
    "e-mail": "mail email",
    "called": "name called heiße appelle llamo nombre chiamo chamo nome heet naam imię nazywam зовут",
}
MAY_SAY = tuple({word for said in _HINTS.values() for word in said.split()})
"""Every fact has one of these in lower case: most texts needn't be looked at closer."""
MARRIED = re.compile(r"\s+(?:verheiratet|Geburtstag|allergisch|geboren)\b")
"""The end of a German fact whose verb surrounds its value."""
UNSURE = re.compile(
    r"(?<!\w)(?:if|maybe|perhaps|wish(?:es|ed)?|hope[sd]?|hoping|think(?:s|ing)?|thought|would|when(?:ever)?|until"
    r"|unless|whether|imagine|pretend(?:s|ed)?|suppose|not|never|nobody|neither|nor|says"
    r"|(?<!\bI )(?:said|told)|claim(?:s|ed)?|used\s+to|soon"
    r"|next\s+(?:week|month|year|spring|summer|autumn|fall|winter)"
    r"|joke|novel|poem|character|dream(?:s|t|ed)?|as though"
    r"|vielleicht|wenn|falls|ob|glaub\w*|denk\w*|früher|nicht|nie|weder|sagte?|behaupt\w*|bald|nächstes\s+Jahr"
    r"|peut-être|quand|crois|pense|ne|ni|dit\s+que|bientôt|ojalá|quizás?|creo|nunca|cuando|dice[ns]?|dijo|pronto"
    r"|forse|credo|quando|non|magari|presto|disse|talvez|acho|não|nem|diz|misschien|denk|niet|zegt|może|gdyby"
    r"|jeśli|nie|mówi|если|может|наверное|думаю|не|ни|говорит|скоро|belki|eğer|sanırım)(?!\w)|n['’]t\b"
    r"|^\s*(?:si|se|als|cuando|ya no|no)\s"
    r"|如果|也许|可能|要是|不|没|以前|曾经",
    re.IGNORECASE,
)
"""Before the verb: what is said there isn't plainly so."""
