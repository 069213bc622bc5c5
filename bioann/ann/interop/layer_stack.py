"""The layers of an ONNX file under construction, operator by operator."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation, Linear
from bioann.ann.interop.onnx_graph import OnnxGraph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer, Shape
from bioann.ann.layers.pooling import MaxPool
from bioann.base.errors import ForeignFileError

#: Meaning of the axes of an input, by their number.
AXES = {
    2: ("batch", "unit"),
    3: ("first", "second", "unit"),
    4: ("batch", "channel", "height", "width"),
}


@dataclasses.dataclass
class LayerStackBuilder:
    """The layers read so far, and the meaning of the axes of the tensor that they produce.

    Attributes
    ----------
    graph : OnnxGraph
        The graph that is being read.
    axes : tuple of str
        Meaning of every axis of the current tensor; ``time`` and ``direction`` appear after a
        recurrent operator.
    declared : tuple of (int or None)
        Sizes of the input as declared in the file, without batch and time; None for a free size.
    layers : list of Layer
        The layers read so far, first to last.
    scale, shift : numpy.ndarray or None
        Factor and offset per unit or channel applied to the input before the first layer, which
        absorbs them.
    current_output : str
        Output of the current operator that the next operator uses.
    """

    graph: OnnxGraph
    axes: tuple[str, ...]
    declared: tuple[int | None, ...]
    layers: list[Layer] = dataclasses.field(default_factory=list)
    scale: Any = None
    shift: Any = None
    current_output: str = ""

    @classmethod
    def from_input(cls, graph: OnnxGraph, source: str) -> LayerStackBuilder:
        """Build an empty stack that starts at an input of the graph."""
        shape = graph.inputs[source]
        if shape is None or len(shape) not in AXES:
            raise ForeignFileError(
                f"ONNX file {graph.path}, input {source!r}",
                "2 axes (batch, unit), 3 (with time), or 4 (batch, channel, height, width)",
                "no shape" if shape is None else f"{len(shape)} axes",
                "Export the network with a declared input shape.",
            )
        declared = shape[-1:] if len(shape) == 3 else shape[1:]
        return cls(graph, AXES[len(shape)], declared)

    def input_shape(self) -> Shape:
        """Return the shape of one input, from the first layer or as declared in the file."""
        sizes = self.layers[0].input_shape or self.declared
        if any(n is None for n in sizes):
            raise ForeignFileError(
                f"ONNX file {self.graph.path}, input",
                "fixed sizes (channel, height, width)",
                f"{sizes}",
                "Export the network with a fixed image size; only the batch size may be free.",
            )
        return tuple(int(n) for n in sizes if n is not None)

    def output_shape(self) -> Shape:
        """Return the shape of one output of the layers so far."""
        shape = self.input_shape() if self.layers else self.declared_shape()
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    def declared_shape(self) -> Shape:
        """Return the declared shape of the input, with zero for a free size."""
        return tuple(n or 0 for n in self.declared)

    def constant_input(self, node: OnnxNode, index: int) -> np.ndarray:
        """Return a constant input of a node as floats; raise if it is not constant."""
        name = node.inputs[index] if index < len(node.inputs) else ""
        if name not in self.graph.constants:
            raise self.unsupported_error(
                node, f"{node.op} whose input {index + 1} is computed, not constant"
            )
        return self.graph.constants[name].astype(float)

    def unsupported_error(self, node: OnnxNode, got: str) -> ForeignFileError:
        """Return the error for an operator that no layer can express."""
        return unsupported_node_error(self.graph, node, got)

    def require_axes(self, node: OnnxNode, *last: str) -> None:
        """Raise `ForeignFileError` unless the last axes of the current tensor are these."""
        if self.axes[-len(last) :] != last:
            raise self.unsupported_error(node, f"{node.op} on axes {self.axes}, not {last}")

    def add_layer(self, layer: Layer) -> None:
        """Append a layer; the first one absorbs the scaling of the input."""
        if self.scale is not None:
            layer = _absorb_input_scaling(layer, self.scale, self.shift)
            self.scale = self.shift = None
        self.layers.append(layer)

    def require_linear_top(self, node: OnnxNode) -> Dense | Conv2d:
        """Return the last layer if it is a weighted sum without an activation; raise otherwise."""
        top = self.layers[-1] if self.layers else None
        if not isinstance(top, (Dense, Conv2d)) or not isinstance(top.activation, Linear):
            raise self.unsupported_error(node, f"{node.op} that does not follow a weighted sum")
        return top

    def apply_affine(self, node: OnnxNode, scale: np.ndarray, shift: np.ndarray) -> None:
        """Absorb ``scale * x + shift`` into the last layer, or later into the first layer."""
        if not self.layers:
            size = self.declared[0]
            previous = (1.0, 0.0) if self.scale is None else (self.scale, self.shift)
            self.scale, self.shift = previous[0] * scale, previous[1] * scale + shift
            if np.ndim(self.scale) and len(self.scale) != (size or len(self.scale)):
                raise self.unsupported_error(
                    node, f"{node.op} by {len(self.scale)} numbers on {size}"
                )
            return
        top = self.require_linear_top(node)
        (weights,) = top.signed_fields
        values = top.parameters[weights]
        if np.ndim(scale) and len(scale) != len(values):
            raise self.unsupported_error(
                node, f"{node.op} by {len(scale)} numbers on {len(values)}"
            )
        factor = np.broadcast_to(scale, len(values)).reshape(-1, *[1] * (values.ndim - 1))
        self.layers[-1] = dataclasses.replace(
            top, **{weights: values * factor, "bias": top.bias * scale + shift}
        )

    def apply_activation(self, node: OnnxNode, activation: Activation) -> None:
        """Set the activation of the last weighted sum."""
        # All activations are non-decreasing, so that they commute with the maximum of a patch: an
        # activation after max pooling can be moved before it.
        n_above = 0
        while self.layers[n_above:] and isinstance(self.layers[-1 - n_above], (Flatten, MaxPool)):
            n_above += 1
        above = self.layers[len(self.layers) - n_above :]
        del self.layers[len(self.layers) - n_above :]
        self.layers[-1:] = [
            dataclasses.replace(self.require_linear_top(node), activation=activation),
            *above,
        ]


def unsupported_node_error(
    graph: OnnxGraph,
    node: OnnxNode,
    got: str,
    expected: str = "an operator that a layer can express",
) -> ForeignFileError:
    """Return the error for an operator that no layer can express."""
    return ForeignFileError(
        f"ONNX file {graph.path}, node {node.name!r}",
        expected,
        got,
        "Export the network without it, or choose an earlier tensor with output='...'; "
        "'bioann inspect' summarises the signs of the weights of any ONNX file.",
    )


def _absorb_input_scaling(layer: Layer, scale: np.ndarray, shift: np.ndarray) -> Layer:
    """Return the layer with a scaling of its input moved into weights and bias."""
    if isinstance(layer, Dense):
        bias = layer.bias + layer.W @ np.broadcast_to(shift, layer.W.shape[1])
        return dataclasses.replace(layer, W=layer.W * scale, bias=bias)
    if isinstance(layer, Conv2d) and not (np.any(shift) and any(layer.padding)):
        channels = layer.kernel.shape[1]
        per_channel = [np.broadcast_to(x, channels)[:, None, None] for x in (scale, shift)]
        bias = layer.bias + (layer.kernel * per_channel[1]).sum(axis=(1, 2, 3))
        return dataclasses.replace(layer, kernel=layer.kernel * per_channel[0], bias=bias)
    raise ForeignFileError(
        "ONNX file",
        "an input that is scaled before a dense layer, or before a convolution without padding",
        type(layer).__name__,
        "Scale the stimulus instead, and export the network without the scaling.",
    )
