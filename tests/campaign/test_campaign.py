"""Some kills and failing disks of each kind; `dev.py campaign` does a thousand and more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .kills import Killer, Tally
from .place import Call, Place, Sequence

SEED = 5
ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks its children")


@posix
def test_some_of_each_kind() -> None:
    """The whole of it in a process of its own, since it forks."""
    line = [sys.executable, "-m", "tests.campaign", "9", "--seed", str(SEED), "--cores", "0",
            "--faults", "1", "--smoke"]  # fmt: skip
    ended = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "kill: import" in ended.stdout
    assert "0 findings" in ended.stdout


@posix
def test_what_is_lost_or_half_there_is_seen(tmp_path: Path) -> None:
    """A campaign that finds nothing must be able to find something."""
    code = "import sys; from pathlib import Path; from tests.campaign.test_campaign import lose; "
    code += "lose(Path(sys.argv[1]))"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr


def lose(folder: Path) -> None:
    base = folder / "base"
    base.mkdir()
    place = Place(base, {})
    chat = place.store.create_conversation().id
    place.memory.close()

    def half(place: Place) -> None:
        """In two transactions, where one is promised."""
        for text in ("one", "two"):
            place.store.add_message(chat, "user", text)

    sequence = Sequence("half", base, tuple(Call("half", half) for _ in range(30)))
    killer = Killer(sequence, folder / "kills", SEED, Tally())
    for _ in range(200):
        killer.kill_once()
        if killer.tally.faults:
            break
    assert "half there" in killer.tally.faults[0], killer.tally

    def gone(place: Place) -> None:
        """Acknowledged, and not on the disk."""
        place.ids["said"] = place.ids.get("said", 0) + 1
        with place.store.database.reading() as connection:
            connection.execute("SAVEPOINT never")
            connection.execute("UPDATE conversation SET title = ?", [str(place.ids["said"])])

    sequence = Sequence("gone", base, (Call("gone", gone), Call("gone", gone)))
    killer = Killer(sequence, folder / "gone", SEED, Tally())
    for _ in range(50):
        killer.kill_once()
        if killer.tally.faults:
            break
    assert killer.tally.faults, killer.tally
