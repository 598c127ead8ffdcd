"""Plain cues of a sentence: does it tell or ask, is it about the speaker, does it name things.

They are regular expressions over a few languages: cheap, and right more often than not. What they
miss, framed surprise sees.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from nowprint.salience.spans import sentences, words

_SELF = re.compile(
    r"\b(?:i|i'm|im|i've|i'd|i'll|my|mine|me|myself|we|we're|we've|our|ours|(?-i:[Uu]s)"
    r"|ich|mein\w*|mir|mich|wir|uns|unser\w*|je|j'|mon|ma|mes|moi|nous|notre|nos"
    r"|yo|mi|mis|nosotr\w+|nuestr\w+|soy|estoy|tengo|vivo|io|mio|mia|miei|mie|noi|nostr[oaie]|sono|ho"
    r"|eu|meus?|minhas?|nós|nosso|nossa|moro|tenho|jag|mitt|mina|vi|vår\w*|ik|mijn|wij|onze|ons"
    r"|ja|mój|moja|moje|mam|jestem|nasz\w*|ben|benim|biz|bizim|saya|aku|kami"
    r"|я|мо[йяёиє]|моего|моей|мою|мені|мне|меня|мы|ми|наш\w*|нас|у нас|मैं|मेर\S+|मुझे|हम\S*"
    r"|أنا|عندي|لدي|나|저|내|제|우리)\b|[我私僕俺]|\b(?:저|제|내|우리)[는가를의 ]|(?:는데|어요|했어|이야)",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"^(?:(?:and|so|but|ok|okay|hey|hi|well|now)[, ]+)?(?:what|what's|who|who's|whose|whom|where"
    r"|where's|when|why|how|how's|which|is|are|am|was|were|do|does|did|can|could|would|will|should"
    r"|shall|may|might|has|have you|had)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^(?:(?:please|pls|ok|okay|hey|hi|now|then|so|and|also|no)[, ]+)*(?:(?:can|could|would|will) you\b"
    r"|i(?:'d| would)? (?:want|need|like) (?:you to|to (?:know|learn|understand|see|read|ask)|a|an|some)\b"
    r"|let's\b|let us\b|write|rewrite|explain|tell|give"
    r"|show|make|create|generate|translate|summari[sz]e|describe|list|find|fix|help|compare|convert"
    r"|calculate|solve|suggest|recommend|draft|edit|improve|continue|imagine|pretend|act as|define"
    r"|name|outline|classify|sort|implement|debug|code|design|propose|correct|proofread|shorten"
    r"|expand|answer|try|use|add|remove|change|repeat|stop|go on|look up|search|play|sing|choose"
    r"|pick|plan|compose|provide|analy[sz]e|discuss|identify|paraphrase|brainstorm|turn|build|walk"
    r"|say|read|check|count|put|format|render|simplify|rephrase|reword|do|start|begin|set|let|skip"
    r"|just|please|shorter|longer|again|remind me"
    r"|(?:kannst|könntest|könnten) (?:du|sie)|schreibe?|erklär\w*|übersetz\w*|gib|zeige?|sag|erzähle?"
    r"|nenne?|hilf|mach|erstelle?|fasse?|formuliere?|korrigiere?|berechne|spiel"
    r"|peux-tu|pouvez-vous|tu peux|écri[st]|écrivez|explique\w*|tradui[st]\w*|donne\w*|montre|raconte"
    r"|résume\w*|aide|rédige\w*|corrige\w*|fais|joue|liste|propose|calcule"
    r"|puedes|podrías|escribe\w*|explica\w*|traduce|dame|dime|muéstrame|cuéntame|ayúdame|haz|hazme"
    r"|resume|corrige|calcula|redacta|crea"
    r"|puoi|potresti|scriv\w+|spieg\w+|traduc\w+|dammi|dimmi|aiutami|riassumi|correggi|fammi"
    r"|trasforma|elenca|prepara"
    r"|escrev[ae]\w*|traduz\w*|explique|faz|faça|dá-me|me dá|resuma|podes|pode"
    r"|schrijf|leg|vertaal|geef|maak|vertel|kun je|noem|kan je|vat|zet"
    r"|skriv|förklara|översätt|ge|gör|berätta|kan du|napisz|wyjaśnij|przetłumacz|podaj|zrób|opowiedz"
    r"|yaz|açıkla|çevir|anlat|buatkan|tuliskan|jelaskan|terjemahkan|tolong"
    r"|напиши\w*|объясни\w*|переведи\w*|расскажи\w*|покажи|помоги|сделай|составь|придумай|дай"
    r"|напишіть|поясни|переклади|розкажи|зроби|склади|اكتب|اشرح|ترجم|أعطني)\b"
    r"|^(?:用|写|请|帮我|解释|翻译|给我)|(?:ください|下さい|해줘|해 줘|주세요|써줘|줘|请|लिखो|लिखिए|बताओ"
    r"|बताइए|दो|दीजिए|yazar mısın|yaz)[.!。！]?$",
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
    r"|well done|good job|never mind|no problem|you're welcome|welcome|congrat\w*|love (?:it|that|this)"
    r"|amazing|brilliant|lovely|sounds (?:good|great|like a plan)|hm+|whatever|anyway|you know"
    r"|i (?:guess|suppose|mean)|i agree|good (?:point|idea|question|one)|of course|take care|oh|ah"
    r"|genau|super|toll|schön|klar|stimmt|guten (?:morgen|abend|tag)|gute nacht|tschüss|bitte|na ja"
    r"|bonjour|bonsoir|salut|super|d'accord|parfait|exactement|bonne (?:soirée|nuit|journée)|de rien"
    r"|buenos días|buenas noches|vale|perfecto|claro|genial|de nada|qué tal|ciao|grazie|prego|certo"
    r"|buongiorno|buonanotte|obrigad[oa]|olá|tudo bem|claro|bedankt|dank je|leuk|goed|tack|hej"
    r"|dzięki|cześć|teşekkürler|merhaba|tamam|terima kasih|спасибо|привет|пока|ладно|дякую|привіт"
    r"|спокойной ночи|доброе утро)\b|ありがとう|こんにちは|谢谢|你好|哈哈|안녕|고마워|ㅋㅋ|شكرا|धन्यवाद|नमस्ते",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?…\n]\s)(?<!^)\b(?!I\b|I')[^\W\d_a-z][\w'’-]+")
_NUMBER = re.compile(r"\d[\d.,:/]*|[一二三四五六七八九十百千][年月日岁時点号]")
_DATE = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|march|april|june|july"
    r"|august|september|october|november|december|tomorrow|yesterday|tonight|this (?:morning|weekend)"
    r"|(?:next|last|this|every) (?:week\w*|month|year|spring|summer|autumn|fall|winter|night|time)"
    r"|since|ago|until|weekends?|birthday|anniversary|deadline|from now on|in the (?:spring|autumn)"
    r"|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonntags?|januar|februar|märz"
    r"|mai|juni|juli|oktober|dezember|gestern|morgen|heute|seit|letzte[nrs]?|nächste[nrs]?"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|janvier|février|mars|avril|juin|juillet"
    r"|août|septembre|octobre|novembre|décembre|hier|demain|depuis|lunes|martes|miércoles|jueves"
    r"|viernes|sábados?|domingos?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre"
    r"|octubre|noviembre|diciembre|ayer|mañana|desde|hace|lunedì|martedì|mercoledì|giovedì|venerdì"
    r"|sabato|domenica|gennaio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|ieri|domani|da"
    r"|segunda|terça|quarta|quinta|sexta|janeiro|fevereiro|março|maio|junho|julho|outubro|dezembro"
    r"|ontem|amanhã|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|gisteren|sinds"
    r"|вчера|завтра|сегодня|понедельник\w*|вторник\w*|сред[уы]|четверг\w*|пятниц\w*|суббот\w*"
    r"|воскресень\w*|dün|yarın|igår|sedan|wczoraj|jutro|od|kemarin|besok|вчора)\b"
    r"|昨日|明日|来月|来週|去年|今年|星期|下个月|어제|내일|다음 ?(?:주|달)|작년|कल|أمس|غد",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:m[uo]m(?:my)?|dad(?:dy)?|mother|father|parents?|wife|husband|partner|boyfriend|girlfriend"
    r"|fianc[ée]e?|sons?|daughters?|kids?|twins|baby|brothers?|sisters?|siblings?|aunt\w*|uncle"
    r"|cousins?|niece|nephew|grand\w+|gran|nan|nana|in-laws?|mother-in-law|boss|colleagues?"
    r"|landlord|landlady|neighbou?rs?|roommate|flatmate|housemate|doctor|dr|dentist|therapist|vet"
    r"|teacher|dog|cat|puppy|kitten|mutter|mama|vater|papa|frau|mann|sohn|tochter|bruder|schwester"
    r"|oma|opa|chefin?|hund|katze|mère|maman|père|mari|femme|fils|fille|frère|s[oœ]eur|chien|chat"
    r"|madre|padre|mamá|papá|esposa|marido|hij[oa]s?|herman[oa]s?|abuel[oa]|perr[oa]|gat[oa]|moglie"
    r"|marito|figli[oa]|fratello|sorella|nonn[oa]|cane|gatt[oa]|mãe|pai|filh[oa]|irmã[o]?|avó|avô"
    r"|cachorr[oa]|moeder|vader|vrouw|zoon|dochter|broer|zus|hond|kat|мам[аыеу]\w*|пап[аыеу]|отец"
    r"|муж|жена|сын\w*|доч\w*|брат\w*|сестр\w*|бабушк\w*|дед\w*|собак\w*|кош\w*|кот"
    r"|anne\w*|baba\w*|oğlum|kızım|mamma|pappa|min man|son|dotter|ibu|bapak|anak|adik|kakak)\b"
    r"|[妈爸妻夫]|母|父|娘|息子|姉|兄|妹|弟|犬|猫|엄마|아빠|어머니|아버지|형|누나|언니|딸|아들",
    re.IGNORECASE,
)
_YOU = re.compile(
    r"\b(?:you|your|yours|you're|u|du|dir|dich|dein\w*|tu|toi|ton|ta|tes|vous|votre|te|ti|tus|tuo|tua"
    r"|você|voc[eê]s|teu|tua|je|jij|jouw|ты|тебя|тебе|твой|вы|вас|sen|sana|kamu|anda|ty|ci|dig)\b|你|您|あなた|너",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:something|anything|everything|nothing|somehow|somewhere|some(?:one|body)|thing|things|stuff"
    r"|kind of|sort of|a bit|maybe|perhaps|probably|really|very|just|honestly|actually|basically"
    r"|i think|i feel|feel|feeling|i don't know|dunno|people|life|it|that|this|so|such"
    r"|irgendwie|irgendwas|vielleicht|wirklich|einfach|etwas|das|quelque chose|peut-être|vraiment"
    r"|ça|c'est|algo|quizás|tal vez|de verdad|eso|esto|qualcosa|forse|davvero|questo|talvez|isso"
    r"|misschien|gewoon|echt|dat|что-то|может|просто|очень|это)\b",
    re.IGNORECASE,
)
_IF = re.compile(
    r"\b(?:if|what if|imagine|suppose|pretend|would|could|should|wonder|hypothetically|wenn|wäre|würde"
    r"|si|se|als|zou|если|бы|gdyby\w*)\b",
    re.IGNORECASE,
)
_MATTER = re.compile(r"[`{}<>=|;*#]|[\"“”«»„].{12,}[\"“”«»„]|:\s|\b\w+\(|\n")
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


CUES = (
    "about you",
    "names",
    "numbers",
    "dates",
    "people and pets",
    "small talk",
    "to the assistant",
    "vague words",
    "only supposed",
    "code or quotation",
)


def plain_cues(text: str) -> dict[str, float]:
    """``CUES`` of a span by name, each in 0..1."""
    straight = text.replace("’", "'")
    count = max(1, len(words(text)))

    def share(pattern: re.Pattern[str], times: float) -> float:
        """Of the words, those that match."""
        found = sum(max(1, len(words(m.group()))) for m in pattern.finditer(straight))
        return min(1.0, times * found / count)

    return {
        "about you": float(bool(_SELF.search(straight))),
        "names": _few(len(_NAME.findall(text))),
        "numbers": _few(len(_NUMBER.findall(text))),
        "dates": _few(len(_DATE.findall(text))),
        "people and pets": _few(len(_PEOPLE.findall(straight))),
        "small talk": share(_SMALL_TALK, 2),
        "to the assistant": share(_YOU, 5),
        "vague words": share(_VAGUE, 2),
        "only supposed": float(bool(_IF.search(straight))),
        "code or quotation": float(bool(_MATTER.search(text))),
    }


def _few(count: int) -> float:
    """0 for none, then near 1 soon: a second one says less than the first."""
    return 1 - math.exp(-count)
