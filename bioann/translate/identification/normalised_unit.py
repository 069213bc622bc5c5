r"""Normalise a fitted unit: which factor belongs to the weights and which to the activation.

Here the slope of the activation is 1 at the operating point, as the secant between a quarter and
three quarters of the response range. A weight is then the change of the response per activation of
the channel at half of the response range.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.ann.activations.activation import Activation, Linear, Relu
from bioann.ann.activations.transfer_functions import Scaled, Tabulated
from bioann.translate.identification.fit_unit import UnitFit

#: Shares of the response range between which the slope at the operating point is taken, and points
#: of the grid that it is read from.
OPERATING_SHARES, GRID_POINTS = (0.25, 0.75), 2001
#: Decimal digits of a tabulated curve.
DIGITS = 6


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
