"""Softmax layers: shares of units in their sum, and their logarithms."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Softmax(Layer):
    r"""Softmax: class probabilities from the logits of a classifier.

    .. math:: y_i = e^{x_i} \Big/ \sum_j e^{x_j}

    The sum is over the last axis of the input.
    """

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the input."""
        return shape

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the softmax; the maximum is subtracted first, so that nothing overflows."""
        exponentials = xp.exp(x - x.max(axis=-1, keepdims=True))
        return exponentials / exponentials.sum(axis=-1, keepdims=True)

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Raise `DescriptionError`."""
        raise DescriptionError(
            "Softmax",
            "a layer of weighted sums and activations",
            "a division by the sum of all units",
            "Leave it out: the largest unit before it is the largest after it.",
        )

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add a Softmax operator."""
        return builder.add_node("Softmax", [x], axis=-1)

    def explain(self) -> Equation:
        """Return the equation."""
        return Equation("Softmax", "y_i = e^(x_i) \\/ sum_j e^(x_j)")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LogSoftmax(Layer):
    r"""Logarithm of the softmax: class log-probabilities from the logits of a classifier.

    .. math:: y_i = x_i - \ln \sum_j e^{x_j}

    The sum is over the last axis of the input.
    """

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the input."""
        return shape

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the logarithm; the maximum is subtracted first, so that nothing overflows."""
        differences = x - x.max(axis=-1, keepdims=True)
        return differences - xp.log(xp.exp(differences).sum(axis=-1, keepdims=True))

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Raise `DescriptionError`."""
        raise DescriptionError(
            "LogSoftmax",
            "a layer of weighted sums and activations",
            "the logarithm of a sum over all units",
            "Leave it out: the largest unit before it is the largest after it.",
        )

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add a LogSoftmax operator."""
        return builder.add_node("LogSoftmax", [x], axis=-1)

    def explain(self) -> Equation:
        """Return the equation."""
        return Equation("Logarithm of the softmax", "y_i = x_i - ln sum_j e^(x_j)")
