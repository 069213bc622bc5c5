"""All neurons project to all neurons."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.bio.connectivity.connectivity import Connectivity, SynapseList
from bioann.bio.connectivity.sampling import locate_pairs


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AllToAll(Connectivity):
    """Every neuron projects to every neuron of the target.

    Parameters
    ----------
    self_connections : bool, optional
        Whether a neuron of a recurrent projection projects to itself.

    Examples
    --------
    >>> import bioann as ba
    >>> ba.AllToAll(self_connections=True)
    AllToAll(self_connections=True)
    """

    self_connections: bool = False

    @property
    def is_drawn(self) -> bool:
        """False: every wiring is the same."""
        return False

    @property
    def has_equal_strengths(self) -> bool:
        """True: all strengths are 1."""
        return True

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Return all pairs, without those of a neuron with itself in a recurrent projection."""
        skip_self = recurrent and not self.self_connections
        pairs = np.arange(n_post * (n_pre - skip_self))
        post, pre = locate_pairs(pairs, n_pre, skip_self)
        return post, pre, np.broadcast_to(1.0, len(post))

    def describe_synapses(self) -> str:
        """Describe the rule in three words."""
        return "all to all"
