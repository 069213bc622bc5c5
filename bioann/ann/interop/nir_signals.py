"""The nodes of NIR without neurons: shapes, weights, convolutions and pooling."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Linear
from bioann.ann.interop import size_limits
from bioann.ann.interop.nir_graph import NirGraph, NirNode
from bioann.ann.interop.nir_neurons import NEURON_KINDS, SHAPE_PARAMETERS, Shape
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.patches import compute_linear_matrix, compute_same_padding
from bioann.base.errors import DescriptionError

#: Nodes whose output are their inputs, in another shape or in the same.
COPYING_KINDS = ("Flatten", "Identity", "Output")
LINEAR_KINDS = ("Affine", "Linear", "Scale", "Conv2d", "AvgPool2d", "SumPool2d", *COPYING_KINDS)
KNOWN_KINDS = ("Input", *LINEAR_KINDS, *NEURON_KINDS)
#: Why other nodes are refused, and what to do.
REASONS = {
    "Delay": "a delay, which a rate unit does not have; steady states do not need it",
    "I": "an integrator without leak, which has no steady state",
    "Conv1d": "a convolution over time or one dimension",
}


@dataclasses.dataclass(frozen=True)
class Signal:
    """Numbers that are weighted sums of inputs and of the outputs of neuron nodes.

    Attributes
    ----------
    matrices : dict of str to numpy.ndarray
        Weights ``(number, unit of the source)`` by the name of an input or of a neuron node.
    constant : numpy.ndarray, shape (number,)
        What is added to the sums.
    """

    matrices: dict[str, np.ndarray]
    constant: np.ndarray

    def transform(self, weights: np.ndarray, bias: np.ndarray | float = 0.0) -> Signal:
        """Return weighted sums of the numbers.

        Parameters
        ----------
        weights : numpy.ndarray, shape (sum, number) or (number,)
            The weights; a vector multiplies each number by its own factor.
        bias : float or numpy.ndarray, shape (sum,), optional
            What is added to the sums.
        """
        if weights.ndim == 1:
            matrices = {source: weights[:, None] * m for source, m in self.matrices.items()}
            return Signal(matrices, weights * self.constant + bias)
        matrices = {source: weights @ m for source, m in self.matrices.items()}
        return Signal(matrices, weights @ self.constant + bias)


def sum_inputs(node: NirNode, size: int, signals: dict[str, Signal]) -> Signal:
    """Return the sum of what reaches a node.

    Parameters
    ----------
    node : NirNode
        The node.
    size : int
        How many numbers it takes.
    signals : dict of str to Signal
        The outputs of the nodes with an edge to it, by their names.

    Raises
    ------
    ForeignFileError
        If the output of one has another size.
    """
    matrices: dict[str, np.ndarray] = {}
    constant = np.zeros(size)
    for name, signal in signals.items():
        if len(signal.constant) != size:
            got = f"{len(signal.constant)} from {name!r}"
            raise node.error(f"{size} numbers", got, "Correct the shapes or the edges.")
        constant = constant + signal.constant
        for source, matrix in signal.matrices.items():
            matrices[source] = matrices[source] + matrix if source in matrices else matrix
    return Signal(matrices, constant)


def infer_shapes(graph: NirGraph) -> dict[str, Shape]:
    """Return the shape of the output of each node, by its name.

    Raises
    ------
    ForeignFileError
        If a node is of an unknown type, or has no shape of its own and none that reaches it.
    """
    shapes: dict[str, Shape] = {}
    n_known = -1
    while len(shapes) > n_known:
        n_known = len(shapes)
        for name, node in graph.nodes.items():
            if name in shapes:
                continue
            sources = [shapes[source] for source in graph.sources[name] if source in shapes]
            shape = _infer_shape(node, sources[0] if sources else None, graph.sources[name])
            if shape is not None:
                size_limits.check_units(shape, node.title)
                shapes[name] = shape
    for name, node in graph.nodes.items():
        if name not in shapes:
            expected = "a shape, its own or that of its input"
            raise node.error(expected, "none", "Add edges from an Input to it, or remove it.")
    return shapes


def _infer_shape(node: NirNode, source: Shape | None, sources: list[str]) -> Shape | None:
    """Return the output shape of a node, or None if that of its input has to be known first."""
    if node.kind not in KNOWN_KINDS:
        raise node.error(
            f"one of the nodes {', '.join(KNOWN_KINDS)}",
            REASONS.get(node.kind, f"type {node.kind!r}"),
            "Replace or remove the node.",
        )
    if node.kind == "Input":
        return tuple(int(n) for n in node.read_array("shape").ravel())
    if node.kind in ("Affine", "Linear"):
        return (len(_read_weights(node)),)
    if node.kind in SHAPE_PARAMETERS:
        shape = node.read_array(SHAPE_PARAMETERS[node.kind]).shape
        if source is None:
            return None if math.prod(shape) == 1 and sources else shape or (1,)
        return source if _fits_population(shape, source) else shape
    if source is None:
        return None
    if node.kind == "Flatten":
        return (math.prod(source),)
    if node.kind in COPYING_KINDS:
        return source
    try:
        return _make_image_layer(node, source).output_shape(source)
    except DescriptionError as error:
        raise node.error(error.expected, error.got, error.remedy) from error


def _fits_population(shape: Shape, source: Shape) -> bool:
    """Return whether parameters of a shape describe a population of the shape of its input."""
    try:
        fits = np.broadcast_shapes(shape, source) == source
    except ValueError:
        fits = False
    return fits or math.prod(shape) == math.prod(source)


def transform_signal(node: NirNode, inputs: Signal, shape: Shape, input_shape: Shape) -> Signal:
    """Return the output of a node without neurons.

    Parameters
    ----------
    node : NirNode
        Node with a type in `LINEAR_KINDS`.
    inputs : Signal
        What reaches it.
    shape, input_shape : tuple of int
        Shape of its output and of its input.
    """
    if node.kind in COPYING_KINDS:
        return inputs
    if node.kind == "Scale":
        return inputs.transform(node.read_numbers("scale", shape))
    if node.kind == "Linear":
        return inputs.transform(_read_weights(node))
    if node.kind == "Affine":
        return inputs.transform(_read_weights(node), node.read_numbers("bias", shape))
    # Responses to single pixels: as many images as there are pixels.
    n_pixels = math.prod(input_shape)
    size_limits.check_bytes(8 * n_pixels * max(n_pixels, math.prod(shape)), node.title)
    matrix = compute_linear_matrix(_make_image_layer(node, input_shape), input_shape)
    if node.kind != "Conv2d":
        return inputs.transform(matrix)
    bias = np.broadcast_to(node.read_array("bias", 0.0), shape[:1])
    return inputs.transform(matrix, np.repeat(bias, math.prod(shape[1:])))


def count_inputs(node: NirNode, shape: Shape, input_shape: Shape) -> int:
    """Return how many numbers a node takes, by the shapes of its output and of what reaches it."""
    if node.kind in ("Affine", "Linear"):
        return _read_weights(node).shape[1]
    return math.prod(shape if node.kind in SHAPE_PARAMETERS else input_shape)


def _read_weights(node: NirNode) -> np.ndarray:
    weights = node.read_array("weight")
    if weights.ndim != 2:
        got, remedy = f"shape {weights.shape}", "Write one matrix of weights."
        raise node.error("weights of shape (output, input)", got, remedy)
    return weights


def _make_image_layer(node: NirNode, input_shape: Shape) -> Layer:
    """Return a convolution or pooling node as a layer without bias."""
    try:
        if node.kind == "Conv2d":
            kernel = node.read_array("weight")
            stride, dilation = _read_pair(node, "stride", 1), _read_pair(node, "dilation", 1)
            padding = _read_padding(node, kernel.shape[2:], dilation)
            groups = int(node.read_array("groups", 1))
            return Conv2d(kernel, 0.0, Linear(), stride, padding, dilation, groups)
        # Pooling is a convolution of each channel; an average counts the zeros at the borders.
        size, stride = _read_pair(node, "kernel_size", None), _read_pair(node, "stride", None)
        n_channels = input_shape[0] if len(input_shape) == 3 else 1
        weight = 1.0 if node.kind == "SumPool2d" else 1 / (size[0] * size[1])
        kernel = np.full((n_channels, 1, *size), weight)
        return Conv2d(kernel, 0.0, Linear(), stride, _read_pair(node, "padding", 0), 1, n_channels)
    except DescriptionError as error:
        raise node.error(error.expected, error.got, error.remedy) from error


def _read_pair(node: NirNode, name: str, default: int | None) -> tuple[int, int]:
    """Return a parameter with a number for height and width."""
    numbers = node.read_array(name, default).ravel()
    if len(numbers) not in (1, 2) or (numbers != np.round(numbers)).any():
        got, remedy = f"{numbers.tolist()}", "Write (height, width)."
        raise node.error(f"{name} of one or two whole numbers", got, remedy)
    return int(numbers[0]), int(numbers[-1])


def _read_padding(node: NirNode, size: tuple[int, ...], dilation: tuple[int, int]) -> Any:
    """Return the zeros at each border; ``"same"`` keeps the size, as in PyTorch."""
    padding = node.parameters.get("padding")
    padding = padding.decode() if isinstance(padding, bytes) else padding
    if not isinstance(padding, str):
        return _read_pair(node, "padding", 0)
    if padding not in ("same", "valid"):
        raise node.error("padding 'same', 'valid' or numbers", repr(padding), "Write numbers.")
    if padding == "valid":
        return 0
    return compute_same_padding(size, dilation)
