"""Random connectivity in which all targets receive the same number of synapses."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.bio.connectivity.connectivity import SynapseList
from bioann.bio.connectivity.fixed_degree import FixedDegree
from bioann.bio.connectivity.sampling import check_sample_size, draw_subsets, locate_pairs


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FixedInDegree(FixedDegree):
    """Each neuron of the target receives `k` synapses, from sources drawn at random.

    All sources of a target have the same probability. Targets are independent.

    Parameters
    ----------
    k : int
        Number of synapses that each target receives, at least 1.
    multapses : bool, optional
        Whether sources are drawn with replacement, so that a pair may have several synapses;
        otherwise the sources of a target are distinct.
    self_connections : bool, optional
        Whether a neuron of a recurrent projection may project to itself.
    """

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return `k` for each target, which is exact."""
        return self.k * n_post

    def check_sizes(self, n_pre: int, n_post: int, recurrent: bool) -> None:
        """Raise `DescriptionError` if there are too few sources."""
        n_sources = n_pre - (recurrent and not self.self_connections)
        check_sample_size(self.k, "FixedInDegree, k", n_sources, "sources", self.multapses)

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Draw the sources of each target; the parameters are those of the base class."""
        self.check_sizes(n_pre, n_post, recurrent)
        skip_self = recurrent and not self.self_connections
        row = n_pre - skip_self
        if self.multapses:
            sources = np.sort(rng.integers(row, size=(n_post, self.k)), axis=1)
            pairs = (sources + row * np.arange(n_post)[:, None]).ravel()
        else:
            pairs = draw_subsets(n_post, row, self.k, rng)
        post, pre = locate_pairs(pairs, n_pre, skip_self)
        return post, pre, np.broadcast_to(1.0, len(post))

    def describe_synapses(self) -> str:
        """Describe the rule and its in-degree."""
        return f"each neuron receives {self.k:,} synapse{'s' if self.k > 1 else ''}"
