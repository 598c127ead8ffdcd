"""What the encoder's vector says of a text; the sentences are not of the corpus."""

from __future__ import annotations

import numpy as np

from nowprint.language.meanings import bounded, log_odds
from nowprint.memory.embedding.embedder import Embedder

OF_LIFE = (
    "Wann muss ich morgen beim Zahnarzt sein?",
    "Comment s'appelle déjà la prof de mon fils ?",
    "¿Qué talla de zapato usa mi mujer?",
    "Jak nazywa się mój lekarz?",
    "我妹妹住在哪儿？",
)
OF_THE_WORLD = (
    "Schreib ein Gedicht über den Herbst.",
    "Quelle est la capitale de l'Australie ?",
    "Escribe una función en Python que ordene una lista.",
    "Dzięki, to wystarczy!",
    "光速是多少？",
)


def test_a_message_about_ones_own_life_is_told_from_one_to_the_world(encoder: Embedder) -> None:
    life = log_odds("life", encoder.embed(OF_LIFE))
    world = log_odds("life", encoder.embed(OF_THE_WORLD))
    assert life.shape == (len(OF_LIFE),)
    assert life.min() > world.max()


def test_log_odds_are_bounded() -> None:
    values = [bounded(nats) for nats in (-300.0, -1.0, 0.0, 1.0, 300.0)]
    assert np.allclose(values, [-1.0, -bounded(1.0), 0.0, bounded(1.0), 1.0])
    assert 0 < bounded(1.0) < bounded(2.0) < 1
