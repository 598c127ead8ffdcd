"""The engine proves itself: does a variant, or a graphics card, live and calculate right on this machine?

Compiled code may die of an instruction that the processor, the hypervisor or the compiler got wrong, or
go on with wrong numbers. So what was never proved here is tried in a short-lived process of its own,
``nowprint proof VARIANT DEVICE``: it reads 1, 2, 33 and 200 tokens of a text with the starter model, each
in one batch, because llama.cpp has other code for one token, for few and for many. What it says follows
each is compared with what the plainest variant said, which ``resources/proof.json`` holds: the
likeliest tokens and their ln p. Variants add up in another order and round differently, which comes to
some thousandths of a nat; what is broken is nats away.

The process writes a JSON object a line: ``{"doing": …}`` before each step, and at last the figures.
``nowprint proof devices`` lists the graphics cards instead: drivers crash as well.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NoReturn

import numpy as np

from nowprint.settings import own_command, resources, starter_model

if TYPE_CHECKING:
    from nowprint.engine.model import Model
    from nowprint.engine.sequences import Row

READS = (1, 2, 33, 200)
ALL_LAYERS = 1 << 10
TOP = 64
"""Tokens of each distribution that are compared."""
APART = 0.05
"""The most nats that two distributions may be apart (KL divergence, everything else in one bucket)."""
PATIENCE = 30.0
"""Seconds that the first steps may take, and LONGER times the slowest one so far that others may: the
plainest variant reads five tokens a second where something else computes beside."""
GRAPHICS_PATIENCE = 240.0
"""The same for a graphics card, whose driver compiles its programs meanwhile."""
LONGER = 20.0
FAULTS = "NOWPRINT_PROOF_FAULTS"
"""For tests: ``zen4=SIGSEGV,haswell=wrong,llvmpipe=hang`` breaks the proof of a variant, or of a device
whose name or description has the word in it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """``fault`` says in a few words what was wrong, "" for nothing. ``certain`` is False where nothing can
    be said of the engine: its starter model is missing, or somebody ended the process."""

    fault: str
    certain: bool = True
    tokens_per_second: float = 0.0
    """Reading 200 of them."""


def prove(variant: str, device: str = "", *, patience: float = 0.0) -> Proof:
    """Try this variant, alone or with a device beside it, in a process of its own."""
    seconds = patience or (GRAPHICS_PATIENCE if device else PATIENCE)
    said, ended = _run([variant, device], seconds)
    doing = next((line["doing"] for line in reversed(said) if "doing" in line), "started")
    told = next((line for line in said if "reads" in line or "lacks" in line), None)
    if told is None:
        how = "did not come to an end" if ended is None else f"ended with {_how(ended)}"
        killed = ended is not None and -ended in (signal.SIGTERM, getattr(signal, "SIGKILL", 9))
        return Proof(f"{how} while it {doing}", certain=not killed)
    if "lacks" in told:
        return Proof(told["lacks"], certain=False)
    for count, reference, mine in zip(READS, _reference()["reads"], told["reads"], strict=True):
        apart = divergence(reference["ln"], mine)
        if not apart <= APART:  # nan is wrong, too
            return Proof(f"gave wrong numbers after {_tokens(count)} ({apart:.2g} nats apart)")
    return Proof("", tokens_per_second=told["tokens_per_second"])


def list_devices() -> list[dict[str, Any]] | None:
    """The graphics cards here, the fields of ``backends.Device``; None if looking for them crashes."""
    said, ended = _run(["devices"], PATIENCE)
    found: list[dict[str, Any]] | None = said[-1]["devices"] if ended == 0 and said else None
    return found


def divergence(reference: Sequence[float], other: Sequence[float]) -> float:
    """KL(reference ‖ other) in nats, over the ln p of the same tokens and one bucket for the rest."""
    p, q = np.exp(np.array(reference)), np.exp(np.array(other))
    rest, other_rest = max(1e-9, 1 - float(p.sum())), max(1e-9, 1 - float(q.sum()))
    apart = float((p * (np.array(reference) - np.array(other))).sum())
    return apart + rest * math.log(rest / other_rest)


def _run(arguments: list[str], patience: float) -> tuple[list[dict[str, Any]], int | None]:
    """What the process said, line by line, and its exit code; None if it had to be ended: after
    ``patience`` seconds without a line, or more where it has shown that it is slow."""
    process = subprocess.Popen(
        own_command("proof", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        env=os.environ | {"PYINSTALLER_RESET_ENVIRONMENT": "1"},
    )
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    assert process.stdout
    reader = threading.Thread(target=_pass_on, args=(process.stdout, lines), name="proof")
    reader.start()
    said: list[dict[str, Any]] = []
    try:
        began = time.monotonic()
        while line := lines.get(timeout=patience):
            said.append(json.loads(line))
            patience = max(patience, LONGER * (time.monotonic() - began))
            began = time.monotonic()
        return said, process.wait(patience)
    except (queue.Empty, subprocess.TimeoutExpired):
        return said, None
    except ValueError:  # half a line: it died in the middle
        return said, process.wait()
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()


def _pass_on(pipe: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    for line in pipe:
        lines.put(line)
    lines.put(b"")


def _how(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}" if code >= 0 or os.name == "nt" else f"signal {-code}"


def _tokens(count: int) -> str:
    return "one token" if count == 1 else f"{count} tokens"


def _reference() -> Any:
    return json.loads((resources() / "proof.json").read_text(encoding="utf-8"))


# --- in the process of its own -----------------------------------------------------------------


def main(arguments: list[str]) -> NoReturn:
    """``nowprint proof VARIANT DEVICE`` or ``nowprint proof devices``."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no figure

    def say(**told: Any) -> None:
        out.write(json.dumps(told) + "\n")
        out.flush()

    from nowprint.engine import backends
    from nowprint.errors import UserError

    try:
        if arguments == ["devices"]:
            backends.load()
            backends.load_graphics()
            say(devices=[dataclasses.asdict(device) for device in backends.devices()])
        else:
            variant, device = [*arguments, ""][:2]
            say(**figures(variant, device, lambda doing: say(doing=doing)))
    except UserError as fault:
        say(lacks=str(fault))
    out.flush()
    os._exit(0)


def figures(variant: str, device: str, doing: Callable[[str], None]) -> dict[str, Any]:
    """What the reference is compared with; UserError without a starter model or such a device."""
    from nowprint.engine import backends
    from nowprint.engine.model import Model

    doing("was loaded")
    fault = _wanted_fault(variant, device)
    if backends.load(variant) != variant:
        return {"lacks": f"{variant} does not run on this processor"}
    chosen = None
    if device:
        backends.load_graphics()
        chosen = next((d for d in backends.devices() if d.name == device), None)
        if chosen is None:
            return {"lacks": f"{device} is not there"}
        fault = fault or _wanted_fault(variant, chosen.description)
    doing("loaded the starter model")
    model = Model(starter_model(), device=chosen, layers=ALL_LAYERS)
    reference = _reference()

    def before(count: int) -> None:
        doing(f"read {_tokens(count)}")
        _break(fault)

    broken = 3.0 if fault == "wrong" else 0.0
    began = 0.0
    reads: list[list[float]] = []
    for read, row in zip(reference["reads"], _rows(model, reference["text"], before), strict=True):
        reads.append([row.ln(id) - broken for id in read["ids"]])
        ended, began = time.perf_counter() - began, time.perf_counter()
    return {"reads": reads, "tokens_per_second": READS[-1] / ended}


def _rows(model: Model, text: str, before: Callable[[int], None] = lambda _: None) -> Iterator[Row]:
    """What follows the first 1, 2, 33 and 200 tokens of the text, each read from an empty cache."""
    from nowprint.engine.sequences import Place, Sequences
    from nowprint.engine.threads import Threads

    sequences = Sequences(model, threads=Threads(), cells=max(READS) + 56, count=1, rows=1)
    tokens = model.tokenize_text(text)
    for count in READS:
        before(count)
        sequences.clear()
        sequences.read([Place(t, i, 0, i == count - 1) for i, t in enumerate(tokens[:count])])
        yield sequences.row(-1)


def _wanted_fault(variant: str, device: str) -> str:
    for wish in filter(None, os.environ.get(FAULTS, "").split(",")):
        name, _, fault = wish.partition("=")
        if name.lower() in device.lower() if device else name == variant:
            return fault
    return ""


def _break(fault: str) -> None:
    if fault == "hang":
        threading.Event().wait()
    elif fault.startswith("SIG"):
        signal.raise_signal(signal.Signals[fault])


def make_reference(text: str) -> dict[str, Any]:
    """What ``resources/proof.json`` holds, by the plainest variant; in a process that has loaded none."""
    from nowprint.engine import backends
    from nowprint.engine.model import Model

    backends.load(backends.variants()[-1])
    reads = []
    for row in _rows(Model(starter_model()), text):
        ids = np.argsort(-row.logits)[:TOP].tolist()
        reads.append({"ids": ids, "ln": [round(row.ln(id), 4) for id in ids]})
    return {"text": text, "reads": reads}


if __name__ == "__main__":  # python -m nowprint.engine.proof < TEXT > resources/proof.json
    json.dump(make_reference(sys.stdin.read().strip()), sys.stdout)
