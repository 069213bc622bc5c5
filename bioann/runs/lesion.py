"""Lesions: changes of what a model has learned, between two phases of a protocol."""

from __future__ import annotations

import dataclasses

import numpy as np
import xarray as xr

from bioann.ann.learning.plastic_network import PlasticRateNetwork
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.bio.network import SpikingNetwork


@dataclasses.dataclass(frozen=True)
class LearnedVariable:
    """A variable that a model learns.

    Attributes
    ----------
    name : str
        Its name in the recording.
    unit : float or None
        Value of the strength 1 there; None if it differs between synapses.
    lower, upper : float
        Bounds of the strength.
    """

    name: str
    unit: float | None = 1.0
    lower: float = -np.inf
    upper: float = np.inf


def list_learned_variables(network: SpikingNetwork | PlasticRateNetwork) -> list[LearnedVariable]:
    """Return the weights that a model learns, and the hidden variables of the rules."""
    if isinstance(network, PlasticRateNetwork):
        return [
            LearnedVariable(f"{variable}_{rule.name}")
            for rule in network.rules
            for variable in ("weight", *rule.hidden_variables)
        ]
    variables = []
    for pathway in (*network.fibres, *network.projections):
        rule = pathway.long_term_rule
        if rule is None:
            continue
        differs = "weight" in pathway.heterogeneous_fields
        unit = None if differs else float(pathway.weight)
        upper = np.inf if rule.upper is None else rule.upper
        variables += [
            LearnedVariable(f"{variable}_{pathway.name}", unit, 0.0, upper)
            for variable in ("weight", *rule.hidden_variables)
        ]
    return variables


def check_lasting_states(network: SpikingNetwork | PlasticRateNetwork, n_phases: int) -> None:
    """Raise `DescriptionError` if a network learns in neurons, which a later phase would forget.

    Parameters
    ----------
    network : SpikingNetwork or PlasticRateNetwork
        The model of a protocol.
    n_phases : int
        Number of phases; in a single one nothing is forgotten.
    """
    populations = network.populations if isinstance(network, SpikingNetwork) else ()
    names = [p.name for p in populations if p.intrinsic_plasticity is not None]
    if names and n_phases > 1:
        raise DescriptionError(
            "Protocol, model",
            "learning in synapses only, because phases pass on weights alone",
            f"intrinsic_plasticity of {names}",
            "Put all into one phase, and set what differs by the stimulus.",
        )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Lesion(Description):
    """A change of learned weights, or of a hidden variable of their rule, between two phases.

    Parameters
    ----------
    variable : str
        Name in the recording: ``weight_<name>`` of the projection, afferent or rule that learns, or
        ``<variable>_<name>`` of a hidden variable of its rule.
    strength : float, optional
        New value of all synapses, as a multiple of the weight of the projection or afferent; in
        activation for a rate network. At least 0 for synapses, and at most the upper bound of their
        rule.
    factor : float, optional
        Number that the values are multiplied by, at least 0; needed without `strength`.

    Examples
    --------
    >>> import bioann as ba
    >>> ba.Lesion("weight_E_to_I", factor=0.5)
    Lesion(variable='weight_E_to_I', strength=None, factor=0.5)
    """

    variable: str
    strength: float | None = None
    factor: float | None = None

    def title(self) -> str:
        """Return the name of the lesion in error messages."""
        return f"Lesion of {self.variable!r}"

    def check(self) -> None:
        """Raise `DescriptionError` unless there is a strength or a factor, and it is finite."""
        numbers = [x for x in (self.strength, self.factor) if x is not None]
        if len(numbers) != 1 or not np.isfinite(numbers[0]) or (self.factor or 0.0) < 0:
            raise DescriptionError(
                self.title(),
                "either a finite strength, or a factor of at least 0",
                f"strength {self.strength}, factor {self.factor}",
                "Write Lesion('weight_a_to_b', factor=0.0) to silence what was learned.",
            )

    def check_strength(self, learned: LearnedVariable) -> None:
        """Raise `DescriptionError` if the variable cannot have the strength."""
        if self.strength is None:
            return
        if learned.unit is None:
            raise DescriptionError(
                self.title(),
                "a factor, because the weights of its synapses differ",
                f"strength {self.strength:g}",
                "Write Lesion(variable, factor=...).",
            )
        if not learned.lower <= self.strength <= learned.upper:
            raise DescriptionError(
                self.title(),
                f"a strength from {learned.lower:g} to {learned.upper:g}, the bounds of its rule",
                f"{self.strength:g}",
                "A strength is a multiple of the weight; its sign belongs to the transmitter.",
            )

    def apply(self, recording: xr.Dataset, unit: float | None) -> xr.Dataset:
        """Return a recording with the changed values.

        Parameters
        ----------
        recording : xarray.Dataset
            Recording of the phase before the lesion. Synapses that a wiring lacks stay NaN.
        unit : float or None
            Value of the strength 1 in the unit of the recording; without effect on a factor.
        """
        values = recording[self.variable]
        if self.strength is None:
            assert self.factor is not None
            changed = values * self.factor
        else:
            assert unit is not None
            changed = xr.where(values.isnull(), values, self.strength * unit, keep_attrs=True)
        return recording.assign({self.variable: changed.transpose(*values.dims)})
