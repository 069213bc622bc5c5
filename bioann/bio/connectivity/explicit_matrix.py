"""Connectivity given as a matrix."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError
from bioann.bio.connectivity.connectivity import Connectivity, SynapseList


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ExplicitMatrix(Connectivity):
    """Connectivity given as a matrix of relative strengths.

    Parameters
    ----------
    values : array_like, shape (n_post, n_pre)
        Synaptic weights divided by the projection's weight, finite and >= 0; rows are targets.

    Examples
    --------
    >>> import bioann as ba
    >>> ba.ExplicitMatrix([[0, 1], [2, 0]])
    ExplicitMatrix(values=[[0.0, 1.0], [2.0, 0.0]])
    """

    values: Any

    def check(self) -> None:
        """Store `values` as a read-only array; raise `DescriptionError` if any is negative."""
        array = to_floats(self.values, "ExplicitMatrix")
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

    @property
    def is_drawn(self) -> bool:
        """False: every wiring has this matrix."""
        return False

    def draw_synapses(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> SynapseList:
        """Return the entries above 0; raise `DescriptionError` if the shape does not fit."""
        matrix = self.draw_matrix(n_pre, n_post, recurrent, rng)
        post, pre = (neurons.astype(np.int32) for neurons in np.nonzero(matrix))
        return post, pre, matrix[post, pre]

    def draw_matrix(
        self, n_pre: int, n_post: int, recurrent: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the matrix; raise `DescriptionError` if its shape does not fit."""
        self.check_sizes(n_pre, n_post, recurrent)
        matrix: np.ndarray = self.values
        return matrix

    def check_sizes(self, n_pre: int, n_post: int, recurrent: bool) -> None:
        """Raise `DescriptionError` unless the matrix has the shape ``(n_post, n_pre)``."""
        if self.values.shape != (n_post, n_pre):
            raise DescriptionError(
                "ExplicitMatrix",
                f"shape (n_post, n_pre) = {(n_post, n_pre)}",
                f"shape {self.values.shape}",
                "Rows are targets, columns are sources.",
            )

    def describe_synapses(self) -> str:
        """Describe how many pairs of the matrix are connected."""
        return f"{np.count_nonzero(self.values):,} synapses of a matrix"
