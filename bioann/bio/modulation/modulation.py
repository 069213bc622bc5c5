"""Neuromodulation: concentration over time, dose-response curve, and effect."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.description import Description
from bioann.base.errors import DescriptionError, StimulusError
from bioann.base.text import check_names, shorten_repr
from bioann.base.units import SI, in_unit, quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Modulator(Description):
    r"""A substance whose extracellular concentration follows a stimulus channel.

    .. math:: \frac{dc}{dt} = \frac{c_0 + a(t) c_1 - c}{\tau}

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
        Name of the stimulus channel; `name` by default.
    source : str, optional
        Reference for the parameter values, shown in reports.
    """

    name: str
    concentration: SI = quantity("uM", 1, above=0, symbol="c_1", meaning="added at activation 1")
    baseline: SI = quantity("uM", 0, at_least=0, symbol="c_0", meaning="tonic concentration")
    clearance: SI = quantity("ms", 0, at_least=0, symbol="tau_c", meaning="clearance time")
    channel: str = ""
    source: str = "the pair"

    def check(self) -> None:
        """Check the name, and use it as the channel if none is given."""
        self.set_field("channel", self.channel or self.name)
        check_names((self.name, self.channel), "Modulator, name")

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
            Concentration in SI (mol per cubic metre).

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
class ModulationEffect(Description):
    """Base class of the effects of a modulator.

    Parameters
    ----------
    target : str
        Name of the population or projection that is modulated.
    """

    target: str

    def check_factor(self, field: str, value: float) -> None:
        """Raise `DescriptionError` unless a factor is finite and >= 0."""
        if not 0 <= value < np.inf:
            raise DescriptionError(
                f"{type(self).__name__} of {self.target!r}, {field}",
                "a number >= 0",
                repr(value),
                "A conductance is a magnitude: below 1 weakens, 0 silences.",
            )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Excitability(ModulationEffect):
    r"""A current and a leak in every neuron of a population: :math:`E (I + g (E_{rev} - v))`.

    Parameters
    ----------
    target : str
        Name of the population that is modulated.
    current : quantity, optional
        Current :math:`I` at maximal effect; positive depolarises.
    conductance : quantity, optional
        Leak conductance :math:`g` at maximal effect, >= 0.
    reversal : quantity, optional
        Reversal potential :math:`E_{rev}` of the leak; that of potassium by default.
    """

    current: SI = quantity("pA", 0, symbol="I", meaning="current at full effect")
    conductance: SI = quantity("nS", 0, at_least=0, symbol="g", meaning="leak at full effect")
    reversal: SI = quantity("mV", -90, symbol="E", meaning="reversal potential of that leak")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SynapticGain(ModulationEffect):
    """Gain of a projection: the weight of each spike is multiplied by ``1 + (factor - 1) E``.

    Parameters
    ----------
    target : str
        Name of the projection that is modulated.
    factor : float
        Factor at maximal effect, >= 0; below 1 weakens, above 1 strengthens.
    """

    factor: float

    def check(self) -> None:
        """Raise `DescriptionError` if the factor is negative."""
        self.check_factor("factor", self.factor)

    def factor_at(self, effect: np.ndarray) -> np.ndarray:
        """Return the factor at an effect between 0 and 1."""
        return 1 + (self.factor - 1) * effect


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PlasticityGate(ModulationEffect):
    """Gate of a projection's plasticity: multiplies its learning steps.

    Parameters
    ----------
    target : str
        Name of the projection that is modulated; it needs long-term plasticity.
    opened, closed : float, optional
        Factor at maximal and at no effect, >= 0. Swap them for a modulator that stops learning.
    """

    opened: float = 1.0
    closed: float = 0.0

    def check(self) -> None:
        """Raise `DescriptionError` if a factor is negative."""
        self.check_factor("opened", self.opened)
        self.check_factor("closed", self.closed)

    def factor_at(self, effect: np.ndarray) -> np.ndarray:
        """Return the factor at an effect between 0 and 1."""
        return self.closed + (self.opened - self.closed) * effect


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
        return f"Modulation of {self.effect.target!r} by {self.modulator.name}"

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
