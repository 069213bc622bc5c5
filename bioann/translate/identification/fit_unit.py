r"""Fit one unit to responses: an activation of a weighted sum of the channels.

.. math:: r \approx \phi\Big(\sum_k w_k u_k + b\Big)

Weights and activation are fitted together, by least squares.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from bioann.metrics.information_criteria import aicc
from bioann.translate.identification.index_families import SIGMOID, IndexFamily

#: Residuals below this share of the response range are attributed to rounding.
ROUNDING_ERROR = 1e-6
#: Largest number of evaluations of a fit.
MAX_EVALUATIONS = 100
#: The same and the relative tolerance of the fits among which one is chosen.
SEARCH_EVALUATIONS, SEARCH_TOLERANCE = 30, 1e-5
#: Cosine below 1 by which directions differ that are different starts of a fit.
SAME_DIRECTION = 1e-3
#: Rounds of fits of all families, each from the direction of the best fit before.
N_ROUNDS = 2
#: Step of numerical derivatives, and largest value of an activation, in scaled units.
STEP, LARGEST_VALUE = 1e-6, 1e6
#: Share of the largest weight below which a constrained weight is at its bound.
NEGLIGIBLE = 1e-6
#: Smallest slope of a family on a fit's first guess, relative to a weight of its own.
EDGE = 1e-3


@dataclasses.dataclass(frozen=True)
class UnitFit:
    """Parameters of a fitted unit, on channels that are scaled to [0, 1].

    Attributes
    ----------
    family : IndexFamily
        The family of its activation.
    direction : numpy.ndarray, shape (channel,)
        Weights before they are normalised.
    shift : float
        Constant of the sum, which is not fitted.
    parameters : numpy.ndarray
        Parameters of the family.
    low, top : float
        Response that is zero for the fit, and the range of responses that is 1.
    cost : float
        Sum of the squared residuals, in units of that range.
    jacobian : numpy.ndarray, shape (point, parameter)
        Derivatives of the residuals.
    criterion : float
        AICc; infinite with too few points.
    """

    family: IndexFamily
    direction: np.ndarray
    shift: float
    parameters: np.ndarray
    low: float
    top: float
    cost: float
    jacobian: np.ndarray
    criterion: float

    def sums(self, inputs: np.ndarray) -> np.ndarray:
        """Compute the weighted sums of inputs ``(point, channel)`` that are scaled to [0, 1]."""
        return inputs @ self.direction + self.shift

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Predict the responses to inputs ``(point, channel)`` that are scaled to [0, 1]."""
        phi = self.family.make_activation(self.parameters)
        return np.asarray(self.low + self.top * phi(self.sums(inputs)))


def fit_unit(
    inputs: np.ndarray,
    responses: np.ndarray,
    families: Sequence[IndexFamily],
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
) -> UnitFit:
    """Fit every family, and return the fit with the smallest information criterion.

    Parameters
    ----------
    inputs : numpy.ndarray, shape (point, channel)
        Channels, scaled to [0, 1].
    responses : numpy.ndarray, shape (point,)
        Responses, which are not all equal.
    families : sequence of IndexFamily
        The families, those with fewer parameters first where two may fit equally well. One of them
        at least needs fewer parameters than there are points.
    bounds : tuple of numpy.ndarray, shape (channel,), optional
        Lower and upper bound of each weight.
    """
    candidates = [
        family for family in families if family.n_parameters + inputs.shape[1] + 1 < len(responses)
    ]
    direction = find_direction(inputs, responses)
    if responses.min() < 0:  # no formula describes them, but a raised sigmoid has their direction
        low = float(responses.min())
        direction = fit_family(SIGMOID, inputs, responses, direction, bounds, low).direction
    best = None
    # The direction of the best fit is a better start than that of a line if the curve is bent.
    for _ in range(N_ROUNDS):
        for family in candidates:
            fit = fit_family(family, inputs, responses, direction, bounds, 0.0)
            if best is None or fit.criterion < best.criterion:
                best = fit
            if best.cost <= len(responses) * ROUNDING_ERROR**2:
                return best  # the others have as many parameters, or more
        assert best is not None
        if _are_parallel(best.direction, direction):
            break
        direction = best.direction
    assert best is not None
    return refit_unit(best, inputs, responses, bounds)


def _are_parallel(first: np.ndarray, second: np.ndarray) -> bool:
    """Return whether two directions differ by less than matters for the start of a fit."""
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return norm == 0 or float(first @ second) / norm > 1 - SAME_DIRECTION


def find_direction(inputs: np.ndarray, responses: np.ndarray) -> np.ndarray:
    """Return the weights of the best straight line, the start of a fit."""
    columns = np.column_stack([inputs, np.ones(len(inputs))])
    direction = np.linalg.lstsq(columns, responses, rcond=None)[0][:-1]
    return direction if direction.any() else np.ones(inputs.shape[1])


def refit_unit(
    fit: UnitFit,
    inputs: np.ndarray,
    responses: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
) -> UnitFit:
    """Fit a unit to other responses, starting from a fit and with its family."""
    start = np.concatenate([fit.direction, fit.parameters])
    return _solve(fit.family, inputs, responses, start, fit.shift, (fit.low, fit.top), bounds)


def fit_family(
    family: IndexFamily,
    inputs: np.ndarray,
    responses: np.ndarray,
    direction: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray] | None,
    low: float,
) -> UnitFit:
    """Fit a family from the best of its initial guesses; roughly, as `refit_unit` refines it.

    Parameters
    ----------
    family : IndexFamily
        The family.
    inputs, responses, bounds
        As for `fit_unit`.
    direction : numpy.ndarray, shape (channel,)
        Weights at the start, up to a factor.
    low : float
        Response that is zero for the fit.
    """
    if bounds is not None:
        edge = EDGE * float(np.abs(direction).max())
        inner = np.where(bounds[0] == 0, edge, -np.inf), np.where(bounds[1] == 0, -edge, np.inf)
        direction = np.clip(direction, *inner)
    sums = inputs @ direction
    width = float(np.ptp(sums)) or 1.0
    shift = -float(sums.min()) / width
    top = float(np.abs(responses - low).max())
    guesses = family.guess_parameters(sums / width + shift, (responses - low) / top)
    fits = [
        _solve(
            family, inputs, responses, np.concatenate([factor * direction / width, parameters]),
            factor * shift, (low, top), bounds, is_search=True,
        )
        for factor, parameters in guesses
    ]  # fmt: skip
    return min(fits, key=lambda fit: fit.cost)


def _solve(
    family: IndexFamily,
    inputs: np.ndarray,
    responses: np.ndarray,
    start: np.ndarray,
    shift: float,
    scale: tuple[float, float],
    bounds: tuple[np.ndarray, np.ndarray] | None,
    *,
    is_search: bool = False,
) -> UnitFit:
    """Fit direction and parameters by least squares."""
    low, top = scale
    n, n_channels = inputs.shape
    scaled = (responses - low) / top

    def evaluate(sums: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.asarray(family.make_activation(parameters)(sums))
        if np.isfinite(values).all():
            return values
        return np.clip(np.nan_to_num(values, nan=LARGEST_VALUE), -LARGEST_VALUE, LARGEST_VALUE)

    def residuals(theta: np.ndarray) -> np.ndarray:
        sums = inputs @ theta[:n_channels] + shift
        return np.asarray(evaluate(sums, theta[n_channels:]) - scaled)

    def jacobian(theta: np.ndarray) -> np.ndarray:
        sums, parameters = inputs @ theta[:n_channels] + shift, theta[n_channels:]
        rise = evaluate(sums + STEP, parameters) - evaluate(sums - STEP, parameters)
        values = evaluate(sums, parameters)
        columns = [
            (evaluate(sums, parameters + step) - values) / STEP
            for step in STEP * np.eye(len(parameters))
        ]
        return np.column_stack([inputs * (rise / (2 * STEP))[:, None], *columns])

    options: dict[str, Any] = {"method": "lm", "max_nfev": MAX_EVALUATIONS}
    if bounds is not None or len(start) > n:
        free = np.full(len(start) - n_channels, np.inf)
        weight_bounds = bounds or (np.full(n_channels, -np.inf), np.full(n_channels, np.inf))
        limits = np.append(weight_bounds[0], -free), np.append(weight_bounds[1], free)
        start = np.clip(start, *limits)
        options |= {"method": "trf", "bounds": limits, "x_scale": "jac"}
    if is_search:
        options |= dict.fromkeys(("ftol", "xtol", "gtol"), SEARCH_TOLERANCE)
        options["max_nfev"] = SEARCH_EVALUATIONS
    result = least_squares(residuals, start, jacobian, **options)
    direction = result.x[:n_channels]
    if bounds is not None:  # a bound is approached from within
        negligible = NEGLIGIBLE * float(np.abs(direction).max())
        direction = np.where(np.abs(direction) < negligible, 0.0, direction)
    squares = float((result.fun**2).sum())
    n_parameters = n_channels + family.n_parameters  # less a factor of the sum, plus the variance
    criterion = np.inf
    if n > n_parameters + 1:
        criterion = float(aicc(max(squares, n * ROUNDING_ERROR**2), n, n_parameters))
    return UnitFit(
        family, direction, shift, result.x[n_channels:], low, top, squares,
        np.asarray(result.jac), criterion,
    )  # fmt: skip
