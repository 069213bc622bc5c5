"""Synapses that step a variable of the cell's own equations."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.bio.receptors.current_based import CurrentBasedReceptor


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class VariableStep(CurrentBasedReceptor):
    r"""A step of a variable of the cell at each spike: :math:`x \leftarrow x \pm w`.

    For cells whose equations contain the effect of their synapses, such as a gating variable or a
    recovery variable. The effect on the potential is known to these equations alone: theories that
    need its time course have none, and measure the cell instead.

    Parameters
    ----------
    variable : str
        Variable of the cell.
    increment : str, optional
        Brian2 unit by which a weight of 1 mV steps the variable; ``"1"`` for a number.
    """

    variable: str = dataclasses.field(kw_only=True)
    increment: str = "1"

    name = "step of a variable"
    decay_time = 0.0
    weight_unit = "mV"
    linear = False
    model = ""
    equation = 'x <- x plus.minus w_s "at each spike of" s'
    source = "the equations of the cell"

    def check(self) -> None:
        """Raise `DescriptionError` without the name of a variable."""
        super().check()
        if not self.variable.isidentifier():
            expected, remedy = "the name of a variable of the cell", "Write variable='x'."
            raise DescriptionError("VariableStep, variable", expected, repr(self.variable), remedy)

    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Return the step of the variable."""
        return f"{self.variable}_post += sign*w/mV*({self.increment})"

    def time_course(self, t: Any) -> np.ndarray:
        """Raise `DescriptionError`: only the cell's equations know the effect."""
        raise self._refuse_theory()

    def peak_value(self) -> float:
        """Return one: the weight is the step of the variable."""
        return 1.0

    def time_integral(self) -> float:
        """Raise `DescriptionError`: only the cell's equations know the effect."""
        raise self._refuse_theory()

    def charge_per_spike(self, weight: float, v: float, capacitance: float) -> float:
        """Raise `DescriptionError`: only the cell's equations know the effect."""
        raise self._refuse_theory()

    def time_constants(self) -> dict[str, float]:
        """Return none: a step is exact at any time step."""
        return {}

    def _refuse_theory(self) -> DescriptionError:
        expected = "a synapse whose effect on the potential has a time course of its own"
        got = f"steps of {self.variable}, whose effect the equations of the cell decide"
        return DescriptionError("VariableStep", expected, got, "Use method='measured'.")
