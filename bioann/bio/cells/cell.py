"""What every cell model says of itself, so that any of them can stand in a population."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.errors import DescriptionError
from bioann.half import Parameter
from bioann.units import Description, brian_quantity, magnitude


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Cell(Description, ABC):
    """Base of all cell models.

    A subclass is a frozen dataclass whose physical fields are the parameters of its Brian2
    equations, by the same names. The equations use ``I_syn`` (all receptors) and ``I_inj`` (all
    injected current), both in ampere and positive into the cell, and the potential ``v``.

    Attributes
    ----------
    model, threshold, reset : str
        Brian2 code.
    method : str
        Brian2 integration method.
    equation : str
        The same in Typst math, for reports.
    source : str
        Where the default parameters come from.
    """

    model = ""
    threshold = ""
    reset = ""
    method = ""
    equation = ""
    source = ""

    @property
    @abstractmethod
    def rest(self) -> float:
        """Resting potential in volt."""

    @property
    @abstractmethod
    def firing_threshold(self) -> float:
        """Potential in volt at which the driving force of a synapse is judged."""

    @property
    @abstractmethod
    def refractory(self) -> float:
        """Absolute refractory period in seconds."""

    @abstractmethod
    def time_constants(self) -> dict[str, float]:
        """Time constants in seconds that the integration step must stay below."""

    def initial(self, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """Draw the initial state: potentials evenly between rest and threshold.

        Parameters
        ----------
        rng : numpy.random.Generator
            Of this population and lane.
        n : int
            Number of neurons.

        Returns
        -------
        dict of str to numpy.ndarray, shape (n,)
            SI values of state variables; those not named start at zero.
        """
        return {"v": rng.uniform(self.rest, self.firing_threshold, n)}

    def namespace(self) -> dict[str, Any]:
        """Give the parameters to Brian2, with their dimensions."""
        named = {}
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            unit = f.metadata.get("unit")
            named[f.name] = brian_quantity(value, unit) if unit else value
        return named

    def parameters(self) -> tuple[Parameter, ...]:
        """List symbol, meaning, value, unit and source of every parameter."""
        return listed(self, self.source)


def listed(thing: Description, source: str, tag: str = "") -> tuple[Parameter, ...]:
    """List the physical fields of a description for a report.

    Parameters
    ----------
    thing : Description
        A cell or receptor.
    source : str
        Where its default numbers come from; a number that is not the default is the pair's own.
    tag : str, optional
        Subscript that tells equal symbols apart, in Typst math.

    Returns
    -------
    tuple of Parameter
        One per physical field.
    """
    rows = []
    for f in dataclasses.fields(thing):  # type: ignore[arg-type]
        if "unit" not in f.metadata:
            continue
        unit, value = f.metadata["unit"], getattr(thing, f.name)
        given = f.default_factory is dataclasses.MISSING or float(f.default_factory()) != value
        symbol = f.metadata["symbol"] or f.name
        shown = f"{magnitude(value, unit):g}".replace("-", "\N{MINUS SIGN}")
        rows.append(
            Parameter(
                f"{symbol}_({tag})" if tag else symbol,
                f.metadata["meaning"] or f.name,
                shown,
                unit,
                "the pair" if given else f.metadata["source"] or source,
            )
        )
    return tuple(rows)


def below(cell: Description, low: str, high: str, why: str) -> None:
    """Raise `DescriptionError` unless field `low` is below field `high`."""
    a, b = getattr(cell, low), getattr(cell, high)
    if not a < b:
        raise DescriptionError(
            f"{cell.title()}, {low}",
            f"a potential below {high} = {magnitude(b, 'mV'):g} mV",
            f"{magnitude(a, 'mV'):g} mV",
            why,
        )
