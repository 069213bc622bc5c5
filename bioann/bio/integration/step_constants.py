r"""Constant factors of an integration step, as recipes that need no algebra to be worked out.

A step multiplies by numbers like :math:`e^{-h/\tau}` which follow from a cell's parameters. The
code of a step names them; what they are worth is worked out from the parameters of each run, so
that other parameters need no other code.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import scipy
from brian2.core.namespace import DEFAULT_UNITS

_FUNCTIONS = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")}


@dataclasses.dataclass(frozen=True)
class StepConstant:
    """A number that the step needs.

    Parameters
    ----------
    kind : {'decay', 'phi', 'exact'}
        `decay` is exp(h x), `phi` is (exp(h x) - 1) / x, `exact` one element of the integral of
        the matrix exponential over the step (see `bioann.bio.integration.integrator`).
    expressions : tuple of tuple of str
        `x`, or the rows of the matrix; Python expressions of the parameters.
    h : float
        Step, or a part of it, in seconds.
    element : tuple of int
        Row and column of an `exact` element.
    """

    kind: str
    expressions: tuple[tuple[str, ...], ...]
    h: float
    element: tuple[int, int] = (0, 0)


def evaluate_constants(
    constants: Mapping[str, StepConstant], values: Mapping[str, float]
) -> dict[str, float]:
    """Compute the values of step constants.

    Parameters
    ----------
    constants : mapping of str to StepConstant
        By the name that the code calls them.
    values : mapping of str to float
        Parameters in SI.

    Returns
    -------
    dict of str to float
        One number for each.
    """
    numbers = {}
    for name, constant in constants.items():
        matrix = tuple(
            tuple(evaluate_expression(e, values) for e in row) for row in constant.expressions
        )
        numbers[name] = _evaluate_kind(constant.kind, matrix, constant.h, constant.element)
    return numbers


def evaluate_expression(expression: str, values: Mapping[str, float]) -> float:
    """Work out a Python expression of parameters and units."""
    return float(eval(expression, {"__builtins__": {}}, _ParameterNames(_FUNCTIONS | dict(values))))


class _ParameterNames(dict[str, object]):
    """Parameters, and units where a name is no parameter."""

    def __missing__(self, name: str) -> float:
        return float(np.asarray(DEFAULT_UNITS[name]))


def _evaluate_kind(
    kind: str, matrix: tuple[tuple[float, ...], ...], h: float, element: tuple[int, int]
) -> float:
    if kind == "exact":
        return float(compute_exact_step(matrix, h)[element])
    x = matrix[0][0]
    if kind == "decay":
        return math.exp(h * x)
    return math.expm1(h * x) / x if x else h


@lru_cache(maxsize=256)
def compute_exact_step(matrix: Sequence[Sequence[float]], h: float) -> np.ndarray:
    """Give the exact step of linear equations: what states become, and what drives them adds.

    Parameters
    ----------
    matrix : tuple of tuple of float
        Jacobian.
    h : float
        Step in seconds.

    Returns
    -------
    numpy.ndarray, shape (n, 2 n)
        exp(M h), and its integral from 0 to h.
    """
    n = len(matrix)
    block = np.block([[np.array(matrix), np.eye(n)], [np.zeros((n, 2 * n))]])
    return scipy.linalg.expm(block * h)[:n]
