"""Whether responses are one function of one signed sum, and of which.

In statistics this is the single-index model: a response depends on many inputs only through one
weighted sum of them.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import xarray as xr
from scipy.interpolate import BSpline
from scipy.optimize import isotonic_regression

from bioann.base.units import Description
from bioann.metrics.metric import Metric


def monotone_r2(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Share of the variance over conditions that a non-decreasing function of the other explains.

    The function is the isotonic regression of biology on the other, the best of all non-decreasing
    ones; conditions in which the other is equal share one value.

    Parameters
    ----------
    bio, other : xarray.DataArray
        Steady responses in activation, with the dimension ``condition`` and any others.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Not used.

    Returns
    -------
    xarray.DataArray
        At most 1, without ``condition``; NaN where biology does not vary.
    """
    return xr.apply_ufunc(
        _isotonic_r2,
        bio,
        other,
        input_core_dims=[["condition"], ["condition"]],
        vectorize=True,
    )


def _isotonic_r2(y: np.ndarray, x: np.ndarray) -> float:
    # Rounding must not tell apart what is equal on paper.
    _, group = np.unique(np.round(x, 12), return_inverse=True)
    count = np.bincount(group)
    mean = np.bincount(group, y) / count
    fit = isotonic_regression(mean, weights=count).x[group]
    spread = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((y - fit) ** 2).sum()) / spread if spread > 1e-12 else np.nan


MONOTONE_R2 = Metric(
    "monotone R2",
    monotone_r2,
    best=1.0,
    note="needs responses that vary over conditions",
    limits=(0.0, 1.0),
)

#: Quantiles of the sum at which the cubic spline of `WeightRatio` has its knots.
N_KNOTS = 8


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class WeightRatio(Description):
    """Find the weight of one channel relative to another, for use as a metric's function.

    For each candidate ratio `k` the responses are fitted by a cubic spline of
    ``denominator + k * numerator``; the ratio with the smallest residual wins, refined by a
    parabola through its neighbours. Nothing is assumed of the shape of the function.

    Parameters
    ----------
    numerator, denominator : str
        Channels.
    low, high : float
        Range in which the ratio is looked for.
    candidates : int, optional
        How many ratios are tried, evenly spaced.
    """

    numerator: str
    denominator: str
    low: float
    high: float
    candidates: int = 91

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the ratio."""
        ratios = np.linspace(self.low, self.high, self.candidates)
        numerator, denominator = (
            stimulus.sel(channel=c).values for c in (self.numerator, self.denominator)
        )
        y = response.transpose("condition", ...)
        flat = y.values.reshape(len(numerator), -1)
        residual = np.stack([_spline_residual(denominator + k * numerator, flat) for k in ratios])
        best = np.clip(residual.argmin(axis=0), 1, len(ratios) - 2)
        column = np.arange(flat.shape[1])
        before, middle, after = (residual[best + d, column] for d in (-1, 0, 1))
        curvature = before - 2 * middle + after
        safe = np.where(curvature > 0, curvature, 1.0)
        shift = np.where(curvature > 0, 0.5 * (before - after) / safe, 0.0)
        ratio = ratios[best] + shift * (ratios[1] - ratios[0])
        return y.isel(condition=0, drop=True).copy(data=ratio.reshape(y.shape[1:]))


def _spline_residual(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Residual sum of squares of each column of `y` after a cubic spline of `x`."""
    knots = np.quantile(x, np.linspace(0, 1, N_KNOTS))
    all_knots = np.concatenate([[knots[0]] * 3, knots, [knots[-1]] * 3])
    inside = np.clip(x, knots[0], knots[-1])
    basis, _ = np.linalg.qr(BSpline.design_matrix(inside, all_knots, 3).toarray())
    return np.asarray(((y - basis @ (basis.T @ y)) ** 2).sum(axis=0))
