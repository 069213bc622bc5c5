"""Inhibitory STDP that balances excitation."""

from __future__ import annotations

import dataclasses

from bioann.base.units import SI, dimensionless_number, quantity
from bioann.bio.plasticity.plasticity import LongTermPlasticity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class InhibitorySTDP(LongTermPlasticity):
    r"""Inhibitory STDP: spike pairs in either order potentiate, lone presynaptic spikes depress.

    .. math:: \text{pre: } \Delta s = \eta (x_{post} - \alpha), \quad
              \text{post: } \Delta s = \eta x_{pre}, \quad \alpha = 2 \rho_0 \tau

    On average :math:`\Delta s \propto \nu_{pre} (2 \tau \nu_{post} - \alpha)`: inhibition grows
    until the target fires at :math:`\rho_0`. A presynaptic spike counts when it arrives, after the
    delay of the projection.

    Parameters
    ----------
    eta : float, optional
        Learning step, > 0, in units of the projection's weight.
    rate : quantity, optional
        Target rate :math:`\rho_0` of the postsynaptic neurons, > 0.
    tau : quantity, optional
        Time constant of both traces, > 0.
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
        """Raise `DescriptionError` if the learning step is not positive."""
        super().check()
        if not self.eta > 0:
            remedy = "Try eta=0.01; turn off with plasticity=()."
            raise self.field_error("eta", self.eta, "a number above 0", remedy)

    def mean_drift(self, pre: float, post: float) -> float:
        """Return the mean change in strength per second for Poisson spikes at rates in Hz."""
        return float(self.eta * pre * 2 * self.tau * (post - self.rate))
