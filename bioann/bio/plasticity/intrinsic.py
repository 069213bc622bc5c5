"""Intrinsic plasticity: the threshold of a neuron follows its own spikes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.units import SI, brian_quantity, in_unit, quantity
from bioann.bio.cells.cell import Cell
from bioann.bio.plasticity.plasticity import NeuronPlasticity

#: State variable of a neuron: its threshold minus that of its cell, which a recording can sample.
THRESHOLD_SHIFT = "threshold_shift"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class IntrinsicPlasticity(NeuronPlasticity):
    r"""A threshold that each spike of the neuron moves, and that drifts back between spikes.

    .. math:: \frac{d\theta}{dt} = -\rho \, \Delta\theta - \frac{\theta}{\tau_\theta}, \quad
              \text{spike:} \; \theta \leftarrow \theta
              + \Delta\theta \left(1 - \frac{|\theta|}{\theta_{max}}\right)

    and the cell fires at :math:`v > V_{th} + \theta`. Terms whose parameter is not given are left
    out. Two uses:

    - *Homeostasis*: a positive step and a target. Without decay the mean rate settles at
      :math:`\rho`, whatever the input, the cell and the step, because in a steady state the rise
      per spike balances the drift. With decay, at :math:`\rho + \theta/(\tau_\theta\Delta\theta)`.
    - *Memory inside the cell*: a negative step, a decay and a bound. At a steady rate
      :math:`\nu` the threshold is lowered by
      :math:`x \theta_{max} / (x + \theta_{max})`, :math:`x = |\Delta\theta| \nu \tau_\theta`, and
      without spikes the change is forgotten with the time constant :math:`\tau_\theta`.

    Parameters
    ----------
    step : quantity, optional
        Change of the threshold per spike :math:`\Delta\theta`, not 0: positive makes the neuron
        less excitable by use, negative more.
    target : quantity, optional
        Target rate :math:`\rho`, >= 0; below 1 / refractory period of the cell.
    tau : quantity or None, optional
        Time constant :math:`\tau_\theta` with which a change decays, > 0; None for no decay.
    bound : quantity or None, optional
        Largest change :math:`\theta_{max}`, > 0, approached by ever smaller steps; None for no
        bound. Only without a target, which the neuron would miss.

    Notes
    -----
    The drift is part of the neuron's equations, and the crossing of the moving threshold is timed
    within its step (`bioann.bio.integration.spike_timing`). A run starts at the threshold of the
    cell. ``Record(states={"population": {"threshold_shift": [0]}})`` samples the course.
    """

    step: SI = quantity("mV", 0.05, symbol="Delta theta", meaning="threshold change per spike")
    target: SI = quantity("Hz", 0, at_least=0, symbol="rho", meaning="target rate")
    tau: SI | None = quantity(
        "ms", optional=True, above=0, symbol="tau_theta", meaning="decay of a threshold change"
    )
    bound: SI | None = quantity(
        "mV", optional=True, above=0, symbol='theta_"max"', meaning="largest threshold change"
    )

    equation = (
        "(d theta) / (d t) = -rho Delta theta - theta / tau_theta, quad "
        '"spike" => theta <- theta + Delta theta (1 - abs(theta) / theta_"max"), quad '
        'v > V_"th" + theta => "spike"'
    )
    source = "form: Lazar, Pipa and Triesch 2009; bioann's default"

    def check(self) -> None:
        """Raise `DescriptionError` for a threshold that would run away."""
        if self.step == 0:
            remedy = "Leave the rule out, or give a step such as 0.05 * mV."
            raise self.field_error("step", "0 mV", "a change other than 0", remedy)
        if self.step < 0:
            self._check_lowering()
        elif not self.target and self.tau is None:
            remedy = "Give a target (homeostasis), or tau (a threshold that use raises)."
            raise self.field_error("target", "0 Hz", "what stops the rise per spike", remedy)
        if self.bound is None:
            return
        if self.target:
            remedy = "Leave the bound out: a bounded threshold misses its target."
            raise self.field_error("bound", self._in_mv("bound"), "None with a target", remedy)
        if self.bound <= abs(self.step):
            remedy = "Lower the step, or raise the bound."
            expected = f"more than one step, {in_unit(abs(self.step), 'mV'):g} mV"
            raise self.field_error("bound", self._in_mv("bound"), expected, remedy)

    def _check_lowering(self) -> None:
        """Check a threshold that use lowers: more spikes lower it further."""
        if self.target:
            remedy = "Use a positive step: above its target a neuron has to become less excitable."
            raise self.field_error("step", self._in_mv("step"), "above 0 with a target", remedy)
        for field in ("tau", "bound"):
            if getattr(self, field) is None:
                expected = "a value with a negative step"
                remedy = "Each spike makes the next one easier: give tau and bound, e.g. 5 * mV."
                raise self.field_error(field, "None", expected, remedy)

    def _in_mv(self, field: str) -> str:
        return f"{in_unit(getattr(self, field), 'mV'):g} mV"

    def check_cell(self, cell: Cell, owner: str) -> None:
        """Raise `DescriptionError` if a cell cannot have this rule.

        It needs a sharp threshold that stays above its reset, and a refractory period that allows
        the target rate.
        """
        title = f"{owner}, intrinsic_plasticity"
        is_sharp = np.all(cell.spike_onset_width == 0) and not cell.refractory_condition
        if not is_sharp or not cell.reset:
            remedy = "Use LIF() or AdaptingLIF(): other cells shape the onset of their spikes."
            raise DescriptionError(
                title, "a cell with a sharp threshold", type(cell).__name__, remedy
            )
        period = float(np.max(cell.refractory_period))
        if self.target * period >= 1:
            expected = f"a target below 1 / refractory period, {1 / period:.4g} Hz"
            remedy = "Lower the target, or shorten t_ref."
            raise DescriptionError(title, expected, f"{self.target:g} Hz", remedy)
        distance = float(np.min(cell.firing_threshold - cell.reset_potential))
        if self.step < 0 and self.bound is not None and self.bound >= distance:
            expected = f"a bound below threshold - reset, {in_unit(distance, 'mV'):g} mV"
            remedy = "A cell that resets above its threshold never stops firing."
            raise DescriptionError(title, expected, self._in_mv("bound"), remedy)

    @property
    def model(self) -> str:  # type: ignore[override]
        """Brian2 equation of the drift between spikes."""
        terms = ["-threshold_step*threshold_target"] if self.target else []
        terms += [f"-{THRESHOLD_SHIFT}/threshold_decay"] if self.tau is not None else []
        return f"d{THRESHOLD_SHIFT}/dt = {' '.join(terms)} : volt"

    def write_threshold(self, threshold: str) -> str:
        """Return the Brian2 condition of a spike: that of the cell, with the shifted threshold."""
        return f"{threshold} + {THRESHOLD_SHIFT}"

    def write_reset(self, reset: str) -> str:
        """Return the Brian2 code after a spike: that of the cell, and the step."""
        factor = f"*(1 - {THRESHOLD_SHIFT}/threshold_bound)" if self.bound is not None else ""
        return f"{reset}\n{THRESHOLD_SHIFT} = {THRESHOLD_SHIFT} + threshold_step{factor}"

    def brian_namespace(self) -> dict[str, Any]:
        """Return the constants of the code; the bound has the sign of the step."""
        namespace = {
            "threshold_step": brian_quantity(self.step, "mV"),
            "threshold_target": brian_quantity(self.target, "Hz"),
        }
        if self.tau is not None:
            namespace["threshold_decay"] = brian_quantity(self.tau, "ms")
        if self.bound is not None:
            signed_bound = float(np.copysign(self.bound, self.step))
            namespace["threshold_bound"] = brian_quantity(signed_bound, "mV")
        return namespace
