"""Inhibitory plasticity that balances excitation."""

from __future__ import annotations

import dataclasses

from bioann.base.units import SI, quantity
from bioann.bio.plasticity.plasticity import LongTermPlasticity, dimensionless_number


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class InhibitorySTDP(LongTermPlasticity):
    r"""Coincidence in any order strengthens; a presynaptic spike alone weakens.

    .. math:: \text{pre: } \Delta s = \eta (x_{post} - \alpha), \quad
              \text{post: } \Delta s = \eta x_{pre}, \quad \alpha = 2 \rho_0 \tau

    On average :math:`\Delta s \propto \nu_{pre} (2 \tau \nu_{post} - \alpha)`: inhibition grows
    until the target fires at :math:`\rho_0`.

    Parameters
    ----------
    eta : float, optional
        Step in units of the projection's weight.
    rate : quantity, optional
        Target rate of the postsynaptic neurons.
    tau : quantity, optional
        Of both traces.
    """

    eta: float = dimensionless_number(
        0.01, symbol="eta", meaning="learning step", source="bioann's default"
    )
    rate: SI = quantity(
        "Hz", 5, above=0, symbol="rho_0", meaning="target rate", source="bioann's default"
    )
    tau: SI = quantity("ms", 20, above=0, symbol="tau", meaning="inhibitory window")

    model = """
    dpre_trace/dt = -pre_trace/tau : 1 (event-driven)
    dpost_trace/dt = -post_trace/tau : 1 (event-driven)
    """
    on_pre = "pre_trace = pre_trace + 1\nchange = eta*(post_trace - 2*rate*tau)"
    on_post = "post_trace = post_trace + 1\nchange = eta*pre_trace"
    equation = (
        '"pre:" Delta s = eta (x_"post" - 2 rho_0 tau), quad "post:" Delta s = eta x_"pre", quad '
        '0 <= s <= s_"max"'
    )
    source = "Vogels et al. 2011"

    def check(self) -> None:
        """Raise `DescriptionError` for a step that is not above zero."""
        super().check()
        if not self.eta > 0:
            raise self.field_error(
                "eta", "a number above 0", "Try eta=0.01; turn off with plasticity=()."
            )

    def mean_drift(self, pre: float, post: float) -> float:
        """Give the mean change per second for independent Poisson spikes at two rates (Hz)."""
        return float(self.eta * pre * 2 * self.tau * (post - self.rate))
