"""Base of everything whose spikes reach synapses: afferents and projections."""

from __future__ import annotations

import dataclasses
from typing import Any

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.units import SI
from bioann.bio.background import negative_conductance_error
from bioann.bio.connectivity import Connectivity
from bioann.bio.plasticity import LongTermPlasticity, Plasticity, ShortTermPlasticity
from bioann.bio.receptors import Receptor, weight_unit_of


class SynapticPathway(Description):
    """Base of the descriptions of synapses: their weight, receptor and plasticity.

    Attributes
    ----------
    name : str
        Name of the pathway; its learned weights are recorded as ``weight_<name>``.
    target : str
        Name of the population whose neurons the synapses are on.
    weight : float
        Weight of a synapse in SI units, >= 0.
    receptor : Receptor, str or None
        Postsynaptic receptor, or its name; by default that of the transmitter.
    connectivity : Connectivity or None
        Rule by which sources are connected to neurons; None if each neuron has its own sources.
    delay : float
        Time in seconds from a spike to its postsynaptic effect, >= 0.
    plasticity : tuple of Plasticity
        At most one short-term and one long-term rule.
    """

    name: str
    target: str
    weight: SI
    receptor: Receptor | str | None
    connectivity: Connectivity | None
    delay: SI
    plasticity: Any

    def unit_of(self, f: dataclasses.Field[Any]) -> str:
        """Return the unit of a field; that of the weight depends on the receptor."""
        return weight_unit_of(self.receptor) if f.name == "weight" else super().unit_of(f)

    def range_error(self, field: str, value: float, unit: str, expected: str) -> DescriptionError:
        """Return the error of a field out of bounds; that of a negative weight explains signs."""
        if field == "weight":
            return negative_conductance_error(f"{self.title()}, weight", value, unit)
        return super().range_error(field, value, unit, expected)

    def check_plasticity(self) -> None:
        """Store `plasticity` as a tuple; check that it has at most one rule of each kind."""
        plasticity = self.plasticity
        rules = tuple(plasticity) if isinstance(plasticity, (tuple, list)) else (plasticity,)
        self.set_field("plasticity", rules)
        kinds = [
            ShortTermPlasticity if isinstance(r, ShortTermPlasticity) else LongTermPlasticity
            for r in rules
        ]
        if not all(isinstance(r, Plasticity) for r in rules) or len(set(kinds)) < len(kinds):
            raise DescriptionError(
                f"{self.title()}, plasticity",
                "at most one short-term and one long-term rule",
                repr(plasticity),
                "Write plasticity=(TsodyksMarkram(), PairSTDP()), or describe two pathways.",
            )
        if self.long_term_rule is not None and not self.weight > 0:
            raise DescriptionError(
                f"{self.title()}, weight",
                "a weight above 0, the unit of the learned strength",
                "0",
                "Set a reference weight; start from smaller ones with ExplicitMatrix(values).",
            )

    @property
    def is_drawn(self) -> bool:
        """Whether its synapses or their values are drawn, so that they differ between wirings."""
        fields = self.heterogeneous_fields.values()
        has_distribution = any(field.distribution is not None for field in fields)
        is_connected_at_random = self.connectivity is not None and self.connectivity.is_drawn
        return (is_connected_at_random or has_distribution) and self.weight > 0

    @property
    def short_term_rule(self) -> ShortTermPlasticity | None:
        """The short-term rule, or None."""
        return next((r for r in self.plasticity if isinstance(r, ShortTermPlasticity)), None)

    @property
    def long_term_rule(self) -> LongTermPlasticity | None:
        """The long-term rule, or None."""
        return next((r for r in self.plasticity if isinstance(r, LongTermPlasticity)), None)
