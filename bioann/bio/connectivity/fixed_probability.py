"""Random connectivity: independent draws for all pairs."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.bio.connectivity.connectivity import Connectivity, SynapseList
from bioann.bio.connectivity.sampling import draw_successes, locate_pairs


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FixedProbability(Connectivity):
    """Each pair of neurons is connected with probability `p`, independently.

    Time and memory grow with the number of synapses, not with that of the pairs.

    Parameters
    ----------
    p : float
        Connection probability, in (0, 1].
    self_connections : bool, optional
        Whether a neuron of a recurrent projection may project to itself.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> sparse = ba.Projection("E", "I", 0.5 * nS, connectivity=ba.FixedProbability(0.1))
    """

    p: float
    self_connections: bool = False

    def check(self) -> None:
        """Raise `DescriptionError` for `p` outside (0, 1]."""
        if not 0 < self.p <= 1:
            raise DescriptionError("FixedProbability, p", "0 < p <= 1", repr(self.p), "Try p=0.1.")

    @property
    def is_drawn(self) -> bool:
        """Whether some pairs of neurons may be unconnected."""
        return self.p < 1

    @property
    def has_equal_strengths(self) -> bool:
        """True: all strengths are 1."""
        return True

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return `p` times the number of pairs."""
        return self.p * n_pre * n_post

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Draw the distances between connected pairs; the parameters are those of the base."""
        skip_self = recurrent and not self.self_connections
        post, pre = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
        for pairs in draw_successes(n_post * (n_pre - skip_self), self.p, rng):
            targets, sources = locate_pairs(pairs, n_pre, skip_self)
            post.append(targets)
            pre.append(sources)
        return np.concatenate(post), np.concatenate(pre), np.broadcast_to(1.0, sum(map(len, post)))

    def describe_synapses(self) -> str:
        """Describe the rule and its probability."""
        return f"connection probability {self.p:g}"
