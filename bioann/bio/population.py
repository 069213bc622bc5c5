"""Populations and what reaches them from outside the circuit at a constant mean."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import SI, Description, in_unit, quantity
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.lif import LIF
from bioann.bio.receptors import (
    RECEPTORS,
    Receptor,
    check_transmitter,
    resolve_receptor,
    weight_unit_of,
)


def check_identifier(name: str, obj: str) -> str:
    """Check that a name can name a Brian2 object: a letter, then letters, digits, underscores."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise DescriptionError(
            obj,
            "a name of letters, digits and underscores that starts with a letter",
            repr(name),
            "Write it like 'layer_4'.",
        )
    return name


def resolve_conductance_receptor(receptor: Receptor | str, obj: str) -> Receptor:
    """Turn a receptor or its name into a receptor, whatever its transmitter."""
    if isinstance(receptor, str):
        if receptor not in RECEPTORS:
            raise unknown_name_error(obj, "receptor", receptor, RECEPTORS)
        receptor = RECEPTORS[receptor]()
    if weight_unit_of(receptor) != "nS":
        raise DescriptionError(
            f"{obj}, receptor",
            "a receptor that opens a conductance",
            f"{getattr(receptor, 'name', receptor)!r}",
            "For current-based input use an Afferent with that receptor, or a current.",
        )
    return resolve_receptor(receptor, receptor.transmitter, obj)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Background(Description):
    r"""Bombardment of every neuron by independent Poisson spikes at a constant rate.

    The rate follows from the mean: :math:`\nu = \bar g / (q A)` with the integral :math:`A` of the
    conductance after a spike (:math:`\tau` of a single exponential, whose conductance then
    fluctuates with variance :math:`q \bar g / 2`, Campbell's theorem).

    Parameters
    ----------
    conductance : quantity
        Mean conductance.
    receptor : Receptor or str, optional
        Through which receptor.
    quantum : quantity, optional
        Conductance step of one spike; larger is noisier.
    """

    conductance: SI = quantity("nS", symbol="overline(g)", meaning="mean background conductance")
    receptor: Receptor | str = "AMPA"
    quantum: SI = quantity("nS", 1, above=0)

    def check(self) -> None:
        """Resolve the receptor; raise `DescriptionError` below zero."""
        if self.conductance < 0:
            raise negative_conductance_error("Background", self.conductance)
        receptor = resolve_conductance_receptor(self.receptor, "Background")
        self.set_field("receptor", receptor)
        if not receptor.linear:
            raise DescriptionError(
                "Background, receptor",
                "a receptor whose responses add up, for a mean to imply a rate",
                receptor.name,
                "Use an Afferent with a rate and a number of fibres.",
            )

    @property
    def rate(self) -> float:
        """Rate of the bombardment in Hz, summed over all fibres of a neuron."""
        assert isinstance(self.receptor, Receptor)
        return float(self.conductance / (self.quantum * self.receptor.time_integral()))


def negative_conductance_error(obj: str, value: float, unit: str = "nS") -> DescriptionError:
    """Make the error for a conductance below zero, which nothing in a brain has."""
    return DescriptionError(
        obj,
        "a conductance >= 0" if unit == "nS" else "a magnitude >= 0",
        f"{in_unit(value, unit):g} {unit}",
        "Sign belongs to the transmitter: to inhibit, use a population (or afferent) with "
        "transmitter='GABA', or send it through an inhibitory interneuron population.",
    )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Population(Description):
    """Neurons of one cell model that release one transmitter.

    Parameters
    ----------
    name : str
        A name that can be an identifier.
    n : int
        Number of neurons.
    transmitter : {'glutamate', 'GABA'}
        What every neuron of the population releases at all its terminals (Dale).
    cell : Cell, optional
        The cell model.
    background : quantity, Background or tuple of Background, optional
        Input from outside the circuit. A conductance alone means that mean through AMPA
        receptors, in quanta of 1 nS.
    """

    name: str
    n: int
    transmitter: str
    cell: Cell = dataclasses.field(default_factory=LIF)
    background: Any = ()

    def check(self) -> None:
        """Check name, size, transmitter, cell, and bring `background` to a tuple."""
        check_identifier(self.name, "Population, name")
        if isinstance(self.n, bool) or not isinstance(self.n, (int, np.integer)) or self.n < 1:
            raise DescriptionError(
                f"{self.title()}, n", "a whole number >= 1", repr(self.n), "Give its neurons."
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


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Injection(Description):
    r"""A constant current or conductance in every neuron of a population.

    .. math:: I_{inj} = I + g (E_{rev} - v)

    Parameters
    ----------
    target : str
        The population.
    current : quantity, optional
        Positive into the cell (depolarises).
    conductance : quantity, optional
        Held constant, as with a dynamic clamp.
    receptor : Receptor or str, optional
        Whose reversal potential the conductance pulls toward.
    compartment : str, optional
        Which compartment of the cell the electrode is in.
    """

    target: str
    current: SI = quantity("pA", 0)
    conductance: SI = quantity("nS", 0)
    receptor: Receptor | str = "GABA_A"
    compartment: str = "soma"

    def check(self) -> None:
        """Resolve the receptor; raise `DescriptionError` for a conductance below zero."""
        if self.conductance < 0:
            raise negative_conductance_error(f"Injection into {self.target!r}", self.conductance)
        self.set_field(
            "receptor",
            resolve_conductance_receptor(self.receptor, f"Injection into {self.target!r}"),
        )
