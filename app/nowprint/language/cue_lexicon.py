"""Patterns of the words that serve as cues (salience/cues.py), in the languages that users write most.

The language of a message is not known, so words that mean something else in another of these languages are
left out ("hier", "son"). In scripts without spaces words are matched anywhere.
"""

from __future__ import annotations

import re

from nowprint.language.calendar import MONTHS, WEEKDAYS

SELF = re.compile(
    r"\b(?:i|i'm|i've|i'd|i'll|my|mine|me|myself|we|we're|we've|our|ours|(?-i:[Uu]s)"
    r"|ich|mein\w*|mir|mich|wir|uns|unser\w*|je|j'|mon|ma|mes|moi|nous|notre|nos"
    r"|yo|mi|mis|nosotr\w+|nuestr\w+|soy|estoy|tengo|vivo|io|mio|mia|miei|mie|noi|nostr[oaie]|sono|ho"
    r"|eu|meus?|minhas?|nós|nosso|nossa|moro|tenho|jag|mitt|mina|vi|vår\w*|ik|mijn|wij|onze|ons"
    r"|mój|moja|moje|jestem|nasz\w*|(?-i:ben)|benim|biz|bizim|saya|aku|kami"
    r"|я|мо[йяёиє]|моего|моей|мою|мені|мне|меня|мы|ми|наш\w*|нас|у нас|मैं|मेर\S+|मुझे|हम\S*"
    r"|أنا|عندي|لدي|나|저|내|제|우리)\b|[我私僕俺]|\b(?:저|제|내|우리)[는가를의 ]|(?:는데|어요|했어|이야)",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"^(?:(?:and|so|but|ok|okay|hey|hi|well|now)[, ]+)?(?:what|what's|who|who's|whose|whom|where"
    r"|where's|when|why|how|how's|which|(?:is|are|am|was|were|do|does|did|can|could|would|will|should"
    r"|shall|may|might|has|have|had)(?:n't)? (?:i|you|we|they|he|she|it|there|this|that|these|those|the"
    r"|my|your|our|his|her|their|a|an|any(?:one|thing|body)?|some\w*|people))\b",
    re.IGNORECASE,
)
REQUEST = re.compile(
    r"^(?:(?:please|pls|ok|okay|hey|hi|now|then|so|and|also|no)[, ]+)*(?:(?:can|could|would|will) you\b"
    r"|i(?:'d| would)? (?:want|need|like) (?:you to|to (?:know|learn|understand|see|read|ask)|a|an|some)\b"
    r"|let's\b|let us\b|write|rewrite|explain|tell|give"
    r"|show|make|create|generate|translate|summari[sz]e|describe|list|find|fix|help|compare|convert"
    r"|calculate|solve|suggest|recommend|draft|edit|improve|continue|imagine|pretend|act as|define"
    r"|name|outline|classify|sort|implement|debug|code|design|propose|correct|proofread|shorten"
    r"|expand|answer|try|use|add|remove|change|repeat|stop|go on|look up|search|play|sing|choose"
    r"|pick|plan|compose|provide|analy[sz]e|discuss|identify|paraphrase|brainstorm|turn|build|walk"
    r"|say|read|check|count|put|format|render|rename|simplify|rephrase|reword|do|start|skip|please"
    r"|shorter|longer|again|remind me|keep (?:it|the|going)|practi[sc]e|quiz|guess|rank|rate"
    r"|(?:kannst|könntest|könnten) (?:du|sie)|schreibe?|erklär\w*|übersetz\w*|gib|zeige?|sag|erzähle?"
    r"|nenne?|hilf|mach|erstelle?|fasse?|formuliere?|korrigiere?|berechne|rechne|spiel|nimm|lass|bitte"
    r"|peux-tu|pouvez-vous|tu peux|écri[st]|écrivez|explique\w*|tradui[st]\w*|donne\w*|montre|raconte"
    r"|résume\w*|aide|rédige\w*|corrige\w*|fais|joue|liste|propose|calcule"
    r"|puedes|podrías|escribe\w*|explica\w*|traduce|dame|dime|muéstrame|cuéntame|ayúdame|haz|hazme"
    r"|resume|corrige|calcula|redacta|crea|inventa|finge|pon|quita|cambia|recomiéndame"
    r"|puoi|potresti|scriv\w+|spieg\w+|traduc\w+|dammi|dimmi|aiutami|riassumi|correggi|fammi"
    r"|trasforma|elenca|prepara\w*|fingi|immagina|inventa|consigliami|rifai|togli|metti"
    r"|escrev[ae]\w*|traduz\w*|explica|faz|faça|dá-me|me dá|resum[ae]|podes|pode|tenta|imagina|põe"
    r"|schrijf|leg|vertaal|geef|maak|vertel|kun je|noem|kan je|vat|zet|doe|bedenk|reken|verbeter|speel"
    r"|skriv|förklara|översätt|ge|gör|berätta|kan du|napisz|wyjaśnij|przetłumacz|podaj|zrób"
    r"|opowiedz|popraw|wymyśl"
    r"|yaz|açıkla|çevir|anlat|düzelt|buatkan|buat|tuliskan|jelaskan|terjemahkan|tolong|coba"
    r"|напиши\w*|объясни\w*|переведи\w*|расскажи\w*|покажи|помоги|сделай|составь|придумай|дай|исправь|посчитай"
    r"|напишіть|поясни|переклади|розкажи|зроби|склади|اكتب|اشرح|ترجم|أعطني)\b(?!['’]|,? (?:is|are|was)\b)"
    r"|^(?:用|写|请|帮我|解释|翻译|给我)|(?:ください|下さい|해줘|해 줘|주세요|써줘|줘|请|लिखो|लिखिए|बताओ"
    r"|बताइए|दो|दीजिए|समझाओ|書いて|教えて|直して|して|yazar mısın|yaz)[.!。！।]?$",
    re.IGNORECASE,
)
MATERIAL = re.compile(
    r":|\b(?:following|below|rewrite|translate|summari[sz]e|fix|convert|edit|improve"
    r"|continue|classify|sort|debug|correct|proofread|shorten|expand|analy[sz]e|paraphrase"
    r"|übersetze?|traduis|résume|traduce|traduci|traduza|переведи)\b",
    re.IGNORECASE,
)
SMALL_TALK = re.compile(
    r"\b(?:thanks?|thank you|thx|cheers|great|cool|nice|ok|okay|yes|yeah|yep|nope|sure|hello|hi"
    r"|hey|bye|goodbye|good (?:morning|night|evening|afternoon)|sorry|please|lol|haha\w*|wow"
    r"|no(?=[,.!…]|$)|u[gr]+h+|meh|bored|tired|sleepy|testing|let me (?:think|see)"
    r"|awesome|perfect|got it|i see|makes sense|exactly|right|danke|merci|gracias|hola|hallo"
    r"|that(?:'s| is)? (?:helps?|helpful|great|fine|good|all|right|funny|interesting)|see you"
    r"|i don't (?:understand|get it|know)|not what i (?:asked|meant|said)|i (?:have|had) a question"
    r"|(?:that|this|it)(?:'s| is) (?:wrong|not right|incorrect)|how are you|what's up"
    r"|well done|good job|never mind|no problem|you're welcome|welcome|congrat\w*|love (?:it|that|this)"
    r"|amazing|brilliant|lovely|sounds (?:good|great|like a plan)|hm+|whatever|anyway|you know"
    r"|i (?:guess|suppose|mean)|i agree|good (?:point|idea|question|one)|of course|take care|oh|ah"
    r"|genau|super|toll|schön|klar|stimmt|regen|wetter|müde|langweilig|verstehe|keine ahnung|boah|weiß nicht"
    r"|guten (?:morgen|abend|tag)|gute nacht|tschüss|bitte|na ja"
    r"|bonjour|bonsoir|salut|super|d'accord|parfait|exactement|bonne (?:soirée|nuit|journée)|de rien"
    r"|bof|mdr|fatigu\w+|comprends pas|sais pas"
    r"|buenos días|buenas noches|vale|perfecto|claro|genial|de nada|qué tal"
    r"|jaja\w*|no (?:lo )?(?:sé|entiendo)|cansad[oa]|aburrid[oa]"
    r"|ciao|grazie|prego|certo|boh|mah|vabbè|non (?:so|capisco|saprei)|stanc[oa]|caldo|freddo|piove"
    r"|buongiorno|buonanotte|obrigad[oa]|olá|tudo bem|kkk+|preguiça|não (?:sei|percebi|entendi)"
    r"|bedankt|dank je|leuk|goed|lekker|snap|weet (?:het|ik) niet|tack|hej|orkar inte|fattar inte|vet inte"
    r"|dzięki|cześć|nie wiem|teşekkürler|merhaba|tamam|hava|terima kasih|wkwk\w*|спасибо|привет|пока|ладно"
    r"|понятно|не знаю|не понимаю|устал\w*|дякую|привіт"
    r"|спокойной ночи|доброе утро"
    r"|grattis|felicidades|enhorabuena|auguri|félicitations|bravo|glückwunsch|parabéns|gefeliciteerd"
    r"|gratulacje|tebrikler|selamat|поздравляю|вітаю|abrazo|abbraccio|freue mich|content[ea] (?:per|pour)"
    r"|sevindim|entiendo|pillo|capisco|comprends|begrijp|förstår|rozumiem|anlamadım|paham|ngerti"
    r"|понимаю|розумію)\b|ありがとう|こんにちは|谢谢|你好|哈哈|안녕|고마워|ㅋㅋ|شكرا|धन्यवाद|नमस्ते|مبروك|恭喜|おめでとう|축하|बधाई|わかんない|わからない|不懂|明白|이해|모르겠|समझ|أفهم",
    re.IGNORECASE,
)
NAME = re.compile(r"(?<![.!?…\n]\s)(?<!^)\b(?!I\b|I')[^\W\d_a-z][\w'’-]+")
NUMBER = re.compile(r"\d[\d.,:/]*|[一二三四五六七八九十百千][年月日岁時点号]")
_OTHER_WORDS_TOO = {"may", "mei", "segunda", "terça", "quarta", "quinta", "sexta", "sep"}
_DAYS_AND_MONTHS = "|".join(sorted((MONTHS.keys() | WEEKDAYS.keys()) - _OTHER_WORDS_TOO))
DATE = re.compile(
    rf"\b(?:(?:{_DAYS_AND_MONTHS})s?|tomorrow|yesterday|tonight|this (?:morning|weekend)"
    r"|(?:next|last|this|every) (?:week\w*|month|year|spring|summer|autumn|fall|winter|night|time)"
    r"|since|ago|until|weekends?|birthday|anniversary|deadline|from now on|in the (?:spring|autumn)"
    r"|gestern|morgen|heute|seit|letzte[nrs]?|nächste[nrs]?|demain|depuis|ayer|mañana|desde|hace"
    r"|ieri|domani|(?:segunda|terça|quarta|quinta|sexta)-feira|ontem|amanhã|gisteren|sinds"
    r"|вчера|завтра|сегодня|понедельник\w*|вторник\w*|сред[уы]|четверг\w*|пятниц\w*|суббот\w*"
    r"|воскресень\w*|dün|yarın|igår|wczoraj|jutro|kemarin|besok|вчора)\b"
    r"|昨日|明日|来月|来週|去年|今年|星期|下个月|어제|내일|다음 ?(?:주|달)|작년|कल|أمس|غد",
    re.IGNORECASE,
)
PEOPLE = re.compile(
    r"\b(?:m[uo]m(?:my)?|dad(?:dy)?|mother|father|parents?|wife|husband|partner|boyfriend|girlfriend"
    r"|fianc[ée]e?|(?:my|our|his|her) son|sons|daughters?|kids?|twins|baby|brothers?|sisters?|siblings?"
    r"|aunt\w*|uncle"
    r"|cousins?|niece|nephew|grand\w+|gran|nan|nana|in-laws?|mother-in-law|boss|colleagues?"
    r"|landlord|landlady|neighbou?rs?|roommate|flatmate|housemate|doctor|dr|dentist|therapist|vet"
    r"|teacher|dog|cat|puppy|kitten|mutter|mama|vater|papa|frau|mann|sohn|tochter|bruder|schwester"
    r"|oma|opa|chefin?|hund|katze|mère|maman|père|mari|femme|fils|fille|frère|s[oœ]eur|chien"
    r"|madre|padre|mamá|papá|esposa|marido|hij[oa]s?|herman[oa]s?|abuel[oa]|perr[oa]|gat[oa]|moglie"
    r"|marito|figli[oa]|fratello|sorella|nonn[oa]|cane|gatt[oa]|mãe|pai|filh[oa]|irmã[o]?|avó|avô"
    r"|cachorr[oa]|moeder|vader|vrouw|zoon|dochter|broer|zus|hond|kat|мам[аыеу]\w*|пап[аыеу]|отец"
    r"|муж|жена|сын\w*|доч\w*|брат\w*|сестр\w*|бабушк\w*|дед\w*|собак\w*|кош\w*|кот"
    r"|annem|babam|oğlum|kızım|mamma|pappa|min man|dotter|ibu|bapak|anak|adik|kakak"
    r"|mujer|suegr[oa]|jefe|vecin[oa]s?|niet[oa]s?|sobrin[oa]|voisine?s?|bébé|enfants?|belle-mère|beau-père"
    r"|suocer[oa]|vicin[oa]|bambin[oaie]|zi[oa]|cognat[oa]|sogr[oa]|vizinh[oa]|net[oa]s?|kinder(?:en)?"
    r"|enkel\w*|nachbar\w*|schwiegermutter|schwiegervater|baas|buurman|huisbaas|schoonmoeder|barnen"
    r"|svärmor|chefen|brat|siostra|mąż|żona|syn|córka|tata|babcia|dziadek|teściow\w+|pies|тато|чоловік"
    r"|дружина|донька|кума|кіт|внук\w*|внучк\w*|сосед\w*|eşim|kardeşim|abim|ablam|patronum|köpeğim"
    r"|kedim|istri|suami|pak|bu|wife's|husband's)\b"
    r"|[妈爸妻夫]|母|父|娘|息子|姉|兄|妹|弟|犬|猫|엄마|아빠|어머니|아버지|형|누나|언니|딸|아들|남편|아내|할머니|할아버지|[儿女]子|女儿|老公|老婆|媳妇|奶奶|爷爷|祖母|祖父|うちの"
    r"|माँ|पिता|भाई|भैया|बहन|बेट|पत्नी|पति|दादी|दादा|أمي|أبي|أخي|أختي|زوج|ابن|بنت|والد|جدت|جدي",
    re.IGNORECASE,
)
YOU = re.compile(
    r"\b(?:you|your|yours|you're|du|dir|dich|dein\w*|tu|toi|ton|ta|tes|vous|votre|te|ti|tus|tuo|tua"
    r"|você|vocês|teu|tua|jij|jouw|ты|тебя|тебе|твой|вы|вас|sana|kamu|anda|dig)\b|你|您|あなた|너",
    re.IGNORECASE,
)
VAGUE = re.compile(
    r"\b(?:something|anything|everything|nothing|somehow|somewhere|some(?:one|body)|thing|things|stuff"
    r"|kind of|sort of|a bit|maybe|perhaps|probably|really|very|just|honestly|actually|basically"
    r"|i think|i feel|feel|feeling|i don't know|dunno|people|life|it|that|this|so|such"
    r"|irgendwie|irgendwas|vielleicht|wirklich|einfach|etwas|das|quelque chose|peut-être|vraiment"
    r"|ça|c'est|algo|quizás|tal vez|de verdad|eso|esto|qualcosa|forse|davvero|questo|talvez|isso"
    r"|misschien|gewoon|echt|dat|что-то|может|просто|очень|это)\b",
    re.IGNORECASE,
)
IF = re.compile(
    r"\b(?:if|what if|imagine|suppose|pretend|would|could|should|wonder|hypothetically|wenn|wäre|würde"
    r"|si|zou|если|бы|gdyby\w*)\b",
    re.IGNORECASE,
)
MATTER = re.compile(r"[`{}<>=|;*#]|[\"“”«»„].{12,}[\"“”«»„]|:\s|\b\w+\(|\n")

ANSWER = re.compile(
    r"\b(?:shorter|longer|simpler|version|option|bullets?|bullet points?|paragraph|sentences?|wording"
    r"|answer|reply|response|redo|too (?:long|short|formal|hard|complicated)|previous|above|below"
    r"|(?:first|second|third|last|other|next|blue|red|cheaper) (?:one|line|door|route|version|part|point)"
    r"|headings?|columns?|diff|commentary|example|summary|in your story|the story|character"
    r"|i (?:meant|said|asked|wanted)|you (?:said|gave|wrote|told|forgot|missed)|not what i|that's not"
    r"|not this|this one|that one|try again|again|kürzer|länger|antwort|absatz|nochmal"
    r"|noch einmal|anders|plus court|réponse|autrement|encore une fois|más corto|respuesta"
    r"|otra vez|la (?:primera|segunda|otra)|más corta|più (?:corto|breve)|risposta|la (?:prima|seconda)"
    r"|ancora una volta|outra vez|resposta|mais curto|korter|antwoord|opnieuw|de (?:eerste|tweede|andere)"
    r"|kortare|svar|krócej|odpowiedź|daha kısa|lebih (?:singkat|santai|pendek)|короче|ответ\w*|ещё раз)\b"
    r"|もう一度|もっと|再说|简单|더 (?:짧게|쉽게)|다시",
    re.IGNORECASE,
)
LIFE = re.compile(
    r"\b(?:moved|moving|bought|sold|quit|started|starts?|booked|passed|failed|broke|broken|lost"
    r"|hates?|loves?|prefers?|can't stand|favou?rite|allerg\w+|intoleran\w+|vegan|vegetarian|diabetic"
    r"|pregnant|expecting|works? (?:at|in|as|for|nights)|lives?|living|born|grew up|married|marries"
    r"|wedding|engaged|divorced?|broke up|decided|chose|switched|signed|turned|retire[sd]?|died"
    r"|passed away|hired|fired|promoted|adopted|diagnos\w+|surgery|operation|appointment|named|called"
    r"|no longer|any ?more|never|always|usually|used to|cancel\w+|postponed|rent|mortgage|flight|visa"
    r"|shift|studying|training|collects?|plays?|raised|joined|won|got (?:a|the|my|into)|finished|finally"
    r"|wohne?|arbeite\w*|geboren|heißt|verheiratet|schwanger|allergi\w*|gekauft|verkauft|gekündigt"
    r"|umgezogen|ziehen|gezogen|hasse|liebe|mag|trinkt?e?|esse?|isst|lieber|nie|immer|jeden|entschieden"
    r"|verlegt|verschoben|bestanden|gestorben|operiert|habite|travaille|enceinte|acheté|vendu|déménag\w+"
    r"|marié\w*|déteste|adore|préfère|jamais|toujours|chaque|décidé|arrête|s'appelle|morte?"
    r"|vivo|vive|trabaj[oa]|nací|embarazada|compr[éó]|vendí|mudamos|mudo|casad[oa]|odio"
    r"|prefiero|nunca|siempre|cada|decidid\w*|se llama|murió|celíac[oa]|aprobé|abito|lavor[oa]"
    r"|incinta|comprat\w+|vendut\w+|sposat\w+|preferisco|sempre|ogni|deciso|scelto|si chiama|chiude"
    r"|chiudiamo|trasferit\w+|moro|trabalho|nasci|grávida|comprei|casei|detesto|prefiro"
    r"|decidi|chama-se|mudei|woont?|werkt?|getrouwd|zwanger|gekocht|verkocht|haat|nooit"
    r"|altijd|elke|besloten|heet|verhuisd|geslaagd|gebroken|gestopt|bor|jobbar|född|gift|gravid|köpte"
    r"|aldrig|alltid|heter|flyttad|mieszkam|pracuję|kupił\w*|nigdy|zawsze|nie pije|nie je"
    r"|живу|живёт|живет|работаю|работает|родил\w*|беременна|купил\w*|продал\w*|переехал\w*|замуж\w*"
    r"|ненавижу|люблю|любит|никогда|всегда|кажд\w+|решил\w*|зовут|учится|умер\w*|боится"
    r"|переїхал\w*|приїде|відкрила|aldık|taşındım|çalışıyorum|oturuyorum|pindah|kerja|lahir|beli"
    r"|i (?:paint|swim|sing|run|drink|take|eat|teach|study|own|keep|grow|cook|bake|draw|cycle|drive|ride"
    r"|walk|speak|refuse|sleep|wear|use|sew|knit|dance|fish|hunt|volunteer|commute)|dyslexi\w*|blind|deaf"
    r"|(?:left|right|one)-\w+|elected|rejected|allergy|asthma\w*|migraines?|arthritis|insulin|scared of"
    r"|afraid of|good at|into \w+ing|name's|names are"
    r"|prüfung|umzug|vegan|vegetari\w*|rente|lerne|spiele?|sammle|studiere|divorc\w+|retraite|étudie"
    r"|permis|suspendí|daltóni\w+|daltonic[oa]|colecciono|alérgic[oa]|jubil\w+|empec\w+|empiez\w+|dejé|cambié"
    r"|estudi[oa]|celiac[oa]|suono|gioco|studio|studia|smesso|iniziat\w+|divorziat\w+|reformad\w+|estudo"
    r"|deixei|allergisch|gescheiden|studeer|speel|allergisk|pluggar|spelar|flyttar|skild|uczulon\w+|alergi\w*"
    r"|studiuję|gram|rozwiod\w+|emerytur\w+|sprzeda\w+|аллерги\w*|алергі\w*|вегетариан\w*|развод\w*"
    r"|пенси\w*|учусь|играю|бросил\w*|сломал\w*|переезжа\w+|живемо|живу|купили|вивча\w+|народи\w+"
    r"|читаю|не їм|çalıyorum|yiyemem|sevmem|evlen\w+|doğdu|kırıldı|emekli\w*|suka|alergi|menikah"
    r"|tinggal|punya|rusak)\b"
    r"|住|搬|买了|卖了|叫|开了|结婚|怀孕|过敏|工作|引っ越|飼|働|生まれ|アレルギー|結婚|通って|名前|やって"
    r"|살아|다녀|태어|결혼|알레르기|이사|रहत|काम करत|चलात|أعيش|أعمل|أسكن|تزوج|حساسية"
    r"|تأجل|اشتري|انتقل|لا آكل|قررت|ولد"
    r"|不吃|吃素|搬到|坏了|买|食べません|食べない|嫌い|逃げ|壊れ|受かっ|決め|買っ|辞め"
    r"|못 먹|시작했|그만|샀|합격"
    r"|पसंद|नहीं खात|ख़?रीद|शादी|नौकरी|एलर्जी|सीख",
    re.IGNORECASE,
)
RHETORICAL = re.compile(
    r"^(?:did i (?:mention|tell|say)|have i (?:told|mentioned)|can you (?:believe|imagine)|guess wh"
    r"|(?:do )?you know what\b(?!')|would you believe|did you know (?:that )?(?:i|my|we|our)\b)"
    r"|, (?:can you (?:believe|imagine)|you know|remember|would you believe)[^,]{0,12}\?\s*$",
    re.IGNORECASE,
)
CLAUSES = re.compile(r"[,;:]\s+|\s+[-–—]\s+|[，；：、]|\s*[\u2600-\u27bf\U0001f000-\U0001faff]+\s*")
TELLS = re.compile(
    r"(?:(?:and|but|because|since|as|so) )?(?:i|i'm|i've|we|we're|we've|he|he's|she|she's|they|they're"
    r"|there's|there are|my|our|mine|(?:weil |da )?(?:ich|wir|er|mein\w*|unser\w*)|je suis|j'ai|nous|mon|ma"
    r"|mes|tengo|soy|estoy|somos|mi|mis|visto che|ho|sono|abbiamo|eu|tenho|sou|estou|meu|minha|ik|mijn"
    r"|wij|jag|min|vi|я|мы|у (?:меня|нас)|мой|моя)\b",
    re.IGNORECASE,
)
FIRST_PERSON = re.compile(
    r"\b(?:(?!caf|beb|mam|pap|olé)\w{3,}[éí]|\w{2,}[aei]mos|\w{3,}ei|\w{2,}iamo"
    r"|\w{3,}(?:łem|łam|liśmy|łyśmy|uję)|\w{3,}(?:ю|юсь|усь)|\w{3,}[dt][ıiuü](?:m|k)"
    r"|\w{2,}[ıiuü]yor(?:um|uz)|\w{3,}(?:ıyız|iyiz|uyuz|üyüz))\b",
    re.IGNORECASE,
)
"""Verb endings of the first person in languages that leave out the pronoun: Spanish, Portuguese, Italian,
Polish, Russian, Ukrainian, Turkish."""
