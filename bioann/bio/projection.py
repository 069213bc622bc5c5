"""Projections: the synapses from one population to another, and who is connected to whom."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.units import SI, Description, quantity
from bioann.bio.plasticity import LongTermPlasticity, Plasticity, ShortTermPlasticity
from bioann.bio.population import negative_conductance_error
from bioann.bio.receptors import Receptor, weight_unit_of

#: Pairs of neurons that are drawn at a time.
PAIRS_AT_ONCE = 2**16


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Connectivity(Description, ABC):
    """Base of the rules that say which neurons are connected."""

    @abstractmethod
    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw the relative strength of every synapse.

        Parameters
        ----------
        n_pre, n_post : int
            Sizes of the populations.
        recurrent : bool
            Whether they are one population; no rule but `ExplicitMatrix` makes a neuron its own
            target then.
        rng : numpy.random.Generator
            Of this projection.

        Returns
        -------
        numpy.ndarray, shape (n_post, n_pre)
            Zero where there is no synapse; the projection's weight times this is the conductance.
        """

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """List what `draw_matrix` draws, without the pairs of neurons that are not connected.

        Returns
        -------
        post, pre : numpy.ndarray of int, shape (synapse,)
            Neurons; ascending by target, then by source.
        strength : numpy.ndarray, shape (synapse,)
            Above zero.
        """
        matrix = self.draw_matrix(n_pre, n_post, recurrent, rng)
        post, pre = (neurons.astype(np.int32) for neurons in np.nonzero(matrix))
        return post, pre, matrix[post, pre]

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Give the number of synapses between so many neurons, on average; at most all pairs."""
        return n_pre * n_post

    def check_sizes(self, n_pre: int, n_post: int) -> None:
        """Raise `DescriptionError` for populations whose sizes the rule cannot connect."""


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AllToAll(Connectivity):
    """Every neuron reaches every neuron of the target but itself."""

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Return ones, zeros on the diagonal of a recurrent projection."""
        ones = np.ones((n_post, n_pre))
        if recurrent:
            np.fill_diagonal(ones, 0.0)
        return ones


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class OneToOne(Connectivity):
    """Neuron `i` reaches neuron `i`; both populations have one size."""

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the identity; `DescriptionError` for populations of different size."""
        self.check_sizes(n_pre, n_post)
        return np.eye(n_post)

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """List them without the matrix, which has a place for every pair of neurons."""
        self.check_sizes(n_pre, n_post)
        neurons = np.arange(n_post, dtype=np.int32)
        return neurons, neurons, np.broadcast_to(1.0, n_post)

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Count one for each neuron."""
        return n_post

    def check_sizes(self, n_pre: int, n_post: int) -> None:
        """Raise `DescriptionError` for populations of different size."""
        if n_pre != n_post:
            raise DescriptionError(
                "OneToOne", "populations of one size", f"{n_pre} and {n_post}", "Use AllToAll()."
            )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FixedProbability(Connectivity):
    """Each pair of neurons is connected with probability `p`, independently.

    Parameters
    ----------
    p : float
        In (0, 1].
    """

    p: float

    def check(self) -> None:
        """Raise `DescriptionError` for `p` outside (0, 1]."""
        if not 0 < self.p <= 1:
            raise DescriptionError("FixedProbability, p", "0 < p <= 1", repr(self.p), "Try p=0.1.")

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Count a share of all pairs."""
        return self.p * n_pre * n_post

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw ones with probability `p`."""
        post, pre, strength = self.draw_synapses(n_pre, n_post, recurrent, rng)
        matrix = np.zeros((n_post, n_pre))
        matrix[post, pre] = strength
        return matrix

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw a few targets at a time: the same numbers, and never one for every pair at once."""
        rows = max(PAIRS_AT_ONCE // n_pre, 1)
        # Of a few targets at a time, which of their pairs are connected.
        chunks = []
        for first in range(0, n_post, rows):
            connected = rng.random((min(rows, n_post - first), n_pre)) < self.p
            if recurrent:
                np.fill_diagonal(connected[:, first:], False)
            chunks.append(np.flatnonzero(connected).astype(np.int32))
        post, pre = (np.empty(sum(map(len, chunks)), dtype=np.int32) for _ in range(2))
        start = 0
        for k, pairs in enumerate(chunks):
            span = slice(start, start + len(pairs))
            targets = pairs // np.int32(n_pre)
            np.add(targets, np.int32(k * rows), out=post[span])
            np.subtract(pairs, targets * np.int32(n_pre), out=pre[span])
            start += len(pairs)
        return post, pre, np.broadcast_to(1.0, len(post))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ExplicitMatrix(Connectivity):
    """Relative strengths written out.

    Parameters
    ----------
    values : array_like, shape (n_post, n_pre)
        Finite and >= 0; rows are targets.
    """

    values: Any

    def check(self) -> None:
        """Keep `values` as a read-only array; `DescriptionError` below zero."""
        array = np.array(self.values, dtype=float)
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

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the matrix; `DescriptionError` if its shape is another one."""
        self.check_sizes(n_pre, n_post)
        matrix: np.ndarray = self.values
        return matrix

    def check_sizes(self, n_pre: int, n_post: int) -> None:
        """Raise `DescriptionError` if the shape is another one."""
        if self.values.shape != (n_post, n_pre):
            raise DescriptionError(
                "ExplicitMatrix",
                f"shape (n_post, n_pre) = {(n_post, n_pre)}",
                f"shape {self.values.shape}",
                "Rows are targets, columns are sources.",
            )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Projection(Description):
    """Synapses from one population to another (or to itself).

    Parameters
    ----------
    source, target : str
        Populations. What is released is the source's transmitter.
    weight : quantity
        Peak conductance of one spike, >= 0; in pA or mV for a current-based receptor.
    receptor : Receptor, str or None, optional
        The transmitter's own unless given.
    connectivity : Connectivity, optional
        Who is connected to whom.
    delay : quantity, optional
        Conduction and release together.
    name : str, optional
        Tells two projections between the same populations apart.
    plasticity : Plasticity or tuple of Plasticity, optional
        At most one short-term rule (what a spike releases) and one long-term rule (how strong the
        synapse is). Learning changes synapses that are there, and makes none.
    """

    source: str
    target: str
    weight: SI = quantity("nS")
    receptor: Receptor | str | None = None
    connectivity: Connectivity = dataclasses.field(default_factory=AllToAll)
    delay: SI = quantity("ms", 1, at_least=0)
    name: str = ""
    plasticity: Any = ()

    def title(self) -> str:
        """Name the projection in errors."""
        return f"Projection {self.source!r} -> {self.target!r}"

    def unit_of(self, f: dataclasses.Field[Any]) -> str:
        """Give the unit of the weight that the receptor asks for."""
        return weight_unit_of(self.receptor) if f.name == "weight" else super().unit_of(f)

    def check(self) -> None:
        """Raise `DescriptionError` for a negative conductance or no connectivity."""
        if self.weight < 0:
            raise negative_conductance_error(
                f"{self.title()}, weight", self.weight, weight_unit_of(self.receptor)
            )
        if not isinstance(self.connectivity, Connectivity):
            raise DescriptionError(
                f"{self.title()}, connectivity",
                "AllToAll(), OneToOne(), FixedProbability(p) or ExplicitMatrix(values)",
                repr(self.connectivity),
                "Use one of these.",
            )
        self._check_plasticity()
        if not self.name:
            self.set_field("name", f"{self.source}_to_{self.target}")

    def _check_plasticity(self) -> None:
        """Bring `plasticity` to a tuple, and check that its rules can stand side by side."""
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
                "Write plasticity=(TsodyksMarkram(), PairSTDP()), or use two projections.",
            )
        if self.long_term_rule is not None and not self.weight > 0:
            raise DescriptionError(
                f"{self.title()}, weight",
                "a weight above 0, in whose units the synapse learns",
                "0",
                "Give the weight a synapse may have, and smaller ones by ExplicitMatrix(values).",
            )

    @property
    def short_term_rule(self) -> ShortTermPlasticity | None:
        """The short-term rule, if there is one."""
        return next((r for r in self.plasticity if isinstance(r, ShortTermPlasticity)), None)

    @property
    def long_term_rule(self) -> LongTermPlasticity | None:
        """The long-term rule, if there is one."""
        return next((r for r in self.plasticity if isinstance(r, LongTermPlasticity)), None)
