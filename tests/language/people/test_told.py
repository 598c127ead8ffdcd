"""What is plainly said of somebody, and what only looks like it."""

from __future__ import annotations

import pytest

from nowprint.language.people.told import facts_in
from nowprint.memory.formats.validation import MOST_TEXT


def told(text: str) -> list[tuple[str, str, str]]:
    """What is said, but for the names of those who stand in a relation."""
    return [(one.of, one.kind, one.value) for one in facts_in(text) if one.kind != "called"]


def called(text: str) -> list[tuple[str, str]]:
    return [(one.of, one.value) for one in facts_in(text) if one.kind == "called"]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Marta works as a nurse.", ("marta", "works as", "a nurse")),
        ("My sister Marta lives in Porto now.", ("marta", "lives in", "Porto")),
        ("Marta ist allergisch gegen das Penicillin.", ("marta", "allergic to", "das Penicillin")),
        ("As I said, I live in Porto.", ("me", "lives in", "Porto")),
        ("My next-door neighbour Marta lives in Porto.", ("marta", "lives in", "Porto")),
        ("my sister is allergic to penicillin", ("my sister", "allergic to", "penicillin")),
        ("I'm allergic to shellfish and nuts.", ("me", "allergic to", "shellfish and nuts")),
        ("I live in Leeds, by the way.", ("me", "lives in", "Leeds")),
        ("I work at Siemens.", ("me", "works at", "Siemens")),
        ("I work at St. Thomas' Hospital.", ("me", "works at", "St. Thomas' Hospital")),
        ("I now work at Dr. Oetker.", ("me", "works at", "Dr. Oetker")),
        ("My aunt lives in St. Gallen. Nice!", ("my aunt", "lives in", "St. Gallen")),
        ("My dentist's number is 0161 555 0199.", ("my dentist", "phone", "0161 555 0199")),
        ("Ravi is married to Ines.", ("ravi", "married to", "Ines")),
        ("Marta's birthday is on 3 May.", ("marta", "born on", "3 May")),
        ("My son was born on 12 March 2019.", ("my son", "born on", "12 March 2019")),
        ("Marta ist allergisch gegen Nüsse.", ("marta", "allergic to", "Nüsse")),
        ("Meine Schwester Anna wohnt in Graz.", ("anna", "lives in", "Graz")),
        ("Ich arbeite als Lehrerin.", ("me", "works as", "Lehrerin")),
        ("Ma sœur Julie est allergique aux noix.", ("julie", "allergic to", "noix")),
        ("Mi hermana Marta vive en Sevilla.", ("marta", "lives in", "Sevilla")),
        ("Mio fratello Luca lavora come cuoco.", ("luca", "works as", "cuoco")),
        ("O meu irmão mora em Braga.", ("my brother", "lives in", "Braga")),
        ("Mijn broer Sjoerd woont in Utrecht.", ("sjoerd", "lives in", "Utrecht")),
        ("Moja siostra Kasia mieszka w Gdyni.", ("kasia", "lives in", "Gdyni")),
        ("Моя сестра Марина живёт в Казани.", ("марин", "lives in", "Казани")),
        ("MY SISTER IS ALLERGIC TO NUTS", ("my sister", "allergic to", "NUTS")),
        ("We live in a flat in Hackney with two mates.", ("me", "lives in", "Hackney")),
        ("Tom works at the bakery on Eastgate.", ("tom", "works at", "the bakery")),
        ("I'm a retired maths teacher.", ("me", "works as", "retired maths teacher")),
        ("My brother Vik is an electrician.", ("vik", "works as", "electrician")),
        ("Ich bin Lehrer an einer Grundschule.", ("me", "works as", "Lehrer")),
        ("Jestem nauczycielem.", ("me", "works as", "nauczycielem")),
        ("Мой брат — инженер.", ("my brother", "works as", "инженер")),
        ("我妹妹是护士。", ("my sister", "works as", "护士")),
        ("I was born and raised in Sligo.", ("me", "born in", "Sligo")),
        ("Mein Geburtstag ist am 4. Oktober, glaub es mir.", ("me", "born on", "4. Oktober")),
        ("Ich bin gegen Bienengift allergisch.", ("me", "allergic to", "Bienengift")),
        ("L'anniversaire de ma fille Lou est le 23 avril.", ("lou", "born on", "23 avril")),
        ("El cumpleaños de Bruno es el 17 de agosto.", ("bruno", "born on", "17 de agosto")),
        ("Я работаю бухгалтером.", ("me", "works as", "бухгалтером")),
        ("У Лены аллергия на арахис.", ("лен", "allergic to", "арахис")),
        ("İzmir'de yaşıyorum.", ("me", "lives in", "İzmir")),
        ("我住在成都。", ("me", "lives in", "成都")),
        ("小雨对花生过敏。", ("小雨", "allergic to", "花生")),
    ],
)
def test_what_is_plainly_said(text: str, fact: tuple[str, str, str]) -> None:
    assert told(text) == [fact]


@pytest.mark.parametrize(
    "text",
    [
        "Marta doesn't work as a nurse.",
        "Marta no longer lives in Porto.",
        "Marta used to live in Porto.",
        "Does Marta live in Porto?",
        "I wish my sister lived in Porto.",
        "If Marta lives in Porto, I'll visit.",
        "Maybe Marta lives in Porto",
        "She lives in Porto.",
        "I live in fear.",
        "I live in a small flat.",
        "I work at night.",
        "My boss thinks I live in Leeds.",
        "Marta lives in hope.",
        "Everyone lives in the past.",
        "Marta is not allergic to nuts.",
        "Marta wohnt nicht mehr in Graz.",
        "I'm a bit of a chef.",
        "I'm not a nurse.",
        "Tom is a teacher's pet.",
        "I was a nurse.",
        "Ich bin kein Lehrer.",
        "我不是老师。",
        "I work at the weekend.",
        "Ich arbeite in der Nacht.",
        "Ich bin in Graz.",
        "Работаю ночью.",
        "Anna says I work as a clown.",
        "My friend told me that I live in Rome.",
        "I used to say I live in Leeds.",
        "Neither Tom nor Ann lives in Rome.",
        "Soon I live in Bonn.",
        "Next year I work as a pilot.",
        "In the novel, I live in Rome.",
        "I'm allergic to nothing.",
        "Ann is allergic to it.",
        "Tom sagt, ich arbeite als Koch.",
        "Ni Tom ni Ana vive en Roma.",
        "如果我住在成都，那就好了。",
        "我不住在成都。",
    ],
)
def test_what_only_looks_like_it(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My sister Hannah rang.", [("my sister", "Hannah")]),
        ("Tom is my brother.", [("my brother", "Tom")]),
        ("my dentist is Dr Okafor, the one on Mill Lane", [("my dentist", "Dr Okafor")]),
        ("Mein Zahnarzt ist Dr. Weller.", [("my dentist", "Dr. Weller")]),
        ("Mi dentista es la doctora Sanz.", [("my dentist", "doctora Sanz")]),
        ("We have a dog called Biscuit.", [("my dog", "Biscuit")]),
        ("我的牙医是王医生。", [("my dentist", "王医生")]),
        ("我姐姐叫小梅，她住得很远。", [("my sister", "小梅")]),
        ("My name is Priya Raman by the way.", [("me", "Priya Raman")]),
        ("My old boss Deborah rang.", []),
        ("My boss was called Deborah.", []),
        ("My dentist is Norwegian.", []),
        ("If my sister Hannah comes, we'll go.", []),
        ("Is Tom my brother?", []),
    ],
)
def test_who_stands_in_a_relation(text: str, names: list[tuple[str, str]]) -> None:
    assert called(text) == names


def test_the_sentence_is_told() -> None:
    text = "It rained. Marta works as a nurse. So what."
    (fact,) = facts_in(text)
    assert text[fact.start : fact.end] == "Marta works as a nurse."


@pytest.mark.parametrize(
    "text", ["我住在北京，在医院上班。", "我住在北京！", "昨天很冷：我住在北京；不想出门。"]
)
def test_every_chinese_mark_ends_what_is_said(text: str) -> None:
    assert told(text) == [("me", "lives in", "北京")]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "part",
    [
        "Ann lives in Porto. ",
        "My sister Ann is Dr Bo. ",
        "Tom is my brother. ",
        "Ann 4. ",
        "我住在北京，",
        "我姐姐住在北京，",
    ],
)
def test_the_longest_text_of_an_import_takes_seconds(part: str) -> None:
    facts_in(part * (MOST_TEXT // len(part)))
