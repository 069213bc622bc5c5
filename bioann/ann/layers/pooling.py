"""Layers that make one number of each patch of an image: its mean or its maximum."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Linear
from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.ann.layers.patches import (
    compute_linear_matrix,
    count_patches,
    extract_patches,
    validate_pair,
)
from bioann.base.errors import DescriptionError
from bioann.model import Explanation


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PoolingLayer(Layer):
    """Base of layers that make one number of each patch, channel by channel."""

    size: Any = 2
    stride: Any = None

    def check(self) -> None:
        """Bring size and stride to pairs; the stride is the size unless given."""
        self.set_field("size", validate_pair(self, "size", 1))
        self.set_field(
            "stride", self.size if self.stride is None else validate_pair(self, "stride", 1)
        )

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(channel, height, width)``."""
        self.require_input_shape(shape, (None, None, None), "(channel, height, width)")
        return (shape[0], *count_patches(self, list(shape[1:]), self.size, self.stride))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AveragePool(PoolingLayer):
    """The mean of each patch.

    Parameters
    ----------
    size : int or (int, int), optional
        Height and width of a patch.
    stride : int or (int, int), optional
        Steps between patches; the size unless given.
    """

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Average over each patch."""
        return extract_patches(x, self.size, self.stride).mean(axis=(-2, -1))

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Give linear units that average."""
        return RateUnits(
            compute_linear_matrix(self, shape),
            np.zeros(np.prod(self.output_shape(shape))),
            Linear(),
        )

    def explain(self) -> Explanation:
        """Name the mean."""
        return Explanation("Mean of patches", "", ())


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class MaxPool(PoolingLayer):
    """The maximum of each patch: no weighted sum, so it cannot be flattened.

    Parameters
    ----------
    size : int or (int, int), optional
        Height and width of a patch.
    stride : int or (int, int), optional
        Steps between patches; the size unless given.
    """

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Take the maximum of each patch."""
        return extract_patches(x, self.size, self.stride).max(axis=(-2, -1))

    def explain(self) -> Explanation:
        """Name the maximum."""
        return Explanation("Maximum of patches", "", ())

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Raise `DescriptionError`."""
        raise DescriptionError(
            "MaxPool",
            "a layer that weighted sums and activations can do",
            "a maximum over patches",
            "Train the network with AveragePool instead.",
        )
