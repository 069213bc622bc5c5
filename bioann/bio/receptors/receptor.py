"""What every receptor says of itself, so that any of them can stand in a projection.

The sign of a synapse is made here and nowhere else: by the transmitter that a receptor answers to
and by its reversal potential. The conductance itself is a magnitude.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.base.units import Description

#: Receptors that can be given by name: the classes written with ``by_name=True``.
RECEPTORS: dict[str, type[Receptor]] = {}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Receptor(Description, ABC):
    """Base of all receptors; a new one is one frozen dataclass.

    The Brian2 code of a subclass uses its own field names and state variables as they are (the
    build gives them a suffix, so that two receptors of a cell do not collide), ``v`` for the
    potential of the compartment it sits in, and ``w`` for what one spike brings: the weight of
    the synapse times whatever plasticity and modulation make of it.

    Parameters
    ----------
    compartment : str, optional
        Which compartment of the cell it sits in.

    Attributes
    ----------
    name, transmitter : str
        What reports call it, and the transmitter that opens it.
    weight_unit : {'nS', 'pA', 'mV'}
        Unit of a weight.
    linear : bool
        Whether the responses to spikes add up, so that a mean conductance implies a rate.
    per_synapse : str
        Brian2 equations of what each synapse remembers of its own spikes, if anything.
    current : str
        Brian2 expression of the current into the cell in ampere; empty for none.
    equation : str
        All of it in Typst math.
    source : str
        Where the default numbers come from.
    """

    compartment: str = dataclasses.field(default="soma", kw_only=True)

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

    def title(self) -> str:
        """Name the receptor in errors."""
        return f"Receptor {self.name!r}"

    @property
    @abstractmethod
    def model(self) -> str:
        """Brian2 equations of the postsynaptic state."""

    @abstractmethod
    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Write what a spike does to the state, as Brian2 code.

        Parameters
        ----------
        has_synapse_state : bool, optional
            Whether it is known which fibre fired; without it `per_synapse` is not there, and
            every spike meets a rested synapse.

        Returns
        -------
        str
            Statements in ``w`` and the receptor's own names.
        """

    @abstractmethod
    def time_course(self, t: Any) -> np.ndarray:
        """Give the conductance `t` seconds after one spike of weight 1 at a rested synapse."""

    @abstractmethod
    def peak_value(self) -> float:
        """Give the largest conductance after one spike of weight 1 at a rested synapse."""

    @abstractmethod
    def time_integral(self) -> float:
        """Give the integral of `time_course` in seconds."""

    @abstractmethod
    def driving_force(self, v: float) -> float:
        """Give the current in ampere of an open conductance of weight 1 at potential `v` (volt).

        Its sign is the sign of the synapse at that potential.
        """

    def charge_per_spike(self, weight: float, v: float) -> float:
        """Give the charge in coulomb that one spike brings into a cell clamped at `v` (volt)."""
        return weight * self.time_integral() * self.driving_force(v)

    @abstractmethod
    def time_constants(self) -> dict[str, float]:
        """Time constants in seconds that the integration step must stay below."""

    def code_constants(self) -> dict[str, tuple[float, str]]:
        """Give further numbers that the code uses: value and display unit (empty: a number)."""
        return {}
