"""Estimates rest, leak and threshold of a cell from its equations, at the state of the script."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy
import sympy

from bioann.bio.interop.brian_functions import FUNCTIONS, UNIT_VALUES
from bioann.bio.interop.cell_equations import EquationSeparator

#: Membrane time constant in seconds of a cell whose equations have no stable rest.
_DEFAULT_TAU = 20e-3
#: What numbers out of range, or functions without a value there, raise.
FAILURES = (ArithmeticError, AttributeError, KeyError, NameError, TypeError, ValueError)


@dataclasses.dataclass(frozen=True)
class RestingPoint:
    """Passive membrane of a cell at rest, in SI units.

    Parameters
    ----------
    potential : float
        Resting potential in volt: where the equations have a fixed point near the state of the
        script, or else the potential of the script.
    time_constant : float
        Membrane time constant in seconds at that potential.
    is_fixed_point : bool
        Whether the equations rest there.
    state : dict of str to float
        Values of all state variables, in the units of the script.
    """

    potential: float
    time_constant: float
    is_fixed_point: bool
    state: dict[str, float]


def find_resting_point(
    separator: EquationSeparator, synapses: Mapping[str, Any], state: Mapping[str, float]
) -> RestingPoint:
    """Find the resting point of a cell without input.

    Parameters
    ----------
    separator : EquationSeparator
        Equations of the group.
    synapses : mapping of str to StateTerm
        Its synaptic variables, which are closed.
    state : mapping of str to float
        Mean values of all state variables in the script, in the units of the script.
    """
    names = separator.names
    variables = [n for n in separator.diff_names if n not in synapses]
    flows = make_flows(separator, variables, {**state, **dict.fromkeys(synapses, 0.0)})
    start = np.array([state[n] for n in variables])
    with np.errstate(all="ignore"):
        try:
            solution = scipy.optimize.root(flows, start)
            is_fixed = bool(solution.success and np.isfinite(solution.x).all())
        except FAILURES:
            is_fixed = False
        point = solution.x if is_fixed else start
        k = variables.index(names.potential)
        step = np.zeros(len(variables))
        step[k] = 1e-5 / names.volts_per_unit
        try:
            slope = (flows(point + step)[k] - flows(point - step)[k]) / (2 * step[k])
        except FAILURES:
            slope = np.nan
    tau = -1 / slope if np.isfinite(slope) and slope < 0 else _DEFAULT_TAU
    values = {**state, **dict(zip(variables, map(float, point), strict=True))}
    potential = float(point[k]) * names.volts_per_unit
    return RestingPoint(potential, float(tau), is_fixed, values)


def make_flows(
    separator: EquationSeparator, variables: list[str], state: Mapping[str, float]
) -> Any:
    """Return the function of the change per second of some variables, of their values."""
    names = separator.names
    means = {n: float(np.mean(v)) for n, v in names.constants.items()}
    fixed = {**UNIT_VALUES, "t": 0.0, "dt": 1e-4, "lastspike": -1e4, **means, **state}
    fixed |= dict.fromkeys(names.timed_arrays, 0.0)
    flags = {"not_refractory": True}
    functions = []
    for name in variables:
        flow = separator.flows[name]
        symbols = sorted((s.name for s in flow.free_symbols), key=str)
        function = sympy.lambdify(symbols, flow, modules=[FUNCTIONS, "numpy"])
        functions.append((symbols, function))

    def compute_flows(x: np.ndarray) -> np.ndarray:
        values = {**fixed, **flags, **dict(zip(variables, x, strict=True))}
        return np.array([float(f(*(values[s] for s in symbols))) for symbols, f in functions])

    return compute_flows
