"""Lists of facts, what other assistants answer, and the times in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from nowprint.errors import MemoryFileError
from nowprint.memory.exports import answers, lists
from nowprint.memory.exports.records import Fact, LeftOut
from nowprint.memory.exports.shown_times import shown_time
from nowprint.memory.files.opening import open_text


def facts(text: str) -> tuple[list[str], list[str]]:
    """The facts of a text, and what is said of the rest."""
    told = LeftOut()
    return [one.text for one in answers.facts_of(text, told)], told.notes()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sure! Here is what I remember:\n\n- Has a cat\n- Lives in Porto\n\nAnything else?",
         ["Has a cat", "Lives in Porto"]),
        ("1. Has a cat:\n   - Pickwick, eleven years old\n2. Lives in Porto",
         ["Has a cat: Pickwick, eleven years old", "Lives in Porto"]),
        ("- **Family**\n  - Has a sister\n  - Has two sons\n- Plays chess",
         ["Has a sister", "Has two sons", "Plays chess"]),
        ("Work\n- Is a vet\n\nFree time\n- Plays chess", ["Is a vet", "Plays chess"]),
        ("**Work:**\nIs a vet\n**Home**\nLives in Porto", ["Is a vet", "Lives in Porto"]),
        ("| Date | Memory |\n|---|---|\n| 2025-01-02 | Has a cat |\n| – | Lives in Porto |",
         ["Has a cat", "Lives in Porto"]),
        ("Voici ce que j'ai retenu :\n- A un chat\n- Habite à Porto\nVeux-tu que j'oublie quelque chose ?",
         ["A un chat", "Habite à Porto"]),
        ("以下が記憶している内容です：\n- 猫を飼っている\n- ポルトに住んでいる",
         ["猫を飼っている", "ポルトに住んでいる"]),
        ("Recuerdo esto:\n- Tiene un gato\n- Vive en Porto\nSi quieres, lo cambio.",
         ["Tiene un gato", "Vive en Porto"]),
        ("Lives in Porto.\n- Has a cat\n- Plays chess", ["Lives in Porto.", "Has a cat", "Plays chess"]),
        ("~~~\nHas a cat\nLives in Porto\n~~~", ["Has a cat", "Lives in Porto"]),
        ("```json\n", []),
    ],
)  # fmt: skip
def test_what_stands_around_a_list_is_no_fact(text: str, found: list[str]) -> None:
    assert facts(text)[0] == found


@pytest.mark.parametrize(
    "text",
    [
        "I don't have any memories about you. Each conversation starts fresh.",
        "As an AI, I don’t retain information between conversations.",
        "I can't recall past conversations.\n\nTell me more!",
        "Ich habe keine Erinnerungen an dich gespeichert.",
        "Je n'ai aucun souvenir enregistré à ton sujet.",
        "No tengo recuerdos guardados sobre ti.",
        "Non ho ricordi salvati su di te.",
        "Não tenho memórias sobre você.",
        "Nie mam żadnych zapamiętanych informacji o tobie, nie pamiętam niczego w pamięci.",
        "У меня нет сохранённых воспоминаний о вас.",
        "あなたに関する記憶はありません。",
        "我没有关于您的任何记忆。",
        "I have no memories of you. If you would like me to keep some, you can:\n- Tell me\n- Write it down",
        "Non ricordo nulla di te. Se vuoi che impari qualcosa:\n1. Accendi la memoria\n2. Raccontamelo",
    ],
)
def test_who_remembers_nothing_tells_no_fact(text: str) -> None:
    found, notes = facts(text)
    assert found == []
    assert notes[0] == answers.REMEMBERS_NOTHING
    with pytest.raises(MemoryFileError, match="remembers nothing about you"):
        open_text(text)


def test_a_list_after_a_but_is_read() -> None:
    found, _ = facts("I don't have saved memories, but from this chat I know:\n- Has a cat")
    assert found == ["Has a cat"]


def test_pasted_chats_are_no_facts() -> None:
    said = {"author": {"role": "user"}, "content": {"parts": ["Hi"]}}
    chats = json.dumps([{"title": "x", "mapping": {"a": {"message": said}}}])
    with pytest.raises(MemoryFileError, match="import it as a file"):
        open_text(chats)


def test_json_in_a_code_block_is_read_as_json() -> None:
    found = open_text('Here it is:\n```json\n[{"memory": "Has a cat"}, "Lives in Porto"]\n```')
    assert [one.text for one in found.episodes] == ["Has a cat", "Lives in Porto"]


@pytest.mark.parametrize(
    ("line", "text", "day"),
    [
        ("[2025-03-14] - Has a cat", "Has a cat", (2025, 3, 14)),
        ("[2025-03-14]. Has a cat", "Has a cat", (2025, 3, 14)),
        ("**2025-03-14** – Has a cat", "Has a cat", (2025, 3, 14)),
        ("(March 2025) Has a cat", "Has a cat", (2025, 3, 1)),
        ("[14. März 2025] Hat eine Katze", "Hat eine Katze", (2025, 3, 14)),
        ("Has a cat (saved 2025-03-14)", "Has a cat", (2025, 3, 14)),
        ("[unknown date] Has a cat", "Has a cat", None),
        ("[maybe] has a cat", "[maybe] has a cat", None),
        ("(Porto) has a cat", "(Porto) has a cat", None),
        ("2025 was a good year", "2025 was a good year", None),
    ],
)
def test_the_date_of_a_line_is_its_time(
    line: str, text: str, day: tuple[int, int, int] | None
) -> None:
    at = datetime(*day, tzinfo=UTC).timestamp() if day else 0.0
    assert lists.dated(line) == Fact(text, at)


@pytest.mark.parametrize(
    ("shown", "utc"),
    [
        ("May 19, 2026, 7:07:02\u202fPM GMT-03:00", "2026-05-19T22:07:02"),
        ("18 Sept 2025, 12:02:52 CET", "2025-09-18T11:02:52"),
        ("10 de mai. de 2026, 03:46:09 BRT", "2026-05-10T06:46:09"),
        ("14.03.2026, 13:08:30 MEZ", "2026-03-14T12:08:30"),
        ("2026年6月19日 12:23:08 JST", "2026-06-19T03:23:08"),
        ("4 juli 2026 09:15:00 CEST", "2026-07-04T07:15:00"),
        ("January 5, 2025 12:03am", "2025-01-05T00:03:00"),
        ("2025-1-5@12h03m22s", "2025-01-05T12:03:22"),
        ("2024-7-12 @20h 45m 32s 123ms", "2024-07-12T20:45:32"),
        ("2026-02-04T04:32:50.000Z", "2026-02-04T04:32:50"),
        ("3/14/2025, 1:00:00 PM", "2025-03-14T13:00:00"),
        ("25/12/2025 08:00", "2025-12-25T08:00:00"),
        ("Apr 3, 2026, 8:30:00 AM NZST", "2026-04-02T20:30:00"),
    ],
)
def test_times_as_they_are_shown(shown: str, utc: str) -> None:
    assert shown_time(shown) == datetime.fromisoformat(f"{utc}Z").timestamp()


@pytest.mark.parametrize(
    "shown",
    ["", "yesterday", "31 February 2025", "2025-13-40", "9" * 70, "x" * 500, "12:00", "May"],
)
def test_what_is_no_time_is_none(shown: str) -> None:
    assert shown_time(shown) == 0
