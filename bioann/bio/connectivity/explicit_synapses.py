"""Connectivity given as a list of synapses."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError
from bioann.bio.connectivity.connectivity import Connectivity, SynapseList


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ExplicitSynapses(Connectivity):
    """Connectivity given as a list of synapses: an `ExplicitMatrix` without its zeros.

    Memory grows with the number of synapses, not with that of the pairs of neurons.

    Parameters
    ----------
    post, pre : array_like of int, shape (synapse,)
        Postsynaptic and presynaptic neuron of each synapse. A pair may have several synapses.
    strength : array_like or None, shape (synapse,), optional
        Synaptic weights divided by the projection's weight, finite and above 0; 1 for all if None.
    """

    post: Any
    pre: Any
    strength: Any = None

    def check(self) -> None:
        """Store read-only arrays sorted by target and source; raise `DescriptionError` if wrong."""
        post, pre = (self._convert_neurons(name) for name in ("post", "pre"))
        strength = None
        if self.strength is not None:
            strength = to_floats(self.strength, "ExplicitSynapses, strength")
        shapes = {post.shape, pre.shape} | ({strength.shape} if strength is not None else set())
        if len(shapes) > 1 or post.ndim != 1:
            raise DescriptionError(
                "ExplicitSynapses",
                "post, pre and strength of one length",
                f"shapes {', '.join(map(str, sorted(shapes)))}",
                "List each synapse once in all of them.",
            )
        if strength is not None and not (np.isfinite(strength) & (strength > 0)).all():
            raise DescriptionError(
                "ExplicitSynapses, strength",
                "finite numbers above 0",
                f"smallest {strength.min():g}",
                "A conductance is a magnitude; leave out synapses of strength 0.",
            )
        order = np.lexsort((pre, post))
        arrays = {"post": post, "pre": pre} | ({} if strength is None else {"strength": strength})
        for name, values in arrays.items():
            array = values[order]
            array.setflags(write=False)
            self.set_field(name, array)

    def _convert_neurons(self, name: str) -> np.ndarray:
        numbers = to_floats(getattr(self, name), f"ExplicitSynapses, {name}")
        if not (np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers))).all():
            raise DescriptionError(
                f"ExplicitSynapses, {name}",
                "indices of neurons: whole numbers >= 0",
                f"{numbers.min():g} to {numbers.max():g}",
                "Count neurons from 0.",
            )
        return numbers.astype(np.int32)

    @property
    def is_drawn(self) -> bool:
        """False: every wiring has these synapses."""
        return False

    @property
    def has_equal_strengths(self) -> bool:
        """Whether no strengths are given."""
        return self.strength is None

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Return the synapses; raise `DescriptionError` if a neuron does not exist."""
        self.check_sizes(n_pre, n_post, recurrent)
        equal = np.broadcast_to(1.0, len(self.post))
        return self.post, self.pre, equal if self.strength is None else self.strength

    def expected_synapse_count(self, n_pre: int, n_post: int) -> float:
        """Return the number of synapses."""
        return len(self.post)

    def check_sizes(self, n_pre: int, n_post: int, recurrent: bool) -> None:
        """Raise `DescriptionError` if an index is beyond the population."""
        for name, n in (("post", n_post), ("pre", n_pre)):
            highest = int(getattr(self, name).max(initial=0))
            if highest >= n:
                raise DescriptionError(
                    f"ExplicitSynapses, {name}",
                    f"neurons below {n}, the size of the population",
                    str(highest),
                    "Count neurons from 0, within their population.",
                )

    def describe_synapses(self) -> str:
        """Describe how many synapses there are."""
        return f"{len(self.post):,} synapses of a list"
