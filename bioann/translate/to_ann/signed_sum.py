r"""Fit the signed sum of inputs that a population's rate is a function of.

Conductances become currents at one *effective potential* `V`,

.. math:: x = \sum_k g_k (E_k - V) + I, \qquad \nu \approx \phi(x)

With divisive shunting, by the inhibitory conductance `s` over the leak,

.. math:: x = \frac{\sum_k g_k (E_k - V) + I}{1 + d\,s}

with `d` from 0 (it subtracts only) to 1 (currents are divided by the whole conductance) and beyond;
`x` is zero at rheobase, so that a division does not shift the threshold. The term is kept if the
information criterion falls by more than `NEEDED_REDUCTION` (Burnham and Anderson 2002: a model with
so much larger a criterion has essentially no support).

For constant conductances `V` is the threshold at rheobase, and approaches the midpoint of reset and
threshold far above it. Over a range of inputs it is the one with the smallest residual, with
:math:`\phi` the best non-decreasing piecewise linear curve.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import scipy

from bioann.metrics.information_criteria import aicc

#: Pieces of the curve, and grid points of the search for the effective potential.
N_PIECES, N_CANDIDATES = 28, 25
#: Fall of AICc from which a divisive term is kept, and grid of the search for it.
NEEDED_REDUCTION, TRIAL_DIVISORS = 10.0, np.geomspace(0.02, 2.0, 7)
#: Residuals below this share of the largest rate are attributed to rounding.
ROUNDING_ERROR = 1e-4


@dataclasses.dataclass(frozen=True)
class SignedSumFit:
    """A curve over a signed sum, and its residuals.

    Attributes
    ----------
    potential : float
        Effective potential in volt.
    x, y : numpy.ndarray
        Nodes of the curve: sum and rate, in the units of the data.
    low, high : float
        Smallest and largest sum of the data.
    r2 : float
        Share of the variance that the curve explains.
    largest_error : float
        Largest absolute residual of the curve.
    sums, residuals : numpy.ndarray, shape (point,)
        Sum, and curve minus rate, at the points of the data.
    divisor : float
        The divisive term `d`; 0 if there is none.
    aicc_reduction : float
        Fall of AICc with the best divisive term; NaN if none was fitted.
    """

    potential: float
    x: np.ndarray
    y: np.ndarray
    low: float
    high: float
    r2: float
    largest_error: float
    sums: np.ndarray
    residuals: np.ndarray
    divisor: float = 0.0
    aicc_reduction: float = np.nan

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the rate at a sum within the range."""
        return np.interp(x, self.x, self.y)


def fit_signed_sum(
    total: Callable[[float], np.ndarray],
    rate: np.ndarray,
    bounds: tuple[float, float],
    shunt: np.ndarray | None = None,
) -> SignedSumFit:
    """Fit effective potential and curve together, and a divisive term if one is needed.

    Parameters
    ----------
    total : callable
        ``total(V)`` returns the sum at each point, shape ``(point,)``, for a potential in volt.
    rate : numpy.ndarray, shape (point,)
        Rate at each point, in the unit of the sum.
    bounds : tuple of float
        Lower and upper bound of the effective potential in volt.
    shunt : numpy.ndarray, shape (point,), optional
        Inhibitory conductance over the leak at each point; a divisive term is fitted if it is
        given.

    Returns
    -------
    SignedSumFit
        The fit with the smallest residual, without a divisive term unless it is needed.
    """
    plain_fit, plain_cost = _fit_potential(total, rate, bounds)
    if shunt is None or not shunt.any():
        return plain_fit

    def fit_divided(log: float) -> tuple[SignedSumFit, float]:
        divisor = 1 + np.exp(log) * shunt
        return _fit_potential(lambda v: total(v) / divisor, rate, bounds)

    trial_logs = np.log(TRIAL_DIVISORS)
    costs = [fit_divided(log)[1] for log in trial_logs]
    k = int(np.argmin(costs))
    bracket = trial_logs[max(k - 1, 0)], trial_logs[min(k + 1, len(trial_logs) - 1)]
    best = scipy.optimize.minimize_scalar(
        lambda log: fit_divided(log)[1], bounds=bracket, method="bounded", options={"xatol": 0.02}
    )
    divided_fit, divided_cost = fit_divided(best.x)
    n, n_parameters = len(rate), len(plain_fit.x) + 2  # potential, variance of the residual
    floor = n * (ROUNDING_ERROR * max(float(np.abs(rate).max()), 1e-9)) ** 2
    aicc_reduction = float(
        aicc(max(plain_cost**2, floor), n, n_parameters)
        - aicc(max(divided_cost**2, floor), n, n_parameters + 1)
    )
    if aicc_reduction > NEEDED_REDUCTION:
        return dataclasses.replace(
            divided_fit, divisor=float(np.exp(best.x)), aicc_reduction=aicc_reduction
        )
    return dataclasses.replace(plain_fit, aicc_reduction=aicc_reduction)


def _fit_potential(
    total: Callable[[float], np.ndarray], rate: np.ndarray, bounds: tuple[float, float]
) -> tuple[SignedSumFit, float]:
    """Fit effective potential and curve; return them and the norm of the residuals."""

    def residual(v: float) -> float:
        return _fit_monotone_curve(total(v), rate)[2]

    potentials = np.linspace(*bounds, N_CANDIDATES)
    costs = [residual(v) for v in potentials]
    k = int(np.argmin(costs))
    bracket = potentials[max(k - 1, 0)], potentials[min(k + 1, N_CANDIDATES - 1)]
    best = scipy.optimize.minimize_scalar(
        residual, bounds=bracket, method="bounded", options={"xatol": 1e-5}
    )
    potential = float(best.x) if best.fun < costs[k] else float(potentials[k])
    sums = total(potential)
    x, y, cost = _fit_monotone_curve(sums, rate)
    residuals = np.interp(sums, x, y) - rate
    total_squares = float(((rate - rate.mean()) ** 2).sum())
    r2 = 1 - float((residuals**2).sum()) / total_squares if total_squares > 0 else 1.0
    low, high = float(sums.min()), float(sums.max())
    largest_error = float(np.abs(residuals).max())
    return SignedSumFit(potential, x, y, low, high, r2, largest_error, sums, residuals), cost


def _fit_monotone_curve(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Fit a non-decreasing piecewise linear curve by least squares: nodes and residual norm."""
    knots = np.unique(np.quantile(x, np.linspace(0, 1, N_PIECES + 1)))
    if len(knots) < 2:
        knots = np.array([x.min(), x.min() + max(abs(x.min()), 1.0)])
    # The reached fraction of each piece.
    fractions = np.clip((x[:, None] - knots[:-1]) / np.diff(knots), 0, 1)
    rises, residual = scipy.optimize.nnls(np.column_stack([np.ones_like(x), fractions]), y)
    return knots, np.cumsum(rises), float(residual)
