"""Single-index model: responses that depend on many inputs only through one weighted sum."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import scipy
import xarray as xr

from bioann.base.arguments import check_minimum, name_argument_errors
from bioann.base.description import Description
from bioann.metrics.metric import Metric
from bioann.metrics.parametric import declare_measure


@declare_measure(estimator="unbiased", limits=(0.0, 1.0))
@name_argument_errors
def monotone_r2(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the explained variance (R2) of the best non-decreasing function of the other.

    The function is the isotonic regression of the spiking model's responses on the other's;
    conditions with equal responses of the other share one value.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses of the spiking and of the other model, in activation, with the dimension
        ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Ignored; every metric takes it.

    Returns
    -------
    xarray.DataArray
        R2 over conditions, at most 1, without ``condition``; NaN if the spiking model's responses
        do not vary.
    """
    return xr.apply_ufunc(
        _isotonic_r2,
        bio,
        other,
        input_core_dims=[["condition"], ["condition"]],
        vectorize=True,
    )


def _isotonic_r2(y: np.ndarray, x: np.ndarray) -> float:
    # Values that are equal up to rounding errors belong to one group.
    _, group = np.unique(np.round(x, 12), return_inverse=True)
    count = np.bincount(group)
    mean = np.bincount(group, y) / count
    fit = scipy.optimize.isotonic_regression(mean, weights=count).x[group]
    spread = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((y - fit) ** 2).sum()) / spread if spread > 1e-12 else np.nan


MONOTONE_R2 = Metric(
    "monotone R2",
    monotone_r2,
    best=1.0,
    note="needs responses that vary over conditions",
    limits=(0.0, 1.0),
    estimator="unbiased",
)

#: Number of knots of the cubic spline in `WeightRatio`, at quantiles of the weighted sum.
N_KNOTS = 8


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class WeightRatio(Description):
    """Weight of one channel relative to another, a measure for `bioann.measure`.

    For each candidate ratio `k` a cubic spline of ``denominator + k * numerator`` is fitted to the
    responses. The ratio with the smallest residual is refined by a parabola through its
    neighbours. No particular shape of the response function is assumed.

    Parameters
    ----------
    numerator, denominator : str
        Names of the stimulus channels whose weights are compared.
    low, high : float
        Smallest and largest ratio that is tried.
    candidates : int, optional
        Number of evenly spaced ratios that are tried, at least 3.
    """

    numerator: str
    denominator: str
    low: float
    high: float
    candidates: int = 91

    def check(self) -> None:
        """Check that there are ratios to try."""
        check_minimum("WeightRatio", 3, candidates=self.candidates)

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the ratio of weights."""
        ratios = np.linspace(self.low, self.high, self.candidates)
        numerator, denominator = (
            stimulus.sel(channel=c).values for c in (self.numerator, self.denominator)
        )
        y = response.transpose("condition", ...)
        flat = y.values.reshape(len(numerator), -1)
        arrays = (np.ascontiguousarray(x, dtype=float) for x in (numerator, denominator, ratios))
        bases = _make_spline_bases(*(array.tobytes() for array in arrays))
        residual = np.stack([((flat - b @ (b.T @ flat)) ** 2).sum(axis=0) for b in bases])
        best = np.clip(residual.argmin(axis=0), 1, len(ratios) - 2)
        column = np.arange(flat.shape[1])
        before, middle, after = (residual[best + d, column] for d in (-1, 0, 1))
        curvature = before - 2 * middle + after
        safe = np.where(curvature > 0, curvature, 1.0)
        shift = np.where(curvature > 0, 0.5 * (before - after) / safe, 0.0)
        ratio = ratios[best] + shift * (ratios[1] - ratios[0])
        return y.isel(condition=0, drop=True).copy(data=ratio.reshape(y.shape[1:]))


@functools.lru_cache(maxsize=4)
def _make_spline_bases(
    numerator: bytes, denominator: bytes, ratios: bytes
) -> tuple[np.ndarray, ...]:
    """Return an orthonormal basis of the cubic splines of the sum for each ratio.

    It follows from the stimulus alone: value, noise ceiling and chance level share it. The levels
    are passed as the bytes of floats, which a cache can look up.
    """
    x, y, candidates = (np.frombuffer(levels) for levels in (numerator, denominator, ratios))
    return tuple(_make_spline_basis(y + ratio * x) for ratio in candidates)


def _make_spline_basis(x: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the cubic splines of `x`, shape (condition, function)."""
    knots = np.quantile(x, np.linspace(0, 1, N_KNOTS))
    all_knots = np.concatenate([[knots[0]] * 3, knots, [knots[-1]] * 3])
    inside = np.clip(x, knots[0], knots[-1])
    basis, _ = np.linalg.qr(scipy.interpolate.BSpline.design_matrix(inside, all_knots, 3).toarray())
    return np.asarray(basis)
