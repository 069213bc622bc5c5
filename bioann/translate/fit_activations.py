"""Find the activation that describes a transfer curve best.

Each family is fitted by least squares to the rate against the drive, averaged over trials, and
ranked by the information criteria of `bioann.metrics.information_criteria`. Trials are resampled
for the intervals.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import scipy

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
from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng
from bioann.base.seeds import DEFAULT_SEED
from bioann.metrics.information_criteria import aicc, bic

#: Residuals below this share of the largest rate are attributed to rounding.
ROUNDING_ERROR = 1e-6
CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class ActivationFamily:
    """A family of activations: its parameters, and initial guesses of a fit.

    Drive and rate are scaled to [0, 1] for the fit. Parameters that have to be positive are
    logarithms.
    """

    name: str
    n_parameters: int
    make_activation: Callable[[np.ndarray], Activation]
    initial_guesses: tuple[tuple[float, ...], ...] = ()


def _positive_from_log(log: float) -> float:
    return float(np.exp(np.clip(log, -12.0, 12.0)))


def _make_scaled(inner: Activation, height: float, gain: float, threshold: float) -> Activation:
    return Scaled(inner, _positive_from_log(height), _positive_from_log(gain), float(threshold))


#: Families by name. The step has no gradient; it is fitted by trying every threshold.
FAMILIES = {
    family.name: family
    for family in (
        ActivationFamily("step", 2, lambda p: _make_scaled(Threshold(), p[0], 0.0, p[1])),
        ActivationFamily(
            "ReLU",
            2,
            lambda p: _make_scaled(Relu(), p[0], 0.0, p[1]),
            ((0.0, 0.0), (0.7, 0.5), (0.0, -1.0)),
        ),
        ActivationFamily(
            "softplus",
            3,
            lambda p: _make_scaled(Softplus(_positive_from_log(p[2])), p[0], 0.0, p[1]),
            ((0.0, 0.2, -3.0), (0.7, 0.5, -2.0)),
        ),
        ActivationFamily(
            "power law",
            3,
            lambda p: _make_scaled(PowerLaw(_positive_from_log(p[2])), p[0], 0.0, p[1]),
            ((0.0, -0.1, 0.7), (0.0, 0.2, 0.0), (0.0, 0.3, -0.7)),
        ),
        ActivationFamily(
            "exponential",
            2,
            lambda p: _make_scaled(Exponential(), p[0], p[1], 0.0),
            ((-2.0, 0.7), (-7.0, 2.0)),
        ),
        ActivationFamily(
            "sigmoid",
            3,
            lambda p: _make_scaled(Sigmoid(), p[0], p[1], p[2]),
            ((0.0, 2.0, 0.5), (0.5, 1.5, 0.8)),
        ),
        ActivationFamily(
            "LIF curve",
            4,
            lambda p: _make_scaled(LIFRate(_positive_from_log(p[3])), p[0], p[1], p[2]),
            ((-1.0, 1.5, 0.1, -2.0), (0.0, 0.0, 0.3, -4.0), (-1.0, 3.0, 0.3, -1.0)),
        ),
        ActivationFamily(
            "noisy LIF curve",
            5,
            lambda p: _make_scaled(
                LIFRate(_positive_from_log(p[3]), _positive_from_log(p[4])), p[0], p[1], p[2]
            ),
            ((-1.0, 1.5, 0.1, -2.0, -1.5), (0.0, 0.0, 0.3, -4.0, -2.5)),
        ),
    )
}


@name_argument_errors
def fit_activations(
    drive: np.ndarray,
    rate: np.ndarray,
    *,
    families: Sequence[str] = tuple(FAMILIES),
    resamples: int = 100,
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """Fit families of activations to a transfer curve and rank them.

    Parameters
    ----------
    drive : array_like, shape (point,)
        Input of the curve in any unit, at different values.
    rate : array_like, shape (point,) or (trial, point)
        Output of the curve in any unit.
    families : sequence of str, optional
        Names of the families to fit, from `FAMILIES`.
    resamples : int, optional
        Number of bootstrap resamples of the trials.
    seed : int, optional
        Seed of the resamples.

    Returns
    -------
    pandas.DataFrame
        Best first: ``family``, ``activation`` (in the units of the data), ``parameters``
        (their number), ``r2``, ``aicc``, ``bic``, ``delta`` (AICc above the best family's, with
        95% interval ``delta_low``, ``delta_high``), ``wins`` (share of resamples in which it is
        best; like the interval NaN with fewer than two trials), ``low`` and ``high`` (range
        of the drive), ``worst`` (largest error).

    Raises
    ------
    DescriptionError
        If shapes do not match, or there are too few points.
    """
    check_whole_number(resamples, "fit_activations, resamples", 0)
    x, trials = _validate_curve(drive, rate, families)
    low, high = float(x.min()), float(x.max())
    top = float(np.abs(trials.mean(axis=0)).max()) or 1.0
    u, v = (x - low) / (high - low), trials / top
    candidates = [FAMILIES[name] for name in families]
    parameters = [
        _fit_family(family, u, v.mean(axis=0), family.initial_guesses) for family in candidates
    ]
    scores = np.array(
        [
            _compute_criteria(f, p, u, v.mean(axis=0))
            for f, p in zip(candidates, parameters, strict=True)
        ]
    )
    best = int(scores[:, 0].argmin())
    bootstrap_aicc = _bootstrap_aicc(
        candidates, parameters, u, v, resamples if len(v) > 1 else 0, seed
    )
    rows = []
    for k, (family, p) in enumerate(zip(candidates, parameters, strict=True)):
        phi = _rescale_activation(family.make_activation(p), low, high - low, top)
        residuals = trials.mean(axis=0) - phi(x)
        total_squares = float(((trials.mean(axis=0) - trials.mean()) ** 2).sum())
        r2 = 1 - float((residuals**2).sum()) / total_squares if total_squares > 0 else np.nan
        delta = bootstrap_aicc[:, k] - bootstrap_aicc[:, best]
        tail = 50 * (1 - CONFIDENCE)
        interval = (np.nan, np.nan)
        if len(bootstrap_aicc):
            # Shifted as in bioann.metrics.bootstrap: resampling adds noise of its own.
            shift = scores[k, 0] - scores[best, 0] - delta.mean()
            interval = tuple(np.percentile(delta, [tail, 100 - tail]) + shift)
        wins = float((bootstrap_aicc.argmin(axis=1) == k).mean()) if len(bootstrap_aicc) else np.nan
        rows.append(
            (family.name, phi, family.n_parameters, r2, *scores[k], scores[k, 0] - scores[best, 0],
             *interval, wins, low, high, float(np.abs(residuals).max()))
        )  # fmt: skip
    columns = "family activation parameters r2 aicc bic delta delta_low delta_high wins low high"
    table = pd.DataFrame(rows, columns=[*columns.split(), "worst"])
    return table.sort_values("aicc", kind="stable", ignore_index=True)


def _validate_curve(
    drive: np.ndarray, rate: np.ndarray, families: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    x, y = (to_floats(v, "fit_activations") for v in (drive, rate))
    if not families:
        raise DescriptionError(
            "fit_activations, families", "at least one family", "none", "Leave it out for all."
        )
    y = np.atleast_2d(y)
    min_points = max(FAMILIES[name].n_parameters for name in families) + 3
    has_matching_shapes = x.ndim == 1 and y.ndim == 2 and y.shape[1:] == x.shape
    if not has_matching_shapes or len(np.unique(x)) < min_points or not np.isfinite(y).all():
        raise DescriptionError(
            "fit_activations",
            f"finite rates, one per drive (or trials of them), at {min_points} drives or more",
            f"drive of shape {x.shape}, rate of shape {np.shape(rate)}",
            "Measure the curve at more drives, or leave out families with many parameters.",
        )
    return x, y


def _fit_family(
    family: ActivationFamily,
    u: np.ndarray,
    v: np.ndarray,
    initial_guesses: Sequence[Sequence[float]],
) -> np.ndarray:
    """Fit parameters by least squares, from the best of several initial guesses."""
    if family.name == "step":
        return _fit_step(u, v)
    results = [
        scipy.optimize.least_squares(
            lambda p: family.make_activation(p)(u) - v, start, method="lm", max_nfev=400
        )
        for start in initial_guesses
    ]
    return np.asarray(min(results, key=lambda r: r.cost).x)


def _fit_step(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    edges = np.unique(u)
    cuts = [edges[0] - 0.5, *(edges[1:] + edges[:-1]) / 2]
    heights = [max(float(v[u > cut].mean()), 1e-9) for cut in cuts]
    costs = [((h * (u > cut) - v) ** 2).sum() for h, cut in zip(heights, cuts, strict=True)]
    k = int(np.argmin(costs))
    return np.array([np.log(heights[k]), cuts[k]])


def _compute_criteria(
    family: ActivationFamily, p: np.ndarray, u: np.ndarray, v: np.ndarray
) -> tuple[float, float]:
    """Compute AICc and BIC."""
    n, k = len(u), family.n_parameters + 1
    residual = max(float(((family.make_activation(p)(u) - v) ** 2).sum()), n * ROUNDING_ERROR**2)
    return float(aicc(residual, n, k)), float(bic(residual, n, k))


def _bootstrap_aicc(
    candidates: list[ActivationFamily],
    parameters: list[np.ndarray],
    u: np.ndarray,
    v: np.ndarray,
    count: int,
    seed: int,
) -> np.ndarray:
    """Compute the AICc of each family in each resample of the trials."""
    rng = make_rng(seed, "fit_activations")
    aicc_of_resamples = np.empty((count, len(candidates)))
    for row in aicc_of_resamples:
        mean = v[rng.integers(0, len(v), len(v))].mean(axis=0)
        for k, (family, p) in enumerate(zip(candidates, parameters, strict=True)):
            refit = _fit_family(family, u, mean, (tuple(p),))
            row[k] = _compute_criteria(family, refit, u, mean)[0]
    return aicc_of_resamples


def _rescale_activation(phi: Activation, low: float, width: float, top: float) -> Activation:
    """Rescale an activation that was fitted to [0, 1] to the units of the curve."""
    assert isinstance(phi, Scaled)
    return Scaled(phi.inner, phi.height * top, phi.gain / width, low + phi.threshold * width)
