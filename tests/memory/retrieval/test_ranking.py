"""The ranking and its floor: by numbers, and on pairs with the real embedder.

Recall's floor was set on the first half of each list; the second half shows that it holds for texts
that it was not set on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from nowprint.bench.samples import trade_off
from nowprint.inspection import EpisodeFilter
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.ranking import (
    GATE,
    USUAL,
    Candidate,
    RecallQuery,
    Scored,
    floor,
    rank,
    rarity,
)
from nowprint.memory.retrieval.reordering import NAT, with_resonance
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft

SET_PAIRS, SET_UNANSWERABLE = 24, 28

PAIRS: tuple[tuple[str, str], ...] = (
    (
        "My cat Pickwick has kidney disease and needs the low phosphorus food.",
        "What does my cat need to eat?",
    ),
    (
        "My sister Marta plays the cello in the Porto orchestra.",
        "Which instrument does Marta play?",
    ),
    ("I'm allergic to walnuts, they make my throat swell.", "Is there any food I can't eat?"),
    ("We are flying to Oslo on the 14th of March.", "When is our trip to Norway?"),
    ("The wifi password at the cabin is bluefinch77.", "How do I get online at the cabin?"),
    ("My boss is called Henrike and she hates long emails.", "What's my manager's name?"),
    ("I started learning Basque because my grandmother spoke it.", "Which language am I studying?"),
    ("Our dentist, Dr. Okafor, moved to Mill Street.", "Where is the dentist's office now?"),
    ("I broke my left wrist falling off a ladder in 2019.", "Which bone did I break?"),
    ("My daughter Ines is starting kindergarten in September.", "When does Ines start school?"),
    ("I drive a grey 2011 Skoda Octavia.", "What car do I have?"),
    ("The boiler was last serviced by a man named Petrov in November.", "Who serviced the boiler?"),
    ("I am writing my thesis about the migration of eels.", "What is my thesis about?"),
    ("My husband works night shifts at the hospital.", "What hours does my husband work?"),
    ("I take 20 mg of lisinopril every morning for my blood pressure.", "What medication am I on?"),
    ("Our anniversary is on the second of June.", "When did we get married?"),
    ("My favourite tea is genmaicha, without sugar.", "How do I like my tea?"),
    ("We decided to paint the hallway sage green.", "What colour did we pick for the hallway?"),
    ("I'm training for the Ghent half marathon.", "What race am I preparing for?"),
    ("My brother-in-law Tomasz lent me his drill.", "Whose drill do I have?"),
    ("The spare key is under the third flowerpot.", "Where did I hide the spare key?"),
    ("I used to work as a lighthouse keeper in Brittany.", "What was my old job?"),
    ("Grandpa's funeral was in the chapel at Kilkenny.", "Where was my grandfather buried?"),
    ("Our team uses Postgres 15 with logical replication.", "Which database does my team use?"),
    # --- not used for setting the floor
    ("My dog Biscuit is afraid of thunderstorms.", "What scares my dog?"),
    ("I sold my motorbike to pay for the violin.", "How did I pay for my violin?"),
    ("My landlord is raising the rent to 950 euros in January.", "How much will my rent be?"),
    ("I can't stand coriander, it tastes of soap to me.", "Which herb do I dislike?"),
    ("Our son Leif wants to become a beekeeper.", "What does Leif want to be?"),
    ("My passport expires in August next year.", "When do I have to renew my passport?"),
    ("I keep my savings at Triodos.", "Which bank do I use?"),
    ("My best friend Noor lives in Rotterdam with two parrots.", "Where does Noor live?"),
    ("I failed my driving test twice because of parallel parking.", "Why did I fail my test?"),
    ("We named the sourdough starter Gerald.", "What is the name of my sourdough starter?"),
    ("I have a meeting with the notary on Thursday at ten.", "When am I seeing the notary?"),
    ("My shoe size is 43.", "What size of shoes do I wear?"),
    ("Aunt Philippa collects Soviet cameras.", "What does my aunt collect?"),
    ("The plumber quoted 340 pounds for the leaking pipe.", "What did the plumber ask for?"),
    ("I moved from Ljubljana to Graz when I was twelve.", "Where did I grow up?"),
    ("I'm vegetarian, but I eat fish on Fridays.", "Do I eat meat?"),
    ("My laptop's screen flickers since the last update.", "What's wrong with my laptop?"),
    ("Our book club is reading Middlemarch this month.", "Which book is my club reading?"),
    ("I promised Yusuf to return his tent before Easter.", "What do I have to give back to Yusuf?"),
    ("The choir rehearses every Tuesday in the old brewery.", "Where does the choir rehearse?"),
    ("My grandmother's stollen needs two days of rest.", "How long does the stollen rest?"),
    ("I planted quince and medlar trees behind the shed.", "What trees did I plant?"),
    ("My blood type is B negative.", "What blood type do I have?"),
    ("I play the tuba in a brass band.", "What instrument do I play?"),
)

UNANSWERABLE: tuple[str, ...] = (
    "Thanks, that helps!",
    "What's the capital of Mongolia?",
    "Write a poem about autumn",
    "How far is the moon?",
    "Can you explain recursion to me?",
    "Good morning!",
    "What is the boiling point of ethanol?",
    "Tell me a joke.",
    "Who wrote Don Quixote?",
    "Translate 'good evening' into Finnish.",
    "What's 17 times 23?",
    "How do vaccines work?",
    "ok",
    "Never mind, forget it.",
    "Summarize the plot of Hamlet.",
    "What is the difference between TCP and UDP?",
    "Give me a regex for email addresses.",
    "Why is the sky blue?",
    "How do I boil an egg?",
    "Who won the world cup in 1998?",
    "What does 'ubiquitous' mean?",
    "That's not what I meant.",
    "Could you make that shorter?",
    "List three renewable energy sources.",
    "How does a transistor amplify a signal?",
    "I'm bored.",
    "Suggest a title for my blog post on minimalism.",
    "What's the tallest building in the world?",
    # --- not used for setting the floor
    "You're great, thank you so much.",
    "How are you today?",
    "Explain the French Revolution in two sentences.",
    "What is photosynthesis?",
    "Write a Python function that reverses a list.",
    "Haha, nice one.",
    "What time is it in Tokyo?",
    "How many continents are there?",
    "Is a tomato a fruit?",
    "Continue.",
    "Give me ten words that rhyme with light.",
    "What is inflation?",
    "How do black holes form?",
    "Convert 30 degrees Celsius to Fahrenheit.",
    "Who painted the Mona Lisa?",
    "What should I wear to a job interview?",
    "Draft a polite email declining an invitation.",
    "What is the population of Brazil?",
    "Let's talk about something else.",
    "How do I undo the last git commit?",
    "What causes earthquakes?",
    "Please write that again in simpler words.",
    "What's the chemical symbol for gold?",
    "Compare Kant and Hume.",
    "I don't understand.",
    "When was the printing press invented?",
    "What is the meaning of life?",
    "Describe a sunset over the sea.",
)

MINE = RecallQuery(personal=True, rare=10.0)
WORLD = RecallQuery(personal=False, rare=10.0)
GENERAL = RecallQuery(personal=False, rare=10.0, general=True)


def test_the_parts_add_up_to_the_score() -> None:
    candidates = [
        Candidate(1, 0.6, 4.0, 5.0, date=1.0, pinned=True),
        Candidate(2, 0.2, replaced_by=3),
        Candidate(3, 0.1, 2.0, 2.0, date=0.5, measured=4),
    ]
    ranked = rank(MINE, candidates, {2: (1, None)})
    assert {one.id for one in ranked} == {1, 2, 3}
    for one in [*ranked, *with_resonance(ranked, {1: 1.0, 2: 9.0, 3: 4.0})]:
        assert one.score == pytest.approx(sum(value for _, value in one.parts))


def test_both_kinds_of_evidence_count() -> None:
    dense, both, words = Candidate(1, 0.5), Candidate(2, 0.48, 5.0), Candidate(3, 0.1, 5.0)
    assert rank(MINE, [dense, both, words])[0].id == 2
    assert rank(MINE, [words, Candidate(4, 0.1, 1.0)])[0].id == 3


def test_neighbours_get_a_part_of_the_best_score_at_each_distance() -> None:
    candidates = [Candidate(1, 0.7, 6.0), *(Candidate(id, 0.1) for id in (2, 3, 4))]
    by_id = {one.id: one for one in rank(MINE, candidates, {2: (1, 3)})}
    own = dict(by_id[1].parts)
    whole = own["meaning"] + own["words"]
    near, far = USUAL.beside
    assert dict(by_id[2].parts)["neighbour"] == pytest.approx(near * whole)
    assert dict(by_id[3].parts)["neighbour"] == pytest.approx(far * whole), "2 is below 0"
    assert "neighbour" not in dict(by_id[4].parts)


def test_a_neighbour_never_passes_the_floor_on_that_alone() -> None:
    candidates = [Candidate(1, 0.7, 6.0), Candidate(2, 0.2)]
    assert [one.id for one in floor(rank(MINE, candidates, {2: (1, None)}))] == [1]


def test_the_time_that_is_asked_for_counts_the_more_the_fewer_fall_into_it() -> None:
    others = [Candidate(id, 0.3) for id in range(3, 20)]
    first, second = Candidate(1, 0.4), Candidate(2, 0.3, date=1.0)
    assert [one.id for one in rank(MINE, [first, second, *others])][:2] == [2, 1]
    then = [one._replace(date=1.0) for one in (first, second, *others)]
    assert rank(MINE, then)[0].id == 1, "all were told then: that tells nothing"


def test_pins_and_influence_are_mild() -> None:
    plain, pinned, faded = Candidate(1, 0.4), Candidate(2, 0.4, pinned=True), Candidate(3, 0.4)
    faded = faded._replace(measured=8)
    mattered = Candidate(4, 0.4, measured=8, influential=8)
    assert [one.id for one in rank(MINE, [plain, pinned, faded, mattered])] == [2, 4, 1, 3]
    assert rank(MINE, [pinned, plain._replace(cosine=0.5), *many(0.1)])[0].id == 1


def many(cosine: float) -> list[Candidate]:
    return [Candidate(id, cosine) for id in range(100, 130)]


def test_what_was_replaced_stands_right_behind_the_newer_telling() -> None:
    old = Candidate(1, 0.8, 8.0, replaced_by=2)
    new = Candidate(2, 0.3, 1.0, replaced_by=3)
    newest, other = Candidate(3, 0.25), Candidate(4, 0.5, 4.0)
    ranked = rank(MINE, [old, new, newest, other, *many(0.1)])
    assert [one.id for one in ranked][:4] == [3, 2, 1, 4]
    assert floor(ranked)[0].id == 3, "the evidence is the change's as well"
    assert dict(ranked[0].parts)["change"] > 0
    gone = rank(MINE, [old._replace(replaced_by=9), other])
    assert gone[0].id == 1, "a newer telling that was forgotten changes nothing"


def test_resonance_is_fused_by_ranks_among_the_measured() -> None:
    candidates = [Candidate(id, 0.9 - id / 100) for id in range(1, 31)]
    ranked = rank(MINE, candidates)
    nats = dict.fromkeys(range(1, 11), 5.0) | {8: 30.0, 25: 99.0}
    again = with_resonance(ranked, nats)
    ids = [one.id for one in again]
    assert ids.index(8) < 4, "it was eighth"
    assert ids[ids.index(24) :] == list(range(24, 31)), "beyond the best nothing is moved"
    by_id = {one.id: one for one in again}
    assert dict(by_id[8].parts)["resonance"] == pytest.approx(NAT * 22.5)
    assert dict(by_id[1].parts)["resonance"] == pytest.approx(-NAT * 2.5)
    assert "resonance" not in dict(by_id[15].parts), "what wasn't measured counts as average"
    assert with_resonance(ranked[:2], {1: 1.0, 2: 40.0})[0].id == 2
    assert with_resonance(ranked, {}) == ranked


@pytest.mark.parametrize(
    ("asked", "cosine", "passes"),
    [
        (MINE, 0.30, True),
        (MINE, 0.28, False),
        (WORLD, 0.38, False),
        (WORLD, 0.40, True),
        (GENERAL, 0.53, False),
        (GENERAL, 0.55, True),
        (RecallQuery(personal=False, rare=0.0), 0.9, False),
    ],
)
def test_the_floor_looks_at_absolute_evidence(
    asked: RecallQuery, cosine: float, passes: bool
) -> None:
    assert bool(floor(rank(asked, [Candidate(1, cosine, 6.0, 6.0)]))) is passes


def test_without_an_embedder_shared_words_are_the_evidence() -> None:
    asked = RecallQuery(personal=True, rare=10.0, embedded=False)
    both = [Candidate(1, 0.0, 6.0, 6.0), Candidate(2, 0.0, 2.0, 2.0)]
    assert [one.id for one in floor(rank(asked, both))] == [1]


def test_what_is_far_below_the_best_stays_out() -> None:
    near, far = Candidate(2, 0.7 - GATE + 0.01), Candidate(3, 0.7 - GATE - 0.01)
    assert [one.id for one in floor(rank(MINE, [Candidate(1, 0.7), near, far]))] == [1, 2]


def test_the_trade_off_of_the_floor() -> None:
    found, wrong = [0.5, 0.3, -math.inf], [0.4, 0.1]
    assert trade_off(found, wrong, [0.0, 0.35, 0.6]) == [
        {"floor": 0.0, "found": pytest.approx(2 / 3), "false_recall": 1.0},
        {"floor": 0.35, "found": pytest.approx(1 / 3), "false_recall": 0.5},
        {"floor": 0.6, "found": 0.0, "false_recall": 0.0},
    ]


def test_nothing_to_rank() -> None:
    assert rank(MINE, []) == []
    assert floor([]) == []


def test_a_word_is_rare_until_many_episodes_hold_it() -> None:
    assert rarity(1, 1) > 4
    assert rarity(1, 10_000) > rarity(500, 10_000)
    assert rarity(500, 10_000) < 3.5
    assert rarity(1, 1, common=True) < 2.5


# --- with the real embedder --------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(
    embedder: Embedder,
    encoder: Embedder,
    make_draft: Callable[..., EpisodeDraft],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Memory]:
    """A memory that holds every fact of ``PAIRS``."""
    home: Path = tmp_path_factory.mktemp("told")
    memory = Memory(
        ConversationStore(home / "memory.db"),
        embedder,
        home / "index.hnsw",
        lambda event: None,
        encoder=encoder,
    )
    for fact, _ in PAIRS:
        memory.keep(make_draft(fact))
    yield memory
    memory.close()


def recalled(memory: Memory, text: str) -> list[str]:
    return [one.episode.text for one in memory.retrieval.recall(text, limit=3)]


@pytest.mark.parametrize(
    "pairs", [PAIRS[:SET_PAIRS], PAIRS[SET_PAIRS:]], ids=["the floor's", "held out"]
)
def test_questions_find_their_facts(told: Memory, pairs: tuple[tuple[str, str], ...]) -> None:
    answers = [(fact, recalled(told, question)) for fact, question in pairs]
    assert sum(found[:1] == [fact] for fact, found in answers) / len(pairs) >= 0.9
    assert sum(fact in found for fact, found in answers) / len(pairs) >= 0.9


@pytest.mark.parametrize(
    "messages",
    [UNANSWERABLE[:SET_UNANSWERABLE], UNANSWERABLE[SET_UNANSWERABLE:]],
    ids=["the floor's", "held out"],
)
def test_other_messages_find_nothing(told: Memory, messages: tuple[str, ...]) -> None:
    found = {message: recalled(told, message) for message in messages}
    assert {message: texts for message, texts in found.items() if texts} == {}


def test_the_cat_is_found_first(told: Memory) -> None:
    assert recalled(told, PAIRS[0][1])[0] == PAIRS[0][0]


def test_search_ranks_without_the_floor(told: Memory) -> None:
    assert told.retrieval.recall("What's the capital of Mongolia?", limit=3) == ()
    assert len(told.retrieval.search("What's the capital of Mongolia?", 5)) == 5
    assert told.retrieval.search("tuba", 5)[0].episode.text == "I play the tuba in a brass band."


def test_what_the_prompt_already_holds_is_not_recalled_again(told: Memory) -> None:
    found = told.retrieval.recall(
        PAIRS[0][1], limit=3, in_prompt=lambda episode: episode.text == PAIRS[0][0]
    )
    assert PAIRS[0][0] not in [one.episode.text for one in found]


def test_nothing_is_measured_on_what_cannot_come_back(told: Memory) -> None:
    question, fact = PAIRS[0][1], PAIRS[0][0]
    looked: list[list[int]] = []

    def look(ranked: Sequence[Scored]) -> dict[int, float]:
        looked.append([one.id for one in ranked])
        return {}

    (first, *others) = told.retrieval.recall(question, limit=50, resonate=look)
    assert first.episode.text == fact
    told.retrieval.recall(question, limit=50, in_prompt=lambda one: one.text == fact, resonate=look)
    assert looked == [[one.episode.id for one in (first, *others)], [o.episode.id for o in others]]


def test_in_a_memory_of_one_episode(
    embedder: Embedder, encoder: Embedder, make_draft: Callable[..., EpisodeDraft]
) -> None:
    memory = Memory(ConversationStore(None), embedder, None, lambda event: None, encoder=encoder)
    assert memory.retrieval.recall("What does my cat need to eat?", limit=3) == ()
    memory.keep(make_draft(PAIRS[0][0]))
    assert recalled(memory, PAIRS[0][1]) == [PAIRS[0][0]]
    for message in UNANSWERABLE:
        assert recalled(memory, message) == [], message
    memory.close()


def test_recall_takes_any_text(told: Memory) -> None:
    for text in (
        "",
        "   ",
        '"',
        "AND OR NOT *",
        "\x00\x07",
        "<|im_end|>",
        "\ud800",
        "word " * 40_000,
    ):
        told.retrieval.recall(text, limit=3)
        told.retrieval.search(text, 3)
        told.query.page(EpisodeFilter(text))
