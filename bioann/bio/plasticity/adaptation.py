"""Plasticity of adaptation: how strongly a neuron adapts follows its own spikes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.units import SI, brian_quantity, in_unit, quantity
from bioann.bio.cells.adapting_lif import AdaptingLIF
from bioann.bio.cells.cell import Cell
from bioann.bio.plasticity.plasticity import NeuronPlasticity

#: State variable of a neuron: its adaptation per spike minus that of its cell.
ADAPTATION_SHIFT = "adaptation_shift"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AdaptationPlasticity(NeuronPlasticity):
    r"""A change of the adaptation per spike that each spike moves, and that decays between spikes.

    .. math:: \frac{d\kappa}{dt} = -\frac{\kappa}{\tau_\kappa}, \quad
              \text{spike:} \; g_{AHP} \leftarrow g_{AHP} + \Delta g + \kappa, \;
              \kappa \leftarrow \kappa
              + \Delta\kappa \left(1 - \frac{|\kappa|}{\kappa_{max}}\right)

    A memory inside the cell, beside that of a threshold (`IntrinsicPlasticity`): use makes the
    neuron adapt more, or less with a negative step, to any later input. At a steady interval
    :math:`T` with :math:`d = e^{-T / \tau_\kappa}` its value before each spike is
    :math:`\Delta\kappa \, d / (1 - d (1 - |\Delta\kappa| / \kappa_{max}))`.

    Parameters
    ----------
    step : quantity
        Change of the adaptation per spike :math:`\Delta\kappa` in nS, not 0.
    tau : quantity
        Time constant :math:`\tau_\kappa` with which a change decays, > 0.
    bound : quantity
        Largest change :math:`\kappa_{max}` in nS, above one step, approached by ever smaller steps;
        with a negative step at most the adaptation of the cell.

    Notes
    -----
    ``Record(states={"population": {"adaptation_shift": [0]}})`` samples the course.
    """

    step: SI = quantity("nS", 0.5, symbol="Delta kappa", meaning="adaptation change per spike")
    tau: SI = quantity("ms", 2000, above=0, symbol="tau_kappa", meaning="decay of the change")
    bound: SI = quantity("nS", 5, above=0, symbol='kappa_"max"', meaning="largest change")

    equation = (
        '(d kappa) / (d t) = -kappa / tau_kappa, quad "spike" => g_"AHP" <- g_"AHP" + Delta g + '
        'kappa, quad kappa <- kappa + Delta kappa (1 - abs(kappa) / kappa_"max")'
    )
    source = "form: as that of a threshold, bioann's; values: bioann's default"

    def check(self) -> None:
        """Raise `DescriptionError` for a step of 0, or one that the bound does not allow."""
        if self.step == 0:
            remedy = "Leave the rule out, or give a step such as 0.5 * nS."
            raise self.field_error("step", "0 nS", "a change other than 0", remedy)
        if self.bound <= abs(self.step):
            expected = f"more than one step, {in_unit(abs(self.step), 'nS'):g} nS"
            remedy = "Lower the step, or raise the bound."
            raise self.field_error("bound", f"{in_unit(self.bound, 'nS'):g} nS", expected, remedy)

    def check_cell(self, cell: Cell, owner: str) -> None:
        """Raise `DescriptionError` if the cell does not adapt, or its adaptation may go below 0."""
        title = f"{owner}, intrinsic_plasticity"
        if not isinstance(cell, AdaptingLIF):
            remedy = "Use AdaptingLIF(), or IntrinsicPlasticity, which moves the threshold."
            raise DescriptionError(title, "a cell that adapts", type(cell).__name__, remedy)
        lowest = float(np.min(cell.delta_g))
        if self.step < 0 and self.bound > lowest:
            expected = f"a bound of at most the adaptation per spike, {in_unit(lowest, 'nS'):g} nS"
            got = f"{in_unit(self.bound, 'nS'):g} nS"
            remedy = "Lower the bound, or raise delta_g: a conductance is not negative."
            raise DescriptionError(title, expected, got, remedy)

    @property
    def model(self) -> str:  # type: ignore[override]
        """Brian2 equation of the decay between spikes."""
        return f"d{ADAPTATION_SHIFT}/dt = -{ADAPTATION_SHIFT}/adaptation_decay : siemens"

    def write_reset(self, reset: str) -> str:
        """Return the Brian2 code after a spike: that of the cell, and both steps."""
        change = f"adaptation_step*(1 - {ADAPTATION_SHIFT}/adaptation_bound)"
        return (
            f"{reset}\ng_AHP += {ADAPTATION_SHIFT}\n"
            f"{ADAPTATION_SHIFT} = {ADAPTATION_SHIFT} + {change}"
        )

    def brian_namespace(self) -> dict[str, Any]:
        """Return the constants of the code; the bound has the sign of the step."""
        return {
            "adaptation_step": brian_quantity(self.step, "nS"),
            "adaptation_decay": brian_quantity(self.tau, "ms"),
            "adaptation_bound": brian_quantity(float(np.copysign(self.bound, self.step)), "nS"),
        }
