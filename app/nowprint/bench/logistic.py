"""Logistic regression with a penalty, in numpy; the episodic head's starting weights are fitted with it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEPS = 60
_STILL = 1e-7


def fit_logistic(
    x: Floats, y: Floats, *, penalty: float, offset: Floats | None = None
) -> tuple[Floats, float]:
    """Fit a logistic model of y, 0 or 1, shape (examples,), by x, shape (examples, features); return the
    weights, shape (features,), and the bias.

    Newton's method on the negative log-likelihood plus ``penalty``/2 · Σ weight²; the bias has no
    penalty. ``offset``, shape (examples,), is added to each example's logit.
    """
    count, features = x.shape
    given = np.zeros(count) if offset is None else offset
    design = np.hstack([x, np.ones((count, 1))])
    ridge = np.append(np.full(features, penalty), 1e-9)

    def loss(theta: Floats) -> float:
        logits = design @ theta + given
        return float(np.sum(np.logaddexp(0, logits) - y * logits) + ridge @ theta**2 / 2)

    theta = np.zeros(features + 1)
    now = loss(theta)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ theta + given, -30, 30)))
        slope = design.T @ (p - y) + ridge * theta
        curve = (design * (p * (1 - p))[:, None]).T @ design + np.diag(ridge + 1e-9)
        step = np.linalg.solve(curve, slope)
        while (then := loss(theta - step)) > now and np.abs(step).max() > _STILL:
            step /= 2  # Newton's method overshoots far from the minimum
        theta, now = theta - step, then
        if np.abs(step).max() < _STILL:
            break
    return theta[:-1], float(theta[-1])


def fit_scaled(
    x: Floats, y: Floats, *, penalty: float, mean: Floats | float, factor: Floats | float
) -> tuple[Floats, float]:
    """The same of ``(x - mean) * factor``, which the penalty sees; weights and bias are those for ``x``."""
    weights, bias = fit_logistic((x - mean) * factor, y, penalty=penalty)
    return weights * factor, float(bias - np.sum(mean * weights * factor))


def auc(scores: Floats, y: Floats) -> float:
    """The area under the ROC curve: the probability that an example with y = 1 scores higher than one with
    y = 0, where ties count half. 0.5 if one of the two is missing. Both arrays of shape (examples,)."""
    ones, zeros = int(y.sum()), int(len(y) - y.sum())
    if not ones or not zeros:
        return 0.5
    _, place, many = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(many) - (many - 1) / 2)[place]
    return float((ranks[y == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))
