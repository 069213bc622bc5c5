"""Kernels: how a connection probability or strength depends on the distance of two neurons."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.base.arrays import to_floats
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.bio.connectivity.positions import ROUNDING, check_length


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Kernel(Description, ABC):
    """Base class of functions of distance, >= 0 everywhere."""

    @abstractmethod
    def __call__(self, distance: np.ndarray) -> np.ndarray:
        """Compute the kernel.

        Parameters
        ----------
        distance : numpy.ndarray
            Distances between neurons, >= 0, in the unit of their positions.

        Returns
        -------
        numpy.ndarray
            Probability or relative strength at each distance, >= 0.
        """

    @property
    @abstractmethod
    def maximum(self) -> float:
        """Largest value at any distance."""

    def describe_kernel(self) -> str:
        """Describe the function in a few words; its code unless overridden."""
        return repr(self)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GaussianKernel(Kernel):
    r"""A kernel that falls with the square of the distance.

    .. math:: k(d) = k_0 \exp\left(-\frac{d^2}{2 \sigma^2}\right)

    Parameters
    ----------
    width : float
        Standard deviation :math:`\sigma`, above 0, in the unit of the positions.
    peak : float, optional
        Value :math:`k_0` at distance 0, >= 0.
    """

    width: float
    peak: float = 1.0

    def check(self) -> None:
        """Raise `DescriptionError` for a width that is not above 0 or a negative peak."""
        check_length(self.width, "GaussianKernel, width")
        check_kernel_values(self.peak, "GaussianKernel, peak")

    def __call__(self, distance: np.ndarray) -> np.ndarray:
        """Compute the kernel at each distance."""
        return np.asarray(self.peak * np.exp(-0.5 * (distance / self.width) ** 2))

    @property
    def maximum(self) -> float:
        """The peak."""
        return self.peak

    def describe_kernel(self) -> str:
        """Describe the function and its width."""
        return f"{self.peak:g} at distance 0, a Gaussian of width {self.width:g}"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ExponentialKernel(Kernel):
    r"""A kernel that falls exponentially with distance.

    .. math:: k(d) = k_0 e^{-d/\lambda}

    Parameters
    ----------
    length : float
        Length constant :math:`\lambda`, above 0, in the unit of the positions.
    peak : float, optional
        Value :math:`k_0` at distance 0, >= 0.
    """

    length: float
    peak: float = 1.0

    def check(self) -> None:
        """Raise `DescriptionError` for a length that is not above 0 or a negative peak."""
        check_length(self.length, "ExponentialKernel, length")
        check_kernel_values(self.peak, "ExponentialKernel, peak")

    def __call__(self, distance: np.ndarray) -> np.ndarray:
        """Compute the kernel at each distance."""
        return np.asarray(self.peak * np.exp(-distance / self.length))

    @property
    def maximum(self) -> float:
        """The peak."""
        return self.peak

    def describe_kernel(self) -> str:
        """Describe the function and its length constant."""
        return f"{self.peak:g} at distance 0, falling exponentially over {self.length:g}"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class BoxKernel(Kernel):
    """A kernel that is constant up to a radius, and 0 beyond.

    Parameters
    ----------
    radius : float
        Largest distance at which the kernel is above 0, in the unit of the positions.
    peak : float, optional
        Value up to that distance, >= 0.
    """

    radius: float
    peak: float = 1.0

    def check(self) -> None:
        """Raise `DescriptionError` for a radius that is not above 0 or a negative peak."""
        check_length(self.radius, "BoxKernel, radius")
        check_kernel_values(self.peak, "BoxKernel, peak")

    def __call__(self, distance: np.ndarray) -> np.ndarray:
        """Compute the kernel at each distance."""
        return np.where(distance <= self.radius * ROUNDING, self.peak, 0.0)

    @property
    def maximum(self) -> float:
        """The peak."""
        return self.peak

    def describe_kernel(self) -> str:
        """Describe the function and its radius."""
        return f"{self.peak:g} up to a distance of {self.radius:g}"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TabulatedKernel(Kernel):
    """A kernel that is linear between stated values, and constant before and after them.

    Parameters
    ----------
    distances : array_like, shape (point,)
        Distances in ascending order, >= 0, in the unit of the positions.
    values : array_like, shape (point,)
        Value at each of them, finite and >= 0.
    """

    distances: Any
    values: Any

    def check(self) -> None:
        """Store both as read-only arrays; raise `DescriptionError` if they do not fit."""
        for field in ("distances", "values"):
            array = to_floats(getattr(self, field), f"TabulatedKernel, {field}")
            array.setflags(write=False)
            self.set_field(field, array)
        distances, shape = self.distances, self.distances.shape
        is_ascending = len(shape) == 1 and shape[0] > 0 and (np.diff(distances) > 0).all()
        if not is_ascending or not (distances >= 0).all() or not np.isfinite(distances).all():
            raise DescriptionError(
                "TabulatedKernel, distances",
                "finite numbers >= 0 in ascending order, none twice",
                shorten_repr(distances.tolist()),
                "Sort them.",
            )
        if self.values.shape != shape:
            raise DescriptionError(
                "TabulatedKernel, values",
                f"one number for each of {len(distances)} distance(s)",
                f"shape {self.values.shape}",
                "Write as many values as distances.",
            )
        check_kernel_values(self.values, "TabulatedKernel, values")

    def __call__(self, distance: np.ndarray) -> np.ndarray:
        """Compute the kernel at each distance."""
        return np.interp(distance, self.distances, self.values)

    @property
    def maximum(self) -> float:
        """The largest of the values."""
        return float(self.values.max())

    def describe_kernel(self) -> str:
        """Describe the number of points and the range of values."""
        low, high = self.values.min(), self.values.max()
        return f"between {low:g} and {high:g}, given at {len(self.values)} distance(s)"


def check_kernel_values(values: Any, title: str) -> None:
    """Raise `DescriptionError` for kernel values that are negative or not finite."""
    array = np.asarray(values)
    if not (np.isfinite(array) & (array >= 0)).all():
        offending = array[~(np.isfinite(array) & (array >= 0))]
        raise DescriptionError(
            title,
            "finite numbers >= 0",
            f"{offending.flat[0]:g}",
            "A kernel gives the size of a conductance: for a kernel of both signs use two "
            "projections, a glutamate and a GABA population.",
        )
