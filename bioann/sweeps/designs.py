"""Designs of a sweep: which points of the space of parameters are run.

A design computes its points by their number, so that a grid of a million points takes no memory.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
import scipy.stats

from bioann.base.arguments import is_whole_number
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng
from bioann.base.text import shorten_repr
from bioann.sweeps.axes import ParameterAxis, make_axis

#: Points of a sweep at most, and what one takes at least: a file of 4 kB, which is one block of
#: most file systems, and a tenth of a second of one core (``docs/guides/sweeps.md``).
MAX_POINTS = 10_000_000
BYTES_PER_POINT, SECONDS_PER_POINT = 4096, 0.1


@dataclasses.dataclass(frozen=True)
class Design(abc.ABC):
    """A set of points.

    Parameters
    ----------
    axes : tuple of ParameterAxis
        The parameters that vary, at least one, each with another address.
    """

    axes: tuple[ParameterAxis, ...]

    def __post_init__(self) -> None:
        """Check the addresses and the number of points."""
        addresses = [axis.address for axis in self.axes]
        if not addresses or len(set(addresses)) < len(addresses):
            raise DescriptionError(
                "sweep, space",
                "at least one parameter, each once",
                ", ".join(addresses) or "none",
                "Write {'projection a -> b, weight': [0.1, 0.5] * nS}.",
            )
        self.check()
        check_point_count(self.n_points)

    def check(self) -> None:
        """Check what a design needs besides its axes."""
        return

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses of the parameters."""
        return tuple(axis.address for axis in self.axes)

    @property
    @abc.abstractmethod
    def n_points(self) -> int:
        """Number of points."""

    @abc.abstractmethod
    def get_point(self, k: int) -> tuple[float, ...]:
        """Return the value of each parameter at point `k`, in SI units."""

    def describe(self) -> dict[str, Any]:
        """Return the design as values that JSON has, equal for equal points."""
        fields = dataclasses.asdict(self)
        fields["axes"] = [dataclasses.asdict(axis) for axis in self.axes]
        return {"kind": type(self).__name__, **fields}


@final
@dataclasses.dataclass(frozen=True)
class FullGrid(Design):
    """All combinations of the values of the axes; the last parameter varies fastest."""

    def check(self) -> None:
        """Check that every axis has values, not a range."""
        check_axis_kinds(self.axes, False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def n_points(self) -> int:
        """Number of points: the product of the numbers of values."""
        return int(np.prod(self.shape, dtype=object))

    def get_point(self, k: int) -> tuple[float, ...]:
        """Return the value of each parameter at point `k`, in SI units."""
        indices = np.unravel_index(k, self.shape)
        return tuple(axis.values[i] for axis, i in zip(self.axes, indices, strict=True))


@dataclasses.dataclass(frozen=True)
class SampledDesign(Design):
    """Points drawn from the ranges of the axes.

    Parameters
    ----------
    points : int
        Number of points.
    seed : int
        Seed of the draw, 0 or larger.
    """

    points: int
    seed: int

    def check(self) -> None:
        """Check that every axis is a range, and the number of points and the seed."""
        check_axis_kinds(self.axes, True)
        if not is_whole_number(self.points, 1):
            got, remedy = shorten_repr(self.points), "Choose a number of points, such as 64."
            raise DescriptionError("sweep, points", "a whole number from 1 on", got, remedy)

    @property
    def n_points(self) -> int:
        """Number of points."""
        return self.points

    @functools.cached_property
    def table(self) -> np.ndarray:
        """Values of all parameters at all points in SI units, shape (point, parameter)."""
        sample = self.draw_sample(make_rng(self.seed, "sweep", type(self).__name__))
        columns = [axis.scale_unit_interval(sample[:, k]) for k, axis in enumerate(self.axes)]
        return np.stack(columns, axis=1)

    def get_point(self, k: int) -> tuple[float, ...]:
        """Return the value of each parameter at point `k`, in SI units."""
        return tuple(map(float, self.table[k]))

    @abc.abstractmethod
    def draw_sample(self, rng: np.random.Generator) -> np.ndarray:
        """Draw points of the unit cube, shape (point, parameter)."""


@final
@dataclasses.dataclass(frozen=True)
class LatinHypercube(SampledDesign):
    """Points of which each parameter has one in each of as many equal parts of its range."""

    def draw_sample(self, rng: np.random.Generator) -> np.ndarray:
        """Draw points of the unit cube, shape (point, parameter)."""
        sample: np.ndarray = scipy.stats.qmc.LatinHypercube(len(self.axes), rng=rng).random(
            self.points
        )
        return sample


@final
@dataclasses.dataclass(frozen=True)
class SobolSequence(SampledDesign):
    """Points of a scrambled Sobol sequence; a power of two keeps them balanced."""

    def draw_sample(self, rng: np.random.Generator) -> np.ndarray:
        """Draw points of the unit cube, shape (point, parameter)."""
        engine = scipy.stats.qmc.Sobol(len(self.axes), rng=rng)
        exponent = max(self.points - 1, 0).bit_length()
        sample: np.ndarray = engine.random_base2(exponent)[: self.points]
        return sample


@final
@dataclasses.dataclass(frozen=True)
class PointList(Design):
    """Points that are listed one by one.

    Parameters
    ----------
    points : tuple of tuple of float
        Value of each parameter at each point, in SI units.
    """

    points: tuple[tuple[float, ...], ...]

    @property
    def n_points(self) -> int:
        """Number of points."""
        return len(self.points)

    def get_point(self, k: int) -> tuple[float, ...]:
        """Return the value of each parameter at point `k`, in SI units."""
        return self.points[k]


def check_axis_kinds(axes: Sequence[ParameterAxis], is_range: bool) -> None:
    """Raise `DescriptionError` unless all axes are ranges, or all are lists of values."""
    for axis in axes:
        if axis.is_range != is_range:
            kinds = ("values", "a range")
            expected, got = kinds[is_range], kinds[axis.is_range]
            remedy = "Grids take values, Latin hypercubes and Sobol sequences take ranges."
            raise DescriptionError(f"sweep, {axis.address!r}", expected, got, remedy)


def check_point_count(n: int) -> None:
    """Raise `DescriptionError` for more points than can be run; the message says what they take."""
    if 1 <= n <= MAX_POINTS:
        return
    if n < 1:
        raise DescriptionError("sweep, space", "at least one point", "none", "Add one.")
    years = n * SECONDS_PER_POINT / 3600 / 24 / 365.25
    terabytes = n * BYTES_PER_POINT / 1e12
    raise DescriptionError(
        "sweep, space",
        f"at most {MAX_POINTS:,} points",
        f"{n:,}, which take {years:,.0f} years of one core at {SECONDS_PER_POINT:g} s each and "
        f"{terabytes:,.1f} TB of files",
        "Take fewer values, or a Latin hypercube or Sobol sequence, whose number of points does "
        "not grow with the number of parameters.",
    )


def make_design(space: Any) -> Design:
    """Return the design that a user describes.

    Parameters
    ----------
    space : Design, mapping of str to values, or sequence of mappings
        A design; the values of each parameter, whose grid is run; or a list of points, each a
        mapping from every parameter to its value.

    Raises
    ------
    DescriptionError
        If it is something else, or the points of a list name different parameters.
    """
    if isinstance(space, Design):
        return space
    if isinstance(space, Mapping):
        return FullGrid(tuple(make_axis(str(name), values) for name, values in space.items()))
    is_list = isinstance(space, Sequence) and not isinstance(space, str)
    if not is_list or not all(isinstance(point, Mapping) for point in space):
        raise DescriptionError(
            "sweep, space",
            "a mapping from addresses to values, a list of points, or a design",
            shorten_repr(space),
            "Write {'projection a -> b, weight': [0.1, 0.5] * nS}.",
        )
    return _make_point_list(space)


def _make_point_list(space: Sequence[Mapping[str, Any]]) -> PointList:
    """Return the design of a list of points; points that are repeated are an error."""
    addresses = list(space[0]) if space else []
    for k, point in enumerate(space):
        if set(point) != set(addresses):
            remedy = "Give every parameter a value at every point."
            expected = f"values of {', '.join(addresses)}"
            got = ", ".join(map(str, point)) or "none"
            raise DescriptionError(f"sweep, point {k + 1}", expected, got, remedy)
    axes, columns = [], []
    for address in addresses:
        values = [point[address] for point in space]
        units = make_axis(address, values[:1]).unit
        columns.append([make_axis(address, [value]).values[0] for value in values])
        for k, value in enumerate(values):
            if make_axis(address, [value]).unit != units:
                expected, got = f"a value in {units or 'no unit'}", shorten_repr(value)
                remedy = "Give it the same unit at all points."
                raise DescriptionError(f"sweep, point {k + 1}, {address!r}", expected, got, remedy)
        axes.append(ParameterAxis(address, tuple(sorted(set(columns[-1]))), units))
    points = tuple(zip(*columns, strict=True))
    if len(set(points)) < len(points):
        got = f"{len(points) - len(set(points))} of {len(points)} repeated"
        raise DescriptionError("sweep, space", "each point once", got, "Leave the others out.")
    return PointList(tuple(axes), points)
