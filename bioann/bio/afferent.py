"""Afferents: fibres or electrodes that feed a stimulus channel into a population."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.description import Description
from bioann.base.errors import DescriptionError, StimulusError, unknown_name_error
from bioann.base.units import SI, quantity
from bioann.bio.population import negative_conductance_error
from bioann.bio.receptors import Receptor, check_transmitter, resolve_receptor, weight_unit_of

FIBRE_CODINGS = ("rate", "on", "off", "baseline")
FIBRE_KINDS = ("poisson", "regular")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Afferent(Description):
    """Fibres that encode a stimulus channel as spikes.

    Each neuron of the target has its own fibres; all fibres share the same instantaneous rate.

    Parameters
    ----------
    channel : str
        Name of the stimulus channel that the fibres encode.
    target : str
        Name of the population that receives the spikes.
    weight : quantity
        Peak conductance of one spike, >= 0; in pA or mV for a current-based receptor.
    transmitter : {'glutamate', 'GABA'}, optional
        Transmitter that the fibres release.
    receptor : Receptor, str or None, optional
        Postsynaptic receptor; by default AMPA for glutamate and GABA_A for GABA.
    fibres : int, optional
        Number of fibres per neuron, at least 1.
    rate : quantity, optional
        Firing rate of one fibre at activation 1, > 0.
    kind : {'poisson', 'regular'}, optional
        Poisson spikes, or evenly spaced spikes with a random phase per fibre.
    coding : {'rate', 'on', 'off', 'baseline'}, optional
        What is multiplied by `rate`: the activation, which must be >= 0; its positive part; the
        magnitude of its negative part; or the activation plus `baseline`.
    baseline : float, optional
        Added to the activation if `coding` is ``"baseline"``.
    delay : quantity, optional
        Time from a spike to the change in conductance, >= 0.
    """

    channel: str
    target: str
    weight: SI = quantity("nS", at_least=0)
    transmitter: str = "glutamate"
    receptor: Receptor | str | None = None
    fibres: int = 1
    rate: SI = quantity("Hz", 100, above=0)
    kind: str = "poisson"
    coding: str = "rate"
    baseline: float = 0.0
    delay: SI = quantity("ms", 0, at_least=0)

    def title(self) -> str:
        """Return the afferent's name in error messages."""
        return f"Afferent {self.channel!r} -> {self.target!r}"

    def unit_of(self, f: dataclasses.Field[Any]) -> str:
        """Return the unit of a field; that of the weight depends on the receptor."""
        return weight_unit_of(self.receptor) if f.name == "weight" else super().unit_of(f)

    def range_error(self, field: str, value: float, unit: str, expected: str) -> DescriptionError:
        """Return the error of a field out of bounds; that of a negative weight explains signs."""
        if field == "weight":
            return negative_conductance_error(f"{self.title()}, weight", value, unit)
        return super().range_error(field, value, unit, expected)

    def check(self) -> None:
        """Check transmitter, kind, coding and fibres; resolve the receptor."""
        check_transmitter(self.transmitter, self.title())
        self.set_field("receptor", resolve_receptor(self.receptor, self.transmitter, self.title()))
        for field, name, known_names in (
            ("kind", self.kind, FIBRE_KINDS),
            ("coding", self.coding, FIBRE_CODINGS),
        ):
            if name not in known_names:
                raise unknown_name_error(self.title(), field, name, known_names)
        is_int = isinstance(self.fibres, (int, np.integer)) and not isinstance(self.fibres, bool)
        if not is_int or self.fibres < 1:
            raise DescriptionError(
                f"{self.title()}, fibres", "a whole number >= 1", repr(self.fibres), "Use fibres=1."
            )
        self.set_field("fibres", int(self.fibres))

    def compute_rates(self, activation: np.ndarray, conditions: list[str]) -> np.ndarray:
        """Compute the firing rate of one fibre.

        Parameters
        ----------
        activation : numpy.ndarray, shape (condition, time)
            Activation of the stimulus channel.
        conditions : list of str
            Names of the conditions, used in the error message.

        Returns
        -------
        numpy.ndarray, shape (condition, time)
            Firing rate in Hz.

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
                "coding='off', or coding='baseline' with a large enough baseline.",
            )
        rates: np.ndarray = coded_activation * self.rate
        return rates


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CurrentAfferent(Description):
    """An electrode that injects a current proportional to a stimulus channel.

    Parameters
    ----------
    channel : str
        Name of the stimulus channel that scales the current.
    target : str
        Name of the population whose neurons receive the current.
    current : quantity
        Current into each neuron at activation 1; positive depolarises. Activation and current may
        both have either sign.
    compartment : str, optional
        Name of the cell's compartment that receives the current.
    """

    channel: str
    target: str
    current: SI = quantity("pA")
    compartment: str = "soma"

    def title(self) -> str:
        """Return the afferent's name in error messages."""
        return f"CurrentAfferent {self.channel!r} -> {self.target!r}"
