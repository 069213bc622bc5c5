"""The NMDA receptor: slow, saturating, and blocked by magnesium below threshold."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.declared import from_field
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, dimensionless_number, quantity
from bioann.bio.receptors.exponential import check_rise_time, peak_normalisation
from bioann.bio.receptors.receptor import Receptor

_BLOCK = "Jahr and Stevens 1990"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class NMDA(Receptor, by_name=True):
    r"""Slow excitation by glutamate, blocked by magnesium unless the cell is depolarised.

    .. math:: I = g B(v) (E - v), \quad
              B(v) = \frac{1}{1 + \frac{[Mg]}{K} e^{-v/V_B}}, \quad
              g(t) = w f N (e^{-t/\tau} - e^{-t/\tau_r})

    and :math:`f = 1 - b` is the share of receptors that the synapse's earlier spikes left free:
    a spike binds a share :math:`p` of them, which unbind with :math:`\tau`. **The weight is the
    peak of the unblocked conductance after one spike at a rested synapse**; spikes in quick
    succession reach :math:`w / p` at most.

    Parameters
    ----------
    tau, rise : quantity, optional
        Decay and rise time constants (ms), the rise below the decay.
    reversal : quantity, optional
        Reversal potential (mV) of the conductance.
    magnesium : quantity, optional
        Extracellular magnesium (mM), at least 0; 0 removes the block.
    half, slope : quantity, optional
        Magnesium (mM) that halves the conductance at 0 mV, and e-fold potential (mV) of the block.
    occupancy : float, optional
        Share `p` of the free receptors that one spike binds, in [0, 1); with 0 the synapse never
        saturates.

    Notes
    -----
    The block is held at its value at the start of a time step, so that cells integrated by
    exponential Euler stay linear in their potential within it. A background of unnamed fibres
    cannot saturate: every spike arrives at a rested synapse.
    """

    tau: SI = quantity("ms", 100, above=0, symbol="tau", meaning="NMDA decay time")
    reversal: SI = quantity("mV", 0, symbol="E", meaning="NMDA reversal potential")
    rise: SI = quantity("ms", 2, at_least=0, symbol="tau_r", meaning="NMDA rise time")
    magnesium: SI = quantity(
        "mM", 1, at_least=0, symbol='["Mg"]', meaning="magnesium", source="Wang 2002"
    )
    half: SI = quantity(
        "mM", 3.57, above=0, symbol="K", meaning="magnesium of half block at 0 mV", source=_BLOCK
    )
    # Published as 0.062 per mV.
    slope: SI = quantity(
        "mV", 1 / 0.062, above=0, symbol="V_B", meaning="e-fold potential of block", source=_BLOCK
    )
    # alpha_s = 0.5/ms for a transmitter pulse that decays in 2 ms binds 1 - exp(-1).
    occupancy: float = dimensionless_number(
        0.63, symbol="p", meaning="share of free NMDA receptors that a spike binds"
    )

    name = "NMDA"
    transmitter = "glutamate"
    decay_time = from_field("tau")
    current = "g*block*(reversal - v)"
    equation = (
        "(d g_s) / (d t) = -g_s / tau_s, quad I = sum_s g_s B(v) (E - v), quad "
        'B(v) = 1 / (1 + ["Mg"] \\/ K e^(-v \\/ V_B)), quad "spike:" g_s <- g_s + w (1 - b), '
        "b <- b + p (1 - b)"
    )
    source = "Wang 2002"

    def check(self) -> None:
        """Raise `DescriptionError` for an occupancy outside [0, 1) or a slow rise."""
        check_rise_time(self.title(), self.rise, self.tau)
        if not 0 <= self.occupancy < 1:
            raise DescriptionError(
                f"{self.title()}, occupancy",
                "a share of the receptors, 0 <= occupancy < 1",
                repr(self.occupancy),
                "Use 0 for a synapse that never saturates, or 0.63 as in Wang 2002.",
            )

    @property
    def model(self) -> str:
        """Brian2 equations of the two exponentials and the block."""
        rising = (
            "drising/dt = -rising/rise : siemens"
            if self.rise > 0
            else "rising = 0*siemens : siemens"
        )
        return f"""
        ddecaying/dt = -decaying/tau : siemens
        {rising}
        g = decaying - rising : siemens
        block = 1/(1 + magnesium/half*exp(-v/slope)) : 1 (constant over dt)
        """

    @property
    def per_synapse(self) -> str:  # type: ignore[override]
        """Brian2 equation of the share of receptors that are bound."""
        return "dbound/dt = -bound/tau : 1 (event-driven)" if self.occupancy > 0 else ""

    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Return the step at a spike; a synapse that has just fired has fewer free receptors."""
        saturating = has_synapse_state and self.occupancy > 0
        bind = "free = 1 - bound; bound += occupancy*free; " if saturating else ""
        step = "norm*w*free" if saturating else "norm*w"
        return f"{bind}decaying += {step}" + (f"; rising += {step}" if self.rise > 0 else "")

    def initial_state(self, conductance: float) -> dict[str, float]:
        """Return the state in which an unblocked conductance decays with `tau`."""
        return {"decaying": conductance}

    def code_constants(self) -> dict[str, tuple[float, str]]:
        """Return the normalisation that makes the weight the peak, and the occupancy."""
        return {
            "norm": (peak_normalisation(self.rise, self.tau), ""),
            "occupancy": (self.occupancy, ""),
        }

    def time_course(self, t: Any) -> np.ndarray:
        """Compute the unblocked conductance after one spike, with a peak of one."""
        t = np.asarray(t, dtype=float)
        rising = np.exp(-t / self.rise) if self.rise > 0 else 0.0
        return np.where(
            t < 0, 0.0, peak_normalisation(self.rise, self.tau) * (np.exp(-t / self.tau) - rising)
        )

    def peak_value(self) -> float:
        """Return one: the weight is the unblocked peak."""
        return 1.0

    def time_integral(self) -> float:
        """Return the integral of the unblocked conductance in seconds."""
        return float(peak_normalisation(self.rise, self.tau) * (self.tau - self.rise))

    def unblocked_fraction(self, v: Any) -> np.ndarray:
        """Compute the unblocked share of the conductance at potential `v` (volt)."""
        return np.asarray(
            1 / (1 + self.magnesium / self.half * np.exp(-np.asarray(v) / self.slope))
        )

    def free_fraction(self, interval: float) -> float:
        """Compute the share of free receptors in a train of spikes `interval` seconds apart."""
        decay = np.exp(-interval / self.tau)
        return float(1 - self.occupancy * decay / (1 - (1 - self.occupancy) * decay))

    def driving_force(self, v: float) -> float:
        """Return the driving force in volt times the unblocked share."""
        return float(self.unblocked_fraction(v) * (self.reversal - v))

    def time_constants(self) -> dict[str, float]:
        """Return the decay and rise time constants in seconds."""
        return {"decay": self.tau} | ({"rise": self.rise} if self.rise > 0 else {})
