r"""When within its step a cell fires, and when it is let go.

A spike that is seen at the end of its step has happened before. With :math:`d` the distance above
threshold, interpolated over the step, it happened at the fraction

.. math:: \theta = \frac{-d_0}{d_1 - d_0}, \quad \theta = 0 \text{ if } d_0 > 0

(a delta synapse had lifted the cell over its threshold at the end of the step before). The cell
is reset at the end of that step and then has :math:`\theta + t_{ref} / \Delta t - 1` steps left to
hold. The step in which the hold ends moves it by the share :math:`s` that comes after,

.. math:: v \leftarrow v + s (v' - v), \quad s = 1 - \text{steps left},

with :math:`v'` what the whole step would have made of `v`. Where `t_ref` is shorter than what was
left of the spike's step, :math:`s` is above 1: the cell catches up. So an interspike interval is
not a whole number of steps, and is wrong by the curvature of `v` within a step only, of second
order in it. A potential that rises exponentially is interpolated in the coordinate in which
it rises evenly (`bioann.bio.integration.make_integrator`).

Only additions, multiplications and divisions (but for that coordinate), and nothing of it knows
the time or the lane. Spikes themselves are sent, and recorded, on the grid: at the start of their
step.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import brian2 as b2
import numpy as np
from brian2.equations.equations import Equations
from brian2.stateupdaters.base import StateUpdateMethod

from bioann.bio.integration.integrator import (
    SWING,
    ExponentialMidpoint,
    PrewrittenStep,
    make_integrator,
    write_copy,
)
from bioann.bio.integration.step_constants import StepConstant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioann.bio.cells.cell import Cell

#: ``steps_held``: steps left to hold at the start of the next one. ``fired_at``: the fraction of
#: the step at which the cell crossed its threshold, 1 if it did not; lowered by 1 if it began
#: above.
_STATE = "steps_held : 1\nfired_at : 1"
#: A hold that ends within rounding of the end of a step ends there.
_ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True)
class FiringCode:
    """What a ``brian2.NeuronGroup`` is told of a cell's spikes.

    Attributes
    ----------
    equations : str
        Lines to add to the model.
    namespace : dict
        Constants to add.
    code : dict of str to str
        ``threshold``, ``reset``, ``refractory``, and in ``step`` what the method depends on.
    method : Any
        The method.
    """

    equations: str
    namespace: dict[str, Any]
    code: dict[str, str]
    method: Any


def write_firing(
    cell: Cell, namespace: Mapping[str, Any], dt: float, named_constants: bool = False
) -> FiringCode:
    """Write how a cell fires, is reset and held.

    Parameters
    ----------
    cell : Cell
        A cell that is reset gets the timing of this file's docstring; one that shapes its spike
        itself is left to Brian2.
    namespace : mapping
        Constants of the group's equations.
    dt : float
        Time step in seconds.
    named_constants : bool, optional
        As for `ExponentialMidpoint`.

    Returns
    -------
    FiringCode
        For the group.
    """
    comparison = _split_threshold(cell.threshold)
    method = make_integrator(cell.method, namespace, dt, named_constants)
    constants = {"hold_time": cell.refractory_period * b2.second}
    code = {"threshold": cell.threshold, "reset": cell.reset, "step": cell.method}
    # Whether an exponential lifts the potential is a question of signs.
    numbers = {n: v for n, v in cell.brian_namespace().items() if not isinstance(v, str)}
    positive = (name for name, value in numbers.items() if np.ndim(value) == 0 and value > 0)
    code["step"] += f" with positive {', '.join(sorted(positive))}" if "exp(" in cell.model else ""
    if cell.refractory_condition or not cell.reset or comparison is None:
        code["refractory"] = cell.refractory_condition or "hold_time"
        return FiringCode("", constants, code, method)
    code |= {
        "threshold": "fired_at < 1",
        "reset": f"{cell.reset}\nsteps_held = clip(fired_at, 0, 1) + hold_time/dt - 1",
        "refractory": f"steps_held > {1 - _ROUNDING!r}",
        "step": f"{code['step']}, fires at {cell.threshold}",
    }
    never_refractory = cell.refractory_period == 0
    code["step"] += ", moves on" if never_refractory else ""
    return FiringCode(_STATE, constants, code, TimedStep(method, comparison, never_refractory))


class TimedStep(StateUpdateMethod):
    """A step that knows when within it a cell fires, and which part of it a cell is held.

    Parameters
    ----------
    inner : str or ExponentialMidpoint
        Makes the whole step.
    comparison : tuple of str
        What has to be above what for a spike.
    never_refractory : bool
        Whether `v` is stretched like what is marked ``(unless refractory)``: where there is no
        refractory period, the mark makes no difference.
    """

    def __init__(
        self,
        inner: str | ExponentialMidpoint,
        comparison: tuple[str, str],
        never_refractory: bool,
    ) -> None:
        self.inner, self.comparison, self.never_refractory = (
            inner,
            comparison,
            never_refractory,
        )

    def __call__(self, equations: Equations, variables: Any, method_options: Any = None) -> str:
        """Write Brian2 abstract code for one step."""
        names = [n for n in equations.diff_eq_names if "unless refractory" in equations[n].flags]
        names = names or (["v"] if self.never_refractory else [])
        step = StateUpdateMethod.apply_stateupdater(
            equations, variables, self.inner, method_options=method_options
        )
        above, below = self.comparison
        lines = [
            "_share = clip(1 - steps_held, 0, 2)",
            "steps_held = clip(steps_held - 1, 0, inf)",
            f"_lack = {write_copy(f'({below}) - ({above})')}",
            *(f"_start_{name} = {write_copy(name)}" for name in names),
            step,
            *self.write_crossing(step),
            *(f"{name} = _start_{name} + _share*({name} - _start_{name})" for name in names),
            "fired_at = clip(1 - _share*(1 - _passed), 0, 1) - int(_lack < 0)",
        ]
        return "\n".join(lines)

    def write_crossing(self, step: str) -> list[str]:
        """Write which part of the step is over at the crossing; 1 for none."""
        above, below = self.comparison
        fraction = "_under/(_under + _over + 1e-300)"
        if SWING not in step or above != "v":
            over = f"_over = clip(({above}) - ({below}), 0, inf)"
            return ["_under = clip(_lack, 0, inf)", over, f"_passed = {fraction}"]
        return [
            f"_cut = exp(-{SWING}_slope*(({below}) - {SWING}_v))",
            f"_under = clip({SWING}_start - _cut, 0, inf)",
            f"_over = clip(_cut - {SWING}_end, 0, inf)",
            f"_part = {fraction}",
            f"_passed = _part/(1 + {SWING}_bend*(1 - _part))",
        ]


def prewrite_step(method: Any, equations: str) -> tuple[Any, dict[str, StepConstant]]:
    """Write a step whose constant factors are named, and give these.

    Parameters
    ----------
    method : Any
        From `write_firing`.
    equations : str
        Of the group.

    Returns
    -------
    method : Any
        The step as it was written; Brian2's own methods are given back as they are.
    step_constants : dict of str to StepConstant
        Dimensionless constants that the group has to have.
    """
    inner = method.inner if isinstance(method, TimedStep) else method
    if not isinstance(inner, ExponentialMidpoint):
        return method, {}
    return PrewrittenStep(method(Equations(equations), {})), inner.step_constants


def _split_threshold(threshold: str) -> tuple[str, str] | None:
    """Take a comparison apart; None for a threshold that is none."""
    comparison = re.fullmatch(r"([^<>=]+)>=?([^<>=]+)", threshold)
    if comparison is None or re.search(r"\b(and|or|not)\b", threshold):
        return None
    return comparison[1].strip(), comparison[2].strip()
