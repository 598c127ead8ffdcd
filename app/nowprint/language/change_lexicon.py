"""Patterns of the words that tell of a change (capture/contradictions.py), in the languages users write most.

Everything is matched in lower case. The language of a text is not known, so words that mean something else in
another of these languages are left out ("car", "si").
"""

from __future__ import annotations

import re

CHANGED = re.compile(
    r"\b(?:moved|postponed|rescheduled|pushed(?: back)?|brought forward|shifted|extended|changed"
    r"|switched|swapped|went (?:up|down)|increased|raised|dropped|delayed"
    r"|verschoben|verlegt|vorverlegt|geändert|gewechselt|erhöht|verlängert"
    r"|reportée?s?|déplacée?s?|décalée?s?|changée?s?|avancée?s?|augmenté|prolongée?s?"
    r"|aplazad[oa]s?|pospuest[oa]s?|cambió|cambiad[oa]s?|cambié|trasladad[oa]s?|retrasad[oa]s?"
    r"|adelantad[oa]s?|subió|bajó"
    r"|spostat[oaie]|rimandat[oaie]|rinviat[oaie]|cambiat[oaie]|anticipat[oaie]|posticipat[oaie]"
    r"|aumentat[oaie]|adiad[oa]s?|mudou|mudad[oa]s?|alterad[oa]s?|remarcad[oa]s?|antecipad[oa]s?"
    r"|passou|verplaatst|verzet|uitgesteld|veranderd|gewijzigd|verhoogd)\b"
)
"""Something is different now. Together with the same subject that is enough for a change."""
ENDED = re.compile(
    r"no longer|\b(?:not|\w+n['’]t)\b.*\bany ?more\b|\b(?:stopped|quit|gave up|given up|cancell?ed"
    r"|called off|abgesagt|aufgehört|annulée?s?|arrêté|ya no|cancelad[oa]s?|dejé de|annullat[oaie]"
    r"|smesso di|deixei de|afgelast|gestopt met)\b|\b(?:nicht|keine?[nmrs]?)\b.*\bmehr\b"
    r"|\b(?:ne |n['’]).*\bplus\b|\bno\b.*\bmás\b|\bnon\b.*\bpiù\b|\bnão\b.*\bmais\b"
    r"|\b(?:niet|geen)\b.*\bmeer\b"
)
"""Something is no longer so."""
_ENDING = """
    longer don doesn any stopped quit gave given up cancelled canceled called off abgesagt aufgehört
    annulé annulée arrêté ya cancelado cancelada dejé annullato annullata smesso deixei afgelast gestopt
    met
    """
ENDING = frozenset(_ENDING.split())
"""The words in ``ENDED`` that aren't ``FILLER``."""
HINTS = re.compile(
    r"\b(?:from now on|now(?:adays)?|these days|currently|at the moment|actually|correction|update"
    r"|it turns out|new|last (?:week|month|year)|jetzt|inzwischen|mittlerweile|neuerdings|nun"
    r"|eigentlich|korrektur|neue[rsnm]?|maintenant|désormais|dorénavant|en fait|nouveau|nouvel(?:le)?"
    r"|ahora|actualmente|en realidad|corrección|nuev[oa]|ora|adesso|in realtà|correzione|nuov[oa]"
    r"|agora|atualmente|na verdade|correção|nov[oa]|nu|voortaan|eigenlijk|correctie|nieuwe?)\b[,:]?"
)
"""Words that often come with a change, but also without one: no evidence by themselves."""
REASON = re.compile(
    r"[,;]? \b(?:because|since|due to|so that|for \w+ing|weil|wegen|seit|parce que|puisque|depuis"
    r"|porque|perché|poiché|omdat|vanwege|sinds)\b.*$"
)
"""A clause that says why or since when; it is left out of the comparison."""
NOT_THAT = re.compile(r"[,;] (?:and )?(?:not|nicht|pas|y no|no|e non|non|e não|não|niet) (.+)$")
FROM_TO = re.compile(
    r"\b(?:from|von|vom|de|da|dal|dalla|do|van) (.+?) (?:to|auf|nach|zu|zum|à|au|a|al|para|naar) (.+)$"
)
UNSURE = re.compile(
    r"\b(?:would|wouldn['’]t|want(?:s|ed)?|wish|if|maybe|perhaps|might|could|should|plan(?:s|ning)?"
    r"|hope|hoping|think(?:ing)?|consider(?:ing)?|dream(?:ing)?|used to|when|ago|years?(?= ago)|once"
    r"|never|won['’]t|not going to|möchte|würde|wenn|vielleicht|früher|voudrais|peut-être|quand"
    r"|quiero|quisiera|quizás|cuando|vorrei|forse|quando|quero|talvez|wil|misschien|toen)\b"
)
"""The sentence doesn't state what is so now: a wish, a plan, a condition, the past."""
PAST = re.compile(
    r"\b(?:yesterday|last|was|were|had|did|ran|went|saw|bought|got|met|ate|took|swam|made|came|gave"
    r"|found|won|lost|paid|spent|wrote|drove|\w{2,}ed|gestern|letzte\w*|war|hatte|habe|bin|hier|ai"
    r"|dernière?|ayer|pasad[oa]|ieri|scors[oa]|ontem|passad[oa]|gisteren|vorige|heb)\b"
)
"""The sentence tells of an event: another event like it doesn't change the first."""
STATE = re.compile(
    r"\b(?:is|are|am|weighs?|costs?|starts?|begins?|ist|sind|wurde|wird|kostet|beginnt|wiege|wiegt|est|coûte"
    r"|commence|pèse|es|está|cuesta|empieza|tiene|è|costa|inizia|comincia|ha|é|custa|começa|tem|zijn"
    r"|kost|begint|weegt)\b|\w['’]s\b"
)
"""Verbs that state how something is."""

ONCE = re.compile(
    r"appointment|launch|release|deadline|due|wedding|party|exam|interview|surgery|flight|departure|trip"
    r"|moving|funeral|graduation|termin|hochzeit|prüfung|frist|umzug|feier|abgabe|rendez-vous|mariage"
    r"|examen|vol\b|cita|boda|vuelo|appuntamento|matrimonio|esame|volo|consulta|casamento|prova|voo"
    r"|afspraak|bruiloft|vlucht"
)
"""Things that happen on one day. Of other things a second day doesn't contradict the first."""

_SELF = "i we ich wir je j nous yo nosotros io noi eu nós ik wij"
SELF = frozenset(_SELF.split())
_OTHERS = """
    he she they it er es sie il elle ils elles él ella ellos lui lei loro ele ela eles hij zij ze you
    du tu
    """
OTHERS = frozenset(_OTHERS.split())
_KIN = """
    sister brother daughter son wife husband partner girlfriend boyfriend mother father mom mum dad
    parents kids children aunt uncle cousin niece nephew grandmother grandfather grandma grandpa friend
    neighbour neighbor colleague roommate cat dog schwester bruder tochter sohn frau mann mutter vater
    oma opa tante onkel cousine freund freundin nachbar kollege kollegin katze hund sœur soeur frère
    fille fils femme mari mère père ami amie cousin voisin collègue chat chien hermana hermano hija hijo
    esposa marido madre padre novia novio prima primo amiga amigo gato perro sorella fratello figlia
    figlio moglie marito mamma papà fidanzata amico gatto cane irmã irmão filha filho mulher mãe pai
    namorada vizinho cão zus broer dochter zoon vrouw man moeder vader vriend vriendin buurman kat hond
    """
KIN = frozenset(_KIN.split())
"""Words for the person or animal that a sentence is about: both sentences must have the same ones."""
_FILLER = """
    the a an my our your his her its their this that these those i we you he she they it me us them am
    is are was were be been being has have had do does did will got at on in of to for from by with and
    or about as into around than just also still already anymore any more not no s m re ve ll d t
    der die das den dem des ein eine einen einem einer eines mein meine meinen meinem meiner unser unsere
    unseren unserem unserer ist sind war wird wurde wurden hat haben habe bin am im um auf an in zu zum
    zur nach von vom mit für bei und oder auch ich wir uhr nicht mehr kein keine keinen
    le la les l un une des du de d mon ma mes notre nos est sont a ai été c ce cet cette au aux à en dans
    pour avec chez sur et ou je j nous ne n pas plus qu que
    el los las lo mi mis nuestro nuestra es son está están fue ha he se al del con por para y o yo no más
    il gli i una uno mio mia miei mie nostro nostra è sono stata stato ho si alla allo ai alle da dal
    dalla di per e io non più ci
    os as um uma meu minha meus minhas nosso nossa é são foi foram da do na no em ao à com por para eu
    não mais que
    het een mijn onze ons zijn wordt werd heb heeft om op naar van voor bij en of ik wij niet geen meer
    pm uur h o'clock mr mrs ms dr herr frau
    """
FILLER = frozenset(_FILLER.split())
"""Words that only connect others; they are dropped before two texts are compared word by word."""

LIVES = re.compile(
    r"\b(?P<me>live|moved to|moved|wohne|lebe|habite|vivo|abito|moro|woon|mudé|trasferit[oa]|mudei-me"
    r"|verhuisd|déménagé|(?<=bin )nach(?= \w+ (?:um)?gezogen)|ziehe)\b"
    r"|\b(?:lives|living|wohnt|lebt|vive|abita|mora|woont)\b"
)
WORKS = re.compile(
    r"\b(?P<me>work|joined|started|arbeite|travaille|trabajo|lavoro|trabalho|werk)\b"
    r"|\b(?:works|working|arbeitet|trabaja|lavora|trabalha|werkt)\b"
)
CALLED = re.compile(
    r"(?:['’]s|\bis) (?:called|named)\b|\bname is\b|\bhei(?:ß|ss)t\b|\bs['’]appelle\b|\bse llama\b"
    r"|\bsi chiama\b|\bchama-se\b|\bheet\b"
)
IS = re.compile(r"\b(?:is|are|changed to|ist|est|es|è|é)\b")
AT = re.compile(
    r"\s*(?:in|at|for|with|to|by|bei|nach|à|au|aux|en|chez|a|alla|allo|al|per|presso|em|na|no|para|bij"
    r"|naar)\s+"
)
OWN = re.compile(
    r"\b(?:my|our|the|mein\w*|unser\w*|mon|ma|notre|mi|nuestr[oa]|mio|mia|nostr[oa]|meu|minha|noss[oa]"
    r"|mijn|onze|ons)\b"
)
HAVING = re.compile(r"\b(?:have|has|got|habe|hat|ai|tengo|tiene|ho|tenho|tem|heb|heeft)\b")
SINGLE = re.compile(
    r"\b(?:favou?rite|lieblings\w+|préférée?|favorit[oa]|preferit[oa]|lievelings\w+)\b"
    r"|\b(?:name|number|code|password|passcode|pin|address|e-?mail|birthday|deadline|salary|budget|size"
    r"|blood type|username|nickname|passwort|adresse|geburtstag|nom|numéro|contraseña|dirección|cumpleaños"
    r"|indirizzo|compleanno|senha|endereço|aniversário|wachtwoord|adres|verjaardag)$"
)
"""Things of which there is only one, whatever its value."""
ROLES = re.compile(
    r"\b(?:boss|manager|landlord|landlady|doctor|dentist|teacher|supervisor|therapist|lawyer|accountant"
    r"|coach|trainer|principal|jefe|jefa|capo|chefe|patron|baas)$"
)
"""People of whom the user has one at a time: another name means a change."""
