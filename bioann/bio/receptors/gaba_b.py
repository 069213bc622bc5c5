"""The GABA_B receptor: slow inhibition that needs more than one spike."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.units import SI, dimensionless_number, quantity
from bioann.bio.receptors.receptor import Receptor


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GABA_B(Receptor, by_name=True):
    r"""Slow inhibition by potassium channels that several G-proteins open together.

    .. math:: \frac{dr}{dt} = -\frac{r}{\tau_r}, \quad
              \frac{ds}{dt} = k r - \frac{s}{\tau_s}, \quad
              g = \bar g \frac{s^n}{s^n + K}, \quad I = g (E - v)

    A spike binds a share `occupancy` of the free receptors of its synapse at once (a transmitter
    pulse of 0.5 mM for 0.3 ms at 0.09 per mM and ms binds 0.0134). `r` and the G-protein `s` are
    pools of the cell: synapse `i` contributes to `r` by its share of :math:`\bar g`, the sum of
    all weights onto the cell. **The weight is the conductance with all channels open**: one
    spike opens few, a burst or many synapses together open many.

    Parameters
    ----------
    reversal : quantity, optional
        Reversal potential (mV), that of potassium.
    tau_bound, tau_protein : quantity, optional
        Mean times (ms) that receptors stay bound and G-protein stays active, 1/K2 and 1/K4;
        `tau_protein` is the shorter.
    production : quantity, optional
        Rate K3 (Hz) at which bound receptors activate G-protein, in micromolar per second.
    dissociation : float, optional
        Dissociation constant of G-protein and channel, in micromolar to the power of
        `cooperativity`; above 0.
    cooperativity : float, optional
        Number of G-proteins that open a channel, above 0.
    occupancy : float, optional
        Share of the free receptors that one spike binds, in (0, 1).
    """

    reversal: SI = quantity("mV", -95, symbol="E", meaning="GABA_B reversal potential")
    tau_bound: SI = quantity(
        "ms", 1e3 / 1.2, above=0, symbol="tau_r", meaning="GABA_B unbinding time"
    )
    tau_protein: SI = quantity(
        "ms", 1e3 / 34, above=0, symbol="tau_s", meaning="G-protein lifetime"
    )
    production: SI = quantity(
        "Hz", 180, above=0, symbol="k", meaning="G-protein per bound receptor"
    )
    dissociation: float = dimensionless_number(
        100.0, symbol="K", meaning="G-protein that half opens the channel, in uM, to the power n"
    )
    cooperativity: float = dimensionless_number(
        4.0, symbol="n", meaning="G-proteins per GABA_B channel"
    )
    # 0.5 mM for 0.3 ms at 0.09 /(mM ms).
    occupancy: float = dimensionless_number(
        0.0134, symbol="p", meaning="share of free GABA_B receptors that a spike binds"
    )

    name = "GABA_B"
    transmitter = "GABA"
    linear = False
    per_synapse = "dbound/dt = -bound/tau_bound : 1 (event-driven)"
    current = "g*(reversal - v)"
    equation = (
        "(d r) / (d t) = -r / tau_r, quad (d s) / (d t) = k r - s / tau_s, quad "
        "I = overline(g) s^n / (s^n + K) (E - v)"
    )
    source = "Destexhe, Mainen and Sejnowski 1998"

    def check(self) -> None:
        """Raise `DescriptionError` for parameters outside their range."""
        for field, is_valid, expected in (
            ("dissociation", self.dissociation > 0, "a number above 0"),
            ("cooperativity", self.cooperativity > 0, "a number above 0"),
            ("occupancy", 0 < self.occupancy < 1, "a share of the receptors, 0 < occupancy < 1"),
            ("tau_protein", self.tau_protein < self.tau_bound, "a time below tau_bound"),
        ):
            if not is_valid:
                got = repr(getattr(self, field))
                remedy = f"The published one is {getattr(type(self)(), field):.4g}."
                raise DescriptionError(f"{self.title()}, {field}", expected, got, remedy)

    @property
    def decay_time(self) -> float:
        """Decay of the conductance after one spike in seconds: it follows a power of the pool."""
        return float(self.tau_bound / self.cooperativity)

    @property
    def model(self) -> str:
        """Brian2 equations of both pools as decaying exponentials, exact at any step."""
        return """
        dbinding/dt = -binding/tau_bound : 1
        dlagging/dt = -lagging/tau_protein : 1
        protein = clip(gain*(binding - lagging), 0, inf) : 1
        g = total*protein**cooperativity/(protein**cooperativity + dissociation) : siemens
        total : siemens (constant)
        """

    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Return the step of both pools: a share of the synapse's free receptors is bound."""
        return (
            "fresh = occupancy*(1 - bound); bound += fresh; "
            "binding += fresh*w/total; lagging += fresh*w/total"
        )

    def code_constants(self) -> dict[str, tuple[float, str]]:
        """Return the dimensionless parameters, and the G-protein per bound receptor."""
        gain = self.production / (1 / self.tau_protein - 1 / self.tau_bound)
        return {
            "gain": (gain, ""),
            "dissociation": (self.dissociation, ""),
            "cooperativity": (self.cooperativity, ""),
            "occupancy": (self.occupancy, ""),
        }

    def protein_time_course(self, t: Any) -> np.ndarray:
        """Compute the G-protein in micromolar `t` seconds after one spike at a rested synapse."""
        t = np.asarray(t, dtype=float)
        difference = np.exp(-t / self.tau_bound) - np.exp(-t / self.tau_protein)
        return np.where(t < 0, 0.0, self.occupancy * self.code_constants()["gain"][0] * difference)

    def open_fraction(self, protein: Any) -> np.ndarray:
        """Compute the share of channels that a concentration of G-protein opens."""
        power = np.asarray(protein) ** self.cooperativity
        return np.asarray(power / (power + self.dissociation))

    def time_course(self, t: Any) -> np.ndarray:
        """Compute the share of channels open after one spike."""
        return self.open_fraction(self.protein_time_course(t))

    def peak_value(self) -> float:
        """Return the share of channels open at the peak of the G-protein."""
        slow, fast = self.tau_bound, self.tau_protein
        return float(self.time_course(slow * fast / (slow - fast) * np.log(slow / fast)))

    def time_integral(self) -> float:
        """Integrate the share of open channels, on a grid that resolves the faster pool."""
        t = np.arange(0.0, 12 * self.tau_bound, self.tau_protein / 200)
        return float(np.trapezoid(self.time_course(t), t))

    def driving_force(self, v: float) -> float:
        """Return the driving force in volt."""
        return float(self.reversal - v)

    def time_constants(self) -> dict[str, float]:
        """Return the lifetime of the G-protein in seconds."""
        return {"G-protein lifetime": self.tau_protein}
