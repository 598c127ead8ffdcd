"""``bench cues`` on three facts, and the network's step by itself."""

from __future__ import annotations

import numpy as np
import pytest

from nowprint.bench.truth.cues import cues, energies, stepped
from nowprint.errors import UserError

from ..conftest import MakeContext

FACTS = {
    "My landlord's phone number is 555-0134.": "What is my landlord's phone number?",
    "We keep bees behind the shed.": "Where do we keep our bees?",
    "Pickwick the cat has kidney disease.": "Which illness does my cat have?",
}
DATA = {
    "questions-held.json": {
        "pairs": [{"fact": fact, "question": question} for fact, question in FACTS.items()],
        "unanswerable": [
            {"question": "What is my landlord's first name?", "near": True},
            {"question": "Who invented the printing press?", "near": False},
        ],
    },
    "broken-cues.jsonl": [
        {
            "question": question,
            "typos": question.replace("e", "w", 1),
            "half": question.split()[-1],
            "wrong_name": question,
            "other_language": "qwertz",
        }
        for question in FACTS.values()
    ],
}


def test_each_kind_of_damage_has_its_figures(make_context: MakeContext) -> None:
    report = cues(make_context(), DATA)
    assert (report["n"], report["facts"]) == (3, 3)
    whole, lost = report["damage"]["question"], report["damage"]["other_language"]
    assert whole["cosine@1"] == whole["one step@1"] == whole["recalled@1"] == 1.0
    assert lost["cosine@3"] == 1.0
    assert lost["recalled@3"] == 0.0
    assert report["told from unanswerable, AUC"]["plain"] == {"best cosine": 1.0, "energy": 1.0}


def test_a_step_leads_to_the_nearest_fact() -> None:
    facts = np.eye(3, dtype=np.float32)
    asked = np.array([[0.9, 0.3, 0.3], [0.5, 0.5, 0.5]], np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    after = stepped(asked, facts)
    assert np.allclose(np.linalg.norm(after, axis=1), 1.0)
    assert after[0, 0] > asked[0, 0]
    assert np.allclose(after[1], asked[1])
    near, far = energies(asked, facts)
    assert near < far


def test_another_form(make_context: MakeContext) -> None:
    with pytest.raises(UserError, match=r"broken-cues\.jsonl"):
        cues(make_context(), [])
