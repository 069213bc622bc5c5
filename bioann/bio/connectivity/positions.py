"""Where the neurons of a population lie: on a line, a ring, a sheet, or at stated coordinates.

Coordinates and distances are pure numbers in one unit that the user chooses, the same for all
populations of a network. In maps of a feature (the angle of an orientation, octaves of frequency,
visual angle) they are no lengths, and the rules only use ratios of distances.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.base.arguments import check_whole_number
from bioann.base.arrays import to_floats
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import shorten_repr

#: What lies beyond the edge of a sheet: nothing, or its opposite edge.
BOUNDARIES = ("open", "periodic")
#: Factor on the largest distance of a neighbour: neurons at exactly that distance on a grid are
#: neighbours, whatever the rounding of their coordinates.
ROUNDING = 1 + 1e-9


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Positions(Description, ABC):
    """Base class of the positions of a population's neurons."""

    @property
    @abstractmethod
    def n_axes(self) -> int:
        """Number of coordinates of a neuron, 1 or 2."""

    @property
    @abstractmethod
    def period(self) -> tuple[float, ...] | None:
        """Length of each axis after which space repeats; None if it does not."""

    @abstractmethod
    def make_coordinates(self, n: int) -> np.ndarray:
        """Make the coordinates of `n` neurons.

        Returns
        -------
        numpy.ndarray, shape (n, axis)
            Coordinates on one or two axes; in a periodic space at least 0 and below the period.
        """

    def check_count(self, n: int, title: str) -> None:
        """Raise `DescriptionError` unless these are positions of `n` neurons of a population."""


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Line(Positions):
    """Neurons at equal distances on a line with two ends.

    Neuron `i` of `n` lies in the middle of the `i`-th of `n` equal pieces,
    ``(i + 0.5)/n*length``, so that populations of different size cover the same line.

    Parameters
    ----------
    length : float, optional
        Length of the line, above 0.
    """

    length: float = 1.0

    def check(self) -> None:
        """Raise `DescriptionError` unless the length is finite and above 0."""
        check_length(self.length, "Line, length")

    @property
    def n_axes(self) -> int:
        """One: along the line."""
        return 1

    @property
    def period(self) -> tuple[float, ...] | None:
        """None: the line has ends."""
        return None

    def make_coordinates(self, n: int) -> np.ndarray:
        """Make the coordinates of `n` neurons, shape (n, 1)."""
        return (np.arange(n)[:, None] + 0.5) / n * self.length


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Ring(Positions):
    """Neurons at equal distances on a ring; distances are those along the shorter arc.

    Neuron `i` of `n` lies in the middle of the `i`-th of `n` equal pieces,
    ``(i + 0.5)/n*circumference``, so that populations of different size cover the same ring.

    Parameters
    ----------
    circumference : float, optional
        Circumference of the ring, above 0.
    places : int, optional
        Number of places at equal distances that the neurons share, as many at each, in their order;
        by default every neuron has a place of its own.
    """

    circumference: float = 1.0
    places: int | None = None

    def check(self) -> None:
        """Raise `DescriptionError` unless circumference and number of places are above 0."""
        check_length(self.circumference, "Ring, circumference")
        if self.places is not None:
            self.set_field("places", check_whole_number(self.places, "Ring, places"))

    @property
    def n_axes(self) -> int:
        """One: along the ring."""
        return 1

    @property
    def period(self) -> tuple[float, ...] | None:
        """The circumference."""
        return (self.circumference,)

    def make_coordinates(self, n: int) -> np.ndarray:
        """Make the coordinates of `n` neurons, shape (n, 1)."""
        if self.places is None:
            return (np.arange(n)[:, None] + 0.5) / n * self.circumference
        self.check_count(n, "Ring")
        # Whole distances where a place has a length of 1.
        places = (np.arange(self.places) + 0.5) * (self.circumference / self.places)
        return np.repeat(places, n // self.places)[:, None]

    def check_count(self, n: int, title: str) -> None:
        """Raise `DescriptionError` unless the neurons can share the places equally."""
        if self.places is not None and n % self.places:
            raise DescriptionError(
                f"{title}, positions",
                f"a multiple of {self.places} neurons, as many at each place",
                f"{n}",
                "Change the size of the population, or leave out places.",
            )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Sheet(Positions):
    """Neurons on a rectangular grid, numbered row by row.

    Each neuron lies in the middle of one of ``rows*columns`` equal rectangles.

    Parameters
    ----------
    rows, columns : int
        Number of neurons along the first and along the second axis; their product is the size of
        the population.
    height, width : float, optional
        Size of the sheet along the first and along the second axis, above 0.
    boundary : {'open', 'periodic'}, optional
        Whether the sheet ends at its edges, or is closed to a torus.
    """

    rows: int
    columns: int
    height: float = 1.0
    width: float = 1.0
    boundary: str = "open"

    def check(self) -> None:
        """Raise `DescriptionError` for wrong sizes, `UnknownNameError` for the boundary."""
        for field in ("rows", "columns"):
            self.set_field(field, check_whole_number(getattr(self, field), f"Sheet, {field}"))
        for field in ("height", "width"):
            check_length(getattr(self, field), f"Sheet, {field}")
        if self.boundary not in BOUNDARIES:
            raise unknown_name_error("Sheet", "boundary", self.boundary, BOUNDARIES)

    @property
    def n_axes(self) -> int:
        """Two: rows and columns."""
        return 2

    @property
    def period(self) -> tuple[float, ...] | None:
        """Height and width if the sheet is periodic."""
        return (self.height, self.width) if self.boundary == "periodic" else None

    def make_coordinates(self, n: int) -> np.ndarray:
        """Make the coordinates of all neurons, shape (rows * columns, 2)."""
        self.check_count(n, "Sheet")
        grid = np.indices((self.rows, self.columns)).reshape(2, -1).T
        return (grid + 0.5) / (self.rows, self.columns) * (self.height, self.width)

    def check_count(self, n: int, title: str) -> None:
        """Raise `DescriptionError` unless the sheet has room for exactly `n` neurons."""
        if self.rows * self.columns != n:
            raise DescriptionError(
                f"{title}, positions",
                f"a sheet of {n} neurons",
                f"{self.rows} x {self.columns} = {self.rows * self.columns}",
                "Make rows times columns the number of neurons.",
            )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Coordinates(Positions):
    """Neurons at stated coordinates.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, axis)
        Coordinates of each neuron on one or two axes, finite.
    circumference : tuple of float, optional
        Length of each axis after which space repeats, as on a ring or a torus: one number for each
        axis. Coordinates are then at least 0 and below it.
    """

    values: Any
    circumference: Any = None

    def check(self) -> None:
        """Store `values` as a read-only array of shape (n, axis); check it and the period."""
        array = to_floats(self.values, "Coordinates, values")
        array = array[:, None] if array.ndim == 1 else array
        if array.ndim != 2 or array.shape[1] not in (1, 2) or not np.isfinite(array).all():
            raise DescriptionError(
                "Coordinates, values",
                "finite numbers of shape (n,), (n, 1) or (n, 2)",
                f"shape {array.shape}, {np.count_nonzero(~np.isfinite(array))} not finite",
                "Write a row per neuron, a column per axis.",
            )
        array.setflags(write=False)
        self.set_field("values", array)
        if self.circumference is not None:
            self._check_circumference()

    def _check_circumference(self) -> None:
        """Store the period as a tuple; raise `DescriptionError` if it does not fit."""
        n_axes = self.values.shape[1]
        period = to_floats(self.circumference, "Coordinates, circumference").ravel()
        self.set_field("circumference", tuple(map(float, period)))
        for length in self.circumference:
            check_length(length, "Coordinates, circumference")
        outside = (self.values < 0) | (self.values >= period) if len(period) == n_axes else True
        if np.any(outside):
            raise DescriptionError(
                "Coordinates, circumference",
                f"{n_axes} number(s), each above all coordinates of its axis, which are >= 0",
                f"{self.circumference}",
                "Shift the coordinates by whole periods.",
            )

    @property
    def n_axes(self) -> int:
        """Number of columns of the array."""
        return int(self.values.shape[1])

    @property
    def period(self) -> tuple[float, ...] | None:
        """The circumference."""
        period: tuple[float, ...] | None = self.circumference
        return period

    def make_coordinates(self, n: int) -> np.ndarray:
        """Return the coordinates, shape (n, axis)."""
        self.check_count(n, "Coordinates")
        coordinates: np.ndarray = self.values
        return coordinates

    def check_count(self, n: int, title: str) -> None:
        """Raise `DescriptionError` unless there are coordinates of `n` neurons."""
        if len(self.values) != n:
            raise DescriptionError(
                f"{title}, positions",
                f"coordinates of {n} neurons",
                f"{len(self.values)}",
                "Write a row per neuron.",
            )


def check_length(length: Any, title: str) -> None:
    """Raise `DescriptionError` unless a length is a finite number above 0."""
    if not 0 < length < np.inf:
        raise DescriptionError(title, "a finite number > 0", shorten_repr(length), "Try 1.0.")


def make_positions(value: Any) -> Positions:
    """Return positions as they are, and an array of numbers as `Coordinates`."""
    return value if isinstance(value, Positions) else Coordinates(value)
