"""Connectivity rules: which neurons of two populations are connected."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from bioann.base.arrays import to_floats
from bioann.base.description import Description
from bioann.base.errors import DescriptionError

#: Largest number of random numbers that are drawn at once; bounds the memory.
DRAWS_AT_ONCE = 2**16


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Connectivity(Description, ABC):
    """Base class of the connectivity rules."""

    @property
    def is_drawn(self) -> bool:
        """Whether synapses are drawn, so that they differ between wirings; unless overridden."""
        return True

    @abstractmethod
    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw the relative strength of every synapse.

        Parameters
        ----------
        n_pre, n_post : int
            Number of neurons in the source and in the target population.
        recurrent : bool
            Whether source and target are the same population. Only `ExplicitMatrix` then connects
            a neuron to itself.
        rng : numpy.random.Generator
            Random generator of the projection.

        Returns
        -------
        numpy.ndarray, shape (n_post, n_pre)
            Synaptic weight divided by the projection's weight; zero where there is no synapse.
        """

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw the same synapses as `draw_matrix` and return them as a list.

        Returns
        -------
        post, pre : numpy.ndarray of int, shape (synapse,)
            Postsynaptic and presynaptic neuron, sorted by target, then by source.
        strength : numpy.ndarray, shape (synapse,)
            Synaptic weight divided by the projection's weight, > 0.
        """
        matrix = self.draw_matrix(n_pre, n_post, recurrent, rng)
        post, pre = (neurons.astype(np.int32) for neurons in np.nonzero(matrix))
        return post, pre, matrix[post, pre]

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return the expected number of synapses; unless overridden, the number of pairs."""
        return n_pre * n_post

    def check_sizes(self, n_pre: int, n_post: int) -> None:
        """Raise `DescriptionError` if the rule cannot connect populations of these sizes."""


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AllToAll(Connectivity):
    """Every neuron projects to every neuron of the target, except to itself."""

    @property
    def is_drawn(self) -> bool:
        """False: every wiring is the same."""
        return False

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Return ones, with zeros on the diagonal of a recurrent projection."""
        ones = np.ones((n_post, n_pre))
        if recurrent:
            np.fill_diagonal(ones, 0.0)
        return ones


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class OneToOne(Connectivity):
    """Neuron `i` projects to neuron `i`; both populations have the same size."""

    @property
    def is_drawn(self) -> bool:
        """False: every wiring is the same."""
        return False

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the identity matrix; raise `DescriptionError` if the sizes differ."""
        self.check_sizes(n_pre, n_post)
        return np.eye(n_post)

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the synapses without allocating the matrix of all pairs."""
        self.check_sizes(n_pre, n_post)
        neurons = np.arange(n_post, dtype=np.int32)
        return neurons, neurons, np.broadcast_to(1.0, n_post)

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return one synapse per neuron."""
        return n_post

    def check_sizes(self, n_pre: int, n_post: int) -> None:
        """Raise `DescriptionError` if the populations differ in size."""
        if n_pre != n_post:
            raise DescriptionError(
                "OneToOne", "populations of equal size", f"{n_pre} and {n_post}", "Use AllToAll()."
            )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FixedProbability(Connectivity):
    """Each pair of neurons is connected with probability `p`, independently.

    Parameters
    ----------
    p : float
        Connection probability, in (0, 1].
    """

    p: float

    def check(self) -> None:
        """Raise `DescriptionError` for `p` outside (0, 1]."""
        if not 0 < self.p <= 1:
            raise DescriptionError("FixedProbability, p", "0 < p <= 1", repr(self.p), "Try p=0.1.")

    @property
    def is_drawn(self) -> bool:
        """Whether some pairs of neurons may be unconnected."""
        return self.p < 1

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return `p` times the number of pairs."""
        return self.p * n_pre * n_post

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw a one with probability `p` for each pair."""
        post, pre, strength = self.draw_synapses(n_pre, n_post, recurrent, rng)
        matrix = np.zeros((n_post, n_pre))
        matrix[post, pre] = strength
        return matrix

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw the synapses in time and memory proportional to their number, not to the pairs."""
        row = n_pre - recurrent
        post, pre = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
        for pairs in draw_successes(n_post * row, self.p, rng):
            targets = pairs // max(row, 1)
            sources = pairs - targets * row
            if recurrent:
                sources += sources >= targets
            post.append(targets.astype(np.int32))
            pre.append(sources.astype(np.int32))
        return np.concatenate(post), np.concatenate(pre), np.broadcast_to(1.0, sum(map(len, post)))


def draw_successes(n_trials: int, p: float, rng: np.random.Generator) -> Iterator[np.ndarray]:
    r"""Draw which of a sequence of independent trials succeed.

    Instead of a number for each trial, the distance :math:`k` from one success to the next is
    drawn. It has the geometric distribution :math:`p (1 - p)^{k - 1}`, so that the law is that of
    trials drawn one by one.

    Parameters
    ----------
    n_trials : int
        Number of trials, >= 0.
    p : float
        Probability of success, in (0, 1].
    rng : numpy.random.Generator
        Random generator; the numbers do not depend on how many are drawn at once.

    Yields
    ------
    numpy.ndarray of int, shape (success,)
        Indices of the successes in ascending order, the first successes in the first array.
    """
    last, mean = -1, n_trials * p
    # Sums of that many distances fit into 64 bits once each is clipped: at tiny p, single ones
    # reach 2**63 - 1.
    fitting = max(2**62 // (n_trials + 1), 1)
    size = min(DRAWS_AT_ONCE, int(mean + 4 * mean**0.5) + 8, fitting)
    while last < n_trials - 1:
        distances = rng.geometric(p, size)
        indices = last + np.cumsum(np.minimum(distances, n_trials + 1))
        last = int(indices[-1])
        yield indices[: np.searchsorted(indices, n_trials)]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ExplicitMatrix(Connectivity):
    """Connectivity given as a matrix of relative strengths.

    Parameters
    ----------
    values : array_like, shape (n_post, n_pre)
        Synaptic weights divided by the projection's weight, finite and >= 0; rows are targets.
    """

    values: Any

    def check(self) -> None:
        """Store `values` as a read-only array; raise `DescriptionError` if any is negative."""
        array = to_floats(self.values, "ExplicitMatrix")
        if array.ndim != 2 or not np.isfinite(array).all() or (array < 0).any():
            raise DescriptionError(
                "ExplicitMatrix",
                "finite numbers >= 0 of shape (n_post, n_pre)",
                f"shape {array.shape}, smallest {array.min() if array.size else 'none'}",
                "A conductance is a magnitude: split signed weights over a glutamate and a GABA "
                "population.",
            )
        array.setflags(write=False)
        self.set_field("values", array)

    @property
    def is_drawn(self) -> bool:
        """False: every wiring has this matrix."""
        return False

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the matrix; raise `DescriptionError` if its shape does not fit."""
        self.check_sizes(n_pre, n_post)
        matrix: np.ndarray = self.values
        return matrix

    def check_sizes(self, n_pre: int, n_post: int) -> None:
        """Raise `DescriptionError` unless the matrix has the shape ``(n_post, n_pre)``."""
        if self.values.shape != (n_post, n_pre):
            raise DescriptionError(
                "ExplicitMatrix",
                f"shape (n_post, n_pre) = {(n_post, n_pre)}",
                f"shape {self.values.shape}",
                "Rows are targets, columns are sources.",
            )
