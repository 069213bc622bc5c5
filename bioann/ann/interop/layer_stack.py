"""Layers that grow while the operators of an ONNX file are read, one after the other."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation, Linear
from bioann.ann.interop.onnx_graph import Graph, Node
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
class Stack:
    """The layers so far, and what the axes of the tensor between them and the next one mean.

    Attributes
    ----------
    graph : Graph
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
    used : str
        Which output of the operator that is being read the chain goes on with.
    """

    graph: Graph
    axes: tuple[str, ...]
    declared: tuple[int | None, ...]
    layers: list[Layer] = dataclasses.field(default_factory=list)
    scale: Any = None
    shift: Any = None
    used: str = ""

    @classmethod
    def begun(cls, graph: Graph, source: str) -> Stack:
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

    def first_shape(self) -> Shape:
        """Give the shape of one input, from the first layer or from what the file says."""
        given = self.layers[0].input_shape or self.declared
        if any(n is None for n in given):
            raise ForeignFileError(
                f"ONNX file {self.graph.path}, input",
                "fixed sizes (channel, height, width)",
                f"{given}",
                "Export the network with a fixed size of image; only the batch may be free.",
            )
        return tuple(int(n) for n in given if n is not None)

    def shape(self) -> Shape:
        """Give the shape of one present output."""
        following = self.first_shape() if self.layers else self.fixed()
        for layer in self.layers:
            following = layer.output_shape(following)
        return following

    def fixed(self) -> Shape:
        """Give the declared shape of the input; zero for a size that is not said."""
        return tuple(n or 0 for n in self.declared)

    def constant(self, node: Node, index: int) -> np.ndarray:
        """Give the constant that is an input of a node, as floats."""
        name = node.inputs[index] if index < len(node.inputs) else ""
        if name not in self.graph.constants:
            raise self.refuse(node, f"{node.op} whose input {index + 1} is computed, not constant")
        return self.graph.constants[name].astype(float)

    def refuse(self, node: Node, got: str) -> ForeignFileError:
        """Make the error for something that no layer can do."""
        return refusal(self.graph, node, got)

    def expect(self, node: Node, *last: str) -> None:
        """Raise unless the last axes of the present tensor are these."""
        if self.axes[-len(last) :] != last:
            raise self.refuse(node, f"{node.op} on axes {self.axes}, not {last}")

    def add(self, layer: Layer) -> None:
        """Put a layer on top; the first one takes in how the input is scaled."""
        if self.scale is not None:
            layer = _scaled_input(layer, self.scale, self.shift)
            self.scale = self.shift = None
        self.layers.append(layer)

    def summing(self, node: Node) -> Dense | Conv2d:
        """Give the top layer, if it still sums only and can take something in."""
        top = self.layers[-1] if self.layers else None
        if not isinstance(top, (Dense, Conv2d)) or not isinstance(top.activation, Linear):
            raise self.refuse(node, f"{node.op} that does not follow a weighted sum")
        return top

    def affine(self, node: Node, scale: np.ndarray, shift: np.ndarray) -> None:
        """Take ``scale * x + shift`` into the layer below, or into the first layer above."""
        if not self.layers:
            size = self.declared[0]
            was = (1.0, 0.0) if self.scale is None else (self.scale, self.shift)
            self.scale, self.shift = was[0] * scale, was[1] * scale + shift
            if np.ndim(self.scale) and len(self.scale) != (size or len(self.scale)):
                raise self.refuse(node, f"{node.op} by {len(self.scale)} numbers for {size}")
            return
        top = self.summing(node)
        weights = "W" if isinstance(top, Dense) else "kernel"
        given = getattr(top, weights)
        if np.ndim(scale) and len(scale) != len(given):
            raise self.refuse(node, f"{node.op} by {len(scale)} numbers for {len(given)}")
        factor = np.broadcast_to(scale, len(given)).reshape(-1, *[1] * (given.ndim - 1))
        self.layers[-1] = dataclasses.replace(
            top, **{weights: given * factor, "bias": top.bias * scale + shift}
        )

    def activate(self, node: Node, activation: Activation) -> None:
        """Give the layer that summed last its activation."""
        # No activation falls, so that the largest of a patch stays the largest: what the file
        # does after the maximum can be done before it.
        passed = 0
        while self.layers[passed:] and isinstance(self.layers[-1 - passed], (Flatten, MaxPool)):
            passed += 1
        above = self.layers[len(self.layers) - passed :]
        del self.layers[len(self.layers) - passed :]
        self.layers[-1:] = [dataclasses.replace(self.summing(node), activation=activation), *above]


def refusal(
    graph: Graph, node: Node, got: str, wanted: str = "what a layer can do"
) -> ForeignFileError:
    """Make the error for an operator that no layer can do."""
    return ForeignFileError(
        f"ONNX file {graph.path}, node {node.name!r}",
        wanted,
        got,
        "Export the network without it, or choose an earlier tensor with output='...'; "
        "'bioann inspect' tells the signs of the weights of any ONNX file.",
    )


def _scaled_input(layer: Layer, scale: np.ndarray, shift: np.ndarray) -> Layer:
    """Let a layer do what was done to its input before."""
    if isinstance(layer, Dense):
        bias = layer.bias + layer.W @ np.broadcast_to(shift, layer.W.shape[1])
        return dataclasses.replace(layer, W=layer.W * scale, bias=bias)
    if isinstance(layer, Conv2d) and not (np.any(shift) and any(layer.padding)):
        channels = layer.kernel.shape[1]
        per = [np.broadcast_to(x, channels)[:, None, None] for x in (scale, shift)]
        bias = layer.bias + (layer.kernel * per[1]).sum(axis=(1, 2, 3))
        return dataclasses.replace(layer, kernel=layer.kernel * per[0], bias=bias)
    raise ForeignFileError(
        "ONNX file",
        "an input that is scaled before a dense layer, or before a convolution without padding",
        type(layer).__name__,
        "Scale the stimulus instead, and export the network without that step.",
    )
