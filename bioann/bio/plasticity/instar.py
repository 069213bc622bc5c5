"""Competitive plasticity: weights follow the input that makes a cell fire."""

from __future__ import annotations

import dataclasses

from bioann.base.units import SI, dimensionless_number, quantity
from bioann.bio.plasticity.plasticity import LongTermPlasticity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class InstarSTDP(LongTermPlasticity):
    r"""Instar rule: at a postsynaptic spike the strength moves towards the presynaptic trace.

    .. math:: \text{post: } \Delta s = \eta \left(\frac{x_{pre}}{\rho_0 \tau} - s\right)

    The trace :math:`x_{pre}` grows by 1 at each presynaptic spike, when it arrives, and decays with
    :math:`\tau`. Synapses that are active when the cell fires grow, all others shrink; on average
    :math:`s` goes to :math:`\nu_{pre} / \rho_0`, by the factor :math:`1 - \eta` per postsynaptic
    spike. This is the step of a self-organising map (Kohonen 1982), :math:`\Delta w = \eta h (x -
    w)`, with the spikes of the cell as the neighbourhood `h`.

    Parameters
    ----------
    eta : float, optional
        Learning step :math:`\eta`, above 0 and at most 1.
    rate : quantity, optional
        Presynaptic rate :math:`\rho_0` for which the strength is 1, > 0.
    tau : quantity, optional
        Time constant of the trace, > 0.
    """

    eta: float = dimensionless_number(
        0.02, symbol="eta", meaning="learning step", source="bioann's default"
    )
    rate: SI = quantity(
        "Hz", 50, above=0, symbol="rho_0", meaning="presynaptic rate of strength 1",
        source="bioann's default",
    )  # fmt: skip
    tau: SI = quantity("ms", 20, above=0, symbol="tau", meaning="time constant of the trace")

    model = "dpre_trace/dt = -pre_trace/tau : 1 (event-driven)"
    on_pre = "pre_trace = pre_trace + 1\nchange = 0"
    on_post = "change = eta*(pre_trace/(rate*tau) - strength)"
    equation = '"post:" Delta s = eta (x_"pre" / (rho_0 tau) - s), quad 0 <= s <= s_"max"'
    source = "Grossberg 1976; Kohonen 1982"

    def check(self) -> None:
        """Raise `DescriptionError` unless the learning step is above 0 and at most 1."""
        super().check()
        if not 0 < self.eta <= 1:
            remedy = "Try eta=0.02; turn off with plasticity=()."
            raise self.field_error("eta", self.eta, "a number above 0 and at most 1", remedy)
