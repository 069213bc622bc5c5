r"""Families of activations that a unit is fitted with, as functions of one weighted sum.

Those of `bioann.translate.fit_activations` but for the step, which has no slope; a linear one for
responses that may be negative; and a non-decreasing table, for responses that no formula describes.
Parameters that a factor of the sum can replace are left out: the weights have that factor. Sum and
response are scaled to about [0, 1] at the start of a fit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from scipy.optimize import isotonic_regression

from bioann.ann.activations.activation import Activation, Linear, Relu, Sigmoid, Softplus
from bioann.ann.activations.transfer_functions import (
    Exponential,
    LIFRate,
    PowerLaw,
    Scaled,
    Tabulated,
)

#: Knots of the table over the sum, which has the range [0, 1] at the start of a fit.
KNOTS = np.linspace(0, 1, 9)
#: Smallest rise between knots at the start of a fit: its logarithm is a parameter.
SMALLEST_RISE = 1e-4
#: Largest logarithm of a parameter, so that no step of a fit overflows.
LARGEST_LOG = 12.0

A = TypeVar("A", bound=Activation)


@dataclasses.dataclass(frozen=True)
class IndexFamily:
    """A family of activations of a weighted sum.

    Attributes
    ----------
    name : str
        Name of the family, for decisions.
    n_parameters : int
        Number of its parameters, with a factor and a constant of the sum.
    make_activation : callable
        Function from the parameters to the activation, whose threshold is its first parameter.
    guess_parameters : callable
        Function from sums and responses, shape ``(point,)``, to initial guesses: pairs of a factor
        of the sum and the parameters.
    """

    name: str
    n_parameters: int
    make_activation: Callable[[np.ndarray], Activation]
    guess_parameters: Callable[[np.ndarray, np.ndarray], tuple[tuple[float, np.ndarray], ...]]


def list_families(*, are_rates: bool) -> tuple[IndexFamily, ...]:
    """List the families that a unit is fitted with, those with few parameters first.

    Parameters
    ----------
    are_rates : bool
        Whether the responses are firing rates, which no linear unit has.
    """
    return (*(() if are_rates else (LINEAR,)), *FORMULAS, TABLE)


def _make_unchecked(cls: type[A], **fields: Any) -> A:
    """Return an activation without checks of its fields, which would take most time of a fit."""
    activation = object.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(activation, name, value)
    return activation


def _scale(inner: Activation, log_height: float, threshold: float) -> Scaled:
    height = float(np.exp(min(max(log_height, -LARGEST_LOG), LARGEST_LOG)))
    return _make_unchecked(Scaled, inner=inner, height=height, gain=1.0, threshold=float(threshold))


def _exponentiate(log: float) -> float:
    return float(np.exp(min(max(log, -LARGEST_LOG), LARGEST_LOG)))


def _make_table(parameters: np.ndarray) -> Tabulated:
    """Return the table whose first value and logarithms of rises are the parameters."""
    rises = np.exp(np.clip(parameters[1:], -30.0, LARGEST_LOG))
    outputs = parameters[0] + np.concatenate([[0.0], rises.cumsum()])
    return _make_unchecked(Tabulated, inputs=tuple(KNOTS), outputs=tuple(outputs))


def _guess_table(sums: np.ndarray, responses: np.ndarray) -> tuple[tuple[float, np.ndarray], ...]:
    order = np.argsort(sums, kind="stable")
    monotone = isotonic_regression(responses[order]).x
    values = np.interp(KNOTS, sums[order], monotone)
    rises = np.log(np.maximum(np.diff(values), SMALLEST_RISE))
    return ((1.0, np.concatenate([values[:1], rises])),)


def _make_family(
    name: str,
    n_parameters: int,
    make_activation: Callable[[np.ndarray], Activation],
    *guesses: tuple[float, ...],
) -> IndexFamily:
    """Return a family with constant initial guesses: factor of the sum, then the parameters.

    The threshold, which is the first parameter, is in units of the sum before it is multiplied.
    """
    starts = tuple(
        (factor, np.array([factor * threshold, *others])) for factor, threshold, *others in guesses
    )
    return IndexFamily(name, n_parameters, make_activation, lambda sums, responses: starts)


LINEAR = _make_family("linear", 2, lambda p: _scale(Linear(), 0.0, p[0]), (1.0, 0.0))
SIGMOID = _make_family(
    "sigmoid", 3, lambda p: _scale(Sigmoid(), p[1], p[0]), (7.0, 0.5, 0.0), (4.0, 0.8, 0.5)
)
FORMULAS = (
    _make_family(
        "ReLU", 2, lambda p: _scale(Relu(), 0.0, p[0]), (1.0, 0.0), (2.0, 0.5), (1.0, -1.0)
    ),
    _make_family(
        "exponential", 2, lambda p: _scale(Exponential(), 0.0, p[0]), (2.0, 1.0), (7.0, 1.0)
    ),
    _make_family(
        "softplus",
        3,
        lambda p: _scale(_make_unchecked(Softplus, width=_exponentiate(p[1])), 0.0, p[0]),
        (1.0, 0.2, -3.0),
        (2.0, 0.5, -2.0),
    ),
    _make_family(
        "power law",
        3,
        lambda p: _scale(_make_unchecked(PowerLaw, exponent=_exponentiate(p[1])), 0.0, p[0]),
        (1.0, -0.1, 0.7),
        (1.0, 0.2, 0.0),
        (1.0, 0.3, -0.7),
    ),
    SIGMOID,
    _make_family(
        "LIF curve",
        4,
        lambda p: _scale(
            _make_unchecked(LIFRate, refractory=_exponentiate(p[2]), width=0.0), p[1], p[0]
        ),
        (4.5, 0.1, -1.0, -2.0),
        (1.0, 0.3, 0.0, -4.0),
        (20.0, 0.3, -1.0, -1.0),
    ),
    _make_family(
        "noisy LIF curve",
        5,
        lambda p: _scale(
            _make_unchecked(LIFRate, refractory=_exponentiate(p[2]), width=_exponentiate(p[3])),
            p[1],
            p[0],
        ),
        (4.5, 0.1, -1.0, -2.0, -1.5),
        (1.0, 0.3, 0.0, -4.0, -2.5),
    ),
)
TABLE = IndexFamily("table", len(KNOTS), _make_table, _guess_table)
