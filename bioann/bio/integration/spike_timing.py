r"""Spike times and refractory periods that end within a time step.

A threshold crossing is detected at the end of its time step. With :math:`d` the distance of the
potential above threshold, interpolated linearly over the step, it happened at the fraction

.. math:: \theta = \frac{-d_0}{d_1 - d_0}, \quad \theta = 0 \text{ if } d_0 > 0

of the step (the second case: a delta synapse lifted the cell over its threshold at the end of the
step before). The cell is reset at the end of that step and stays refractory for another
:math:`\theta + t_{ref} / \Delta t - 1` steps. In the step in which the refractory period ends, it
moves by the fraction :math:`s` of the step that remains,

.. math:: v \leftarrow v + s (v' - v), \quad s = 1 - \text{steps left},

where :math:`v'` is the result of the whole step. If `t_ref` is shorter than the remainder of the
step with the spike, :math:`s` is above 1, which makes up for the time that was lost. Interspike
intervals are therefore not multiples of the time step; their error comes from the curvature of `v`
within a step and is of second order. A potential that rises exponentially is interpolated in the
coordinate in which it rises linearly (`bioann.bio.integration.integrator`).

Apart from that coordinate, the code consists of additions, multiplications and divisions, and does
not depend on the time or the lane. Spikes are sent and recorded at the start of their time step.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import brian2 as b2
import numpy as np
from brian2.equations.equations import Equations
from brian2.equations.refractory import add_refractoriness
from brian2.stateupdaters.base import StateUpdateMethod

from bioann.bio.integration.exponential_rise import SWING, write_copy
from bioann.bio.integration.integrator import ExponentialMidpoint, make_integrator
from bioann.bio.integration.step_constants import StepConstant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioann.bio.cells.cell import Cell
    from bioann.bio.plasticity.plasticity import NeuronPlasticity

#: ``steps_held``: time steps of the refractory period that are left at the start of the next step.
#: ``fired_at``: fraction of the step at which the cell crossed its threshold, 1 if it did not; 1 is
#: subtracted if it was above threshold at the start.
_STATE = "steps_held : 1\nfired_at : 1"
#: A refractory period that ends this close to the end of a step, in steps, ends there.
_ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True)
class FiringCode:
    """Arguments of a ``brian2.NeuronGroup`` that concern spikes.

    Attributes
    ----------
    equations : str
        Equations of the state variables to add to the model.
    namespace : dict of str to quantity
        Constants to add to the namespace of the group.
    code : dict of str to str
        ``threshold``, ``reset`` and ``refractory`` as for the group; ``step`` names everything that
        the code of `method` depends on.
    method : str or brian2.StateUpdateMethod
        Integration method of the group.
    """

    equations: str
    namespace: dict[str, Any]
    code: dict[str, str]
    method: Any


def write_firing(
    cell: Cell,
    namespace: Mapping[str, Any],
    dt: float,
    named_constants: bool = False,
    per_neuron: Mapping[str, np.ndarray] | None = None,
    intrinsic_rule: NeuronPlasticity | None = None,
) -> FiringCode:
    """Write the code of a cell's threshold, reset and refractory period.

    Parameters
    ----------
    cell : Cell
        Cell model. One with a reset gets the spike timing of this module unless it asks for spikes
        on the grid of time steps; one whose equations shape the spike keeps Brian2's.
    namespace : mapping of str to quantity or float
        Constants of the group's equations.
    dt : float
        Time step in seconds.
    named_constants : bool, optional
        Whether the code names its constant factors instead of containing numbers
        (`ExponentialMidpoint`).
    per_neuron : mapping of str to numpy.ndarray, shape (n,), optional
        Values in SI of constants that differ between neurons; the namespace has their mean.
    intrinsic_rule : NeuronPlasticity or None, optional
        Rule that moves the threshold or the adaptation; None for fixed ones.

    Returns
    -------
    FiringCode
        Arguments for the group.
    """
    per_neuron = per_neuron or {}
    threshold, reset = cell.threshold, cell.reset
    if intrinsic_rule is not None:
        threshold = intrinsic_rule.write_threshold(threshold)
        reset = intrinsic_rule.write_reset(reset)
    comparison = _split_threshold(threshold)
    method = make_integrator(cell.method, namespace, dt, named_constants, per_neuron)
    constants = {"hold_time": cell.refractory_period * b2.second}
    code = {"threshold": threshold, "reset": reset, "step": cell.method}
    # The sign of a parameter decides whether an exponential raises the potential.
    numbers = {n: v for n, v in cell.brian_namespace().items() if not isinstance(v, str)}
    numbers |= {name: per_neuron[name] for name in numbers.keys() & per_neuron}
    scalars = {n: v for n, v in numbers.items() if np.ndim(v) == 0 or n in per_neuron}
    positive = [name for name, value in scalars.items() if np.all(np.asarray(value) > 0)]
    partly = [f"partly {n}" for n, v in scalars.items() if n not in positive and np.any(v > 0)]
    names = ", ".join(sorted(positive) + sorted(partly))
    code["step"] += f" with positive {names}" if "exp(" in cell.model else ""
    is_on_grid = cell.spike_timing == "step" or not reset
    if cell.refractory_condition or is_on_grid or comparison is None:
        code["refractory"] = cell.refractory_condition or "hold_time"
        return FiringCode("", constants, code, method)
    code |= {
        "threshold": "fired_at < 1",
        "reset": f"{reset}\nsteps_held = clip(fired_at, 0, 1) + hold_time/dt - 1",
        "refractory": f"steps_held > {1 - _ROUNDING!r}",
        "step": f"{code['step']}, fires at {threshold}",
    }
    never_refractory = cell.refractory_period == 0
    code["step"] += ", moves on" if never_refractory else ""
    return FiringCode(_STATE, constants, code, TimedStep(method, comparison, never_refractory))


class TimedStep(StateUpdateMethod):
    """State updater that interpolates threshold crossings and ends refractory periods in a step.

    Parameters
    ----------
    inner : str or ExponentialMidpoint
        Method that computes the whole step.
    comparison : tuple of str
        Two expressions, of which the first must exceed the second for a spike.
    never_refractory : bool
        Whether the cell has no refractory period. Then `v` counts as marked ``(unless
        refractory)`` if no variable is.
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
        """Write Brian2 abstract code for one time step."""
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
        """Write the fraction of the step before the threshold crossing; 1 without a crossing."""
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


class PrewrittenStep(StateUpdateMethod):
    """State updater whose code was written before."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __call__(self, equations: Equations, variables: Any, method_options: Any = None) -> str:
        """Return the code, whatever the equations."""
        return self.code


def prewrite_step(method: Any, equations: str) -> tuple[Any, dict[str, StepConstant]]:
    """Write the code of a time step once, and return the constants that it names.

    Parameters
    ----------
    method : str or brian2.StateUpdateMethod
        Integration method, as `write_firing` returns it.
    equations : str
        Equations of the group.

    Returns
    -------
    method : str or brian2.StateUpdateMethod
        State updater with the finished code; one of Brian2's own methods is returned unchanged.
    step_constants : dict of str to StepConstant
        Constants that the group has to define, without unit in the code.
    """
    inner = method.inner if isinstance(method, TimedStep) else method
    if not isinstance(inner, ExponentialMidpoint):
        return method, {}
    parsed = Equations(equations)
    if inner is method and _held_variables_matter(parsed):
        parsed = add_refractoriness(parsed)
    return PrewrittenStep(method(parsed, {})), inner.step_constants


def _held_variables_matter(equations: Equations) -> bool:
    """Return whether variables that change while a cell is refractory depend on ones that do not.

    Brian2 itself holds the others: then only these steps need a form for the refractory period.
    """
    frozen_names = {n for n in equations.diff_eq_names if "unless refractory" in equations[n].flags}
    flows = dict(equations.get_substituted_expressions())
    return any(
        flows[n].identifiers & frozen_names
        for n in equations.diff_eq_names
        if n not in frozen_names
    )


def _split_threshold(threshold: str) -> tuple[str, str] | None:
    """Split a threshold ``a > b`` into ``a`` and ``b``; None for any other condition."""
    comparison = re.fullmatch(r"([^<>=]+)>=?([^<>=]+)", threshold)
    if comparison is None or re.search(r"\b(and|or|not)\b", threshold):
        return None
    return comparison[1].strip(), comparison[2].strip()
