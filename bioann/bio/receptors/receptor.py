"""Base class of the receptors.

The sign of a synapse is decided here and nowhere else: by the transmitter that opens a receptor and
by its reversal potential. The conductance itself is a magnitude.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.base.declared import declared_quantity
from bioann.base.description import Description
from bioann.base.errors import DescriptionError

#: Receptors that can be given by name: the classes written with ``by_name=True``.
RECEPTORS: dict[str, type[Receptor]] = {}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Receptor(Description, ABC):
    """Base of all receptors; a new one is one frozen dataclass.

    The Brian2 code of a subclass uses its own field names and state variables as they are (the
    build gives them a suffix, so that two receptors of a cell do not collide), ``v`` for the
    potential of the compartment it sits in, and ``w`` for the strength of one spike: the weight
    of the synapse times the factors of plasticity and modulation.

    Parameters
    ----------
    compartment : str, optional
        Name of the compartment of the cell that the receptor sits in.

    Attributes
    ----------
    name, transmitter : str
        Name in reports, and the transmitter that opens the receptor.
    reversal : float or None
        Reversal potential in volt; None for a receptor that passes a current independent of the
        potential.
    decay_time : float
        Slowest time constant of `time_course` in seconds; 0 for an instantaneous effect.
    weight_unit : {'nS', 'pA', 'mV'}
        Unit of a weight: a conductance, a current, or an instantaneous step of the potential.
    linear : bool
        Whether responses to spikes add up, so that the mean conductance is proportional to rate.
    per_synapse : str
        Brian2 equations of state variables of each synapse; empty if it has none.
    current : str
        Brian2 expression of the current into the cell in ampere; empty for none.
    equation : str
        The equations in Typst math.
    source : str
        Publication of the default parameters.
    """

    compartment: str = dataclasses.field(default="soma", kw_only=True)

    reversal = declared_quantity(
        "the reversal potential in volt", "None for a current that does not depend on potential."
    )
    decay_time = declared_quantity("the slowest time constant of the response in seconds")
    name = ""
    transmitter = ""
    weight_unit = "nS"
    linear = True
    per_synapse = ""
    current = ""
    equation = ""
    source = ""

    def __init_subclass__(cls, by_name: bool = False, **kwargs: Any) -> None:
        """Add the class to `RECEPTORS` if it is written ``class X(Receptor, by_name=True)``."""
        super().__init_subclass__(**kwargs)
        if by_name:
            RECEPTORS[cls.name] = cls

    def __post_init__(self) -> None:
        """Convert the fields, check them, and check that the receptor has an effect."""
        super().__post_init__()
        if not self.current and self.weight_unit != "mV":
            raise DescriptionError(
                f"{self.title()}, current",
                "the Brian2 expression of the current in ampere",
                "none",
                "Declare `current`, or weight_unit = 'mV' if spikes step the potential.",
            )

    def title(self) -> str:
        """Return the name of the receptor in error messages."""
        return f"Receptor {self.name!r}"

    @property
    @abstractmethod
    def model(self) -> str:
        """Brian2 equations of the postsynaptic state."""

    @abstractmethod
    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Return the Brian2 statements that a spike executes.

        Parameters
        ----------
        has_synapse_state : bool, optional
            Whether the variables of `per_synapse` exist. They do not where spikes come from a
            pool of unnamed fibres; every spike then arrives at a rested synapse.

        Returns
        -------
        str
            Statements in ``w`` and the names of the receptor's own variables.
        """

    @abstractmethod
    def time_course(self, t: Any) -> np.ndarray:
        """Compute the conductance `t` seconds after one spike of weight 1 at a rested synapse."""

    @abstractmethod
    def peak_value(self) -> float:
        """Return the largest conductance after one spike of weight 1 at a rested synapse."""

    @abstractmethod
    def time_integral(self) -> float:
        """Return the integral of `time_course` in seconds."""

    @abstractmethod
    def driving_force(self, v: float) -> float:
        """Return the current in ampere of an open conductance of weight 1 at potential `v` (volt).

        Its sign is the sign of the synapse at that potential.
        """

    def charge_per_spike(self, weight: float, v: float, capacitance: float) -> float:
        """Compute the charge in coulomb that one spike brings into a cell clamped at a potential.

        Parameters
        ----------
        weight : float
            Weight of the synapse in SI units, at least 0.
        v : float
            Potential of the cell in volt.
        capacitance : float
            Membrane capacitance in farad: it converts a step of the potential to a charge.
        """
        if self.weight_unit == "mV":
            return capacitance * weight * self.driving_force(v)
        return weight * self.time_integral() * self.driving_force(v)

    def initial_state(self, conductance: float) -> dict[str, float]:
        """Return the postsynaptic state in which a conductance decays without further input.

        Parameters
        ----------
        conductance : float
            Conductance (or current) at the start of a run, in SI units.

        Returns
        -------
        dict of str to float
            SI values of variables of `model`.

        Raises
        ------
        DescriptionError
            If the class does not declare such a state.
        """
        raise DescriptionError(
            f"{self.title()}, initial conductance",
            "a receptor that declares its initial_state",
            f"{type(self).__name__}, which does not",
            "Start from a receptor with exponential decay, or let spikes open it before.",
        )

    @abstractmethod
    def time_constants(self) -> dict[str, float]:
        """Return the time constants in seconds that the integration step must stay below."""

    def code_constants(self) -> dict[str, tuple[float, str]]:
        """Return further constants of the code: value and display unit, empty for a number."""
        return {}
