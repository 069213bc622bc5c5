"""Populations, and their stimulus-independent input: Poisson background and constant injection."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.arguments import is_whole_number
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.heterogeneity import HeterogeneousQuantity, to_heterogeneous
from bioann.base.text import check_identifier, shorten_repr
from bioann.base.units import SI, brian_quantity, in_unit, quantity, to_si
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.gap_junctions import GapJunctions
from bioann.bio.cells.lif import LIF
from bioann.bio.connectivity.positions import make_positions
from bioann.bio.plasticity.plasticity import NeuronPlasticity
from bioann.bio.receptors import Receptor, check_transmitter, make_receptor


def resolve_conductance_receptor(receptor: Receptor | str, obj: str) -> Receptor:
    """Return a receptor, given or named, that opens a conductance; any transmitter is allowed."""
    receptor = make_receptor(receptor, obj)
    if receptor.weight_unit != "nS":
        raise DescriptionError(
            f"{obj}, receptor",
            "a receptor that opens a conductance",
            repr(receptor.name),
            "For current-based input use an Afferent with that receptor, or a current.",
        )
    return receptor


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Background(Description):
    r"""Independent Poisson input to every neuron at a constant rate.

    The mean conductance sets the rate: :math:`\nu = \bar g / (q A)`, where :math:`A` is the time
    integral of the conductance after a spike of weight 1. For a single-exponential receptor
    :math:`A = \tau`, and the conductance has the variance :math:`q \bar g / 2` (Campbell's
    theorem).

    Parameters
    ----------
    conductance : quantity, array or Distribution
        Mean conductance :math:`\bar g`, >= 0: one value for all neurons, an array of shape
        ``(n,)``, or a distribution from which each neuron draws its own.
    receptor : Receptor or str, optional
        Receptor that the input activates; spikes must add up linearly.
    quantum : quantity, optional
        Conductance :math:`q` of one spike, > 0. At equal mean, a larger quantum gives more noise.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> background = ba.Background(4 * nS, quantum=0.5 * nS)
    >>> cell = ba.Population("cell", 20, "glutamate", background=background)
    """

    conductance: SI = quantity(
        "nS", symbol="overline(g)", meaning="mean background conductance", at_least=0,
        one_per="neuron",
    )  # fmt: skip
    receptor: Receptor | str = "AMPA"
    quantum: SI = quantity("nS", 1, above=0)

    def range_error(self, field: str, value: float, unit: str, expected: str) -> DescriptionError:
        """Return the error of a field out of bounds; a negative conductance explains signs."""
        if field == "conductance":
            return negative_conductance_error("Background", value)
        return super().range_error(field, value, unit, expected)

    def check(self) -> None:
        """Resolve the receptor; raise `DescriptionError` if it is invalid."""
        receptor = resolve_conductance_receptor(self.receptor, "Background")
        self.set_field("receptor", receptor)
        if not receptor.linear:
            raise DescriptionError(
                "Background, receptor",
                "a receptor that sums spikes linearly, so that the mean conductance sets a rate",
                receptor.name,
                "Use an Afferent with a rate and a number of fibres.",
            )

    @property
    def rate(self) -> float:
        """Rate of the Poisson input to each neuron in Hz, summed over its fibres.

        The mean over neurons if their conductance differs.
        """
        return float(self.conductance / self._conductance_per_hertz)

    @property
    def rates(self) -> np.ndarray | None:
        """Rate for each neuron in Hz, shape ``(n,)``; None if all have the same."""
        conductance = self.conductance
        if not isinstance(conductance, HeterogeneousQuantity) or conductance.values is None:
            return None
        return np.asarray(conductance.values / self._conductance_per_hertz)

    @property
    def _conductance_per_hertz(self) -> float:
        assert isinstance(self.receptor, Receptor)
        return float(self.quantum * self.receptor.time_integral())


def negative_conductance_error(obj: str, value: float, unit: str = "nS") -> DescriptionError:
    """Return the error for a negative conductance or weight."""
    return DescriptionError(
        obj,
        "a conductance >= 0" if unit == "nS" else "a magnitude >= 0",
        f"{in_unit(value, unit):g} {unit}",
        "Sign belongs to the transmitter: to inhibit, use a population (or afferent) with "
        "transmitter='GABA', or send it through an inhibitory interneuron population.",
    )


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


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Injection(Description):
    r"""A constant current or conductance in every neuron of a population.

    .. math:: I_{inj} = I + g (E_{rev} - v)

    Parameters
    ----------
    target : str
        Name of the population that receives the input.
    current : quantity, array or Distribution, optional
        Constant current :math:`I`; positive depolarises. One value for all neurons, an array of
        shape ``(n,)``, or a distribution from which each neuron draws its own.
    conductance : quantity, array or Distribution, optional
        Constant conductance :math:`g`, >= 0, as with a dynamic clamp; as for `current` one value or
        one per neuron.
    receptor : Receptor or str, optional
        Receptor that sets the reversal potential :math:`E_{rev}` of the conductance.
    compartment : str, optional
        Name of the cell's compartment that receives the input.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS, pA
    >>> current = ba.Injection("cell", current=150 * pA)
    >>> shunt = ba.Injection("cell", conductance=5 * nS, receptor="GABA_A")
    """

    target: str
    current: SI = quantity("pA", 0, one_per="neuron")
    conductance: SI = quantity("nS", 0, at_least=0, one_per="neuron")
    receptor: Receptor | str = "GABA_A"
    compartment: str = "soma"

    def range_error(self, field: str, value: float, unit: str, expected: str) -> DescriptionError:
        """Return the error of a negative conductance, which explains signs."""
        return negative_conductance_error(f"Injection into {self.target!r}", value)

    def check(self) -> None:
        """Resolve the receptor."""
        self.set_field(
            "receptor",
            resolve_conductance_receptor(self.receptor, f"Injection into {self.target!r}"),
        )
