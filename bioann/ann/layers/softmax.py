"""A layer that turns sums into shares of one."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.layer import Layer, Parameters, RateUnits, Shape
from bioann.base.errors import DescriptionError
from bioann.model import Explanation


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Softmax(Layer):
    r"""Shares of one, as a classifier's last step.

    .. math:: y_i = e^{x_i} \Big/ \sum_j e^{x_j}
    """

    def output_shape(self, shape: Shape) -> Shape:
        """Give ``(unit,)``."""
        self.require_input_shape(shape, (None,), "(unit,)")
        return shape

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Exponentiate without overflow, and divide by the sum."""
        exponentials = xp.exp(x - x.max(axis=-1, keepdims=True))
        return exponentials / exponentials.sum(axis=-1, keepdims=True)

    def to_rate_units(self, shape: Shape) -> RateUnits:
        """Raise `DescriptionError`."""
        raise DescriptionError(
            "Softmax",
            "a layer that weighted sums and activations can do",
            "a division by the sum of all units",
            "Leave it out: the largest unit before it is the largest after it.",
        )

    def explain(self) -> Explanation:
        """Give the equation."""
        return Explanation("Softmax", "y_i = e^(x_i) \\/ sum_j e^(x_j)", ())
