"""A layer that applies a recurrent layer to sequences that are one input each."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.layers.layer import DrawWeights, Layer, Parameters, Shape
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError

_FIELD_KINDS = ("trainable_fields", "signed_fields", "recurrent_fields", "non_negative_fields")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class WholeSequence(Layer):
    """A recurrent layer that runs over the first axis of each input and starts anew at the next.

    Networks that read a sequence in both directions, or that weigh all its steps at the end, need
    the sequence as a whole before they have an output.

    Parameters
    ----------
    layer : Layer
        The recurrent layer, for inputs and outputs of one step.
    is_reversed : bool, optional
        Whether it runs from the last step to the first; the outputs keep the order of the inputs.
    """

    layer: Any
    is_reversed: bool = False

    def check(self) -> None:
        """Check the inner layer, and take over the names of its trainable arrays."""
        if not isinstance(self.layer, Layer):
            raise DescriptionError(
                "WholeSequence, layer", "a layer", repr(self.layer), "Pass LSTM(...), for example."
            )
        for kind in _FIELD_KINDS:
            self.set_field(kind, getattr(self.layer, kind))

    @property
    def has_time_constant(self) -> bool:
        """Whether the inner layer has a time constant."""
        return bool(self.layer.has_time_constant)

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The trainable arrays of the inner layer."""
        return dict(self.layer.parameters)

    @property
    def learning_rate_factors(self) -> dict[str, float]:
        """Factors on the learning rate of the inner layer's arrays."""
        return dict(self.layer.learning_rate_factors)

    def with_parameters(self, p: Parameters) -> Layer:
        """Return the layer with other values of its trainable arrays."""
        return dataclasses.replace(self, layer=self.layer.with_parameters(p))

    def source_of(self, field: str, name: str, source: str) -> str:
        """Return the presynaptic units of an array, as in the inner layer."""
        return str(self.layer.source_of(field, name, source))

    def output_shape(self, shape: Shape) -> Shape:
        """Return ``(step, *output of one step)``."""
        if len(shape) < 2:
            raise DescriptionError(
                "WholeSequence, input", "shape (step, input)", f"shape {shape}", "Add an axis."
            )
        return (shape[0], *self.layer.output_shape(shape[1:]))

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the outputs at all steps of every sequence."""
        sequences = x.reshape(-1, *x.shape[2:])
        if self.is_reversed:
            sequences = sequences[:, ::-1]
        outputs = self.layer.forward(p, sequences, xp, dt)
        if self.is_reversed:
            outputs = outputs[:, ::-1]
        return outputs.reshape(*x.shape[:2], *outputs.shape[1:])

    def compute_fans(self, name: str) -> tuple[int, int]:
        """Return fan-in and fan-out of an array of weights."""
        fans: tuple[int, int] = self.layer.compute_fans(name)
        return fans

    def draw_parameters(
        self, draw_weights: DrawWeights, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Draw the initial parameters of the inner layer."""
        return dict(self.layer.draw_parameters(draw_weights, rng))

    def signed_weights(self, p: Parameters) -> dict[str, Any]:
        """Compute the effective signed weights of the inner layer."""
        return dict(self.layer.signed_weights(p))

    def list_matrices(self) -> list[tuple[str, np.ndarray, bool]]:
        """Return the signed weight matrices of the inner layer."""
        return list(self.layer.list_matrices())

    def explain(self) -> Equation | None:
        """Return the equation of the inner layer, with the direction in the caption."""
        equation = self.layer.explain()
        if equation is None:
            return None
        direction = "from the last step to the first" if self.is_reversed else "over all steps"
        return dataclasses.replace(equation, caption=f"{equation.caption}, {direction}")
