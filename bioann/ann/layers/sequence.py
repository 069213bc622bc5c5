"""Layers whose output depends on earlier inputs through recurrent weights."""

from __future__ import annotations

from abc import ABC

import numpy as np

from bioann.ann.layers.layer import Layer, Shape


class SequenceLayer(Layer, ABC):
    """Layer with input weights `W` and recurrent weights `U`, one column of `U` for each unit."""

    W: np.ndarray
    U: np.ndarray

    @property
    def is_temporal(self) -> bool:
        """Whether the output depends on earlier inputs: always true."""
        return True

    @property
    def input_shape(self) -> Shape:
        """``(input,)``."""
        return (self.W.shape[1],)

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(unit,)``."""
        self.require_input_shape(shape, self.input_shape, "(input,)")
        return (self.U.shape[1],)
