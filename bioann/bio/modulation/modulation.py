"""Neuromodulation: concentration over time, dose-response curve, and effect."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.description import Description
from bioann.base.errors import DescriptionError, StimulusError
from bioann.base.text import check_identifier, check_names, shorten_repr
from bioann.base.units import SI, in_unit, quantity
from bioann.bio.modulation.effects import (
    Excitability,
    ModulationEffect,
    PlasticityGate,
    SynapticGain,
)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Modulator(Description):
    r"""A substance whose extracellular concentration follows a stimulus channel or a population.

    .. math:: \frac{dc}{dt} = \frac{c_0 + a(t) c_1 - c}{\tau} \quad \text{or} \quad
              \frac{dc}{dt} = \frac{c_0 - c}{\tau}, \;
              \text{spike of the population:} \; c \leftarrow c + q

    At a steady rate :math:`\nu` of each of `N` neurons that release it, the mean concentration is
    :math:`c_0 + \nu N q \tau`. It is the same for all cells and synapses that it acts on.

    Parameters
    ----------
    name : str
        Name of the substance, not empty.
    concentration : quantity, optional
        Increase in concentration at activation 1, > 0.
    baseline : quantity, optional
        Concentration at activation 0, >= 0.
    clearance : quantity, optional
        Time constant of uptake or breakdown, >= 0; at zero the concentration follows the channel
        without delay.
    channel : str, optional
        Name of the stimulus channel; `name` by default. Empty for a substance that neurons release.
    source : str, optional
        Reference for the parameter values, shown in reports.
    population : str, optional
        Name of the population that releases it; empty for a substance that follows a channel.
    release : quantity, optional
        Rise of the concentration per spike :math:`q` of any neuron of `population`, > 0 with one.
    """

    name: str
    concentration: SI = quantity("uM", 1, above=0, symbol="c_1", meaning="added at activation 1")
    baseline: SI = quantity("uM", 0, at_least=0, symbol="c_0", meaning="tonic concentration")
    clearance: SI = quantity("ms", 0, at_least=0, symbol="tau_c", meaning="clearance time")
    channel: str = ""
    source: str = "the pair"
    population: str = ""
    release: SI = quantity("uM", 0, at_least=0, symbol="q", meaning="released by a spike")

    def check(self) -> None:
        """Check the name and what the concentration follows; the default channel is the name."""
        if self.population:
            self._check_release()
            return
        if self.release:
            remedy = "Name the population whose spikes release it."
            raise self._field_error("population", "one that releases", "none", remedy)
        self.set_field("channel", self.channel or self.name)
        check_names((self.name, self.channel), "Modulator, name")

    def _check_release(self) -> None:
        """Check a substance that neurons release."""
        check_identifier(self.name, "Modulator, name")
        if self.channel:
            remedy = "Leave channel out, or let a channel drive the population."
            raise self._field_error("channel", "none with a population", self.channel, remedy)
        for field, value in (("release", self.release), ("clearance", self.clearance)):
            if not value > 0:
                remedy = "A modulator that nothing releases or clears acts on nothing."
                raise self._field_error(field, "a value above 0 with a population", "0", remedy)

    def _field_error(self, field: str, expected: str, got: str, remedy: str) -> DescriptionError:
        return DescriptionError(f"{self.title()}, {field}", expected, got, remedy)

    def compute_steady_concentration(self, rate: Any, n: int) -> Any:
        """Compute the mean concentration at a steady rate of the population that releases it.

        Parameters
        ----------
        rate : float or numpy.ndarray
            Firing rate of each neuron in Hz.
        n : int
            Number of neurons that release the modulator.

        Returns
        -------
        float or numpy.ndarray
            Concentration in SI (mol per cubic metre), of the shape of `rate`.
        """
        return self.baseline + rate * n * self.release * self.clearance

    def compute_concentration(self, activation: np.ndarray, dt: float) -> np.ndarray:
        """Compute the mean concentration in each stimulus step.

        Parameters
        ----------
        activation : numpy.ndarray, shape (condition, time)
            Activation of the channel. The concentration starts at the steady state of the first
            step.
        dt : float
            Stimulus step in seconds.

        Returns
        -------
        numpy.ndarray, shape (condition, time)
            Concentration in SI (mol per cubic metre); for a substance that follows a channel.

        Raises
        ------
        StimulusError
            If a concentration would be negative.
        """
        steady = self.baseline + activation * self.concentration
        if (steady < 0).any():
            raise StimulusError(
                f"stimulus channel {self.channel!r}",
                f"no negative concentration of {self.name}",
                f"{in_unit(float(steady.min()), 'uM'):g} uM",
                "Raise the baseline until no concentration is negative.",
            )
        if self.clearance == 0:
            return steady
        decay = np.exp(-dt / self.clearance)
        mean_share = self.clearance / dt * (1 - decay)
        concentration, mean = steady[:, 0], np.empty_like(steady)
        for k in range(steady.shape[1]):
            mean[:, k] = steady[:, k] + (concentration - steady[:, k]) * mean_share
            concentration = steady[:, k] + (concentration - steady[:, k]) * decay
        return mean


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Hill(Description):
    r"""Hill dose-response curve: effect of a concentration, relative to the maximal effect.

    .. math:: E = \frac{[A]^n}{[A]^n + (EC_{50} (1 + [B] / K_B))^n}

    A competitive antagonist `B` shifts the curve to the right without changing its maximum (Gaddum
    1937, Schild 1949).

    Parameters
    ----------
    ec50 : quantity
        Concentration at half the maximal effect, > 0.
    coefficient : float, optional
        Hill coefficient `n`, > 0.
    antagonist : Modulator or None, optional
        Competitive antagonist `B`; None for no antagonist.
    k_b : quantity, optional
        Antagonist concentration :math:`K_B` that doubles the EC50, > 0.
    source : str, optional
        Reference for the parameter values, shown in reports.
    """

    ec50: SI = quantity("uM", above=0, symbol='"EC"_50', meaning="half-maximal concentration")
    coefficient: float = 1.0
    antagonist: Modulator | None = None
    k_b: SI = quantity("uM", 1, above=0, symbol="K_B", meaning="antagonist that doubles the EC50")
    source: str = "the pair"

    def check(self) -> None:
        """Raise `DescriptionError` for a coefficient <= 0 or an antagonist that is no modulator."""
        if not self.coefficient > 0:
            raise DescriptionError(
                "Hill, coefficient",
                "a number above 0",
                repr(self.coefficient),
                "Use 1 for one binding site; to reverse an effect, change the effect.",
            )
        if self.antagonist is not None and not isinstance(self.antagonist, Modulator):
            remedy = "Write Modulator('name', concentration=1 * uM)."
            raise DescriptionError("Hill, antagonist", "a Modulator", repr(self.antagonist), remedy)

    def __call__(self, agonist: Any, antagonist: Any = 0.0) -> np.ndarray:
        """Return the effect, between 0 and 1, of concentrations in mol per cubic metre."""
        half = (self.ec50 * (1 + np.asarray(antagonist) / self.k_b)) ** self.coefficient
        dose = np.asarray(agonist, dtype=float) ** self.coefficient
        return np.asarray(dose / (dose + half))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Modulation(Description):
    """Effect of a modulator on a population or projection, by dose.

    Parameters
    ----------
    modulator : Modulator
        Agonist that evokes the effect.
    response : Hill
        Dose-response curve of the effect.
    effect : Excitability, SynapticGain or PlasticityGate
        Effect at full dose, and its target.
    """

    modulator: Modulator
    response: Hill
    effect: Excitability | SynapticGain | PlasticityGate

    def title(self) -> str:
        """Return the modulation's name in error messages and reports."""
        return f"Modulation of {self.effect.target_name!r} by {self.modulator.name}"

    def check(self) -> None:
        """Raise `DescriptionError` if a field is of the wrong type."""
        for field, value, kind in (
            ("modulator", self.modulator, Modulator),
            ("response", self.response, Hill),
            ("effect", self.effect, ModulationEffect),
        ):
            if not isinstance(value, kind):
                remedy = "Write Modulation(dopamine(), D1, Excitability('e', 50 * pA))."
                raise DescriptionError(
                    f"Modulation, {field}", f"a {kind.__name__}", shorten_repr(value), remedy
                )

    @property
    def modulators(self) -> tuple[Modulator, ...]:
        """The agonist, and the antagonist if there is one."""
        antagonist = self.response.antagonist
        return (self.modulator,) if antagonist is None else (self.modulator, antagonist)

    @property
    def depends_on_release(self) -> bool:
        """Whether neurons release the agonist or the antagonist."""
        return any(m.population for m in self.modulators)
