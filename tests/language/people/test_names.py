"""Whom and what people tell of, in the ways in which they write it."""

from __future__ import annotations

import pytest

from nowprint.language.people.names import names_in


def named(*texts: str) -> set[str]:
    return {one.shown for one in names_in(texts) if not one.key.startswith("my ")}


def told(*texts: str) -> dict[str, tuple[str, str]]:
    """Kind and relation by name."""
    return {one.shown: (one.kind, one.relation) for one in names_in(texts)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My sister Marta plays the cello.", {"Marta"}),
        ("Yesterday I had lunch with Priyanka.", {"Priyanka"}),
        ("We went to Lake Vico and it rained.", {"Lake Vico"}),
        ("Dr. Alvarez says the knee is fine.", {"Dr. Alvarez"}),
        ("I need to call Mrs Adeyinka about the chutney.", {"Mrs Adeyinka"}),
        ("Marta's husband is a cook, and I like Marta's jam.", {"Marta"}),
        ("I saw O'Brien and Jean-Luc at the pub.", {"O'Brien", "Jean-Luc"}),
        ("my boss, Karen, wants it by Friday", {"Karen"}),
        ("Tom, my brother, is moving out.", {"Tom"}),
        ("Our dog is called Biscuit.", {"Biscuit"}),
        ("my cat's name is Mochi", {"Mochi"}),
        (
            "I read about Vincent van Gogh in Rio de Janeiro.",
            {"Vincent van Gogh", "Rio de Janeiro"},
        ),
        ("Mi hermana Marta vive en Sevilla.", {"Marta", "Sevilla"}),
        ("Ayer cené con Ana María.", {"Ana María"}),
        ("Meine Schwester Anna wohnt in Graz.", {"Anna", "Graz"}),
        ("Mon frère Julien habite à Lyon.", {"Julien", "Lyon"}),
        ("Mia sorella Giulia abita a Torino.", {"Giulia", "Torino"}),
        ("A minha irmã Beatriz mora em Braga.", {"Beatriz", "Braga"}),
        ("Mijn broer Sjoerd woont in Utrecht.", {"Sjoerd", "Utrecht"}),
        ("Moja siostra Kasia mieszka w Gdyni.", {"Kasia", "Gdyni"}),
        ("Моя сестра Марина живёт в Казани.", {"Марина", "Казани"}),
        ("Χθες μίλησα με τη Μαρία.", {"Μαρία"}),
        ("我姐姐小梅在北京工作。", {"小梅", "北京"}),
        ("妹のさくらは大阪に住んでいます。", {"さくら", "大阪"}),
        ("田中さんと昼ごはんを食べた。", {"田中さん"}),
    ],
)
def test_names_that_are_told(text: str, names: set[str]) -> None:
    assert named(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Yesterday came and went.",
        "Booked the dentist for Monday.",
        "I love March, and Sundays in May.",
        "Dinner was great. Then we watched TV.",
        "I'm learning English and Spanish.",
        "Honestly I think I'm done. I really am.",
        "MY SISTER IS COMING AND I HATE IT",
        "OK so I FINALLY did it",
        "Das Auto ist in der Werkstatt, und die Rechnung war hoch.",
        "Ich gehe mit Freunden ins Kino, nach Hause komme ich spät.",
        "Am Montag habe ich frei. Im Juni nicht.",
        "Die Katze mag keinen Fisch, nur Huhn mit Reis.",
        "Hier soir, j'ai mangé du poisson. Demain aussi.",
        "Ayer comí paella. Luego dormí la siesta.",
        "Ieri ho mangiato la pizza. Domani no.",
        "Вчера я ела суп. Завтра не буду.",
        "我从来不吃香菜。",
        "今日は雨です。明日も雨だろう。",
        "my sister lives far away and really hates phones",
        "Happy Easter and Merry Christmas!",
        "",
    ],
)
def test_what_is_no_name(text: str) -> None:
    assert named(text) == set()


def test_at_a_beginning_only_what_is_a_name_elsewhere() -> None:
    assert named("Oksana came.", "I met Oksana.", "Soup came.") == {"Oksana"}
    assert named("Rain is nice.", "I like rain.", "Rain again.") == set()
    assert named("Anna came.", "Yesterday came.") == {"Anna"}


def test_without_capitals_relations_and_known_names_help() -> None:
    assert named("my sister marta is coming for dinner") == {"Marta"}
    assert named("i talked to priyanka again", "I like Priyanka a lot.") == {"Priyanka"}
    (one,) = (n for n in names_in(["i saw priyanka", "Met Priyanka."]) if n.shown == "Priyanka")
    assert set(one.texts) == {0, 1}
    # a word of every day isn't a name because somebody has it
    will = [n for n in names_in(["My brother Will called.", "i will go home"]) if n.shown == "Will"]
    assert [set(n.texts) for n in will] == [{0}]


def test_in_capitals_only_relations_help() -> None:
    assert named("MY SISTER MARTA IS COMING ON FRIDAY") == {"Marta"}


def test_what_is_a_word_more_often_is_no_name() -> None:
    texts = ["He is such a Legend.", "a legend again", "the legend of it", "some legend"]
    assert named(*texts) == set()


def test_german_nouns_are_no_names_but_what_is_a_name_elsewhere_is() -> None:
    assert named("Ich war mit Ronja im Garten.", "Meine Tochter Ronja hat Fieber.") == {"Ronja"}
    assert named("Tante Inge bringt Kuchen.") == {"Inge"}
    assert named("Herr Schmidt hat angerufen.") == {"Herr Schmidt"}
    assert named("Annas Freund heißt Anna nie Frau.") == {"Anna"}


def test_what_languages_join_to_a_name_is_no_part_of_it() -> None:
    assert named("Annemler Denizli'de oturuyor.") == {"Denizli"}
    assert named("Je pars avec l'Anglaise d'Anaïs.") >= {"Anaïs"}


def test_a_short_text_among_german_ones_is_german() -> None:
    texts = [
        "Ich habe den Termin verpasst.",
        "Winterreifen einlagern kostet.",
        "Ganz neue Matratze.",
    ]
    assert named(*texts, "roten Golf Baujahr 2011") == set()
    assert named("roten Golf Baujahr 2011") != set()


def test_somebody_who_writes_some_capitals_says_little_by_the_others() -> None:
    assert named("me and perrin went, I think", "I cycled with Perrin.") == {"Perrin"}


def test_a_name_of_several_words_may_begin_with_a_word_of_every_day() -> None:
    assert named("Our band is Wet Tarmac.", "Wet Tarmac stays.", "it is wet") == {"Wet Tarmac"}
    assert named("I work for Halden & Moss, surveyors.") == {"Halden & Moss"}


def test_a_title_begins_a_name_also_behind_another_capital() -> None:
    assert named("Saw Dr Lindqvist for the follow up.") == {"Dr. Lindqvist"}
    assert named("The book is by J. K. Rowling.") == {"J K Rowling"}


@pytest.mark.parametrize(
    "text",
    ["The code is 24B71.", "I am SO TIRED and HUNGRY", "vitamin D helps", "The MRI was fine."],
)
def test_codes_letters_and_what_is_shouted_are_no_names(text: str) -> None:
    assert named(text) == set()


@pytest.mark.parametrize(
    ("text", "name", "kind", "relation"),
    [
        ("My sister Marta plays the cello.", "Marta", "person", "sister"),
        ("Meine Schwester Marta spielt Cello.", "Marta", "person", "sister"),
        ("Mi hermana Marta toca el chelo.", "Marta", "person", "sister"),
        ("Моя сестра Марина играет.", "Марина", "person", "sister"),
        ("我姐姐小梅会弹琴。", "小梅", "person", "sister"),
        ("My best friend Tom is a pilot.", "Tom", "person", "friend"),
        ("My cat Pickwick has kidney disease.", "Pickwick", "animal", "cat"),
        ("My sister's husband Ravi cooks.", "Ravi", "person", "sister's husband"),
        ("Marta is my sister.", "Marta", "person", "sister"),
        ("A Jussara é a minha vizinha de porta.", "Jussara", "person", "neighbour"),
        ("My own GP is Dr Okafor, and I like her.", "Dr. Okafor", "person", "doctor"),
        ("Il compleanno di nonna Ida è il 3 ottobre", "Ida", "person", "grandmother"),
        ("Aunt Carol is eighty.", "Carol", "person", "aunt"),
        ("We moved to Lisbon last year.", "Lisbon", "place", ""),
        ("I grew up near Oulu.", "Oulu", "place", ""),
        ("Dr. Alvarez called.", "Dr. Alvarez", "person", ""),
        ("I bought a Thermomix.", "Thermomix", "thing", ""),
        ("We walked along Lake Vico.", "Lake Vico", "place", ""),
        ("Wir wohnen in der Bachstraße.", "Bachstraße", "place", ""),
    ],
)
def test_kind_and_relation(text: str, name: str, kind: str, relation: str) -> None:
    assert told(text)[name] == (kind, relation)


@pytest.mark.parametrize(
    ("text", "key", "shown", "kind"),
    [
        ("My landlord wants more rent.", "my landlord", "My landlord", "person"),
        ("my dentist is on holiday", "my dentist", "My dentist", "person"),
        ("Mein Vermieter ruft nie zurück.", "my landlord", "Mein Vermieter", "person"),
        ("Mum rang again.", "my mother", "Mum", "person"),
        ("I phoned my mum.", "my mother", "My mum", "person"),
        ("My sister's husband cooks well.", "my sister's husband", "My sister's husband", "person"),
        ("我妈妈生病了。", "my mother", "我妈妈", "person"),
    ],
)
def test_people_without_a_name_are_known_by_their_relation(
    text: str, key: str, shown: str, kind: str
) -> None:
    assert (key, shown, kind) in {(one.key, one.shown, one.kind) for one in names_in([text])}


@pytest.mark.parametrize(
    "text", ["Marta's mum is ill.", "your sister is nice", "She saw his landlord.", "a friend said"]
)
def test_relations_of_others_are_none_of_the_user(text: str) -> None:
    assert not [one for one in names_in([text]) if one.key.startswith("my ")]


def test_inflected_names_are_one() -> None:
    (one,) = names_in(["Мы гуляли с Мариной.", "Моя сестра Марина поёт.", "Видел Марину."])
    assert (one.shown, set(one.texts)) == ("Марина", {0, 1, 2})


def test_each_text_counts_once_and_its_places_are_told() -> None:
    texts = ["I met Priyanka. Then Priyanka left."]
    (one,) = names_in(texts)
    assert [texts[0][a:b] for a, b in one.texts[0]] == ["Priyanka", "Priyanka"]
