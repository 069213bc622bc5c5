"""The steady rate of any cell without noise, solved from the equations that Brian2 gets.

The equations are compiled to Python scalars and integrated between spikes at tight tolerance, with
the threshold as an event; nothing here knows a time step. Slow (tens of milliseconds per value)
and exact: the oracle for simulations, and the only way for cells without a closed form.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from brian2 import Equations
from brian2.core.namespace import DEFAULT_UNITS
from brian2.utils.stringtools import get_identifiers

from bioann.bio.cells.description import CellDescription

#: A cell that has not fired for this long, in seconds, is silent: slower rates are given as zero.
PATIENCE = 3.0
#: Spikes after which a rhythm that has not settled (a burst, chaos) is averaged.
MOST = 1000
_SETTLED = 1e-7
#: Numbers are scaled by these, so that one tolerance fits all.
_SCALE = {"volt": 1e-3, "amp": 1e-12, "siemens": 1e-9}


def _exprel(x: float) -> float:
    return math.expm1(x) / x if x else 1.0


def _exp(x: float) -> float:
    return math.exp(min(x, 700.0))


def _clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


_FUNCTIONS: dict[str, Any] = {
    name: getattr(math, name) for name in ("sqrt", "log", "tanh", "sin", "cos", "cosh", "sinh")
} | {"exp": _exp, "exprel": _exprel, "clip": _clip, "abs": abs, "int": int, "pi": math.pi}


@dataclasses.dataclass(frozen=True)
class Compiled:
    """A cell's equations as functions of a list of scaled state variables.

    Attributes
    ----------
    names : tuple of str
        State variables.
    scale : numpy.ndarray
        What each is divided by.
    flow, held : callable
        ``f(t, y, current, conductance, pull)``: the derivatives, in and out of refractoriness.
    distance : callable
        ``f(y)``: how far above threshold, in volt.
    reset : callable
        ``f(y) -> y`` after a spike.
    """

    names: tuple[str, ...]
    scale: np.ndarray
    flow: Callable[..., list[float]]
    held: Callable[..., list[float]]
    distance: Callable[[Any], float]
    reset: Callable[[Any], list[float]]


def compiled(cell: CellDescription, at: str) -> Compiled:
    """Turn a cell's Brian2 code into Python functions; all input reaches one compartment."""
    inputs = []
    for place, potential in cell.compartments.items():
        suffix = "" if place == "soma" else f"_{place}"
        here = place == at
        inputs.append(f"I_syn{suffix} = {f'pull_ - g_*{potential}' if here else '0*amp'} : amp")
        inputs.append(f"I_inj{suffix} = {'current_' if here else '0*amp'} : amp")
    equations = Equations("\n".join([cell.model, *inputs]))
    names = tuple(equations.diff_eq_names)
    units = [str(equations[n].unit) for n in names]
    scale = [_SCALE.get(u, 1.0) for u in units]
    known = _FUNCTIONS | {n: float(np.asarray(v)) for n, v in cell.brian_namespace().items()}
    unpack = [f"    {n} = y_[{k}]*{scale[k]!r}" for k, n in enumerate(names)]
    body = [f"    {n} = {code}" for n, code in _ordered(equations)]
    texts = {n: expression.code for n, expression in equations.diff_eq_expressions}
    flow, held = [], []
    for k, n in enumerate(names):
        flow.append(f"({texts[n]})/{scale[k]!r}")
        held.append("0.0" if "unless refractory" in equations[n].flags else flow[-1])
    above, below = _sides(cell.threshold)
    back = [f"    {line.strip()}" for line in cell.reset.split(";") if line.strip()]
    packed = ", ".join(f"{n}/{scale[k]!r}" for k, n in enumerate(names))
    head = "t_, y_, current_, g_, pull_"
    source = "\n".join(
        [
            f"def flow({head}):", *unpack, *body, f"    return [{', '.join(flow)}]",
            f"def held({head}):", *unpack, *body, f"    return [{', '.join(held)}]",
            "def distance(y_):", *unpack, f"    return ({above}) - ({below})",
            "def reset(y_):", *unpack, *back, f"    return [{packed}]",
        ]
    )  # fmt: skip
    for name in get_identifiers(source) - known.keys():
        if name in DEFAULT_UNITS:
            known[name] = float(DEFAULT_UNITS[name])
    made: dict[str, Any] = dict(known)
    exec(compile(source, f"<{type(cell).__name__}>", "exec"), made)
    functions = (made[name] for name in ("flow", "held", "distance", "reset"))
    return Compiled(names, np.array(scale), *functions)


def _ordered(equations: Equations) -> list[tuple[str, str]]:
    """Sort subexpressions so that each comes after those it uses."""
    left = {n: equations[n].expr.code for n in equations.subexpr_names}
    done: list[tuple[str, str]] = []
    while left:
        for name, text in left.items():
            if not get_identifiers(text) & (left.keys() - {name}):
                done.append((name, text))
                del left[name]
                break
    return done


def _sides(threshold: str) -> tuple[str, str]:
    above, _, below = threshold.partition(">")
    return above, below.removeprefix("=")


def steady_rates(
    cell: CellDescription,
    current: np.ndarray,
    conductance: np.ndarray,
    pull: np.ndarray,
    at: str = "soma",
) -> np.ndarray:
    """Solve for the steady rate, value by value; arguments as for ``Cell.noise_free``."""
    code = compiled(cell, at)
    inputs = np.broadcast_arrays(current, conductance, pull)
    each = zip(*map(np.ravel, inputs), strict=True)
    rates = [settled(intervals(cell, code, drive)) for drive in each]
    return np.reshape(np.array(rates), inputs[0].shape)


def settled(found: list[float]) -> float:
    """Turn intervals into a rate: of the last where they settle, else of the later half."""
    if not found or math.isinf(found[-1]):
        return 0.0
    if len(found) < MOST:
        return 1 / found[-1] if found[-1] else math.inf
    mean = float(np.mean(found[len(found) // 2 :]))
    return 1 / mean if mean else math.inf


def intervals(
    cell: CellDescription, code: Compiled, drive: tuple[float, float, float], most: int = MOST
) -> list[float]:
    """Follow a cell from rest, until its intervals repeat.

    Parameters
    ----------
    cell : CellDescription
        For its resting state and refractory period.
    code : Compiled
        Its equations.
    drive : tuple of float
        Current, conductance and pull in SI units.
    most : int, optional
        Give up after so many intervals.

    Returns
    -------
    list of float
        Interspike intervals in seconds; infinity at the end if firing stops.
    """
    start = cell.resting_state()
    y = np.array([start.get(n, 0.0) for n in code.names]) / code.scale
    found: list[float] = []
    since = math.nan
    for _ in range(most + 1):
        climb, y = _cross(code, y, drive, 1.0)
        if math.isinf(climb):
            return [*found, math.inf]
        if not math.isnan(since):
            found.append(since + climb)
            same = len(found) > 2 and abs(found[-1] - found[-2]) < _SETTLED * found[-1]
            if same and abs(found[-2] - found[-3]) < _SETTLED * found[-1]:
                break
        since = cell.refractory_period
        y = np.array(code.reset(y))
        if cell.refractory_condition:  # shapes its own spike: wait until it is over
            since, y = _cross(code, y, drive, -1.0)
        elif since:
            y = scipy.integrate.solve_ivp(code.held, (0, since), y, **_tight(drive)).y[:, -1]
    return found


def _cross(
    code: Compiled, y: np.ndarray, drive: tuple[float, float, float], direction: float
) -> tuple[float, np.ndarray]:
    """Integrate up to the next crossing of threshold; infinity if there is none."""

    def crossing(t: float, y: np.ndarray, *drive: float) -> float:
        return code.distance(y)

    crossing.terminal, crossing.direction = True, direction  # type: ignore[attr-defined]
    if direction > 0 and code.distance(y) > 1e-9:  # reset to above threshold
        return 0.0, y
    solved = scipy.integrate.solve_ivp(
        code.flow, (0, PATIENCE), y, events=crossing, max_step=0.05, **_tight(drive)
    )
    if not len(solved.t_events[0]):
        return math.inf, y
    return float(solved.t_events[0][0]), solved.y_events[0][0]


def _tight(drive: tuple[float, float, float]) -> dict[str, Any]:
    return {"method": "LSODA", "args": drive, "rtol": 1e-9, "atol": 1e-9}
