"""Populations: neurons with the same cell model and transmitter."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.arguments import is_whole_number
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.heterogeneity import to_heterogeneous
from bioann.base.text import check_identifier, shorten_repr
from bioann.base.units import SI, brian_quantity, quantity, to_si
from bioann.bio.background import Background, negative_conductance_error
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.gap_junctions import GapJunctions
from bioann.bio.cells.lif import LIF
from bioann.bio.connectivity.positions import make_positions
from bioann.bio.plasticity.plasticity import NeuronPlasticity
from bioann.bio.receptors import Receptor, check_transmitter, make_receptor


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Population(Description):
    """Neurons with the same cell model and transmitter.

    Parameters
    ----------
    name : str
        Name of letters, digits and underscores that starts with a letter.
    n : int
        Number of neurons, at least 1.
    transmitter : {'glutamate', 'GABA'}
        Transmitter that every neuron releases at all its terminals (Dale's principle).
    cell : Cell, optional
        Cell model of all neurons; a leaky integrate-and-fire cell by default. Each of its
        parameters may be an array with one value per neuron, or a distribution.
    background : quantity, Background or tuple of Background, optional
        Poisson input from outside the network. A conductance stands for a `Background` with that
        mean, AMPA receptors and quanta of 1 nS.
    positions : Positions or array_like, optional
        Where the neurons lie, for connectivity that depends on distance: ``Line()``, ``Ring()`` or
        ``Sheet(rows, columns)`` of ``bioann.connectivity``, or an array of shape ``(n,)`` or
        ``(n, axis)`` of coordinates, in a unit of the user's choice.
    initial_potential : quantity, array or Distribution, optional
        Membrane potential (mV) of all neurons and compartments at the start of a run, an array of
        shape ``(n,)``, or a distribution from which each neuron draws its own; gates of a cell
        start at their steady values there. By default the cell draws potentials, mostly between
        rest and threshold.
    initial_conductances : mapping of Receptor or str to quantity, optional
        Conductance of receptors at the start of a run, as after input that ends then: it decays
        with the decay time of the receptor; one value, or an array of shape ``(n,)``. A name
        stands for the receptor of that name that the
        population has from its input, or one with default parameters if it has none.
    gap_junctions : quantity, GapJunctions or None, optional
        Electrical coupling between its neurons (`bioann.bio.cells.gap_junctions`). A conductance
        stands for one between each pair of neurons.
    intrinsic_plasticity : NeuronPlasticity or None, optional
        Rule that moves the firing threshold of each neuron (`IntrinsicPlasticity`), or its
        adaptation (`AdaptationPlasticity`), by its own spikes; None for fixed ones. Its cell needs
        a sharp threshold.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import mV, nS
    >>> threshold = ba.Normal(-50 * mV, 2 * mV, minimum=-58 * mV)
    >>> cells = ba.Population("E", 80, "glutamate", ba.cells.LIF(V_th=threshold), background=4 * nS)
    """

    name: str
    n: int
    transmitter: str
    cell: Cell = dataclasses.field(default_factory=LIF)
    background: Any = ()
    positions: Any = None
    initial_potential: SI | None = quantity("mV", optional=True, one_per="neuron")
    initial_conductances: Mapping[Receptor | str, Any] = dataclasses.field(default_factory=dict)
    gap_junctions: Any = None
    intrinsic_plasticity: NeuronPlasticity | None = None

    def check(self) -> None:
        """Check all fields; store `background`, `positions` and `gap_junctions` as descriptions."""
        check_identifier(self.name, "Population, name")
        if not is_whole_number(self.n, 1):
            raise DescriptionError(
                f"{self.title()}, n", "a whole number >= 1", repr(self.n), "Try n=100."
            )
        if self.n >= 2**63:
            raise DescriptionError(
                f"{self.title()}, n", "less than 2**63", shorten_repr(self.n), "Try n=100."
            )
        self.set_field("n", int(self.n))
        check_transmitter(self.transmitter, self.title())
        if not isinstance(self.cell, Cell):
            raise DescriptionError(
                f"{self.title()}, cell", "a cell model", repr(self.cell), "Use LIF() or AdEx()."
            )
        background = self.background
        if isinstance(background, Background):
            background = (background,)
        elif not isinstance(background, (tuple, list)):
            background = (Background(background),)
        self.set_field("background", tuple(b for b in background if b.conductance > 0))
        if self.positions is not None:
            self.set_field("positions", make_positions(self.positions))
            self.positions.check_count(self.n, self.title())
        self._check_initial_conductances()
        self._check_gap_junctions()
        if self.intrinsic_plasticity is not None:
            self.intrinsic_plasticity.check_cell(self.cell, self.title())
        self._check_heterogeneity()

    def _check_heterogeneity(self) -> None:
        """Raise `DescriptionError` unless arrays have one value for each neuron."""
        for member in (self, self.cell, *self.background):
            for name, field in member.heterogeneous_fields.items():
                field.check_shape((self.n,), f"{self.title()}, {name} of {type(member).__name__}")

    @property
    def placed_gap_junctions(self) -> GapJunctions | None:
        """Its gap junctions, with the positions of the neurons if their rule needs them."""
        if self.gap_junctions is None:
            return None
        rule = self.gap_junctions.connectivity.with_positions(self.positions, self.positions)
        return dataclasses.replace(self.gap_junctions, connectivity=rule)

    def _check_initial_conductances(self) -> None:
        """Store initial conductances in SI units; raise `DescriptionError` for one below zero."""
        if not isinstance(self.initial_conductances, Mapping):
            return  # its type is checked with those of the other fields
        conductances = {}
        for key, value in self.initial_conductances.items():
            obj = f"{self.title()}, initial_conductances"
            receptor = make_receptor(key, obj)
            unit, title = receptor.weight_unit, f"{obj}, {receptor.name}"
            conductance: Any = to_si(value, unit, title) if np.size(value) == 1 else None
            if conductance is None:
                several = to_heterogeneous(value, unit, "neuron", title)
                several.check_shape((self.n,), title)
                conductance = several.values
            if np.min(conductance) < 0:
                raise negative_conductance_error(title, float(np.min(conductance)), unit)
            receptor.initial_state(conductance)  # raises an error for a receptor without one
            conductances[key] = brian_quantity(conductance, unit)
        self.set_field("initial_conductances", conductances)

    def _check_gap_junctions(self) -> None:
        """Store `gap_junctions` as an object or None; check that they fit the population."""
        junctions = self.gap_junctions
        if junctions is not None and not isinstance(junctions, GapJunctions):
            junctions = GapJunctions(junctions)
        self.set_field("gap_junctions", junctions)
        if junctions is not None:
            try:
                rule = junctions.connectivity.with_positions(self.positions, self.positions)
                rule.check_sizes(self.n, self.n, recurrent=True)
            except DescriptionError as error:
                error.obj = f"{self.title()}, gap_junctions, {error.obj}"
                raise
