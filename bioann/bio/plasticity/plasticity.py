"""Base classes of the plasticity rules.

A rule is a frozen dataclass of Brian2 code. Its variables belong to single synapses and start at
zero. A presynaptic spike takes effect when it arrives, after the delay, and a postsynaptic spike
when it is fired; within one time step presynaptic spikes come first.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.base.units import brian_quantity, dimensionless_number

if TYPE_CHECKING:
    from bioann.bio.cells.cell import Cell


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Plasticity(Description, ABC):
    """Base class of all plasticity rules.

    Attributes
    ----------
    model : str
        Brian2 equations of each synapse; linear equations are ``(event-driven)``.
    equation : str
        The rule in Typst math, for reports.
    source : str
        Publication that the default parameters come from.
    """

    model = ""
    equation = ""
    source = ""

    @property
    def inner_rule(self) -> Plasticity | None:
        """The rule that this one wraps, or None."""
        return None

    @property
    def initial_values(self) -> Mapping[str, Any]:
        """Initial values in SI units of variables of `model` that do not start at zero."""
        return {}

    def brian_namespace(self) -> dict[str, Any]:
        """Return the parameters as Brian2 quantities, by field name."""
        namespace: dict[str, Any] = {}
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if "unit" in f.metadata:
                namespace[f.name] = brian_quantity(value, f.metadata["unit"])
            elif f.metadata.get("number"):
                namespace[f.name] = np.inf if value is None else float(value)
        return namespace

    def field_error(
        self, field: str, value: object, expected: str, remedy: str
    ) -> DescriptionError:
        """Return the error for a field with an invalid value."""
        return DescriptionError(f"{self.title()}, {field}", expected, shorten_repr(value), remedy)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class NeuronPlasticity(Plasticity, ABC):
    """Base class of rules that change a neuron, not its synapses, by its own spikes.

    Their variables belong to the equations of the neuron and start at zero in each run.
    """

    @abstractmethod
    def check_cell(self, cell: Cell, owner: str) -> None:
        """Raise `DescriptionError` if a cell cannot have this rule.

        Parameters
        ----------
        cell : Cell
            Cell model of the population.
        owner : str
            Title of the population, for the error.
        """

    def write_threshold(self, threshold: str) -> str:
        """Return the Brian2 condition of a spike: that of the cell."""
        return threshold

    @abstractmethod
    def write_reset(self, reset: str) -> str:
        """Return the Brian2 code after a spike: that of the cell, and the steps of the rule."""


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ShortTermPlasticity(Plasticity, ABC):
    """Base class of rules that scale the release of each spike without lasting change."""

    @property
    @abstractmethod
    def release_code(self) -> str:
        """Brian2 code run when a spike arrives; sets ``released``, a fraction of the weight."""


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LongTermPlasticity(Plasticity, ABC):
    """Base class of rules that change the strength of a synapse.

    The strength is the synaptic weight divided by the projection's ``weight``; learning steps have
    the same unit. It is never negative.

    Parameters
    ----------
    upper : float or None, optional
        Upper bound of the strength, > 0; None for no bound.

    Attributes
    ----------
    hidden_variables : tuple of str
        Names of the synaptic variables, besides the strength, that a recording stores.
    advances_every_step : bool
        Whether `advance_code` also runs at every stimulus step.
    transmits_first : bool
        Whether a presynaptic spike takes effect on the cell before it changes the strength.
    amplitude : str
        Brian2 expression of the effect of a spike, in terms of ``nominal``, the projection's
        weight.
    """

    _: dataclasses.KW_ONLY
    upper: float | None = dimensionless_number(
        None, symbol='s_"max"', meaning="largest strength, in units of the weight"
    )

    hidden_variables: ClassVar[tuple[str, ...]] = ()
    advances_every_step: ClassVar[bool] = False
    transmits_first: ClassVar[bool] = True
    amplitude: ClassVar[str] = "nominal*strength"

    def check(self) -> None:
        """Raise `DescriptionError` if the upper bound is not positive."""
        if self.upper is not None and not self.upper > 0:
            remedy = "Use a multiple of the projection's weight, 2.0 for example, or None."
            raise self.field_error("upper", self.upper, "a number above 0, or None", remedy)

    @property
    @abstractmethod
    def on_pre(self) -> str:
        """Brian2 code run when a presynaptic spike arrives; sets ``change``."""

    @property
    @abstractmethod
    def on_post(self) -> str:
        """Brian2 code run when a postsynaptic spike is fired; sets ``change``."""

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels that the rule reads."""
        return ()

    @property
    def advance_code(self) -> str:
        """Brian2 code that updates the strength to the current time; runs before all other code."""
        return ""

    def change_code(self, gate: str) -> str:
        """Write the code that applies ``change``, scaled by the Brian2 expression `gate`."""
        return f"strength = clip(strength + {gate}*change, 0, upper)"

    def advance_to_end(
        self, state: dict[str, np.ndarray], end: float, reward: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Compute the strength and the hidden variables at the end of a run.

        Parameters
        ----------
        state : dict of str to numpy.ndarray, shape (synapse,)
            All variables of the synapses after their last event, in SI.
        end : float
            End of the run in seconds.
        reward : numpy.ndarray, shape (synapse,), or None
            Final activation of the rule's channel; None for a rule without channel.

        Returns
        -------
        dict of str to numpy.ndarray, shape (synapse,)
            ``strength`` and each of the `hidden_variables`.
        """
        return {name: state[name] for name in ("strength", *self.hidden_variables)}
