"""What a layer is: shapes, parameters, and one forward definition for every array namespace."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

import numpy as np

from bioann.ann.activations.activation import Activation
from bioann.base.errors import DescriptionError
from bioann.base.units import Description
from bioann.model import Explanation

#: Shape of one input or output, without the leading axes ``(batch, time)``.
Shape: TypeAlias = tuple[int, ...]
#: A layer's parameters by field name; NumPy or JAX arrays.
Parameters: TypeAlias = Mapping[str, Any]
#: Draws an array of weights: name, shape, fan in, fan out, whether the sources are its own units.
DrawWeights: TypeAlias = Callable[[str, Shape, int, int, bool], np.ndarray]


@dataclasses.dataclass(frozen=True)
class RateUnits:
    """A layer written out as units of a rate network.

    Attributes
    ----------
    W : numpy.ndarray, shape (unit, input)
        Weights from the layer before, both flattened row by row.
    bias : numpy.ndarray, shape (unit,)
        Biases.
    activation : Activation
        Of all units.
    tau : Any
        Time constant of all units as a description keeps it, or None for static units.
    U : numpy.ndarray or None, shape (unit, unit)
        Weights between the layer's own units.
    """

    W: np.ndarray
    bias: np.ndarray
    activation: Activation
    tau: Any = None
    U: np.ndarray | None = None


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Layer(Description, ABC):
    """Base of all layers.

    A subclass names its parameters: `trainable_fields` are the fields that training changes,
    `signed_fields` those of them that hold weights of any sign with the axes ``(target, source,
    ...)``, `recurrent_fields` those of these whose sources are the layer's own units,
    `non_negative_fields` those that cannot be negative by what the layer means.
    """

    trainable_fields: ClassVar[tuple[str, ...]] = ()
    signed_fields: ClassVar[tuple[str, ...]] = ()
    recurrent_fields: ClassVar[tuple[str, ...]] = ()
    non_negative_fields: ClassVar[tuple[str, ...]] = ()
    #: Whether it has no units of its own and hands on what it is given.
    passes_input: ClassVar[bool] = False

    @property
    def is_temporal(self) -> bool:
        """Whether the answer depends on earlier inputs."""
        return False

    @property
    def input_shape(self) -> Shape | None:
        """Shape of one input where the layer fixes it, else None."""
        return None

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The learned arrays by name."""
        return {name: getattr(self, name) for name in self.trainable_fields}

    @property
    def learning_rate_factors(self) -> dict[str, float]:
        """What the steps of training are multiplied with, by field; one that is left out has 1."""
        return {}

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """Give the shape of one output for the shape of one input, or say why it cannot be."""

    @abstractmethod
    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Answer a batch.

        Parameters
        ----------
        p : mapping of str to array
            The parameters to use, by the names in `trainable_fields`.
        x : array, shape (batch, time, *input shape)
            The inputs.
        xp : module, optional
            `numpy` or `jax.numpy`.
        dt : float, optional
            Time step in seconds; only layers with a time constant need it.

        Returns
        -------
        array, shape (batch, time, *output shape)
            The outputs.
        """

    def compute_fans(self, name: str) -> tuple[int, int]:
        """Give how many inputs a unit of an array sums, and how many units an input reaches."""
        target, *other_axes = getattr(self, name).shape
        return int(np.prod(other_axes)), int(target * np.prod(other_axes[1:]))

    def draw_parameters(
        self, draw_weights: DrawWeights, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Draw the parameters afresh: weights as they are asked for, biases of zero.

        Parameters
        ----------
        draw_weights : callable
            ``draw(name, shape, fan_in, fan_out, own)`` gives an array of weights; `own` says
            whether they come from the layer's own units.
        rng : numpy.random.Generator
            For whatever else is random.

        Returns
        -------
        dict of str to numpy.ndarray
            Like `parameters`.
        """
        parameters = {name: np.zeros_like(array) for name, array in self.parameters.items()}
        for name in self.signed_fields:
            shape = parameters[name].shape
            parameters[name] = draw_weights(
                name, shape, *self.compute_fans(name), name in self.recurrent_fields
            )
        return parameters

    def signed_weights(self, p: Parameters) -> dict[str, Any]:
        """Give the signed weights that the parameters amount to, axes ``(target, source, ...)``."""
        return {name: p[name] for name in self.signed_fields}

    def to_rate_units(self, shape: Shape) -> RateUnits | None:
        """Write the layer out as units of a rate network; None if it passes its input on.

        Raises
        ------
        DescriptionError
            If units with summed inputs cannot do what the layer does.
        """
        raise DescriptionError(
            self.title(),
            "a layer that weighted sums and activations can do",
            type(self).__name__,
            "Run the network as it stands, or replace the layer before flattening.",
        )

    def explain(self) -> Explanation | None:
        """Give the layer's equation; None if there is nothing to tell."""
        return None

    def set_vector(self, name: str, n: int, axes: str) -> None:
        """Keep a field as `n` numbers, from one for all or one for each."""
        value = getattr(self, name)
        if np.ndim(value) == 0:
            self.set_field(name, np.full(n, value, dtype=float))
        self.set_array(name, (n,), axes)

    def set_array(self, name: str, shape: tuple[int | None, ...], axes: str) -> None:
        """Keep a field as a read-only float array of the wanted shape; None is any length."""
        array = np.array(getattr(self, name), dtype=float)
        fits = array.ndim == len(shape) and all(
            n is None or n == length for n, length in zip(shape, array.shape, strict=True)
        )
        if not fits or 0 in array.shape or not np.isfinite(array).all():
            sizes = ", ".join("any" if n is None else str(n) for n in shape)
            raise DescriptionError(
                f"{self.title()}, {name}",
                f"finite numbers of shape {axes} = ({sizes})",
                "NaN or infinite values" if fits and array.size else f"shape {array.shape}",
                "Axis 0 is the target, axis 1 the source.",
            )
        if name in self.non_negative_fields and (array < 0).any():
            raise DescriptionError(
                f"{self.title()}, {name}",
                "numbers of 0 or more: the layer says itself what is subtracted or divides",
                f"{int((array < 0).sum())} below 0, the least {array.min():.4g}",
                "Give magnitudes, or use a Dense layer for weights of both signs.",
            )
        array.setflags(write=False)
        self.set_field(name, array)

    def require_input_shape(
        self, shape: Shape, expected: tuple[int | None, ...], axes: str
    ) -> None:
        """Raise `DescriptionError` unless an input shape fits; None is any length."""
        fits = len(shape) == len(expected) and all(
            n is None or n == length for n, length in zip(expected, shape, strict=True)
        )
        if not fits:
            sizes = ", ".join("any" if n is None else str(n) for n in expected)
            remedy = (
                "Put a Flatten before it."
                if len(expected) == 1 < len(shape)
                else "Change one of them."
            )
            raise DescriptionError(
                f"{self.title()}, input", f"shape {axes} = ({sizes})", f"shape {shape}", remedy
            )
