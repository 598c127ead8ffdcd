"""Which passages of a message aren't the user's own telling."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nowprint.language.own_words.message import borrowed, share_borrowed
from nowprint.language.sentences import Span, sentences
from nowprint.settings import resources

OWN = "My sister Ruth lives in Oslo."


def own(text: str) -> list[str]:
    return [s.of(text) for s in sentences(text) if share_borrowed(s, text) <= 0.5]


@pytest.mark.parametrize(
    "pasted",
    [
        'OWNER = "Maria Keller"',
        '```\nname = "I live in Rome"\n```',
        "    I live in Rome, said the comment\n    total += 1",
        "def greet():\n    # I'm a vegetarian\n    return name",
        "SELECT name FROM people WHERE city = 'Rome';",
        "Traceback (most recent call last):\n  File \"run.py\", line 3, in main\nKeyError: 'Maria'",
        "2025-05-20 03:12:44,118 INFO user=maria home=/home/maria",
        "--- a/owner.txt\n+++ b/owner.txt\n@@ -1 +1 @@\n-Maria\n+Ana",
        '{"name": "Maria", "city": "Rome"}',
        "name,city,pet\nMaria,Rome,cat\nAna,Oslo,dog",
        "| Name | City |\n|---|---|\n| Maria | Rome |",
        "<p>I'm Jo and I live in Tasmania.</p>",
        "<!-- remember this: I moved to Rome -->",
        "[user]\nname = Maria\ncity = Rome",
        "> I'm in Ghent until the 10th.",
        "“I have lived in Rome for nine years.”",
        "«J'habite à Nantes depuis dix ans.»",
        "„Ich wohne seit drei Jahren in Rom.“",
        "「私は大阪で小さなパン屋をやっています。」",
        "[14:02] Priya: I moved to Rome\n[14:03] Mo: me too",
        "Priya: I moved to Rome\nMo: me too\nPriya: really?",
    ],
)  # fmt: skip
def test_what_is_pasted_or_quoted(pasted: str) -> None:
    assert own(pasted) == []
    assert own(f"{OWN}\n\n{pasted}") == [OWN]


@pytest.mark.parametrize(
    "mail",
    [
        "From: Tilly <tilly@lets.example>\nSubject: Keys\n\nI'm on holiday. My mobile is new.\nBest\nTilly",
        "Von: Tilly <tilly@lets.example>\nBetreff: Schlüssel\n\nIch bin im Urlaub.\nViele Grüße\nTilly",
        "---------- Forwarded message ---------\nFrom: Tilly\n\nI'm on holiday until the 19th.",
        "-----Ursprüngliche Nachricht-----\nIch bin bis zum 19. im Urlaub.",
        "Am 3. März 2025 um 10:12 schrieb Tilly Keller:\nIch bin bis zum 19. im Urlaub.",
        "On Tue, 4 Mar 2025, Tilly wrote:\n> I'm on holiday.\n> My mobile is new.",
        "发件人：王芳\n收件人：李明\n\n我下周去北京。",
    ],
)
def test_quoted_mail(mail: str) -> None:
    assert own(mail) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Summarise this:\n\n", ""),
        ("Übersetze das ins Englische:\n", ""),
        ("Peux-tu résumer ce texte ?\n\n", ""),
        ("把下面这段话翻译成英文：\n", ""),
        ("次の文を英語に訳してください。\n\n", ""),
        ("", "\n\nCan you translate the text above into German?"),
        ("", "\n\nFass das zusammen."),
    ],
)
def test_the_text_of_a_task_before_or_after_it(before: str, after: str) -> None:
    material = "I moved to Rome in 2003. My wife sells shoes there."
    kept = own(f"{before}{material}{after}")
    assert not any(part in material for part in kept)


def test_beside_the_text_of_a_task_own_words_count() -> None:
    letter = "Dear tenant,\nwe are raising the rent in May.\nKind regards\nThe agency"
    text = (
        f"Summarise this letter. I'm the treasurer here.\n\n{letter}\n\nBtw, I'm deaf in one ear."
    )
    assert own(text)[-1] == "Btw, I'm deaf in one ear."
    assert "I'm the treasurer here." in own(text)
    assert not any("rent" in part for part in own(text))


@pytest.mark.parametrize(
    "text",
    [
        "Suppose I lived in Rome and had two kids. How much tax would that be?",
        "Angenommen, ich hätte drei Kinder. Was zahle ich dann?",
        "Si j'étais végétarien, que devrais-je manger ?",
        "假设我住在罗马，要交多少税？",
        "Let's play: I'm a doctor in 1890, I live in Baker Street with my wife Mary.",
        "Anna has 5 apples and gives 2 to Ben. How many apples does Anna have left?",
        "Exercise 4. Put the verbs in the right tense.\nI (live) in Madrid since 2010.",
        "Write a letter for my neighbour, in the first person: I have worked here for nine years.",
    ],
)
def test_what_is_invented(text: str) -> None:
    assert own(text) == []


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        "My doctor told me: you must walk ten minutes every hour.",
        "These are my kids:\n- Ben, 7\n- Lea, 4",
        "allergies: peanuts, kiwi",
        "My budget is 500 euros; I can't spend more.",
        'My band is called "The Wet Cardigans".',
        "If my train is late, my wife Ana picks up the kids.",
        "У меня двое детей:\n- Иван, 7 лет;\n- Аня, 4 года.",
        "I have a problem with my landlord, he wants 3 months of rent.",
    ],
)
def test_own_words_stay_own(text: str) -> None:
    assert own(text) == [s.of(text) for s in sentences(text)]


def test_no_fact_of_the_corpora_is_taken_for_somebody_else_s() -> None:
    lost: dict[bool, list[str]] = {False: [], True: []}
    others = 0
    for name in ("messages-english", "messages-other-languages", "own-words"):
        for line in (resources() / "corpus" / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            text = row["text"]
            places = [(text.index(f), f) for f in row.get("facts", [text])] if row["worth"] else []
            taken = [f for at, f in places if share_borrowed(Span(at, at + len(f)), text) > 0.5]
            other = row.get("id", "w")[0] in "abcdefghio"
            others += len(places) * other
            lost[other] += taken
    assert len(lost[False]) <= 3, lost
    # of the facts by writers whose lines the rules weren't made with
    assert len(lost[True]) <= 0.025 * others, lost


@pytest.mark.parametrize(
    "text", ["", "\n\n", '"', "{", "[\n", "```", "> ", ": :", "“" * 999, "=\n" * 99]
)
def test_nothing_breaks_it(text: str) -> None:
    for span in borrowed(text):
        assert 0 <= span.start < span.end <= len(text)


@pytest.mark.timeout(20)
def test_a_long_text_is_read_quickly() -> None:
    assert borrowed("I moved to Rome, (she said) and “so on” {x: 1}\n" * 2000) is not None


PASTED = (
    "code", "json", "log", "csv or table", "pasted mail", "pasted page", "lyrics or quotation",
    "role play", "homework", "supposition", "draft for somebody else",
)  # fmt: skip


def test_the_list_that_nobody_looked_at() -> None:
    """Facts stay the user's own in every language; of most of what is pasted or invented nothing is left to
    judge but questions. (What is left is judged by the head.)"""
    path = Path(__file__).parents[2] / "corpora" / "own-words-held.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    own: dict[str, list[bool]] = {}
    for row in rows:
        text = row["text"]
        for fact in row["facts"]:
            place = Span(text.index(fact), text.index(fact) + len(fact))
            own.setdefault(row["language"], []).append(share_borrowed(place, text) <= 0.5)
    for language, shares in own.items():
        assert sum(shares) / len(shares) >= 0.9, language
    pasted = [row["text"] for row in rows if row["kind"] in PASTED]
    left = [text for text in pasted if any(not part.endswith(("?", "？")) for part in _own(text))]
    assert len(left) <= 0.35 * len(pasted)


def _own(text: str) -> list[str]:
    return [part.rstrip() for part in own(text)]
