"""Random connectivity with a fixed number of synapses."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.arguments import check_whole_number
from bioann.bio.connectivity.connectivity import Connectivity, SynapseList
from bioann.bio.connectivity.sampling import check_sample_size, draw_subsets, locate_pairs


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FixedTotalNumber(Connectivity):
    """The projection has `n` synapses, each between a pair of neurons drawn at random.

    Parameters
    ----------
    n : int
        Number of synapses, at least 1.
    multapses : bool, optional
        Whether pairs are drawn with replacement, so that a pair may have several synapses;
        otherwise the pairs are distinct.
    self_connections : bool, optional
        Whether a neuron of a recurrent projection may project to itself.
    """

    n: int
    multapses: bool = True
    self_connections: bool = False

    def check(self) -> None:
        """Raise `DescriptionError` unless `n` is a whole number of at least 1."""
        self.set_field("n", check_whole_number(self.n, "FixedTotalNumber, n"))

    @property
    def has_equal_strengths(self) -> bool:
        """True: all strengths are 1."""
        return True

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return `n`, which is exact."""
        return self.n

    def check_sizes(self, n_pre: int, n_post: int, recurrent: bool) -> None:
        """Raise `DescriptionError` if there are too few pairs of neurons."""
        n_pairs = n_post * (n_pre - (recurrent and not self.self_connections))
        check_sample_size(self.n, "FixedTotalNumber, n", n_pairs, "pairs", self.multapses)

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Draw the pairs of all synapses; the parameters are those of the base class."""
        self.check_sizes(n_pre, n_post, recurrent)
        skip_self = recurrent and not self.self_connections
        n_pairs = n_post * (n_pre - skip_self)
        if self.multapses:
            pairs = np.sort(rng.integers(n_pairs, size=self.n))
        else:
            pairs = draw_subsets(1, n_pairs, self.n, rng)
        post, pre = locate_pairs(pairs, n_pre, skip_self)
        return post, pre, np.broadcast_to(1.0, len(post))

    def describe_synapses(self) -> str:
        """Describe the number of synapses."""
        return f"{self.n:,} synapse{'s' if self.n > 1 else ''} between random pairs"
