"""Triplet-based spike-timing-dependent plasticity (STDP)."""

from __future__ import annotations

import dataclasses

from bioann.base.units import SI, dimensionless_number, quantity
from bioann.bio.plasticity.plasticity import LongTermPlasticity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TripletSTDP(LongTermPlasticity):
    r"""Triplet STDP: the effect of a pair of spikes grows with the preceding spikes.

    .. math:: \text{pre: } \Delta s = -o_1 (A_2^- + A_3^- r_2), \quad
              \text{post: } \Delta s = r_1 (A_2^+ + A_3^+ o_2)

    with presynaptic traces :math:`r_1, r_2` (:math:`\tau_+, \tau_x`) and postsynaptic ones
    :math:`o_1, o_2` (:math:`\tau_-, \tau_y`), each raised by one at its spike, after the change. A
    presynaptic spike counts when it arrives, after the delay of the projection.

    Parameters
    ----------
    A2_plus, A2_minus, A3_plus, A3_minus : float, optional
        Magnitude of potentiation (plus) and depression (minus) by pairs (2) and triplets (3),
        >= 0, in units of the projection's weight.
    tau_plus, tau_minus, tau_x, tau_y : quantity, optional
        Time constants of the traces, > 0; `tau_x` above `tau_plus`, `tau_y` above `tau_minus`.
    """

    A2_plus: float = dimensionless_number(5e-10, symbol="A_2^+", meaning="potentiation of a pair")
    A2_minus: float = dimensionless_number(7e-3, symbol="A_2^-", meaning="depression of a pair")
    A3_plus: float = dimensionless_number(
        6.2e-3, symbol="A_3^+", meaning="potentiation of a triplet"
    )
    A3_minus: float = dimensionless_number(
        2.3e-4, symbol="A_3^-", meaning="depression of a triplet"
    )
    tau_plus: SI = quantity("ms", 16.8, above=0, symbol="tau_+", meaning="fast presynaptic trace")
    tau_minus: SI = quantity("ms", 33.7, above=0, symbol="tau_-", meaning="fast postsynaptic trace")
    tau_x: SI = quantity("ms", 101, above=0, symbol="tau_x", meaning="slow presynaptic trace")
    tau_y: SI = quantity("ms", 125, above=0, symbol="tau_y", meaning="slow postsynaptic trace")

    model = """
    dr_one/dt = -r_one/tau_plus : 1 (event-driven)
    dr_two/dt = -r_two/tau_x : 1 (event-driven)
    do_one/dt = -o_one/tau_minus : 1 (event-driven)
    do_two/dt = -o_two/tau_y : 1 (event-driven)
    """
    on_pre = "change = -o_one*(A2_minus + A3_minus*r_two)\nr_one = r_one + 1\nr_two = r_two + 1"
    on_post = "change = r_one*(A2_plus + A3_plus*o_two)\no_one = o_one + 1\no_two = o_two + 1"
    equation = (
        '"pre:" Delta s = -o_1 (A_2^- + A_3^- r_2), quad '
        '"post:" Delta s = r_1 (A_2^+ + A_3^+ o_2), quad 0 <= s <= s_"max"'
    )
    source = "Pfister and Gerstner 2006, table 3: visual cortex, all to all, full"

    def check(self) -> None:
        """Raise `DescriptionError` if an amplitude is negative or a slow trace is too fast."""
        super().check()
        for field, amplitude in (
            ("A2_plus", self.A2_plus),
            ("A2_minus", self.A2_minus),
            ("A3_plus", self.A3_plus),
            ("A3_minus", self.A3_minus),
        ):
            if not amplitude >= 0:
                remedy = "The rule itself adds the plus terms and subtracts the minus terms."
                raise self.field_error(field, amplitude, "a number >= 0", remedy)
        remedy = "The triplet term needs a trace slower than that of the pairs."
        if not self.tau_x > self.tau_plus:
            raise self.field_error("tau_x", self.tau_x, "a time above tau_plus", remedy)
        if not self.tau_y > self.tau_minus:
            raise self.field_error("tau_y", self.tau_y, "a time above tau_minus", remedy)

    def mean_drift(self, pre: float, post: float) -> float:
        """Return the mean change in strength per second for Poisson spikes at rates in Hz."""
        up = pre * post * self.tau_plus * (self.A2_plus + self.A3_plus * post * self.tau_y)
        down = pre * post * self.tau_minus * (self.A2_minus + self.A3_minus * pre * self.tau_x)
        return float(up - down)
