"""Base of the rules in which every neuron of one side has the same number of synapses."""

from __future__ import annotations

import dataclasses
from abc import ABC

from bioann.base.arguments import check_whole_number
from bioann.bio.connectivity.connectivity import Connectivity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FixedDegree(Connectivity, ABC):
    """Base of `FixedInDegree` and `FixedOutDegree`.

    Parameters
    ----------
    k : int
        Number of synapses of each neuron on the side whose degree is fixed, at least 1.
    multapses : bool, optional
        Whether their other ends are drawn with replacement, so that a pair may have several
        synapses; otherwise they are distinct.
    self_connections : bool, optional
        Whether a neuron of a recurrent projection may project to itself.
    """

    k: int
    multapses: bool = False
    self_connections: bool = False

    def check(self) -> None:
        """Raise `DescriptionError` unless `k` is a whole number of at least 1."""
        self.set_field("k", check_whole_number(self.k, f"{type(self).__name__}, k"))

    @property
    def has_equal_strengths(self) -> bool:
        """True: all strengths are 1."""
        return True
