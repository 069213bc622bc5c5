"""Single- and dual-exponential kinetics: what AMPA and GABA_A receptors share."""

from __future__ import annotations

import dataclasses
from abc import ABC
from typing import Any

import numpy as np

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
            "Swap the two if they are mixed up: exchanging them gives the same course.",
        )


def compute_peak_time(rise: float, tau: float) -> float:
    """Give the time in seconds at which the difference of two exponentials peaks."""
    return rise * tau / (tau - rise) * np.log(tau / rise) if rise > 0 else 0.0


def peak_normalisation(rise: float, tau: float) -> float:
    """Give the factor that makes the difference of two exponentials peak at one."""
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

    current = "g*(reversal - v)"
    equation = '(d g_s) / (d t) = -g_s / tau_s, quad I_"syn" = sum_s g_s (E_s - v)'

    def check(self) -> None:
        """Raise `DescriptionError` for a rise that is slower than the decay."""
        check_rise_time(self.title(), self.rise, self.tau)

    @property
    def model(self) -> str:
        """One decaying conductance, or the difference of two: both exact at any step."""
        if self.rise == 0:
            return "dg/dt = -g/tau : siemens"
        return """
        ddecaying/dt = -decaying/tau : siemens
        drising/dt = -rising/rise : siemens
        g = decaying - rising : siemens
        """

    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Raise the conductance by the weight, or start the course that peaks there."""
        return "g += w" if self.rise == 0 else "decaying += norm*w; rising += norm*w"

    def code_constants(self) -> dict[str, tuple[float, str]]:
        """Give the factor that makes the weight the peak."""
        return {"norm": (peak_normalisation(self.rise, self.tau), "")}

    def time_course(self, t: Any) -> np.ndarray:
        """Give the difference of exponentials, peak one."""
        t = np.asarray(t, dtype=float)
        rising = np.exp(-t / self.rise) if self.rise > 0 else 0.0
        shape: np.ndarray = peak_normalisation(self.rise, self.tau) * (
            np.exp(-t / self.tau) - rising
        )
        return np.where(t < 0, 0.0, shape)

    def peak_value(self) -> float:
        """Give one: the weight is the peak."""
        return 1.0

    def time_integral(self) -> float:
        """Give the time constant, or the normalised difference of the two."""
        return float(peak_normalisation(self.rise, self.tau) * (self.tau - self.rise))

    def driving_force(self, v: float) -> float:
        """Give the driving force in volt."""
        return float(self.reversal - v)

    def time_constants(self) -> dict[str, float]:
        """Give decay and rise in seconds."""
        return {"decay": self.tau} | ({"rise": self.rise} if self.rise > 0 else {})
