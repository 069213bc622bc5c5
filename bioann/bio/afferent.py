"""Afferents: fibres or electrodes that carry a stimulus channel to a population."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError, StimulusError, unknown_name_error
from bioann.base.units import SI, Description, quantity
from bioann.bio.population import negative_conductance_error
from bioann.bio.receptors import Receptor, check_transmitter, resolve_receptor, weight_unit_of

FIBRE_CODINGS = ("rate", "on", "off", "baseline")
FIBRE_KINDS = ("poisson", "regular")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Afferent(Description):
    """Fibres that turn a stimulus channel into spikes.

    Each neuron of the target has fibres of its own, all at the same instantaneous rate.

    Parameters
    ----------
    channel : str
        Stimulus channel.
    target : str
        Population that it reaches.
    weight : quantity
        Peak conductance of one spike, >= 0; in pA or mV for a current-based receptor.
    transmitter : {'glutamate', 'GABA'}, optional
        What the fibres release.
    receptor : Receptor, str or None, optional
        The transmitter's own unless given.
    fibres : int, optional
        Fibres per neuron.
    rate : quantity, optional
        Rate of one fibre at activation 1.
    kind : {'poisson', 'regular'}, optional
        Irregular spikes, or evenly spaced ones with a random phase per fibre.
    coding : {'rate', 'on', 'off', 'baseline'}, optional
        How activation becomes rate: as it is (never below zero); its positive part; the size of
        its negative part; or added to `baseline`.
    baseline : float, optional
        Activation at stimulus zero, for ``coding="baseline"``.
    delay : quantity, optional
        From spike to conductance.
    """

    channel: str
    target: str
    weight: SI = quantity("nS")
    transmitter: str = "glutamate"
    receptor: Receptor | str | None = None
    fibres: int = 1
    rate: SI = quantity("Hz", 100, above=0)
    kind: str = "poisson"
    coding: str = "rate"
    baseline: float = 0.0
    delay: SI = quantity("ms", 0, at_least=0)

    def title(self) -> str:
        """Name the afferent in errors."""
        return f"Afferent {self.channel!r} -> {self.target!r}"

    def unit_of(self, f: dataclasses.Field[Any]) -> str:
        """Give the unit of the weight that the receptor asks for."""
        return weight_unit_of(self.receptor) if f.name == "weight" else super().unit_of(f)

    def check(self) -> None:
        """Check transmitter, receptor, kind, coding and the sign of the weight."""
        if self.weight < 0:
            raise negative_conductance_error(
                f"{self.title()}, weight", self.weight, weight_unit_of(self.receptor)
            )
        check_transmitter(self.transmitter, self.title())
        self.set_field("receptor", resolve_receptor(self.receptor, self.transmitter, self.title()))
        for field, known_names in (("kind", FIBRE_KINDS), ("coding", FIBRE_CODINGS)):
            if getattr(self, field) not in known_names:
                raise unknown_name_error(self.title(), field, getattr(self, field), known_names)
        is_int = isinstance(self.fibres, (int, np.integer)) and not isinstance(self.fibres, bool)
        if not is_int or self.fibres < 1:
            raise DescriptionError(
                f"{self.title()}, fibres", "a whole number >= 1", repr(self.fibres), "Give one."
            )
        self.set_field("fibres", int(self.fibres))

    def compute_rates(self, activation: np.ndarray, conditions: list[str]) -> np.ndarray:
        """Turn activation into the rate of one fibre.

        Parameters
        ----------
        activation : numpy.ndarray, shape (condition, time)
            The channel.
        conditions : list of str
            Labels, for the error.

        Returns
        -------
        numpy.ndarray, shape (condition, time)
            In Hz.

        Raises
        ------
        StimulusError
            If a rate would be negative.
        """
        coded_activation = {
            "rate": activation,
            "on": np.maximum(activation, 0.0),
            "off": np.maximum(-activation, 0.0),
            "baseline": self.baseline + activation,
        }[self.coding]
        if (coded_activation < 0).any():
            c = int(np.argwhere(coded_activation < 0)[0][0])
            raise StimulusError(
                f"stimulus channel {self.channel!r}, condition {conditions[c]!r}",
                f"no negative rate for {self.title()} (coding {self.coding!r})",
                f"{coded_activation[c].min():g}",
                "A spike rate cannot be negative: use two afferents with coding='on' and "
                "coding='off', or coding='baseline' with a baseline above the largest dip.",
            )
        rates: np.ndarray = coded_activation * self.rate
        return rates


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CurrentAfferent(Description):
    """An electrode that turns a stimulus channel into injected current.

    Parameters
    ----------
    channel : str
        Stimulus channel.
    target : str
        Population that it reaches.
    current : quantity
        Current into each neuron at activation 1; positive depolarises. Activation and current may
        both have any sign.
    compartment : str, optional
        Which compartment of the cell the electrode is in.
    """

    channel: str
    target: str
    current: SI = quantity("pA")
    compartment: str = "soma"

    def title(self) -> str:
        """Name the afferent in errors."""
        return f"CurrentAfferent {self.channel!r} -> {self.target!r}"
