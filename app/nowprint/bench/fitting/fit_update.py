"""The part of ``fit_changes`` that fits *update* (language/meanings.py): a logistic model over the encoder's
vector of a telling says whether it sounds as if it changed something ("Went up to 100 today").

Fitted on the cases: the later tellings that change the one before, against the first ones and the different
ones, which count ``ALIKE`` times. Alone it tells changes from different facts with an AUC of .84 by list, so
the weights of fit_changes must not see a telling as a model judged it that was fitted to that telling: each
part of the pairs is judged by a model of the other parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nowprint.bench.logistic import fit_logistic

PENALTY = 100.0
"""By list, with 30, 100 and 300, .433, .450 and .450 of the English changes are found at one wrong pair in a
hundred (.327 without *update*)."""
SCALE = 10.0
"""The encoder's vectors are close together: their components are multiplied by this for the penalty."""
ALIKE = 3

Floats = npt.NDArray[np.float64]
Vectors = Mapping[str, npt.NDArray[np.float32]]


class Told(Protocol):
    """A pair of tellings; ``of_case``: a case's writer put them together."""

    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...
    @property
    def changes(self) -> bool: ...
    @property
    def of_case(self) -> bool: ...


def judged(found: Sequence[Told], vectors: Vectors, part: npt.NDArray[np.int64]) -> Floats:
    """The log-odds of *update* of each pair's newer telling, by a model that saw no pair of its part; shape
    (pairs,). ``part``, shape (pairs,)."""
    logits = np.zeros(len(found))
    for one in np.unique(part):
        weights, bias = fitted(
            [pair for pair, of in zip(found, part, strict=True) if of != one], vectors
        )
        mine = part == one
        new = [vectors[pair.new] for pair, of in zip(found, mine, strict=True) if of]
        logits[mine] = np.array(new, np.float64) @ weights + bias
    return logits


def fitted(found: Sequence[Told], vectors: Vectors) -> tuple[Floats, float]:
    """The weights, shape (dimension,), and the bias."""
    updates = {pair.new for pair in found if pair.of_case and pair.changes}
    alike = {pair.new for pair in found if pair.of_case} - updates
    others = {pair.old for pair in found if pair.of_case} | {
        pair.new for pair in found if not pair.of_case
    }
    others -= updates | alike
    texts = [*sorted(updates), *sorted(alike) * ALIKE, *sorted(others)]
    x = np.array([vectors[text] for text in texts], np.float64) * SCALE
    y = (np.arange(len(texts)) < len(updates)).astype(np.float64)
    weights, bias = fit_logistic(x, y, penalty=PENALTY)
    return weights * SCALE, bias
