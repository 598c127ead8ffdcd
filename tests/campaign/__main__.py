"""The fault campaign: kills and faults at random moments of every kind of write, and a table of what came of
them.

    python3 packaging/dev.py campaign [KILLS] [--seed N] [--only KIND] [--cores N] [--faults N]

The seed makes the same choices again; moments also depend on how busy the machine is. Ctrl+C or SIGTERM
shows the table so far. A profile in which something was lost is kept in the folder that the last line names.
The exit code is 1 if anything was.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "offline"))
import stay_here  # noqa: F401 - from here on nothing leaves this machine
from nowprint.settings import Profile

from ..memory.killing import Killing
from .cores import kill_chatting_cores, kill_keeping_cores
from .elsewise import SECOND_PROGRAMS, jump_clock, open_twice
from .faults import FAULTS, Failing, compiled, loaded
from .kills import Killer, Tally
from .place import Sequence
from .table import show
from .writes import make_bases, sequences

KILLS = 1000
OF_CORES = 20
"""Every so many-th kill is of a real core with the model."""
OF_KEEPING, KEEPING = 50, 18
"""Of so many kills of cores, so many have the real embedder at work."""
OF_FORGETTING = 20
"""Every so many-th is of forgetting, after which every byte is looked at."""
ROUNDS_OF_FAULTS = 25
"""How often each fault strikes each kind of write."""
CLOCKS = 5
SAID = 20
"""After so many kills of each kind a line says how far it is."""
PRELOADED = "NOWPRINT_CAMPAIGN"
"""Names the campaign's folder in the environment of the process that has the library of faults."""


def main() -> int:
    options = _options()
    folder = Path(os.environ.get(PRELOADED) or tempfile.mkdtemp(prefix="campaign-"))
    if options.faults and not os.environ.get(PRELOADED):
        _preload(folder)
    os.environ.pop("LD_PRELOAD", None)  # the real cores go without
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    campaign = Campaign(options.seed, folder, options.only, smoke=options.smoke)
    print(f"seed {options.seed}, {options.kills} kills, {folder}", flush=True)
    cores = options.kills // OF_CORES if options.cores is None else options.cores
    began = time.monotonic()
    of_forgetting = options.kills // OF_FORGETTING
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        campaign.kill_writes(options.kills - cores - of_forgetting)
        campaign.kill_forgetting(of_forgetting)
        campaign.kill_cores(cores)
        campaign.strike(options.faults)
        campaign.go_elsewise()
    except KeyboardInterrupt:
        print("Broken off: this is what there is so far.")
    faults = show(campaign.tallies)
    print(f"seed {options.seed}, {time.monotonic() - began:.0f} s")
    if faults:
        print(f"Look into {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="dev.py campaign", description=__doc__.partition("\n\n")[0]
    )
    parser.add_argument("kills", type=int, nargs="?", default=KILLS)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="", help="only this kind of write")
    parser.add_argument("--cores", type=int, help="kills of real cores with the starter model")
    parser.add_argument("--faults", type=int, default=ROUNDS_OF_FAULTS,
                        help="how often each fault of the disk strikes each kind of write")  # fmt: skip
    parser.add_argument("--smoke", action="store_true", help="a little of everything, in seconds")
    return parser.parse_args()


def _preload(folder: Path) -> None:
    """Begin again with the library of faults in front of the C library, where it can be made."""
    library = compiled(folder)
    if library is not None:
        here = dict(os.environ, LD_PRELOAD=str(library), **{PRELOADED: str(folder)})
        arguments = ["-m", "tests.campaign", *sys.argv[1:]]
        os.execve(sys.executable, [sys.executable, *arguments], here)


class Campaign:
    def __init__(self, seed: int, folder: Path, only: str, *, smoke: bool) -> None:
        self._chance = random.Random(seed)
        self._folder = folder
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self._smoke = smoke
        bases = make_bases(folder, self._chance)
        if smoke:  # of the older schemas the first one alone
            bases = dict(list(bases.items())[:2])
        self._base = bases["made"]
        every = sequences(folder, bases, self._chance)
        self._sequences = [one for one in every if only in ("", one.kind)]

    def _seed(self) -> int:
        return self._chance.randrange(1 << 30)

    def _by_kind(self) -> dict[str, list[Sequence]]:
        kinds: dict[str, list[Sequence]] = {}
        for one in self._sequences:
            kinds.setdefault(one.kind, []).append(one)
        return kinds

    def kill_writes(self, kills: int) -> None:
        """Each kind in turn, so that the table has all of them when the campaign is broken off."""
        kinds = self._by_kind()
        killers = {
            kind: [
                Killer(
                    one,
                    self._folder / "kills" / one.base.name / kind,
                    self._seed(),
                    self.tallies[f"kill: {kind}"],
                )
                for one in several
            ]
            for kind, several in kinds.items()
        }
        share = max(1, kills // len(kinds))
        for number in range(share):
            for several in killers.values():
                killer = several[number % len(several)]
                while killer.tally.injected <= number:
                    killer.kill_once()
            if not (number + 1) % SAID:
                _say(f"{number + 1} kills of each kind", *self.tallies.values())

    def kill_forgetting(self, kills: int) -> None:
        if not kills:
            return
        tally = self.tallies["kill: forgetting, every byte looked at"]
        folder = self._folder / "bytes"
        folder.mkdir()
        killing = Killing(folder, self._seed())
        while killing.kills < kills and not tally.faults:
            try:
                killing.kill_once()
            except AssertionError as lost:
                tally.faults.append(f"forgetting: {lost}")
        tally.injected, tally.acknowledged = killing.kills, killing.gone
        _say("forgetting", tally)

    def kill_cores(self, kills: int) -> None:
        if not kills:
            return
        tally = self.tallies["kill: a real core with its model"]
        folder = self._folder / "cores"
        folder.mkdir()
        keeping = KEEPING * (kills // OF_KEEPING)
        seeds = self._seed(), self._seed()
        try:
            if keeping:
                kill_keeping_cores(Profile(folder / "keeping"), keeping, seeds[0], tally)
            chatting = Profile(folder / "chatting")
            kill_chatting_cores(chatting, folder, kills - keeping, seeds[1], tally)
        except AssertionError:
            tally.faults.append(f"core: {traceback.format_exc()}")
        _say("cores", tally)

    def strike(self, rounds: int) -> None:
        library = loaded()
        if not rounds or library is None:
            if rounds:
                print("No faults of the disk: they need Linux and a C compiler.")
            return
        newest = {one.kind: one for one in self._sequences}  # one older schema is enough here
        if self._smoke:
            newest = {"turn": newest["turn"]}
        for kind, sequence in newest.items():
            failing = Failing(library, sequence, self._folder / "faults" / kind, self._seed())
            for fault in FAULTS:
                for _ in range(rounds):
                    failing.strike(fault, self.tallies[f"{fault.name}: all kinds"])
            _say(
                f"faults in {kind}", *(self.tallies[f"{fault.name}: all kinds"] for fault in FAULTS)
            )

    def go_elsewise(self) -> None:
        for sequence in self._sequences[: 1 if self._smoke else None]:
            if not sequence.loose:  # what is forgotten by rule depends on the clock
                for _ in range(1 if self._smoke else CLOCKS):
                    place = self._folder / "clock" / sequence.kind
                    jump_clock(sequence, place, self._seed(), self.tallies["clock that jumps"])
        others = 1 if self._smoke else SECOND_PROGRAMS
        open_twice(self._base, self._folder / "twice", others, self.tallies["two programs at once"])


def _say(what: str, *tallies: Tally) -> None:
    number = sum(one.injected for one in tallies)
    print(f"{what}: {number}, {sum(len(one.faults) for one in tallies)} faults", flush=True)


if __name__ == "__main__":
    sys.exit(main())
