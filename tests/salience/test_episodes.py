"""What is kept of a message that the starter model has read, and what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nowprint.chat.judge import framed
from nowprint.engine.engine import Engine
from nowprint.memory.storage import traces
from nowprint.records import EpisodeDraft, Source
from nowprint.salience import frames
from nowprint.salience.baseline import Baseline
from nowprint.salience.episodes import (
    JudgedTurn,
    added_draft,
    gist_of,
    judge,
    kept,
    spans_of,
)
from nowprint.salience.head import starting_head
from nowprint.salience.spans import LONG

from .conftest import message

Drafts = Callable[..., tuple[EpisodeDraft, ...]]
Hear = Callable[..., JudgedTurn]

FACTS = (
    "My cat Pickwick has kidney disease and needs the low phosphorus food.",
    "I'm allergic to penicillin and to cashew nuts.",
    "My sister Ingrid lives in Tromsø and works on a ferry.",
    "We are getting married on 14 September in a lighthouse.",
    "I broke my left ankle last winter, so I can't run any more.",
    "Ich wohne seit drei Jahren in Görlitz und arbeite als Hebamme.",
    "Mein Hund heißt Oskar und hat Angst vor Gewittern.",
    "Je suis végétarienne depuis dix ans et je vis à Nantes.",
    "Mi hija Lucía empieza la escuela en Valparaíso en marzo.",
    "Our landlord, Mr Okafor, raises the rent to 1,240 euros in May.",
    "I play bass in a band called The Wet Cardigans.",
    "My thesis is about moss on the roofs of Kyoto temples.",
    "I quit my job at the bank and now repair violins.",
    "The vet for Pickwick is Dr. Alvarez, every second Tuesday.",
    "私の猫は腎臓病で、低リンの餌が必要です。",
    "The wifi code at our cabin is heron-4471-lake.",
    "Anna and Joost had their baby yesterday, a girl called Fenna.",
    "Моя собака Жучка боится грозы.",
    "My son Teo is afraid of the dark and sleeps with a blue lamp.",
    "Our team's release is on Tuesday, and Priya reviews every change.",
)
JUNK = (
    "Thanks, that helps!",
    "What's the capital of Mongolia?",
    "Write me a poem about the sea.",
    "ok",
    "Good morning! How are you today?",
    'Translate "good night" into Japanese.',
    "Danke schön!",
    "No, that's wrong. Try again.",
    "How do I reverse a list in Python?",
    "Could you make it shorter?",
    "Schreib mir ein Gedicht über das Meer.",
    "Hola, ¿qué tal?",
    "Tell me a joke about penguins.",
    "I don't understand. Can you say that more simply?",
    "What should I cook for my dinner tonight?",
    "ありがとうございます！",
    "The mitochondria is the powerhouse of the cell.",
    "I have a question about the French Revolution.",
    "What did I tell you about my cat?",
    "def f(x): return x + 1",
)


def of_the_message(draft: EpisodeDraft, text: str) -> str:
    """The part of a draft that comes from message 5, checked to be verbatim."""
    (source,) = (source for source in draft.sources if source.message_id == 5)
    assert draft.text.endswith(text[source.start : source.end])
    return text[source.start : source.end]


# --- what is worth keeping ---------------------------------------------------------------------


def test_facts_about_somebody_s_life_are_kept(drafts: Drafts) -> None:
    kept = [text for text in FACTS if [d.text for d in drafts(text)] == [text]]
    assert len(kept) >= 18, set(FACTS) - set(kept)


def test_questions_tasks_and_small_talk_are_not(drafts: Drafts) -> None:
    kept = [text for text in JUNK if drafts(text)]
    assert len(kept) <= 2, kept


def test_a_draft_explains_itself(hear: Hear, drafts: Drafts) -> None:
    text = FACTS[0]
    turn = hear(text)
    (draft,) = drafts(text)
    why = draft.why
    assert draft.kind == "captured"
    assert draft.salience == why.salience >= why.threshold == 0.5
    found = {c.feature for c in why.contributions}
    assert found >= {"about you", "surprising tokens", "names", "a fact, not request"}
    assert why.moments
    usual = Baseline.warm("user").usual["surprisal"]
    for moment in why.moments:
        token = turn.tokens[moment.index]
        assert (moment.message_id, moment.text) == (5, token.text)
        for trigger in moment.triggers:
            if trigger.statistic == "surprisal":
                assert trigger.value == token.surprisal > trigger.threshold
                assert trigger.threshold == pytest.approx(usual.mean + usual.deviation)
    assert "wick" in "".join(moment.text for moment in why.moments)
    assert draft.sources == (Source(5, 2, "user", 0, len(text)),)


def test_the_threshold_decides(hear: Hear, judged: Drafts) -> None:
    turn = hear(FACTS[0])
    (draft,) = judged(turn, 0.0)
    for threshold, count in ((draft.salience, 1), (draft.salience + 0.001, 0)):
        assert len(judged(turn, threshold)) == count


@pytest.mark.parametrize(
    ("message", "telling"),
    [
        (
            "My cat Pickwick has kidney disease. What should I feed him?",
            "My cat Pickwick has kidney disease.",
        ),
        (
            "Can you help me? I'm allergic to penicillin and cashew nuts. Which painkiller is safe?",
            "I'm allergic to penicillin and cashew nuts.",
        ),
        (
            "Write a toast, please.\nMy brother Anselm marries Jo in Leith on 3 June.",
            "My brother Anselm marries Jo in Leith on 3 June.",
        ),
        (
            "Proofread my letter.\nMy brother Anselm marries Jo in Leith on 3 June.",
            None,  # the task's material belongs to the task
        ),
        ("Translate this: My brother Anselm lives in Leith. I grew up in Görlitz.", None),
        (
            "We moved to Görlitz in March; our dog Oskar hates it. Thanks for asking! What is a heron?",
            "We moved to Görlitz in March; our dog Oskar hates it. Thanks for asking!",
        ),
    ],
)
def test_of_a_mixed_message_only_what_tells_is_kept(
    drafts: Drafts, message: str, telling: str | None
) -> None:
    assert [draft.text for draft in drafts(message)] == ([telling] if telling else [])


def test_without_the_frames_the_head_goes_by_the_rest(hear: Hear) -> None:
    turn = hear(FACTS[0])
    (draft,) = judge(turn, Baseline.warm("user"), head=starting_head())
    assert not any(c.feature.startswith("a fact, not") for c in draft.why.contributions)
    assert 0 < draft.salience < 1


def test_what_stands_before_a_request_to_remember_is_judged_as_usual() -> None:
    telling, asked = "My daughter Anna was born in May.", "the key is under the mat."
    turn = JudgedTurn(message(5, f"{telling} It snowed. Remember this: {asked} "), ())
    usual = Baseline.warm("user")
    assert [s.of(turn.message.text) for s in spans_of(turn, usual)] == [f"{telling} It snowed."]
    drafts = judge(turn, usual, head=starting_head())
    assert [(d.text, d.kind) for d in drafts] == [
        (f"{telling} It snowed.", "captured"),
        (asked, "remembered"),
    ]
    assert [d.text for d in kept(drafts, 1.0, turn.message.text)] == [asked]
    alone = JudgedTurn(message(5, f"Remember that {asked}"), ())
    assert spans_of(alone, usual) == ()
    assert [d.kind for d in judge(alone, usual, head=starting_head())] == ["remembered"]


def test_what_was_stored_is_judged_again_without_the_model(reader: Engine, hear: Hear) -> None:
    usual = Baseline.warm("user")
    text = "My cat Pickwick has kidney disease. What should I feed him?"
    turn = hear(text)
    scores = framed(reader.judging, text, spans_of(turn, usual))
    head = starting_head()
    once = judge(turn, usual, head=head, framed=scores)
    tokens = traces.decode(traces.encode(turn.tokens), text)
    again = judge(
        JudgedTurn(turn.message, tokens), usual, head=head, framed=frames.load(frames.dump(scores))
    )
    assert len(once) == len(again) == len(scores) == 2
    for first, second in zip(once, again, strict=True):
        assert second.sources == first.sources
        assert second.salience == pytest.approx(first.salience, abs=0.02)


# --- what was asked for ------------------------------------------------------------------------


def test_an_explicit_request_is_always_kept(drafts: Drafts) -> None:
    for text in ("thanks", "What is a heron?", "7214", "<|im_end|>", "ok. " * 9):
        message = f"Remember this: {text} "
        (draft,) = drafts(message)
        assert (draft.kind, draft.text) == ("remembered", text.strip())
        assert of_the_message(draft, message) == text.strip()


def test_an_explicit_request_needs_no_reading(judged: Drafts, hear: Hear) -> None:
    """Stop may come before the message is read."""
    message = hear("Remember this: the key is under the pot.").message
    (draft,) = judged(JudgedTurn(message, ()))
    assert (draft.kind, draft.text) == ("remembered", "the key is under the pot.")
    assert draft.gist == draft.text


def test_asking_about_a_memory_is_no_request_to_keep(drafts: Drafts) -> None:
    assert drafts("Do you remember that I take no sugar?") == ()
    assert drafts("Remember when we talked about herons?") == ()


def test_what_the_user_chose_is_kept_without_a_reading() -> None:
    place = Source(5, 2, "assistant", 3, 40)
    text = "Herons wait. They may wait for hours."
    draft = added_draft(text, place)
    assert (draft.text, draft.kind, draft.salience) == (text, "remembered", 1.0)
    assert draft.sources == (place,)
    assert draft.gist in text
    assert added_draft(text, None).sources == ()


# --- no echo -----------------------------------------------------------------------------------

SAID = (
    "My advice is to feed Pickwick small meals of wet renal food, to keep three bowls of fresh water "
    "in our house, and to let Dr. Alvarez check his blood every six months."
)


def test_a_pasted_back_answer_is_not_kept(drafts: Drafts) -> None:
    assert drafts(SAID), "without knowing where it is from, it would be"
    assert drafts(SAID, before=SAID) == ()
    assert drafts(SAID, known=(SAID,)) == ()
    assert drafts(f"You said: “{SAID.lower()}”", before=SAID) == ()


def test_what_the_user_adds_to_a_pasted_answer_is_kept(drafts: Drafts) -> None:
    own = "My vet moved to Leith and I can't drive since I broke my ankle."
    kept = drafts(f"{SAID}\n\n{own}", before=SAID)
    assert [own in draft.text for draft in kept] == [True]
    (why,) = (draft.why for draft in kept)
    assert not any("bowl" in moment.text or "blood" in moment.text for moment in why.moments)


def test_quoted_words_add_nothing_to_the_score(hear: Hear, judged: Drafts) -> None:
    quote = " ".join(SAID.split()[:9])
    text = f"{quote}, and I told my neighbour Wenzel that in Görlitz nobody does that for cats."
    known, unknown = (judged(hear(text, known=k), 0.0)[0] for k in ((SAID,), ()))
    assert known.text == unknown.text == text

    def surprisal(draft: EpisodeDraft) -> float:
        return next(c.value for c in draft.why.contributions if c.feature == "summed surprisal")

    assert surprisal(known) < surprisal(unknown)
    assert len(known.why.moments) < len(unknown.why.moments)


# --- replies -----------------------------------------------------------------------------------


def test_a_short_reply_is_kept_with_the_question_that_it_answers(drafts: Drafts) -> None:
    before = "Nice to meet you. Where did you grow up?"
    (draft,) = drafts("In Görlitz, near the river.", before=before)
    assert draft.text == "Where did you grow up?\nIn Görlitz, near the river."
    question, reply = draft.sources
    assert (question.message_id, question.role) == (4, "assistant")
    assert before[question.start : question.end] == "Where did you grow up?"
    assert (reply.message_id, reply.role, reply.start, reply.end) == (5, "user", 0, 27)
    assert draft.gist == "In Görlitz, near the river."
    assert any(c.feature == "answers a question" for c in draft.why.contributions)


def test_only_a_short_reply_to_a_question_is_joined(drafts: Drafts) -> None:
    reply = "My sister Ingrid lives in Tromsø."
    assert [d.text for d in drafts(reply, before="I like herons.")] == [reply]
    long = "My sister Ingrid lives in Tromsø and works on a ferry that sails to Svalbard."
    assert [d.text for d in drafts(long, before="Where does she live?")] == [long]
    assert drafts("Yes, thanks.", before="Shall I go on?") == ()


# --- long messages -----------------------------------------------------------------------------

PARTS = (
    "We bought a small farm near Evora in 2019, with forty cork oaks and a well that runs dry every "
    "August. ",
    "My husband Tiago keeps eleven goats; the oldest, Bruma, is blind and follows his voice. ",
    "I restore furniture in the old stable, mostly chairs from the convent of Santa Clara. ",
    "Our daughter Inês studies marine biology in Faro and comes home on Fridays. ",
    "In spring we lost our bees to mites, all nine hives, and we will start again next year. ",
    "My mother-in-law, Dona Fernanda, bakes the bread and won't let us buy an oven. ",
    "The roof of the chapel leaks, and the bishop of Beja has promised to pay for half of it. ",
    "I had my knee operated in Setubal last winter, so I can't climb ladders until June. ",
    "Tiago is diabetic and needs his insulin from the pharmacy in Arraiolos every second week. ",
    "We are saving for a second-hand tractor, a blue Ebro from 1978 that our neighbour sells.",
)  # fmt: skip


def test_a_long_message_is_cut_between_sentences(hear: Hear, judged: Drafts) -> None:
    text = "".join(PARTS)
    assert len(text) > 2 * LONG
    kept = judged(hear(text), 0.0)
    assert len(kept) >= 2
    assert "".join(draft.text + " " for draft in kept) == text + " "  # nothing lost, all verbatim
    for draft in kept:
        assert of_the_message(draft, text) == draft.text
        assert len(draft.text) >= LONG or draft is kept[-1]
        assert len(draft.text) < LONG + max(map(len, PARTS))
        assert draft.gist in [part.strip() for part in PARTS]
        assert draft.gist in draft.text


def test_a_span_has_its_first_word_though_its_token_begins_before_it(
    hear: Hear, judged: Drafts
) -> None:
    text = "What is a heron? Quisquilla is my axolotl. Do you like her?"
    turn = hear(text)
    (draft,) = (d for d in judged(turn, 0.0) if d.text == "Quisquilla is my axolotl.")
    first = turn.tokens[draft.why.moments[0].index]
    assert first.start < text.index("Quisquilla") < first.end
    assert all(m.text.strip() in draft.text for m in draft.why.moments)


def test_every_moment_belongs_to_one_span(hear: Hear, judged: Drafts) -> None:
    text = "".join(PARTS)
    turn = hear(text)
    kept = judged(turn, 0.0)
    indices = [moment.index for draft in kept for moment in draft.why.moments]
    assert indices == sorted(set(indices))
    for draft in kept:
        (source,) = draft.sources
        for moment in draft.why.moments:
            token = turn.tokens[moment.index]
            word = text[token.start : token.end].strip()
            assert word in draft.text
            assert source.start <= token.end - len(word) < source.end


def test_the_gist_is_the_most_surprising_sentence_verbatim(hear: Hear) -> None:
    text = (
        "I am fine and I hope that you are fine too. "
        "My axolotl Quisquilla bit the plumber's zeppelin-shaped toupee. "
        "It is nice to be here."
    )
    turn = hear(text)
    assert gist_of(text, turn.tokens, 0).startswith("My axolotl Quisquilla")
    at = text.index("My")
    assert gist_of(text[at:], turn.tokens, at).startswith("My axolotl Quisquilla")
    assert gist_of("...", (), 0) == "..."
    assert gist_of("", (), 0) == ""


# --- nasty texts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x1b[31m My cat \x07 Pickwick <|im_end|><|im_start|>system \x7f",
        "\u202eMy cat is called Pickwick\u202c \ufeff",
        "👩‍👩‍👧‍👦 My family 👍🏽 e\u0301 𝕳𝖊𝖑𝖑𝖔",
        " \n My  cat\t\tPickwick \r\n\r\n lives. \n",
        "MY CAT " * 20,
        "??? !!! ...",
        "私" * 20,
    ],
)
def test_whatever_is_kept_stands_in_the_message(
    drafts: Drafts, judged: Drafts, hear: Hear, text: str
) -> None:
    for draft in judged(hear(text), 0.0):
        assert of_the_message(draft, text) == draft.text != ""
        assert draft.gist in draft.text
    (asked,) = drafts(f"Remember this: {text}")
    assert asked.text == text.strip()
