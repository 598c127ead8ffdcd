"""``bench recall``: what recall finds of long conversations, by a file in LoCoMo's form."""

from __future__ import annotations

from typing import Any

from nowprint.bench.lab import Lab
from nowprint.bench.locomo import read_conversations


def recall(lab: Lab, data: object) -> dict[str, Any]:
    """UserError if the data isn't of LoCoMo's form."""
    conversations = read_conversations(data)
    return {"n": sum(len(one.questions) for one in conversations)}
