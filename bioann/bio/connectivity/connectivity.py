"""The base class of connectivity rules: which neurons of two populations are connected."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod

import numpy as np

from bioann.base.description import Description
from bioann.bio.connectivity.positions import Positions

#: Postsynaptic neuron, presynaptic neuron and relative strength of each synapse.
SynapseList = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Connectivity(Description, ABC):
    """Base class of the connectivity rules."""

    @property
    def is_drawn(self) -> bool:
        """Whether synapses are drawn, so that they differ between wirings; unless overridden."""
        return True

    @property
    def has_equal_strengths(self) -> bool:
        """Whether all synapses have the strength 1; False unless overridden."""
        return False

    @abstractmethod
    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Draw the synapses.

        Parameters
        ----------
        n_pre, n_post : int
            Number of neurons in the source and in the target population.
        recurrent : bool
            Whether source and target are the same population.
        rng : numpy.random.Generator
            Random generator of the projection.

        Returns
        -------
        post, pre : numpy.ndarray of int, shape (synapse,)
            Postsynaptic and presynaptic neuron, sorted by target, then by source. A pair with
            several synapses is listed several times.
        strength : numpy.ndarray, shape (synapse,)
            Synaptic weight divided by the projection's weight, > 0.
        """

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw the same synapses as `draw_synapses` and return them as a matrix.

        Returns
        -------
        numpy.ndarray, shape (n_post, n_pre)
            Synaptic weight divided by the projection's weight, summed over the synapses of a pair;
            zero where there is none.
        """
        post, pre, strength = self.draw_synapses(n_pre, n_post, recurrent, rng)
        matrix = np.zeros((n_post, n_pre))
        np.add.at(matrix, (post, pre), strength)
        return matrix

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return the expected number of synapses; unless overridden, the number of pairs."""
        return n_pre * n_post

    def check_sizes(self, n_pre: int, n_post: int, recurrent: bool) -> None:
        """Raise `DescriptionError` if the rule cannot connect populations of these sizes."""

    def with_positions(self, source: Positions | None, target: Positions | None) -> Connectivity:
        """Return the rule for populations at these positions; itself unless it needs them.

        Parameters
        ----------
        source, target : Positions or None
            Positions of the presynaptic and the postsynaptic neurons; None if they have none.

        Raises
        ------
        DescriptionError
            If the rule needs positions and there are none.
        """
        return self

    def describe_synapses(self) -> str:
        """Describe in a few words who is connected; empty unless overridden."""
        return ""
