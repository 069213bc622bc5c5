"""Noise-free steady rate of any cell, solved from its Brian2 equations.

The equations are compiled to Python scalars and integrated between spikes at tight tolerance, with
the threshold as an event; there is no time step. Slow (tens of milliseconds per value) and exact:
the reference for simulations, and the only method for cells without a closed form.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from brian2 import Equations
from brian2.core.namespace import DEFAULT_UNITS
from brian2.utils.stringtools import get_identifiers

from bioann.bio.cells.description import CellDescription

#: A cell that has not fired for this long, in seconds, counts as silent: its rate is zero.
SILENCE_TIME = 3.0
#: Intervals after which firing that has not become periodic (bursts, chaos) is averaged.
MAX_INTERVALS = 1000
_INTERVAL_TOLERANCE = 1e-7
#: State variables are scaled by these, so that one tolerance fits all.
_SCALE = {"volt": 1e-3, "amp": 1e-12, "siemens": 1e-9}


def _exprel(x: float) -> float:
    return math.expm1(min(x, 700.0)) / x if x else 1.0


def _exp(x: float) -> float:
    return math.exp(min(x, 700.0))


def _clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


_FUNCTIONS: dict[str, Any] = {
    name: getattr(math, name)
    for name in (
        "sqrt",
        "log",
        "log10",
        "tan",
        "tanh",
        "sin",
        "cos",
        "cosh",
        "sinh",
        "ceil",
        "floor",
    )
} | {
    **{"exp": _exp, "exprel": _exprel, "clip": _clip, "abs": abs, "int": int},
    **{"pi": math.pi, "e": math.e, "inf": math.inf, "not_refractory": True, "lastspike": -1e4},
    **{"arctan": math.atan, "arcsin": math.asin, "arccos": math.acos},
}


@dataclasses.dataclass(frozen=True)
class CompiledCell:
    """A cell's equations as functions of a list of scaled state variables.

    Attributes
    ----------
    names : tuple of str
        Names of the state variables.
    scale : numpy.ndarray, shape (variable,)
        SI value that each state variable is divided by.
    flow, refractory_flow : callable
        ``f(t, y, current, conductance, reversal_current)``: the derivatives outside and during
        the refractory period.
    threshold_distance : callable
        ``f(y)``: distance above threshold in volt.
    reset : callable
        ``f(y) -> y``: the state after a spike.
    """

    names: tuple[str, ...]
    scale: np.ndarray
    flow: Callable[..., list[float]]
    refractory_flow: Callable[..., list[float]]
    threshold_distance: Callable[[Any], float]
    reset: Callable[[Any], list[float]]


def compile_cell(cell: CellDescription, target: str) -> CompiledCell:
    """Compile a cell's Brian2 code to Python functions; all input reaches one compartment."""
    inputs = []
    for compartment, potential in cell.compartments.items():
        suffix = "" if compartment == "soma" else f"_{compartment}"
        is_target = compartment == target
        inputs.append(
            f"I_syn{suffix} = {f'pull_ - g_*{potential}' if is_target else '0*amp'} : amp"
        )
        inputs.append(f"I_inj{suffix} = {'current_' if is_target else '0*amp'} : amp")
    equations = Equations("\n".join([cell.model, *inputs]))
    names = tuple(equations.diff_eq_names)
    units = [str(equations[n].unit) for n in names]
    scale = [_SCALE.get(u, 1.0) for u in units]
    namespace = _FUNCTIONS | {n: float(np.asarray(v)) for n, v in cell.brian_namespace().items()}
    unpack = [f"    {n} = y_[{k}]*{scale[k]!r}" for k, n in enumerate(names)]
    body = ["    t = t_"]
    body += [f"    {n} = {code}" for n, code in _order_subexpressions(equations)]
    texts = {n: expression.code for n, expression in equations.diff_eq_expressions}
    flow, refractory_flow = [], []
    for k, n in enumerate(names):
        flow.append(f"({texts[n]})/{scale[k]!r}")
        refractory_flow.append("0.0" if "unless refractory" in equations[n].flags else flow[-1])
    reset = cell.reset.replace("\n", ";").split(";")
    reset_lines = [f"    {line.strip()}" for line in reset if line.strip()]
    scaled_state = ", ".join(f"{n}/{scale[k]!r}" for k, n in enumerate(names))
    arguments = "t_, y_, current_, g_, pull_"
    source = "\n".join(
        [
            f"def flow({arguments}):", *unpack, *body, f"    return [{', '.join(flow)}]",
            f"def refractory_flow({arguments}):", *unpack, *body,
            f"    return [{', '.join(refractory_flow)}]",
            "def threshold_distance(y_):", *unpack, f"    return {_write_distance(cell.threshold)}",
            "def reset(y_):", *unpack, *reset_lines, f"    return [{scaled_state}]",
        ]
    )  # fmt: skip
    for name in get_identifiers(source) - namespace.keys():
        if name in DEFAULT_UNITS:
            namespace[name] = float(DEFAULT_UNITS[name])
    scope: dict[str, Any] = dict(namespace)
    exec(compile(source, f"<{type(cell).__name__}>", "exec"), scope)
    functions = (scope[name] for name in ("flow", "refractory_flow", "threshold_distance", "reset"))
    return CompiledCell(names, np.array(scale), *functions)


def _order_subexpressions(equations: Equations) -> list[tuple[str, str]]:
    """Sort subexpressions so that each comes after those it uses."""
    remaining = {n: equations[n].expr.code for n in equations.subexpr_names}
    ordered: list[tuple[str, str]] = []
    while remaining:
        for name, text in remaining.items():
            if not get_identifiers(text) & (remaining.keys() - {name}):
                ordered.append((name, text))
                del remaining[name]
                break
    return ordered


def _write_distance(threshold: str) -> str:
    """Write the distance above threshold; the smallest one of conditions joined by ``and``."""
    distances = []
    for condition in re.split(r"\band\b", threshold):
        text = condition.strip()
        while text.startswith("(") and text.endswith(")"):
            text = text[1:-1]
        below, is_less, above = text.partition("<")
        if not is_less:
            above, _, below = text.partition(">")
        distances.append(f"({above.removeprefix('=')}) - ({below.removeprefix('=')})")
    return f"min({', '.join(distances)})" if len(distances) > 1 else distances[0]


def solve_steady_rates(
    cell: CellDescription,
    current: np.ndarray,
    conductance: np.ndarray,
    reversal_current: np.ndarray,
    compartment: str = "soma",
) -> np.ndarray:
    """Solve for the steady rate, value by value; arguments as for ``Cell.steady_rate``."""
    code = compile_cell(cell, compartment)
    inputs = np.broadcast_arrays(current, conductance, reversal_current)
    drives = zip(*map(np.ravel, inputs), strict=True)
    rates = [rate_of_intervals(solve_intervals(cell, code, drive)) for drive in drives]
    return np.reshape(np.array(rates), inputs[0].shape)


def rate_of_intervals(intervals: list[float]) -> float:
    """Compute the rate of the last interval if they settle, else of the second half of them."""
    if not intervals or math.isinf(intervals[-1]):
        return 0.0
    if len(intervals) < MAX_INTERVALS:
        return 1 / intervals[-1] if intervals[-1] else math.inf
    mean = float(np.mean(intervals[len(intervals) // 2 :]))
    return 1 / mean if mean else math.inf


def solve_intervals(
    cell: CellDescription,
    code: CompiledCell,
    drive: tuple[float, float, float],
    max_intervals: int = MAX_INTERVALS,
) -> list[float]:
    """Integrate a cell from rest until its interspike intervals repeat.

    Parameters
    ----------
    cell : CellDescription
        The cell model, for its resting state and refractory period.
    code : CompiledCell
        The equations of the cell, from `compile_cell`.
    drive : tuple of float
        Current, conductance and reversal current in SI units.
    max_intervals : int, optional
        Number of intervals after which to stop without repetition.

    Returns
    -------
    list of float
        Interspike intervals in seconds; infinity at the end if firing stops.
    """
    start = cell.resting_state()
    y = np.array([start.get(n, 0.0) for n in code.names]) / code.scale
    intervals: list[float] = []
    time_after_spike = math.nan
    for _ in range(max_intervals + 1):
        time_to_spike, y = _integrate_to_crossing(code, y, drive, 1.0)
        if math.isinf(time_to_spike):
            return [*intervals, math.inf]
        if not math.isnan(time_after_spike):
            intervals.append(time_after_spike + time_to_spike)
            repeats = (
                len(intervals) > 2
                and abs(intervals[-1] - intervals[-2]) < _INTERVAL_TOLERANCE * intervals[-1]
            )
            if repeats and abs(intervals[-2] - intervals[-3]) < _INTERVAL_TOLERANCE * intervals[-1]:
                break
        time_after_spike = cell.refractory_period
        y = np.array(code.reset(y))
        if cell.refractory_condition:  # shapes its own spike: wait until it is over
            time_after_spike, y = _integrate_to_crossing(code, y, drive, -1.0)
        elif time_after_spike:
            y = scipy.integrate.solve_ivp(
                code.refractory_flow, (0, time_after_spike), y, **_solver_options(drive)
            ).y[:, -1]
    return intervals


def _integrate_to_crossing(
    code: CompiledCell, y: np.ndarray, drive: tuple[float, float, float], direction: float
) -> tuple[float, np.ndarray]:
    """Integrate up to the next crossing of threshold; infinity if there is none."""

    def threshold_event(t: float, y: np.ndarray, *drive: float) -> float:
        return code.threshold_distance(y)

    threshold_event.terminal, threshold_event.direction = True, direction  # type: ignore[attr-defined]
    if direction > 0 and code.threshold_distance(y) > 1e-9:  # reset to above threshold
        return 0.0, y
    solution = scipy.integrate.solve_ivp(
        code.flow,
        (0, SILENCE_TIME),
        y,
        events=threshold_event,
        max_step=0.05,
        **_solver_options(drive),
    )
    if not len(solution.t_events[0]):
        return math.inf, y
    return float(solution.t_events[0][0]), solution.y_events[0][0]


def _solver_options(drive: tuple[float, float, float]) -> dict[str, Any]:
    return {"method": "LSODA", "args": drive, "rtol": 1e-9, "atol": 1e-9}
