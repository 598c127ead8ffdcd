"""What a text in Chinese or Japanese may name: there are neither capitals nor spaces.

Only what stands beside a relation, a surname with a title, an honorific or a list of places is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from nowprint.language.people.candidates import Candidate, Kin, Reading
from nowprint.language.people.lexicon import lexicon
from nowprint.language.people.reading import read

_SCRIPT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々ー]+")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = r"[\u3400-\u9fff]"
_ENDS = r"(?=[，。！？、；：,.!?;:\s]|$|[在是有和的今去来住做说会要想很也都就跟给不把被喜爱])"
_TITLE = "老师|医生|先生|女士|小姐|太太|阿姨|叔叔|教授|经理|师傅|律师|大夫|同学"
_HONOURED = "さん|ちゃん|くん|君|先生|様"
_HONOURED_ALL = "皆 客 者 師 員 医 神 奥 旦 隣 母 父 兄 姉 祖 嫁 娘 息 屋 孫 医者 店員 看護師"
_NO_NAME = _HONOURED_ALL.split()
"""What is honoured, but no name, or ends so."""
_SMALL = "小名 小时 小時 小心 小学 小区 小孩 小狗 小猫 小朋 小伙 小事 阿姨"
_NO_SMALL = _SMALL.split()
_FORMAL = "こと もの ため ところ ほう とき せい おかげ みな たく やつ ほか うち"
_NO_KANA = _FORMAL.split()


def unspaced(text: str) -> bool:
    return _SCRIPT.search(text) is not None


def read_unspaced(text: str) -> Reading:
    """The names of these scripts, and those in Latin letters between them."""
    rest = read(_RUN.sub(lambda run: " " * len(run.group()), text))
    own = _japanese(text) if _KANA.search(text) else _chinese(text)
    return Reading(
        tuple(sorted((*rest.candidates, *own.candidates), key=lambda one: one.start)),
        (*rest.kin, *own.kin),
        rest.lower,
        rest.loose,
    )


@cache
def _chinese_patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    known = lexicon()
    relations = _either(known.unspaced)
    return (
        re.compile(
            rf"(?P<own>我(?:们|們)?(?:的|家)?)?(?P<rel>{relations})"
            rf"(?:(?:叫|名叫|是叫)(?P<called>{_HAN}{{2,3}}?){_ENDS}|(?P<name>[小阿]{_HAN}))?"
        ),
        re.compile(rf"(?P<name>[{known.surnames}](?:{_TITLE}))"),
        re.compile(_either(known.chinese)),
    )


def _chinese(text: str) -> Reading:
    related, titled, placed = _chinese_patterns()
    known = lexicon()
    candidates: list[Candidate] = []
    kin: list[Kin] = []
    for found in related.finditer(text):
        relation = known.unspaced[found["rel"]]
        beast = relation in known.animals
        others = found.start() > 0 and text[found.start() - 1] in "他她你您它的"
        group = "called" if found["called"] else "name"
        if others or not (found["own"] or found[group] or found["rel"] in known.alone):
            continue
        if (name := found[group]) and name not in _NO_SMALL:
            candidates.append(
                Candidate((name,), *found.span(group), sure=True, relation=relation, beast=beast)
            )
        elif relation not in known.many and (found["own"] or found["rel"] in known.alone):
            kin.append(Kin(relation, found.group(), *found.span(), beast))
    for found in titled.finditer(text):
        candidates.append(Candidate((found["name"],), *found.span(), sure=True, person=5))
    candidates += [
        Candidate((f.group(),), *f.span(), sure=True, place=3) for f in placed.finditer(text)
    ]
    return Reading(tuple(candidates), tuple(kin))


@cache
def _japanese_patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    known = lexicon()
    relations = _either(known.unspaced)
    after = rf"(?=(?:{_HONOURED})?(?:は|が|を|に|と|も|から|へ))"
    return (
        re.compile(
            rf"(?P<own>(?:私|僕|俺|わたし|うち|ぼく)の)?(?P<rel>{relations})"
            rf"(?:の(?P<name>[\u3041-\u3096]{{2,4}}?|[\u30a1-\u30f6ー]{{2,8}}){after})?"
        ),
        re.compile(
            rf"(?:(?<=[のはがをにとも、。 ])|^)(?P<name>"
            rf"(?P<bare>{_HAN}{{1,3}}|[ァ-ヶー]{{2,8}}|[ぁ-ん]{{2,4}}?)(?:{_HONOURED}))"
        ),
        re.compile(_either(known.japanese)),
    )


def _japanese(text: str) -> Reading:
    related, honoured, placed = _japanese_patterns()
    known = lexicon()
    candidates: list[Candidate] = []
    kin: list[Kin] = []
    for found in related.finditer(text):
        relation = known.unspaced[found["rel"]]
        beast = relation in known.animals
        before = text[found.start() - 1] if found.start() else ""
        if before and (before in "の彼お" or "\u3400" <= before <= "\u9fff"):
            continue
        name = found["name"]
        if name and name not in _NO_KANA:
            candidates.append(
                Candidate((name,), *found.span("name"), sure=True, relation=relation, beast=beast)
            )
        elif (found["own"] or found["rel"] in known.alone) and relation not in known.many:
            end = found.end("rel")
            kin.append(Kin(relation, text[found.start() : end], found.start(), end, beast))
    for found in honoured.finditer(text):
        bare = found["bare"]
        listed = found["name"] in known.unspaced or bare in known.unspaced
        if (
            not listed
            and bare not in _NO_NAME
            and bare[-1] not in _NO_NAME
            and bare not in _NO_KANA
        ):
            candidates.append(Candidate((found["name"],), *found.span(), sure=True, person=5))
    candidates += [
        Candidate((f.group(),), *f.span(), sure=True, place=3) for f in placed.finditer(text)
    ]
    return Reading(tuple(candidates), tuple(kin))


def _either(words: Iterable[str]) -> str:
    listed = list(words)
    return "|".join(re.escape(word) for word in sorted(listed, key=len, reverse=True))
