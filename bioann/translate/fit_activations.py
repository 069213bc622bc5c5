"""Which activation describes a transfer curve best.

Each family is fitted by least squares to the rate against the drive, averaged over trials, and
judged by the information criteria of `bioann.metrics.information_criteria`. Trials are resampled
for the intervals.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from bioann.ann.activations.activation import (
    Activation,
    Relu,
    Sigmoid,
    Softplus,
    Threshold,
)
from bioann.ann.activations.transfer_functions import (
    Exponential,
    LIFRate,
    PowerLaw,
    Scaled,
)
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng
from bioann.metrics.information_criteria import aicc, bic

#: Residuals below this share of the largest rate are rounding.
ROUNDING = 1e-6
LEVEL = 0.95


@dataclasses.dataclass(frozen=True)
class Family:
    """A family of activations: what its parameters mean, and where to begin.

    Drive and rate are scaled to [0, 1] for the fit. Parameters that have to be positive are
    logarithms.
    """

    name: str
    n_parameters: int
    make: Callable[[np.ndarray], Activation]
    starts: tuple[tuple[float, ...], ...] = ()


def _positive(log: float) -> float:
    return float(np.exp(np.clip(log, -12.0, 12.0)))


def _scaled(inner: Activation, height: float, gain: float, threshold: float) -> Activation:
    return Scaled(inner, _positive(height), _positive(gain), float(threshold))


#: By name. The step has no slope to follow; it is found by trying every threshold.
FAMILIES = {
    family.name: family
    for family in (
        Family("step", 2, lambda p: _scaled(Threshold(), p[0], 0.0, p[1])),
        Family(
            "ReLU",
            2,
            lambda p: _scaled(Relu(), p[0], 0.0, p[1]),
            ((0.0, 0.0), (0.7, 0.5), (0.0, -1.0)),
        ),
        Family(
            "softplus",
            3,
            lambda p: _scaled(Softplus(_positive(p[2])), p[0], 0.0, p[1]),
            ((0.0, 0.2, -3.0), (0.7, 0.5, -2.0)),
        ),
        Family(
            "power law",
            3,
            lambda p: _scaled(PowerLaw(_positive(p[2])), p[0], 0.0, p[1]),
            ((0.0, -0.1, 0.7), (0.0, 0.2, 0.0), (0.0, 0.3, -0.7)),
        ),
        Family(
            "exponential",
            2,
            lambda p: _scaled(Exponential(), p[0], p[1], 0.0),
            ((-2.0, 0.7), (-7.0, 2.0)),
        ),
        Family(
            "sigmoid",
            3,
            lambda p: _scaled(Sigmoid(), p[0], p[1], p[2]),
            ((0.0, 2.0, 0.5), (0.5, 1.5, 0.8)),
        ),
        Family(
            "LIF curve",
            4,
            lambda p: _scaled(LIFRate(_positive(p[3])), p[0], p[1], p[2]),
            ((-1.0, 1.5, 0.1, -2.0), (0.0, 0.0, 0.3, -4.0), (-1.0, 3.0, 0.3, -1.0)),
        ),
        Family(
            "noisy LIF curve",
            5,
            lambda p: _scaled(LIFRate(_positive(p[3]), _positive(p[4])), p[0], p[1], p[2]),
            ((-1.0, 1.5, 0.1, -2.0, -1.5), (0.0, 0.0, 0.3, -4.0, -2.5)),
        ),
    )
}


def fit_activations(
    drive: np.ndarray,
    rate: np.ndarray,
    *,
    families: Sequence[str] = tuple(FAMILIES),
    resamples: int = 100,
    seed: int = 0,
) -> pd.DataFrame:
    """Fit families of activations to a transfer curve and rank them.

    Parameters
    ----------
    drive : array_like, shape (point,)
        Input in any unit, not all equal.
    rate : array_like, shape (point,) or (trial, point)
        Output in any unit.
    families : sequence of str, optional
        Names out of `FAMILIES`.
    resamples : int, optional
        Bootstrap resamples of the trials.
    seed : int, optional
        Decides the resamples.

    Returns
    -------
    pandas.DataFrame
        Best first: ``family``, ``activation`` (in the units that were given), ``n_parameters``
        (their number), ``r2``, ``aicc``, ``bic``, ``delta`` (AICc above the best family's, with
        95% interval ``delta_low``, ``delta_high``), ``wins`` (share of resamples in which it is
        best; like the interval NaN with fewer than two trials), ``low`` and ``high`` (the drives
        between which it was fitted), ``worst`` (largest error).

    Raises
    ------
    DescriptionError
        If shapes do not fit, or there are too few points.
    """
    x, trials = _checked(drive, rate, families)
    low, high = float(x.min()), float(x.max())
    top = float(np.abs(trials.mean(axis=0)).max()) or 1.0
    u, v = (x - low) / (high - low), trials / top
    chosen = [FAMILIES[name] for name in families]
    found = [_fitted(family, u, v.mean(axis=0), family.starts) for family in chosen]
    scores = np.array(
        [_criteria(f, p, u, v.mean(axis=0)) for f, p in zip(chosen, found, strict=True)]
    )
    best = int(scores[:, 0].argmin())
    drawn = _resampled(chosen, found, u, v, resamples if len(v) > 1 else 0, seed)
    rows = []
    for k, (family, p) in enumerate(zip(chosen, found, strict=True)):
        phi = _restored(family.make(p), low, high - low, top)
        off = trials.mean(axis=0) - phi(x)
        spread = float(((trials.mean(axis=0) - trials.mean()) ** 2).sum())
        r2 = 1 - float((off**2).sum()) / spread if spread > 0 else np.nan
        delta = drawn[:, k] - drawn[:, best]
        tail = 50 * (1 - LEVEL)
        span = (np.nan, np.nan)
        if len(drawn):  # moved as in bioann.metrics.bootstrap: resampling adds noise of its own
            moved = scores[k, 0] - scores[best, 0] - delta.mean()
            span = tuple(np.percentile(delta, [tail, 100 - tail]) + moved)
        wins = float((drawn.argmin(axis=1) == k).mean()) if len(drawn) else np.nan
        rows.append(
            (family.name, phi, family.n_parameters, r2, *scores[k], scores[k, 0] - scores[best, 0],
             *span, wins, low, high, float(np.abs(off).max()))
        )  # fmt: skip
    columns = "family activation parameters r2 aicc bic delta delta_low delta_high wins low high"
    table = pd.DataFrame(rows, columns=[*columns.split(), "worst"])
    return table.sort_values("aicc", kind="stable", ignore_index=True)


def _checked(
    drive: np.ndarray, rate: np.ndarray, families: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(drive, dtype=float), np.atleast_2d(np.asarray(rate, dtype=float))
    least = max(FAMILIES[name].n_parameters for name in families) + 3
    good = x.ndim == 1 and y.ndim == 2 and y.shape[1:] == x.shape
    if not good or len(np.unique(x)) < least or not np.isfinite(y).all():
        raise DescriptionError(
            "fit_activations",
            f"finite rates, one per drive (or trials of them), at {least} drives or more",
            f"drive of shape {x.shape}, rate of shape {np.shape(rate)}",
            "Measure the curve at more drives, or leave out families with many parameters.",
        )
    return x, y


def _fitted(
    family: Family, u: np.ndarray, v: np.ndarray, starts: Sequence[Sequence[float]]
) -> np.ndarray:
    """Give the parameters of the least squares; the best of several beginnings."""
    if family.name == "step":
        return _step(u, v)
    results = [
        least_squares(lambda p: family.make(p)(u) - v, start, method="lm", max_nfev=400)
        for start in starts
    ]
    return np.asarray(min(results, key=lambda r: r.cost).x)


def _step(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    edges = np.unique(u)
    cuts = [edges[0] - 0.5, *(edges[1:] + edges[:-1]) / 2]
    heights = [max(float(v[u > cut].mean()), 1e-9) for cut in cuts]
    costs = [((h * (u > cut) - v) ** 2).sum() for h, cut in zip(heights, cuts, strict=True)]
    k = int(np.argmin(costs))
    return np.array([np.log(heights[k]), cuts[k]])


def _criteria(family: Family, p: np.ndarray, u: np.ndarray, v: np.ndarray) -> tuple[float, float]:
    """Give AICc and BIC."""
    n, k = len(u), family.n_parameters + 1
    residual = max(float(((family.make(p)(u) - v) ** 2).sum()), n * ROUNDING**2)
    return float(aicc(residual, n, k)), float(bic(residual, n, k))


def _resampled(
    chosen: list[Family], found: list[np.ndarray], u: np.ndarray, v: np.ndarray, count: int,
    seed: int,
) -> np.ndarray:  # fmt: skip
    """Give the AICc of each family in each resample of the trials."""
    rng = make_rng(seed, "fit_activations")
    drawn = np.empty((count, len(chosen)))
    for row in drawn:
        mean = v[rng.integers(0, len(v), len(v))].mean(axis=0)
        for k, (family, p) in enumerate(zip(chosen, found, strict=True)):
            row[k] = _criteria(family, _fitted(family, u, mean, (tuple(p),)), u, mean)[0]
    return drawn


def _restored(phi: Activation, low: float, span: float, top: float) -> Activation:
    """Put an activation that was fitted to [0, 1] back into the units of the curve."""
    assert isinstance(phi, Scaled)
    return Scaled(phi.inner, phi.height * top, phi.gain / span, low + phi.threshold * span)
