"""The proof of a variant or a graphics card: does it run on this machine, and does it calculate correctly?

Compiled code may crash on an instruction that the processor, the hypervisor or the compiler got wrong,
or go on with wrong numbers. So a variant or card that has not been proved here is tried in a
short-lived process, ``nowprint proof VARIANT DEVICE``. That process reads the first 1, 2, 33 and 200
tokens of a text with the starter model, each in one batch, because llama.cpp has different code for one
token, for a few and for many. After each batch the parent compares the distribution of the next token
with the plainest variant's, which ``resources/proof.json`` holds as the likeliest tokens and their ln p.
Variants add up in different orders and round differently, which comes to some thousandths of a nat;
a broken one is whole nats away.

The process writes one JSON object per line: ``{"doing": …}`` before each step, and the figures at the
end. ``nowprint proof devices`` lists the graphics cards instead, in a process too, since a driver may
crash.
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
"""Seconds that a step of the proof may take at first; later ``LONGER`` times the slowest step so far, if
that is more. The plainest variant reads only five tokens a second beside another busy program."""
GRAPHICS_PATIENCE = 240.0
"""The same for a graphics card, whose driver compiles its programs during the proof."""
LONGER = 20.0
FAULTS = "NOWPRINT_PROOF_FAULTS"
"""For tests: an environment variable such as ``zen4=SIGSEGV,haswell=wrong,llvmpipe=hang``. It breaks the
proof of the variant of that name, or of a device whose name or description contains the word."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome. ``fault`` says in a few words what was wrong, "" if nothing was. With ``certain`` False
    the fault says nothing about the variant or device: the starter model or the device is missing, the
    variant can't run on this processor, or the process was terminated or killed from outside."""

    fault: str
    certain: bool = True
    tokens_per_second: float = 0.0
    """Measured while reading 200 tokens in one batch; 0 if the proof failed."""


def prove(variant: str, device: str = "", *, patience: float = 0.0) -> Proof:
    """Try this variant, alone or together with a device, in a process of its own, and wait for the outcome.

    ``device`` is a ``backends.Device.name``; ``patience`` in seconds, 0 for the usual.
    """
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
    """This machine's graphics cards, each as the fields of ``backends.Device``; None if the process that
    looks for them crashes, hangs or has no llama.cpp to ask."""
    said, ended = _run(["devices"], PATIENCE)
    found: list[dict[str, Any]] | None = said[-1].get("devices") if ended == 0 and said else None
    return found


def divergence(reference: Sequence[float], other: Sequence[float]) -> float:
    """KL(reference ‖ other) in nats. Both give the ln p of the same tokens; all other tokens share one
    bucket."""
    p, q = np.exp(np.array(reference)), np.exp(np.array(other))
    rest, other_rest = max(1e-9, 1 - float(p.sum())), max(1e-9, 1 - float(q.sum()))
    apart = float((p * (np.array(reference) - np.array(other))).sum())
    return apart + rest * math.log(rest / other_rest)


def _run(arguments: list[str], patience: float) -> tuple[list[dict[str, Any]], int | None]:
    """The process's lines and its exit code. The code is None if the process had to be killed because it
    wrote no line for ``patience`` seconds (or longer, once it has shown that it is slow)."""
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
    except ValueError:  # half a line: the process died while writing it
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


# --- in the process that is proving ------------------------------------------------------------


def main(arguments: list[str]) -> NoReturn:
    """``nowprint proof VARIANT DEVICE`` or ``nowprint proof devices``."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keeps whatever a library prints out of the lines that the parent reads

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
    """``reads``: for each of ``READS`` the ln p of the reference's tokens, and ``tokens_per_second``; or
    ``lacks``: why there are none, if the variant or the device isn't there.

    ``doing`` is called before each step. UserError if the starter model can't be loaded.
    """
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
    """The distributions after the first 1, 2, 33 and 200 tokens of the text, each read with an empty cache.

    ``before`` is called with the number of tokens before each reading.
    """
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
    """The content of ``resources/proof.json``, computed by the plainest variant. The calling process must
    not have loaded a variant yet."""
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
