r"""Constant factors of a time step, as expressions of a cell's parameters.

A time step multiplies by numbers such as :math:`e^{-h/\tau}`, which follow from the parameters of
the cell. The code names these constants, and their values are computed from the parameters of each
run without computer algebra: different parameters need no new code.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import scipy
from brian2.core.namespace import DEFAULT_UNITS

_WORD = re.compile(r"[A-Za-z_]\w*")
_FUNCTIONS = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")}


@dataclasses.dataclass(frozen=True)
class StepConstant:
    """Definition of a constant factor of a time step.

    Parameters
    ----------
    kind : {'decay', 'phi', 'exact'}
        `decay` is exp(h x), `phi` is (exp(h x) - 1) / x, `exact` is one element of the matrix that
        `compute_exact_step` returns.
    expressions : tuple of tuple of str
        Python expressions of the parameters: `x` in 1/s as the only element, or the rows of the
        Jacobian.
    h : float
        Time step or a fraction of it, in seconds.
    element : tuple of int
        Row and column of an `exact` element.
    """

    kind: str
    expressions: tuple[tuple[str, ...], ...]
    h: float
    element: tuple[int, int] = (0, 0)


def evaluate_constants(
    constants: Mapping[str, StepConstant], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Compute the values of step constants.

    Parameters
    ----------
    constants : mapping of str to StepConstant
        Definitions, by the name that the code uses.
    values : mapping of str to float or numpy.ndarray, shape (n,)
        Parameters of the cell in SI units; arrays where they differ between neurons.

    Returns
    -------
    dict of str to float or numpy.ndarray, shape (n,)
        Value of each constant, one per neuron where it depends on a parameter that differs.
    """
    differing = list_differing_constants(constants, values)
    numbers: dict[str, Any] = {}
    for name, constant in constants.items():
        if name not in differing:
            numbers[name] = _evaluate_constant(constant, values)
            continue
        # Neuron by neuron: each gets the bits that it gets in a population of equal neurons.
        columns = {n: np.asarray(values[n]).tolist() for n in differing[name]}
        rows = list(zip(*columns.values(), strict=True))
        by_row = {
            row: _evaluate_constant(constant, {**values, **dict(zip(columns, row, strict=True))})
            for row in dict.fromkeys(rows)  # equal neurons have equal constants
        }
        numbers[name] = np.array([by_row[row] for row in rows])
    return numbers


def list_differing_constants(
    constants: Mapping[str, StepConstant], values: Mapping[str, Any]
) -> dict[str, tuple[str, ...]]:
    """Return the step constants that differ between neurons, with the parameters that cause it."""
    arrays = {name for name, value in values.items() if np.ndim(value)}
    causes = {
        name: {word for row in c.expressions for e in row for word in _WORD.findall(e)} & arrays
        for name, c in constants.items()
    }
    return {name: tuple(sorted(names)) for name, names in causes.items() if names}


def _evaluate_constant(constant: StepConstant, values: Mapping[str, Any]) -> float:
    matrix = tuple(
        tuple(evaluate_expression(e, values) for e in row) for row in constant.expressions
    )
    return _evaluate_kind(constant.kind, matrix, constant.h, constant.element)


def evaluate_expression(expression: str, values: Mapping[str, Any]) -> float:
    """Return the value in SI units of a Python expression of parameters and units."""
    return float(eval(expression, {"__builtins__": {}}, _ParameterNames(_FUNCTIONS | dict(values))))


class _ParameterNames(dict[str, object]):
    """Names in an expression: parameters, functions, and units for all other names."""

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


@lru_cache(maxsize=4096)
def compute_exact_step(matrix: Sequence[Sequence[float]], h: float) -> np.ndarray:
    """Compute the exact step of linear equations dx/dt = M x + b with constant `M` and `b`.

    Parameters
    ----------
    matrix : tuple of tuple of float
        Jacobian `M` of n equations, in SI units.
    h : float
        Time step in seconds.

    Returns
    -------
    numpy.ndarray, shape (n, 2 n)
        exp(M h), which multiplies x, and next to it its integral from 0 to h, which multiplies b.
    """
    n = len(matrix)
    block = np.block([[np.array(matrix), np.eye(n)], [np.zeros((n, 2 * n))]])
    return scipy.linalg.expm(block * h)[:n]
