"""Tensors of an ONNX graph as the outputs of layers, rearranged."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.layers.branches import Branches
from bioann.ann.layers.layer import Layer, Shape


@dataclasses.dataclass(frozen=True, eq=False)
class LayerPath:
    """Layers from the input to a tensor, as a list that paths share up to where they part.

    Attributes
    ----------
    layer : Layer or None
        The last layer; None at the input.
    parent : LayerPath or None
        The path to the layer before it.
    depth : int
        Number of layers on the path, its own included.
    size : int
        Number of layers, those inside branches included.
    """

    layer: Layer | None = None
    parent: LayerPath | None = None
    depth: int = 0
    size: int = 0

    def append(self, layer: Layer, size: int = 1) -> LayerPath:
        """Return the path with one more layer, which stands for `size` layers."""
        return LayerPath(layer, self, self.depth + 1, self.size + size)

    def list_layers(self, start: LayerPath | None = None) -> tuple[Layer, ...]:
        """Return the layers after a path that this one begins with, by default all."""
        layers: list[Layer] = []
        path: LayerPath | None = self
        while path is not None and path is not start and path.layer is not None:
            layers.append(path.layer)
            path = path.parent
        return tuple(layers[::-1])


def find_fork(paths: Sequence[LayerPath]) -> LayerPath:
    """Return the longest path that all paths begin with."""
    fork = paths[0]
    for path in paths[1:]:
        while fork is not path:
            if fork.depth >= path.depth and fork.parent is not None:
                fork = fork.parent
            elif path.parent is not None:
                path = path.parent
    return fork


def join_paths(paths: Sequence[LayerPath], combination: str) -> LayerPath:
    """Return the path through `Branches` that combine the outputs of several paths."""
    fork = find_fork(paths)
    branches = tuple(path.list_layers(fork) for path in paths)
    size = 1 + sum(1 + path.size - fork.size for path in paths)
    return fork.append(Branches(branches, combination), size)


@dataclasses.dataclass(frozen=True, eq=False)
class LayerTensor:
    """A tensor whose numbers are outputs of layers.

    Attributes
    ----------
    path : LayerPath
        The layers from the input on.
    lead : tuple of str
        Meaning of the axes in front of the layers' outputs: ``"batch"``, ``"time"``.
    unit_shape : tuple of int
        Shape of one output of the last layer.
    shape : tuple of int
        Shape of the tensor in the file.
    index : numpy.ndarray or None
        Position of each number of the tensor among the outputs of the last layer, counted row by
        row over `lead` and `unit_shape`, or -1 for `fill`; None for all outputs in their order.
    fill : float
        Value of the numbers that are no output of a layer.
    """

    path: LayerPath
    lead: tuple[str, ...]
    unit_shape: Shape
    shape: Shape
    index: np.ndarray | None = None
    fill: float = 0.0

    def list_positions(self) -> np.ndarray:
        """Return `index`, also where all outputs are in their order."""
        if self.index is not None:
            return self.index
        size_limits.check_units(self.shape, "ONNX file, a tensor that is rearranged")
        return np.arange(math.prod(self.shape)).reshape(self.shape)

    def reshape(self, shape: Shape) -> LayerTensor:
        """Return the tensor with another shape of the same size."""
        index = None if self.index is None else self.index.reshape(shape)
        return dataclasses.replace(self, shape=tuple(shape), index=index)

    def rearrange(self, positions: np.ndarray) -> LayerTensor:
        """Return the tensor with other positions."""
        return dataclasses.replace(self, shape=positions.shape, index=positions)

    def broadcast(self, shape: Shape) -> LayerTensor:
        """Return the tensor repeated along axes of length 1."""
        if shape == self.shape:
            return self
        return self.rearrange(np.broadcast_to(self.list_positions(), shape))

    def move_axis(self, start: int, end: int) -> LayerTensor:
        """Return the tensor with an axis at another position."""
        start %= len(self.shape)
        if start == end:
            return self
        return self.rearrange(np.moveaxis(self.list_positions(), start, end))
