r"""Fit one unit to responses: an activation of a weighted sum of the channels.

.. math:: r \approx \phi\Big(\sum_k w_k u_k + b\Big)

Weights and activation are fitted together, by least squares. A factor between them is a matter of
convention: here the slope of :math:`\phi` is 1 at the operating point, as the secant between a
quarter and three quarters of the response range. A weight is then the change of the response per
activation of the channel at half of the response range, whatever lies between the two.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from bioann.ann.activations.activation import Activation, Linear, Relu
from bioann.ann.activations.transfer_functions import Scaled, Tabulated
from bioann.metrics.information_criteria import aicc
from bioann.translate.identification.index_families import SIGMOID, IndexFamily

#: Residuals below this share of the response range are attributed to rounding.
ROUNDING_ERROR = 1e-6
#: Largest number of evaluations of a fit, and points of the grid that a slope is read from.
MAX_EVALUATIONS, GRID_POINTS = 100, 2001
#: Rounds of fits of all families, each from the direction of the best fit before.
N_ROUNDS = 2
#: Step of numerical derivatives, and largest value of an activation, in scaled units.
STEP, LARGEST_VALUE = 1e-6, 1e6
#: Decimal digits of a tabulated curve.
DIGITS = 6
#: Shares of the response range between which the slope at the operating point is taken.
OPERATING_SHARES = (0.25, 0.75)
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


@dataclasses.dataclass(frozen=True)
class NormalisedUnit:
    """A unit with slope 1 at its operating point, on channels in their own units.

    Attributes
    ----------
    weights : numpy.ndarray, shape (channel,)
        Weights in activation per activation of the channel.
    bias : float
        Bias in activation.
    activation : Activation
        Activation function, with its threshold at 0 where it has one.
    slope : float
        Slope at the operating point before it was made 1; 0 for a response that does not change.
    """

    weights: np.ndarray
    bias: float
    activation: Activation
    slope: float


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
        direction = _fit_family(SIGMOID, inputs, responses, direction, bounds, low).direction
    best = None
    # The direction of the best fit is a better start than that of a line if the curve is bent.
    for _ in range(N_ROUNDS):
        for family in candidates:
            fit = _fit_family(family, inputs, responses, direction, bounds, 0.0)
            if best is None or fit.criterion < best.criterion:
                best = fit
            if best.cost <= len(responses) * ROUNDING_ERROR**2:
                return best  # the others have as many parameters, or more
        assert best is not None
        direction = best.direction
    assert best is not None
    return best


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


def _fit_family(
    family: IndexFamily,
    inputs: np.ndarray,
    responses: np.ndarray,
    direction: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray] | None,
    low: float,
) -> UnitFit:
    """Fit a family from the best of its initial guesses."""
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
            factor * shift, (low, top), bounds,
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
) -> UnitFit:
    """Fit direction and parameters by least squares."""
    low, top = scale
    n, n_channels = inputs.shape
    scaled = (responses - low) / top

    def evaluate(sums: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            values = family.make_activation(parameters)(sums)
        return np.clip(np.nan_to_num(values, nan=LARGEST_VALUE), -LARGEST_VALUE, LARGEST_VALUE)

    def residuals(theta: np.ndarray) -> np.ndarray:
        sums = inputs @ theta[:n_channels] + shift
        return np.asarray(evaluate(sums, theta[n_channels:]) - scaled)

    def jacobian(theta: np.ndarray) -> np.ndarray:
        sums, parameters = inputs @ theta[:n_channels] + shift, theta[n_channels:]
        rise = evaluate(sums + STEP, parameters) - evaluate(sums - STEP, parameters)
        steps = STEP * np.eye(len(parameters))
        columns = [
            (evaluate(sums, parameters + step) - evaluate(sums, parameters - step)) / (2 * STEP)
            for step in steps
        ]
        return np.column_stack([inputs * (rise / (2 * STEP))[:, None], *columns])

    options: dict[str, Any] = {"method": "lm"}
    if bounds is not None or len(start) > n:
        free = np.full(len(start) - n_channels, np.inf)
        weight_bounds = bounds or (np.full(n_channels, -np.inf), np.full(n_channels, np.inf))
        limits = np.append(weight_bounds[0], -free), np.append(weight_bounds[1], free)
        start = np.clip(start, *limits)
        options = {"method": "trf", "bounds": limits, "x_scale": "jac"}
    result = least_squares(residuals, start, jacobian, max_nfev=MAX_EVALUATIONS, **options)
    squares = float((result.fun**2).sum())
    n_parameters = n_channels + family.n_parameters  # less a factor of the sum, plus the variance
    criterion = np.inf
    if n > n_parameters + 1:
        criterion = float(aicc(max(squares, n * ROUNDING_ERROR**2), n, n_parameters))
    return UnitFit(
        family, result.x[:n_channels], shift, result.x[n_channels:], low, top, squares,
        np.asarray(result.jac), criterion,
    )  # fmt: skip


def normalise_unit(
    fit: UnitFit, inputs: np.ndarray, low: np.ndarray, width: np.ndarray, *, are_rates: bool
) -> NormalisedUnit:
    """Return a unit on channels in their own units, with slope 1 at the operating point.

    Parameters
    ----------
    fit : UnitFit
        The fit, on channels that are scaled to [0, 1].
    inputs : numpy.ndarray, shape (point, channel)
        Scaled channels of the design, over which the response range is taken.
    low, width : numpy.ndarray, shape (channel,)
        Lowest level and range of each channel.
    are_rates : bool
        Whether the responses are firing rates, which are never below zero.
    """
    phi, sums = fit.family.make_activation(fit.parameters), fit.sums(inputs)
    slope = find_operating_slope(phi, sums) * fit.top
    if slope <= 0:
        level = float(fit.top * phi(np.array(sums.mean())) + fit.low)
        activation: Activation = Relu() if level >= 0 else Linear()
        return NormalisedUnit(np.zeros(len(low)), level, activation, 0.0)
    threshold = phi.threshold if isinstance(phi, Scaled) else 0.0
    weights = slope * fit.direction / width
    bias = slope * (fit.shift - threshold - float((fit.direction * low / width).sum()))
    if isinstance(phi, Tabulated):  # of the weighted sum itself: its zero has no other meaning
        inputs = np.round(slope * np.array(phi.inputs) - bias, DIGITS)
        outputs = np.round(fit.top * np.array(phi.outputs), DIGITS)
        outputs = np.maximum(outputs, 0.0) if are_rates else outputs
        return NormalisedUnit(weights, 0.0, _tabulate(inputs, outputs, are_rates), slope)
    assert isinstance(phi, Scaled)
    if isinstance(phi.inner, (Linear, Relu)):  # the slope is their only parameter, and it is 1
        return NormalisedUnit(weights, bias, phi.inner, slope)
    activation = Scaled(phi.inner, phi.height * fit.top, phi.gain / slope)
    return NormalisedUnit(weights, bias, activation, slope)


def find_operating_slope(phi: Activation, sums: np.ndarray) -> float:
    """Return the secant slope between a quarter and three quarters of the response range."""
    grid = np.linspace(sums.min(), sums.max(), GRID_POINTS)
    values = np.asarray(phi(grid))
    height = values[-1] - values[0]
    if not height > 0:
        return 0.0
    levels = values[0] + height * np.array(OPERATING_SHARES)
    first, last = np.interp(levels, values, grid)
    return float((levels[1] - levels[0]) / max(last - first, (grid[1] - grid[0]) / 2))


def _tabulate(inputs: np.ndarray, outputs: np.ndarray, are_rates: bool) -> Tabulated:
    """Return a table without knots that rounding makes equal; rates stay constant beyond it."""
    inputs, first = np.unique(inputs, return_index=True)
    outputs = outputs[first]
    if are_rates:  # a rate does not fall below zero, and no higher one was measured
        inputs = np.concatenate([[inputs[0] - 1.0], inputs, [inputs[-1] + 1.0]])
        outputs = np.concatenate([outputs[:1], outputs, outputs[-1:]])
    return Tabulated(tuple(inputs), tuple(outputs))
