"""A graphics card against the CPU: the same words, and the same surprise within a tolerance.

It runs on Mesa's software driver, which computes on the processor after all, a hundred times slower than
the CPU's own code: so it reads little. A card's own drivers have not been tried.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

TOLERANCE = 0.25
"""Nats that a token's surprisal may differ by: the card multiplies in 16-bit floats, the CPU in 8-bit
integers, and both are as far from exact arithmetic."""
READ = """
import json, sys
from threading import Event
from nowprint.engine import backends
from nowprint.engine.generation import Contrast
from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage
from nowprint.settings import starter_model

backends.load()
card = None
if sys.argv[1:] == ["card"]:
    backends.load_graphics()
    (card,) = backends.devices()
engine = Engine(starter_model(), context=256, device=card)
asked = Part("What does my cat eat?", "message")
told = Part("My cat eats only fish. ", "recalled")
prompt, without = (engine.build([PromptMessage("user", parts)]) for parts in ((told, asked), (asked,)))
read = engine.prefill(prompt, Event(), score=True)
contrast = Contrast(without, 1.0)
answer = engine.generate(prompt, Sampling(temperature=0), 4, Event(), contrast=contrast)
text = "".join(step.text for step in answer)
judging = engine.likelihood
sums = judging.sums(judging.tokens("My cat"), [judging.tokens(t) for t in (" eats fish.", " is red.")])
print(json.dumps({
    "device": engine.info.device,
    "text": text,
    "read": [score.surprisal for score in read.scores],
    "written": [score.surprisal for score in answer.scores],
    "sums": sums,
}))
"""


def computed(*arguments: str) -> Any:
    said = subprocess.run(
        [sys.executable, "-c", READ, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"GGML_VK_VISIBLE_DEVICES": "0"},
    )
    return json.loads(said.stdout)


@pytest.mark.usefixtures("starter_model")
def test_chat_contrast_and_likelihoods_are_the_same_on_a_card() -> None:
    card, cpu = computed("card"), computed()
    assert card["device"].startswith("llvmpipe")
    assert cpu["device"] == "CPU"
    assert card["text"] == cpu["text"]
    for figures in ("read", "written", "sums"):
        assert card[figures] == pytest.approx(cpu[figures], abs=TOLERANCE), figures
    assert card["read"] != cpu["read"]  # it was really the card that computed
