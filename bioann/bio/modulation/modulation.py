"""Neuromodulators: a concentration over time, a dose-response, and what it does."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError, StimulusError
from bioann.base.units import SI, Description, in_unit, quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Modulator(Description):
    r"""A substance in the tissue, whose concentration follows a stimulus channel.

    .. math:: \frac{dc}{dt} = \frac{c_0 + a(t) c_1 - c}{\tau}

    Parameters
    ----------
    name : str
        What it is called.
    concentration : quantity, optional
        Added at activation 1, in uM.
    baseline : quantity, optional
        At activation 0.
    clearance : quantity, optional
        Time constant of uptake or breakdown; zero follows the channel at once.
    channel : str, optional
        Stimulus channel; its own name unless given.
    source : str, optional
        Where the numbers come from.
    """

    name: str
    concentration: SI = quantity("uM", 1, above=0, symbol="c_1", meaning="added at activation 1")
    baseline: SI = quantity("uM", 0, at_least=0, symbol="c_0", meaning="tonic concentration")
    clearance: SI = quantity("ms", 0, at_least=0, symbol="tau_c", meaning="clearance time")
    channel: str = ""
    source: str = "the pair"

    def check(self) -> None:
        """Let the channel be the name unless it is given."""
        if not isinstance(self.name, str) or not self.name:
            raise DescriptionError(
                "Modulator, name", "a name", repr(self.name), "Write 'dopamine', for example."
            )
        self.set_field("channel", self.channel or self.name)

    def compute_concentration(self, activation: np.ndarray, dt: float) -> np.ndarray:
        """Give the mean concentration in each stimulus step.

        Parameters
        ----------
        activation : numpy.ndarray, shape (condition, time)
            The channel. Before the run it had its first value for ever.
        dt : float
            Stimulus step in seconds.

        Returns
        -------
        numpy.ndarray, shape (condition, time)
            In SI (mol per cubic metre).

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
                "Raise the baseline above the largest dip.",
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
    r"""The share of the largest effect that a concentration has.

    .. math:: E = \frac{[A]^n}{[A]^n + (EC_{50} (1 + [B] / K_B))^n}

    An antagonist `B` that competes for the site shifts the curve to the right and leaves its
    top where it was (Gaddum 1937, Schild 1949).

    Parameters
    ----------
    ec50 : quantity
        Concentration of half the largest effect.
    coefficient : float, optional
        `n`, above zero.
    antagonist : Modulator or None, optional
        What competes.
    k_b : quantity, optional
        Concentration of the antagonist that doubles the EC50.
    source : str, optional
        Where the numbers come from.
    """

    ec50: SI = quantity("uM", above=0, symbol='"EC"_50', meaning="half-maximal concentration")
    coefficient: float = 1.0
    antagonist: Modulator | None = None
    k_b: SI = quantity("uM", 1, above=0, symbol="K_B", meaning="antagonist that doubles the EC50")
    source: str = "the pair"

    def check(self) -> None:
        """Raise `DescriptionError` for a coefficient that is not above zero."""
        if not self.coefficient > 0:
            raise DescriptionError(
                "Hill, coefficient",
                "a number above 0",
                repr(self.coefficient),
                "Give 1 for one binding site; to turn an effect round, change the effect.",
            )
        if self.antagonist is not None and not isinstance(self.antagonist, Modulator):
            remedy = "Write Modulator('name', concentration=1 * uM)."
            raise DescriptionError("Hill, antagonist", "a Modulator", repr(self.antagonist), remedy)

    def __call__(self, agonist: Any, antagonist: Any = 0.0) -> np.ndarray:
        """Give the share of the largest effect; concentrations in SI."""
        half = (self.ec50 * (1 + np.asarray(antagonist) / self.k_b)) ** self.coefficient
        dose = np.asarray(agonist, dtype=float) ** self.coefficient
        return np.asarray(dose / (dose + half))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Excitability(Description):
    r"""A current and a leak in every neuron of a population: :math:`E (I + g (E_{rev} - v))`.

    Parameters
    ----------
    target : str
        Population.
    current : quantity, optional
        At full effect; positive depolarises.
    conductance : quantity, optional
        Opened at full effect, >= 0.
    reversal : quantity, optional
        Of that conductance; potassium unless given.
    """

    target: str
    current: SI = quantity("pA", 0, symbol="I", meaning="current at full effect")
    conductance: SI = quantity("nS", 0, at_least=0, symbol="g", meaning="leak at full effect")
    reversal: SI = quantity("mV", -90, symbol="E", meaning="reversal potential of that leak")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SynapticGain(Description):
    """Every spike of a projection brings its weight times ``1 + (factor - 1) E``.

    Parameters
    ----------
    target : str
        Name of the projection.
    factor : float
        At full effect, >= 0.
    """

    target: str
    factor: float

    def check(self) -> None:
        """Raise `DescriptionError` for a factor below zero."""
        _check_magnitude(self, "factor")

    def factor_at(self, effect: np.ndarray) -> np.ndarray:
        """Give the factor at an effect between 0 and 1."""
        return 1 + (self.factor - 1) * effect


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PlasticityGate(Description):
    """Learning steps of a projection are scaled from `closed` (no effect) to `opened` (full).

    Parameters
    ----------
    target : str
        Name of the projection; it has to have long-term plasticity.
    opened, closed : float, optional
        Both >= 0. To let a modulator stop learning, swap them.
    """

    target: str
    opened: float = 1.0
    closed: float = 0.0

    def check(self) -> None:
        """Raise `DescriptionError` for a factor below zero."""
        _check_magnitude(self, "opened")
        _check_magnitude(self, "closed")

    def factor_at(self, effect: np.ndarray) -> np.ndarray:
        """Give the factor at an effect between 0 and 1."""
        return self.closed + (self.opened - self.closed) * effect


EFFECTS = (Excitability, SynapticGain, PlasticityGate)


def _check_magnitude(effect: Description, field: str) -> None:
    value = getattr(effect, field)
    if not 0 <= value < np.inf:
        raise DescriptionError(
            f"{type(effect).__name__} of {effect.target!r}, {field}",  # type: ignore[attr-defined]
            "a number >= 0",
            repr(value),
            "A conductance is a magnitude: below 1 weakens, 0 silences.",
        )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Modulation(Description):
    """What a modulator does somewhere, by its dose.

    Parameters
    ----------
    modulator : Modulator
        The agonist.
    response : Hill
        Its dose-response.
    effect : Excitability, SynapticGain or PlasticityGate
        What it does, and where.
    """

    modulator: Modulator
    response: Hill
    effect: Excitability | SynapticGain | PlasticityGate

    def title(self) -> str:
        """Name the modulation in errors."""
        target = getattr(self.effect, "target", "?")
        return f"Modulation of {target!r} by {getattr(self.modulator, 'name', '?')}"

    def check(self) -> None:
        """Raise `DescriptionError` for parts of another kind."""
        for field, kinds in (
            ("modulator", (Modulator,)),
            ("response", (Hill,)),
            ("effect", EFFECTS),
        ):
            if not isinstance(getattr(self, field), kinds):
                names = " or ".join(k.__name__ for k in kinds)
                got = repr(getattr(self, field))
                remedy = "Write Modulation(dopamine(), D1, Excitability('e', 50 * pA))."
                raise DescriptionError(f"{self.title()}, {field}", f"a {names}", got, remedy)

    @property
    def modulators(self) -> tuple[Modulator, ...]:
        """The agonist, and the antagonist where there is one."""
        antagonist = self.response.antagonist
        return (self.modulator,) if antagonist is None else (self.modulator, antagonist)
