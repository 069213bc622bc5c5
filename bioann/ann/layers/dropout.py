"""A layer that leaves out random outputs while a network is trained."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, Shape
from bioann.base.errors import DescriptionError


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Dropout(Layer):
    """Leave out a share of the outputs before it in each training step, and none in a run.

    What is kept is divided by the share that is kept, so that the mean stays (Srivastava et al.
    2014, in its inverted form).

    Parameters
    ----------
    rate : float, optional
        The share that is left out, at least 0 and below 1.
    """

    rate: float = 0.5

    passes_input = True

    def check(self) -> None:
        """Raise `DescriptionError` for a rate that leaves nothing."""
        if not 0 <= self.rate < 1:
            raise DescriptionError(
                "Dropout, rate", "0 <= rate < 1", repr(self.rate), "Try rate=0.5."
            )

    def output_shape(self, shape: Shape) -> Shape:
        """Give the same shape."""
        return shape

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Pass the input on; training drops some of it afterwards."""
        return x

    def to_rate_units(self, shape: Shape) -> None:
        """Pass the input on."""
        return
