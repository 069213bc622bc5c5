"""Merge layers that were read operator by operator into fewer that compute the same."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from bioann.ann.activations.activation import Linear
from bioann.ann.layers.branches import Branches
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer, Shape
from bioann.ann.layers.pointwise import Pointwise
from bioann.ann.layers.rearrange import Rearrange
from bioann.ann.layers.rescale import Rescale


def simplify_layers(layers: Sequence[Layer], shape: Shape) -> tuple[Layer, ...]:
    """Merge activations and fixed scalings into weighted sums, and copies into dense weights.

    Parameters
    ----------
    layers : sequence of Layer
        Layers, first to last; those inside branches are merged, too.
    shape : tuple of int
        Shape of one input.

    Returns
    -------
    tuple of Layer
        Layers that compute the same function, up to rounding.
    """
    merged: list[Layer] = []
    shapes = [shape]
    unread = list(layers[::-1])
    while unread:
        layer = unread.pop()
        if isinstance(layer, Branches):
            branches = tuple(simplify_layers(branch, shapes[-1]) for branch in layer.branches)
            layer = Branches(branches, layer.combination)
        replacement = _merge_layers(merged[-1], layer, shapes[-2]) if merged else None
        if replacement is None:
            merged.append(layer)
            shapes.append(layer.output_shape(shapes[-1]))
        else:  # the new layer can be merged with the one before it
            merged.pop()
            shapes.pop()
            unread.extend(replacement[::-1])
    return tuple(merged)


def _merge_layers(first: Layer, second: Layer, shape: Shape) -> tuple[Layer, ...] | None:
    """Return layers that replace two successive ones; None if there are no simpler ones.

    `shape` is the shape of the input of the first.
    """
    if isinstance(first, Flatten) and isinstance(second, Pointwise):
        return second, first
    if isinstance(second, Pointwise) and isinstance(first, (Dense, Conv2d)):
        if isinstance(first.activation, Linear):
            return (dataclasses.replace(first, activation=second.activation),)
        return None
    if isinstance(second, Rescale):
        return _scale_output(first, second, shape)
    if isinstance(first, Rescale):
        return _scale_input(first, second, shape)
    if isinstance(first, Flatten) and isinstance(second, Flatten):
        return (first,)
    if isinstance(first, Rearrange) and isinstance(second, Flatten):
        return (Rearrange(first.index.ravel(), first.shape, first.fill),)
    if isinstance(first, (Flatten, Rearrange)) and isinstance(second, Rearrange):
        return _copy_copies(first, second, shape)
    if isinstance(first, Rearrange) and isinstance(second, Dense) and first.index.ndim == 1:
        return _copy_into_weights(first, second)
    return None


def _scale_output(first: Layer, scaling: Rescale, shape: Shape) -> tuple[Layer, ...] | None:
    """Move a scaling into the weighted sum or the scaling before it."""
    scale, shift = scaling.scale, scaling.shift
    if isinstance(first, Rescale):
        sizes = [array.size for array in (first.scale, first.shift, scale, shift)]
        shapes = (array.shape for array in (first.scale, first.shift, scale, shift))
        if math.prod(np.broadcast_shapes(*shapes)) > max(sizes):  # a product of all with all
            return None
        return (Rescale(first.scale * scale, first.shift * scale + shift),)
    if isinstance(first, Flatten) and scale.size == shift.size == 1:
        return Rescale(scale.item(), shift.item()), first
    if not isinstance(first, (Dense, Conv2d)) or not isinstance(first.activation, Linear):
        return None
    n_units = len(first.bias)
    if isinstance(first, Dense) and max(scale.ndim, shift.ndim) < 2:
        scale, shift = (np.broadcast_to(a, n_units) for a in (scale, shift))
        bias = first.bias * scale + shift
        return (dataclasses.replace(first, W=first.W * scale[:, None], bias=bias),)
    if isinstance(first, Conv2d) and all(_is_per_channel(a) for a in (scale, shift)):
        scale, shift = (_list_channels(a, n_units) for a in (scale, shift))
        kernel = first.kernel * scale[:, None, None, None]
        return (dataclasses.replace(first, kernel=kernel, bias=first.bias * scale + shift),)
    return None


def _is_per_channel(array: np.ndarray) -> bool:
    """Return whether a constant for images is the same at all positions."""
    return all(n == 1 for n in array.shape[-2:])


def _list_channels(array: np.ndarray, n: int) -> np.ndarray:
    return np.broadcast_to(array.ravel(), n)


def _scale_input(scaling: Rescale, second: Layer, shape: Shape) -> tuple[Layer, ...] | None:
    """Move a scaling into the weights of the layer after it."""
    scale, shift = scaling.scale, scaling.shift
    if isinstance(second, Dense) and second.tau is None and len(shape) == 1:
        scale, shift = (np.broadcast_to(a, shape) for a in (scale, shift))
        bias = second.bias + second.W @ shift
        return (dataclasses.replace(second, W=second.W * scale, bias=bias),)
    if isinstance(second, Conv2d) and all(_is_per_channel(a) for a in (scale, shift)):
        if shift.any() and second.padding != (0, 0):  # the padding is not shifted
            return None
        n_outputs, n_inputs = second.kernel.shape[:2]
        group = np.arange(n_outputs) // (n_outputs // second.groups)
        channels = group[:, None] * n_inputs + np.arange(n_inputs)
        scale, shift = (
            _list_channels(a, shape[0])[channels][:, :, None, None] for a in (scale, shift)
        )
        bias = second.bias + (second.kernel * shift).sum(axis=(1, 2, 3))
        return (dataclasses.replace(second, kernel=second.kernel * scale, bias=bias),)
    return None


def _copy_copies(first: Layer, second: Rearrange, shape: Shape) -> tuple[Layer, ...] | None:
    """Return one layer for a copy of a copy."""
    if isinstance(first, Flatten):
        return (Rearrange(second.index, shape, second.fill),)
    if not isinstance(first, Rearrange):
        return None
    has_two_constants = first.fill != second.fill and bool((second.index < 0).any())
    if has_two_constants and (first.index < 0).any():
        return None
    fill = second.fill if (second.index < 0).any() else first.fill
    index = np.where(second.index < 0, -1, first.index.ravel()[second.index])
    if index.size == math.prod(shape) and (index.ravel() == np.arange(index.size)).all():
        if index.shape == tuple(shape):
            return ()
        if index.ndim == 1:
            return (Flatten(),)
    return (Rearrange(index, shape, fill),)


def _copy_into_weights(copy: Rearrange, dense: Dense) -> tuple[Layer, ...] | None:
    """Return a dense layer that receives the inputs in their own order."""
    n_inputs = math.prod(copy.shape)
    if dense.tau is not None or n_inputs > 2 * copy.index.size:
        return None
    W = np.zeros((len(dense.W), n_inputs))
    is_copy = copy.index >= 0
    np.add.at(W.T, copy.index[is_copy], dense.W.T[is_copy])
    bias = dense.bias + copy.fill * dense.W[:, ~is_copy].sum(axis=1)
    flatten = () if len(copy.shape) == 1 else (Flatten(),)
    return *flatten, dataclasses.replace(dense, W=W, bias=bias)
