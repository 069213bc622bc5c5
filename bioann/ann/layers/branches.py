"""A layer that sends its input through several branches and combines their outputs."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from bioann.ann.layers.layer import DrawWeights, Layer, Parameters, Shape
from bioann.base.annotations import is_ordered
from bioann.base.equations import Equation
from bioann.base.errors import BioannError, DescriptionError
from bioann.base.text import shorten_repr

if TYPE_CHECKING:
    from bioann.ann.onnx_builder import OnnxBuilder

#: Function of two outputs, by the way in which they are combined; of NumPy or JAX.
COMBINATIONS = {
    "sum": "add",
    "product": "multiply",
    "maximum": "maximum",
    "minimum": "minimum",
    "concatenation": "",
}
#: ONNX operator of each combination.
ONNX_OPERATORS = {"sum": "Add", "product": "Mul", "maximum": "Max", "minimum": "Min"}
#: Layers of one branch, first to last; an empty branch passes the input on unchanged.
Branch: TypeAlias = tuple[Layer, ...]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Branches(Layer):
    r"""Branches that receive the same input, and the combination of their outputs.

    .. math:: y = f_1(x) + f_2(x) + ...

    A residual connection is a branch without layers beside one with layers (He et al. 2016).
    Branches can contain branches. The trainable arrays are called after branch, layer and field,
    ``"1.0.W"`` for example.

    Parameters
    ----------
    branches : tuple of tuple of Layer
        Layers of each branch, first to last; at least two branches.
    combination : {'sum', 'product', 'maximum', 'minimum', 'concatenation'}, optional
        Elementwise combination of outputs of equal shape, or concatenation along their first axis.
    """

    branches: Any
    combination: str = "sum"

    def check(self) -> None:
        """Check the layers, and list their trainable arrays."""
        branches = tuple(self.branches) if is_ordered(self.branches) else ()
        branches = tuple(tuple(branch) for branch in branches if is_ordered(branch))
        self.set_field("branches", branches)
        if len(branches) < 2 or not all(isinstance(x, Layer) for b in branches for x in b):
            raise DescriptionError(
                "Branches, branches",
                "at least two tuples of layers",
                f"{len(branches)} tuple(s)",
                "Pass branches=((Dense(...),), ()) for a residual connection.",
            )
        if self.combination not in tuple(COMBINATIONS):
            raise DescriptionError(
                "Branches, combination",
                f"one of {', '.join(COMBINATIONS)}",
                shorten_repr(self.combination),
                "Leave it out for the sum.",
            )
        for kind in ("trainable", "signed", "recurrent", "non_negative"):
            fields = (
                f"{prefix}{field}"
                for prefix, layer in self._list_layers()
                for field in getattr(layer, f"{kind}_fields")
            )
            self.set_field(f"{kind}_fields", tuple(fields))

    def _list_layers(self) -> Iterator[tuple[str, Layer]]:
        """Return the prefix of the names of its arrays, and each layer."""
        for b, branch in enumerate(self.branches):
            for k, layer in enumerate(branch):
                yield f"{b}.{k}.", layer

    @property
    def has_time_constant(self) -> bool:
        """Whether a layer of a branch has a time constant."""
        return any(layer.has_time_constant for _, layer in self._list_layers())

    @property
    def is_temporal(self) -> bool:
        """Whether the output of a branch depends on earlier inputs."""
        return any(layer.is_temporal for _, layer in self._list_layers())

    @property
    def input_shape(self) -> Shape | None:
        """Shape of one input, if the first layer of a branch determines it."""
        shapes = (branch[0].input_shape for branch in self.branches if branch)
        return next((shape for shape in shapes if shape is not None), None)

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The trainable arrays of all branches."""
        return {
            f"{prefix}{field}": array
            for prefix, layer in self._list_layers()
            for field, array in layer.parameters.items()
        }

    @property
    def learning_rate_factors(self) -> dict[str, float]:
        """Factors on the learning rate of the arrays of all branches."""
        return {
            f"{prefix}{field}": factor
            for prefix, layer in self._list_layers()
            for field, factor in layer.learning_rate_factors.items()
        }

    def with_parameters(self, p: Parameters) -> Layer:
        """Return the layer with other values of its trainable arrays."""
        branches = [
            tuple(
                layer.with_parameters(_select_parameters(p, f"{b}.{k}."))
                for k, layer in enumerate(branch)
            )
            for b, branch in enumerate(self.branches)
        ]
        return dataclasses.replace(self, branches=tuple(branches))

    def source_of(self, field: str, name: str, source: str) -> str:
        """Return the presynaptic units of an array: those of the layer before it in its branch."""
        b, k, inner_field = field.split(".", 2)
        branch = self.branches[int(b)]
        for j in range(int(k)):
            source = source if branch[j].passes_input else f"{name}.{b}.{j}"
        return branch[int(k)].source_of(inner_field, f"{name}.{b}.{k}", source)

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the combined outputs."""
        shapes = [self._branch_shapes(b, shape)[-1] for b in range(len(self.branches))]
        first = shapes[0]
        if self.combination == "concatenation" and len({s[1:] for s in shapes}) == 1 and first:
            return sum(s[0] for s in shapes), *first[1:]
        if len(set(shapes)) > 1:
            raise DescriptionError(
                "Branches, branches",
                "branches with outputs of the same shape",
                f"shapes {', '.join(map(str, shapes))}",
                "Change the last layers of the branches.",
            )
        return first

    def _branch_shapes(self, b: int, shape: Shape) -> list[Shape]:
        """Return the shape of the input of every layer of a branch, then of its output."""
        shapes = [shape]
        for k, layer in enumerate(self.branches[b]):
            try:
                shapes.append(layer.output_shape(shapes[-1]))
            except BioannError as error:
                obj = f"branch {b}, layer {k}: {error.obj}"
                raise type(error)(obj, error.expected, error.got, error.remedy) from error
        return shapes

    def forward(self, p: Parameters, x: Any, xp: Any = np, dt: float | None = None) -> Any:
        """Compute all branches and combine their outputs."""
        outputs = []
        for b, branch in enumerate(self.branches):
            y = x
            for k, layer in enumerate(branch):
                y = layer.forward(_select_parameters(p, f"{b}.{k}."), y, xp, dt)
            outputs.append(y)
        if self.combination == "concatenation":
            return xp.concatenate(outputs, axis=2)
        return functools.reduce(getattr(xp, COMBINATIONS[self.combination]), outputs)

    def compute_fans(self, name: str) -> tuple[int, int]:
        """Return fan-in and fan-out of an array of weights."""
        b, k, field = name.split(".", 2)
        return self.branches[int(b)][int(k)].compute_fans(field)

    def draw_parameters(
        self, draw_weights: DrawWeights, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Draw the initial parameters of all layers."""
        parameters = {}
        for prefix, layer in self._list_layers():
            draw = functools.partial(_draw_with_prefix, draw_weights, prefix)
            for field, array in layer.draw_parameters(draw, rng).items():
                parameters[f"{prefix}{field}"] = array
        return parameters

    def signed_weights(self, p: Parameters) -> dict[str, Any]:
        """Compute the effective signed weights of all branches."""
        return {
            f"{prefix}{field}": weights
            for prefix, layer in self._list_layers()
            for field, weights in layer.signed_weights(_select_parameters(p, prefix)).items()
        }

    def list_matrices(self) -> list[tuple[str, np.ndarray, bool]]:
        """Return the signed weight matrices of all branches."""
        return [
            (f"{prefix}{field}", values, is_recurrent)
            for prefix, layer in self._list_layers()
            for field, values, is_recurrent in layer.list_matrices()
        ]

    def to_onnx(self, builder: OnnxBuilder, name: str, x: str) -> str:
        """Add the operators of all branches and of their combination."""
        outputs = []
        for b, branch in enumerate(self.branches):
            tensor = x
            for k, layer in enumerate(branch):
                tensor = layer.to_onnx(builder, f"{name}.{b}.{k}", tensor)
            outputs.append(tensor)
        if self.combination == "concatenation":
            return builder.add_node("Concat", outputs, axis=2 if builder.has_time else 1)
        operator = ONNX_OPERATORS[self.combination]
        return functools.reduce(lambda a, b: builder.add_node(operator, [a, b]), outputs)

    def explain(self) -> Equation:
        """Return a title that names the layers of every branch."""
        branches = (" - ".join(type(x).__name__ for x in b) or "input" for b in self.branches)
        return Equation(f"Branches ({self.combination}): {'; '.join(branches)}", "")


def _select_parameters(p: Parameters, prefix: str) -> dict[str, Any]:
    """Return the arrays of one layer by field name."""
    return {name.removeprefix(prefix): p[name] for name in p if name.startswith(prefix)}


def _draw_with_prefix(draw_weights: DrawWeights, prefix: str, name: str, *options: Any) -> Any:
    return draw_weights(f"{prefix}{name}", *options)
