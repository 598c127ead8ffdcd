"""Reads the corpus that the models are fitted on (resources/corpus)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def json_lines(file: Path) -> list[dict[str, Any]]:
    """The object in each line of a file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
