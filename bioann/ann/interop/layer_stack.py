"""Layers that grow while the operators of an ONNX file are read, one after the other."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation, Linear
from bioann.ann.interop.onnx_graph import OnnxGraph, OnnxNode
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer, Shape
from bioann.ann.layers.pooling import MaxPool
from bioann.base.errors import ForeignFileError

#: What the axes of a tensor mean, by how many there are; a channel is a map of an image.
AXES = {
    2: ("batch", "unit"),
    3: ("first", "second", "unit"),
    4: ("batch", "channel", "height", "width"),
}


@dataclasses.dataclass
class LayerStackBuilder:
    """The layers so far, and what the axes of the tensor between them and the next one mean.

    Attributes
    ----------
    graph : OnnxGraph
        Where they come from.
    axes : tuple of str
        Meaning of every axis of the present tensor; ``time`` and ``direction`` among them where a
        recurrent operator said so.
    declared : tuple of (int or None)
        What the file says on the sizes of its input, without batch and time.
    layers : list of Layer
        The layers.
    scale, shift : numpy.ndarray or None
        What the input is multiplied with and what is added before the first layer, per unit or
        channel; the first layer takes it in.
    current_output : str
        Which output of the operator that is being read the chain goes on with.
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
        """Begin at an input of the graph."""
        shape = graph.inputs[source]
        if shape is None or len(shape) not in AXES:
            raise ForeignFileError(
                f"ONNX file {graph.path}, input {source!r}",
                "2 axes (batch, unit), 3 (with time), or 4 (batch, channel, height, width)",
                "no shape" if shape is None else f"{len(shape)} axes",
                "Export the network with the shape of its input.",
            )
        declared = shape[-1:] if len(shape) == 3 else shape[1:]
        return cls(graph, AXES[len(shape)], declared)

    def input_shape(self) -> Shape:
        """Give the shape of one input, from the first layer or from what the file says."""
        sizes = self.layers[0].input_shape or self.declared
        if any(n is None for n in sizes):
            raise ForeignFileError(
                f"ONNX file {self.graph.path}, input",
                "fixed sizes (channel, height, width)",
                f"{sizes}",
                "Export the network with a fixed size of image; only the batch may be free.",
            )
        return tuple(int(n) for n in sizes if n is not None)

    def output_shape(self) -> Shape:
        """Give the shape of one present output."""
        shape = self.input_shape() if self.layers else self.declared_shape()
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    def declared_shape(self) -> Shape:
        """Give the declared shape of the input; zero for a size that is not said."""
        return tuple(n or 0 for n in self.declared)

    def constant_input(self, node: OnnxNode, index: int) -> np.ndarray:
        """Give the constant that is an input of a node, as floats."""
        name = node.inputs[index] if index < len(node.inputs) else ""
        if name not in self.graph.constants:
            raise self.unsupported_error(
                node, f"{node.op} whose input {index + 1} is computed, not constant"
            )
        return self.graph.constants[name].astype(float)

    def unsupported_error(self, node: OnnxNode, got: str) -> ForeignFileError:
        """Make the error for something that no layer can do."""
        return unsupported_node_error(self.graph, node, got)

    def require_axes(self, node: OnnxNode, *last: str) -> None:
        """Raise unless the last axes of the present tensor are these."""
        if self.axes[-len(last) :] != last:
            raise self.unsupported_error(node, f"{node.op} on axes {self.axes}, not {last}")

    def add_layer(self, layer: Layer) -> None:
        """Put a layer on top; the first one takes in how the input is scaled."""
        if self.scale is not None:
            layer = _absorb_input_scaling(layer, self.scale, self.shift)
            self.scale = self.shift = None
        self.layers.append(layer)

    def require_linear_top(self, node: OnnxNode) -> Dense | Conv2d:
        """Give the top layer, if it still sums only and can take something in."""
        top = self.layers[-1] if self.layers else None
        if not isinstance(top, (Dense, Conv2d)) or not isinstance(top.activation, Linear):
            raise self.unsupported_error(node, f"{node.op} that does not follow a weighted sum")
        return top

    def apply_affine(self, node: OnnxNode, scale: np.ndarray, shift: np.ndarray) -> None:
        """Take ``scale * x + shift`` into the layer below, or into the first layer above."""
        if not self.layers:
            size = self.declared[0]
            previous = (1.0, 0.0) if self.scale is None else (self.scale, self.shift)
            self.scale, self.shift = previous[0] * scale, previous[1] * scale + shift
            if np.ndim(self.scale) and len(self.scale) != (size or len(self.scale)):
                raise self.unsupported_error(
                    node, f"{node.op} by {len(self.scale)} numbers for {size}"
                )
            return
        top = self.require_linear_top(node)
        weights = "W" if isinstance(top, Dense) else "kernel"
        values = getattr(top, weights)
        if np.ndim(scale) and len(scale) != len(values):
            raise self.unsupported_error(
                node, f"{node.op} by {len(scale)} numbers for {len(values)}"
            )
        factor = np.broadcast_to(scale, len(values)).reshape(-1, *[1] * (values.ndim - 1))
        self.layers[-1] = dataclasses.replace(
            top, **{weights: values * factor, "bias": top.bias * scale + shift}
        )

    def apply_activation(self, node: OnnxNode, activation: Activation) -> None:
        """Give the layer that summed last its activation."""
        # No activation falls, so that the largest of a patch stays the largest: what the file
        # does after the maximum can be done before it.
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
    graph: OnnxGraph, node: OnnxNode, got: str, expected: str = "what a layer can do"
) -> ForeignFileError:
    """Make the error for an operator that no layer can do."""
    return ForeignFileError(
        f"ONNX file {graph.path}, node {node.name!r}",
        expected,
        got,
        "Export the network without it, or choose an earlier tensor with output='...'; "
        "'bioann inspect' tells the signs of the weights of any ONNX file.",
    )


def _absorb_input_scaling(layer: Layer, scale: np.ndarray, shift: np.ndarray) -> Layer:
    """Let a layer do what was done to its input before."""
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
        "Scale the stimulus instead, and export the network without that step.",
    )
