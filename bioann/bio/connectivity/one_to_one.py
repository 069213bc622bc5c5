"""Each neuron projects to one neuron."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.bio.connectivity.connectivity import Connectivity, SynapseList


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class OneToOne(Connectivity):
    """Neuron `i` projects to neuron `i`; both populations have the same size.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> relay = ba.Projection("E", "I", 5 * nS, connectivity=ba.OneToOne())
    """

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
        """Return one synapse per neuron; raise `DescriptionError` if the sizes differ."""
        self.check_sizes(n_pre, n_post, recurrent)
        neurons = np.arange(n_post, dtype=np.int32)
        return neurons, neurons, np.broadcast_to(1.0, n_post)

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return one synapse per neuron."""
        return n_post

    def check_sizes(self, n_pre: int, n_post: int, recurrent: bool) -> None:
        """Raise `DescriptionError` if the populations differ in size."""
        if n_pre != n_post:
            raise DescriptionError(
                "OneToOne", "populations of equal size", f"{n_pre} and {n_post}", "Use AllToAll()."
            )

    def describe_synapses(self) -> str:
        """Describe the rule in three words."""
        return "one to one"
