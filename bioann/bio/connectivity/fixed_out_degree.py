"""Random connectivity in which all sources make the same number of synapses."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.bio.connectivity.connectivity import SynapseList
from bioann.bio.connectivity.fixed_degree import FixedDegree
from bioann.bio.connectivity.fixed_in_degree import FixedInDegree
from bioann.bio.connectivity.sampling import check_sample_size


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FixedOutDegree(FixedDegree):
    """Each neuron of the source makes `k` synapses, on targets drawn at random.

    All targets of a source have the same probability. Sources are independent.

    Parameters
    ----------
    k : int
        Number of synapses that each source makes, at least 1.
    multapses : bool, optional
        Whether targets are drawn with replacement, so that a pair may have several synapses;
        otherwise the targets of a source are distinct.
    self_connections : bool, optional
        Whether a neuron of a recurrent projection may project to itself.
    """

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return `k` for each source, which is exact."""
        return self.k * n_pre

    def check_sizes(self, n_pre: int, n_post: int, recurrent: bool) -> None:
        """Raise `DescriptionError` if there are too few targets."""
        n_targets = n_post - (recurrent and not self.self_connections)
        check_sample_size(self.k, "FixedOutDegree, k", n_targets, "targets", self.multapses)

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Draw the targets of each source; the parameters are those of the base class."""
        self.check_sizes(n_pre, n_post, recurrent)
        # The rule of in-degrees with source and target exchanged.
        exchanged = FixedInDegree(self.k, self.multapses, self.self_connections)
        pre, post, strength = exchanged.draw_synapses(n_post, n_pre, recurrent, rng)
        order = np.lexsort((pre, post))
        return post[order], pre[order], strength

    def describe_synapses(self) -> str:
        """Describe the rule and its out-degree."""
        return f"each neuron makes {self.k:,} synapse{'s' if self.k > 1 else ''}"
