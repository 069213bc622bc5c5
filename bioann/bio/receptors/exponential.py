"""Single- and dual-exponential kinetics, shared by AMPA and GABA_A receptors."""

from __future__ import annotations

import dataclasses
from abc import ABC
from typing import Any

import numpy as np

from bioann.base.declared import from_field
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, quantity
from bioann.bio.receptors.receptor import Receptor


def check_rise_time(title: str, rise: float, tau: float) -> None:
    """Raise `DescriptionError` unless a conductance rises faster than it decays."""
    if not rise < tau:
        raise DescriptionError(
            f"{title}, rise",
            f"a rise time below the decay time, {tau * 1e3:g} ms",
            f"{rise * 1e3:g} ms",
            "Swap them if they are mixed up: the time course is the same with both exchanged.",
        )


def compute_peak_time(rise: float, tau: float) -> float:
    """Compute the time in seconds at which the difference of two exponentials peaks."""
    return rise * tau / (tau - rise) * np.log(tau / rise) if rise > 0 else 0.0


def peak_normalisation(rise: float, tau: float) -> float:
    """Compute the factor that scales the difference of two exponentials to a peak of one."""
    if rise == 0:
        return 1.0
    t = compute_peak_time(rise, tau)
    return float(1 / (np.exp(-t / tau) - np.exp(-t / rise)))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ExponentialReceptor(Receptor, ABC):
    r"""Base of receptors whose conductance is a sum of exponentials.

    .. math:: g(t) = w \, N (e^{-t/\tau} - e^{-t/\tau_r}), \quad I = g (E - v)

    with :math:`N` such that the peak is :math:`w`: **the weight is the peak conductance**.
    Without a rise time (the default) :math:`g(t) = w e^{-t/\tau}`.
    """

    tau: SI = dataclasses.field(metadata={"unit": "ms", "above": 0})
    reversal: SI = dataclasses.field(metadata={"unit": "mV"})
    rise: SI = quantity("ms", 0, at_least=0, symbol="tau_r", meaning="rise time")

    decay_time = from_field("tau")
    current = "g*(reversal - v)"
    equation = '(d g_s) / (d t) = -g_s / tau_s, quad I_"syn" = sum_s g_s (E_s - v)'

    def check(self) -> None:
        """Raise `DescriptionError` for a rise slower than the decay."""
        check_rise_time(self.title(), self.rise, self.tau)

    @property
    def model(self) -> str:
        """Brian2 equations of one decaying conductance, or of the difference of two."""
        if self.rise == 0:
            return "dg/dt = -g/tau : siemens"
        return """
        ddecaying/dt = -decaying/tau : siemens
        drising/dt = -rising/rise : siemens
        g = decaying - rising : siemens
        """

    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Return the step of the conductance, or of both exponentials, at a spike."""
        return "g += w" if self.rise == 0 else "decaying += norm*w; rising += norm*w"

    def initial_state(self, conductance: float) -> dict[str, float]:
        """Return the state in which a conductance decays with `tau`."""
        return {"g" if self.rise == 0 else "decaying": conductance}

    def code_constants(self) -> dict[str, tuple[float, str]]:
        """Return the normalisation that makes the weight the peak."""
        return {"norm": (peak_normalisation(self.rise, self.tau), "")}

    def time_course(self, t: Any) -> np.ndarray:
        """Compute the difference of exponentials, with a peak of one."""
        t = np.asarray(t, dtype=float)
        rising = np.exp(-t / self.rise) if self.rise > 0 else 0.0
        shape: np.ndarray = peak_normalisation(self.rise, self.tau) * (
            np.exp(-t / self.tau) - rising
        )
        return np.where(t < 0, 0.0, shape)

    def peak_value(self) -> float:
        """Return one: the weight is the peak."""
        return 1.0

    def time_integral(self) -> float:
        """Return the time constant, or the normalised difference of the two."""
        return float(peak_normalisation(self.rise, self.tau) * (self.tau - self.rise))

    def driving_force(self, v: float) -> float:
        """Return the driving force in volt."""
        return float(self.reversal - v)

    def time_constants(self) -> dict[str, float]:
        """Return the decay and rise time constants in seconds."""
        return {"decay": self.tau} | ({"rise": self.rise} if self.rise > 0 else {})
