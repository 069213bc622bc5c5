"""Base class of layers: shapes, parameters, and one forward pass for NumPy and JAX."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from bioann.ann.activations.activation import Activation
from bioann.base.arrays import to_floats
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder

#: Shape of one input or output, without the leading axes ``(batch, time)``.
Shape: TypeAlias = tuple[int, ...]
#: A layer's parameters by field name; NumPy or JAX arrays.
Parameters: TypeAlias = Mapping[str, Any]
#: Draws an array of weights, given its name, shape, fan-in, fan-out and whether it is recurrent.
DrawWeights: TypeAlias = Callable[[str, Shape, int, int, bool], np.ndarray]


@dataclasses.dataclass(frozen=True)
class RateUnits:
    """Rate units that compute the same function as a layer.

    Attributes
    ----------
    W : numpy.ndarray, shape (unit, input)
        Weights from the outputs of the layer before; images are flattened row by row.
    bias : numpy.ndarray, shape (unit,)
        Bias of each unit, added to its summed input.
    activation : Activation
        Activation function of all units.
    tau : TimeConstant or None
        Time constant of all units; None for static units.
    U : numpy.ndarray or None, shape (unit, unit)
        Recurrent weights between the layer's units; None without recurrence.
    """

    W: np.ndarray
    bias: np.ndarray
    activation: Activation
    tau: Any = None
    U: np.ndarray | None = None


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Layer(Description, ABC):
    """Base of all layers.

    A subclass declares its parameters: `trainable_fields` are changed by training; among these,
    `signed_fields` are weights of either sign with axes ``(target, source, ...)``,
    `recurrent_fields` are signed weights between the layer's own units, and
    `non_negative_fields` must not be negative.
    """

    trainable_fields: ClassVar[tuple[str, ...]] = ()
    signed_fields: ClassVar[tuple[str, ...]] = ()
    recurrent_fields: ClassVar[tuple[str, ...]] = ()
    non_negative_fields: ClassVar[tuple[str, ...]] = ()
    #: Whether the layer has no units of its own and only passes on or reshapes its input.
    passes_input: ClassVar[bool] = False

    @property
    def has_time_constant(self) -> bool:
        """Whether the units have a time constant, so that the forward pass needs `dt`."""
        return False

    @property
    def is_temporal(self) -> bool:
        """Whether the output depends on earlier inputs."""
        return False

    @property
    def input_shape(self) -> Shape | None:
        """Shape of one input if the parameters determine it, else None."""
        return None

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The trainable arrays by field name."""
        return {name: getattr(self, name) for name in self.trainable_fields}

    def with_parameters(self, p: Parameters) -> Layer:
        """Return the layer with other values of its trainable arrays."""
        arrays = {name: np.asarray(values, dtype=float) for name, values in p.items()}
        return dataclasses.replace(self, **arrays)

    def source_of(self, field: str, name: str, source: str) -> str:
        """Return the presynaptic units of an array, for a layer `name` with input from `source`."""
        return name if field in self.recurrent_fields else source

    @property
    def learning_rate_factors(self) -> dict[str, float]:
        """Factors on the learning rate by field name; fields that are missing have factor 1."""
        return {}

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of one output; raise `DescriptionError` if the input does not fit."""

    @abstractmethod
    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute the outputs for a batch of inputs.

        Parameters
        ----------
        p : mapping of str to array
            Parameters by the names in `trainable_fields`; need not be those of the layer.
        x : array, shape (batch, time, ...), the last axes of the input's shape
            Inputs to the layer, in activation.
        xp : module, optional
            Array namespace of `x` and `p`, `numpy` or `jax.numpy`.
        dt : float, optional
            Time step in seconds; required by layers with a time constant.

        Returns
        -------
        array, shape (batch, time, ...), the last axes of the output's shape
            Outputs, in activation.
        """

    def compute_fans(self, name: str) -> tuple[int, int]:
        """Return fan-in and fan-out of an array of weights."""
        target, *other_axes = self.parameters[name].shape
        return int(np.prod(other_axes)), int(target * np.prod(other_axes[1:]))

    def draw_parameters(
        self, draw_weights: DrawWeights, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Draw initial parameters: random weights, zero biases.

        Parameters
        ----------
        draw_weights : callable
            ``draw_weights(name, shape, fan_in, fan_out, is_recurrent)`` returns an array of
            weights; `is_recurrent` is true for weights between the layer's own units.
        rng : numpy.random.Generator
            Random numbers for layers with an initialisation of their own.

        Returns
        -------
        dict of str to numpy.ndarray
            New arrays, with the names and shapes of `parameters`.
        """
        parameters = {name: np.zeros_like(array) for name, array in self.parameters.items()}
        for name in self.signed_fields:
            shape = parameters[name].shape
            parameters[name] = draw_weights(
                name, shape, *self.compute_fans(name), name in self.recurrent_fields
            )
        return parameters

    def signed_weights(self, p: Parameters) -> dict[str, Any]:
        """Compute the effective signed weights by name, axes ``(target, source, ...)``."""
        return {name: p[name] for name in self.signed_fields}

    def list_matrices(self) -> list[tuple[str, np.ndarray, bool]]:
        """Return name, values and whether it is recurrent for every signed weight matrix."""
        return [
            (name, values, name in self.recurrent_fields)
            for name, values in self.signed_weights(self.parameters).items()
        ]

    def to_rate_units(self, shape: Shape) -> RateUnits | None:
        """Return equivalent units of a rate network; None for a layer without units.

        Parameters
        ----------
        shape : tuple of int
            Shape of one input.

        Raises
        ------
        DescriptionError
            If weighted sums and activation functions cannot express the layer.
        """
        raise DescriptionError(
            self.title(),
            "a layer of weighted sums and activations",
            type(self).__name__,
            "Run the network as it is, or replace the layer before flattening.",
        )

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add the layer's operators to an ONNX graph and return the name of the output tensor.

        Parameters
        ----------
        builder : OnnxBuilder
            The graph under construction, with its time step.
        name : str
            Name of the layer, for the operators that hold its weights and for errors.
        x : str
            Input tensor, ``(batch, *shape)`` or, in a network with time, ``(time, batch, unit)``.

        Raises
        ------
        DescriptionError
            If ONNX has no operator for the layer.
        """
        raise DescriptionError(
            f"LayeredNetwork, {name}",
            "a layer that ONNX has an operator for",
            self.title() + " in a network with a time course" * builder.has_time,
            "Remove the layer, or run the network with bioann.",
        )

    def explain(self) -> Equation | None:
        """Return the layer's equation for the report; None for a layer without one."""
        return None

    def set_vector(self, name: str, n: int, axes: str) -> None:
        """Convert a field to an array of `n` numbers, repeating a scalar."""
        value = to_floats(getattr(self, name), f"{self.title()}, {name}")
        if value.ndim == 0:
            self.set_field(name, np.full(n, value))
        self.set_array(name, (n,), axes)

    def set_array(self, name: str, shape: tuple[int | None, ...], axes: str) -> None:
        """Convert a field to a read-only float array and check its shape.

        Parameters
        ----------
        name : str
            Name of the field.
        shape : tuple of (int or None)
            Required length of each axis; None allows any length.
        axes : str
            Names of the axes for the error, ``"(unit, input)"`` for example.
        """
        array = to_floats(getattr(self, name), f"{self.title()}, {name}")
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
                "numbers of 0 or more, because the layer defines their sign",
                f"{int((array < 0).sum())} below 0, the lowest {array.min():.4g}",
                "Give magnitudes, or use a Dense layer for weights of both signs.",
            )
        array.setflags(write=False)
        self.set_field(name, array)

    def require_input_shape(
        self, shape: Shape, expected: tuple[int | None, ...], axes: str
    ) -> None:
        """Raise `DescriptionError` unless an input shape fits; None allows any length."""
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
