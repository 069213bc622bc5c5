"""Read ONNX convolutions and pooling over images and sequences.

Definitions: https://onnx.ai/onnx/operators/. A sequence ``(batch, channel, position)`` is an image
with one row.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, TypeAlias

import numpy as np

from bioann.ann.activations.activation import Linear
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.pooling import AveragePool, MaxPool, PoolingLayer

#: Padding before and after each axis of an image.
Borders: TypeAlias = tuple[tuple[int, int], tuple[int, int]]


@dataclasses.dataclass(frozen=True)
class Window:
    """The patches of a convolution or pooling of images."""

    size: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    borders: Borders


def read_conv(tracer: LayerTracer) -> LayerTensor:
    """Add a convolution."""
    bias = tracer.get_constant(2) if tracer.has_input(2) else 0.0
    return append_convolution(tracer, tracer.get_constant(1), bias)


def append_convolution(tracer: LayerTracer, kernel: np.ndarray, bias: Any) -> LayerTensor:
    """Add a convolution of the first input of the current operator, with its attributes.

    Parameters
    ----------
    tracer : LayerTracer
        The operators that have been read, to which the convolution is added.
    kernel : numpy.ndarray, shape (output channel, input channel, ...)
        Weights, with one or two axes of positions.
    bias : float or numpy.ndarray, shape (output channel,)
        Bias of each output channel, in activation.
    """
    image, is_sequence = _get_image(tracer)
    kernel = _expand_kernel(tracer, kernel, is_sequence)
    window = _read_window(tracer, kernel.shape[2:], image.unit_shape[1:], is_sequence)
    layer = Conv2d(
        kernel,
        bias,
        Linear(),
        window.stride,
        window.borders,
        window.dilation,
        int(tracer.get_attribute("group", 1)),
    )
    return _drop_row(tracer.append_layer(image, layer), is_sequence)


def read_conv_transpose(tracer: LayerTracer) -> LayerTensor:
    """Add a transposed convolution: zeros between the pixels, then a convolution."""
    image, is_sequence = _get_image(tracer)
    kernel = _expand_kernel(tracer, tracer.get_constant(1), is_sequence)
    groups = int(tracer.get_attribute("group", 1))
    if groups != 1 or tracer.get_attribute("auto_pad", "NOTSET") != "NOTSET":
        raise tracer.unsupported_error("ConvTranspose in groups, or with automatic padding")
    if tracer.get_attribute("output_shape") is not None:
        raise tracer.unsupported_error("ConvTranspose to a fixed shape")
    window = _read_window(tracer, kernel.shape[2:], image.unit_shape[1:], is_sequence)
    no_padding = [0] * (1 if is_sequence else 2)
    extra = _expand_pair(tracer.get_attribute("output_padding", no_padding), is_sequence, 0)
    positions = image.list_positions()
    rank = positions.ndim
    for axis, stride in zip((rank - 2, rank - 1), window.stride, strict=True):
        n = positions.shape[axis]
        spread = np.full(
            (*positions.shape[:axis], (n - 1) * stride + 1, *positions.shape[axis + 1 :]), -1
        )
        spread[(slice(None),) * axis + (slice(None, None, stride),)] = positions
        positions = spread
    pads = [(0, 0)] * (rank - 2)
    spans = zip(window.size, window.dilation, window.borders, extra, strict=True)
    for k, d, (before, after), more in spans:
        pads.append(((k - 1) * d - before, (k - 1) * d - after + more))
    if any(n < 0 for pair in pads for n in pair):
        raise tracer.unsupported_error("ConvTranspose whose padding is larger than its kernel")
    spread_image = dataclasses.replace(image, fill=0.0).rearrange(
        np.pad(positions, pads, constant_values=-1)
    )
    bias = tracer.get_constant(2) if tracer.has_input(2) else 0.0
    flipped_kernel = np.swapaxes(kernel, 0, 1)[:, :, ::-1, ::-1]
    layer = Conv2d(flipped_kernel, bias, Linear(), 1, 0, window.dilation)
    output = tracer.append_layer(tracer.align_samples(spread_image), layer)
    return _drop_row(output, is_sequence)


def read_pool(tracer: LayerTracer) -> LayerTensor:
    """Add the maximum or the mean of patches."""
    if tracer.node is not None and any(tracer.node.outputs[1:]):
        raise tracer.unsupported_error(f"{tracer.op} with the positions as a second output")
    image, is_sequence = _get_image(tracer)
    size = tracer.get_attribute("kernel_shape", [])
    size = _expand_pair(size, is_sequence, 1)
    window = _read_window(tracer, size, image.unit_shape[1:], is_sequence)
    kind: type[PoolingLayer] = MaxPool if tracer.op == "MaxPool" else AveragePool
    if tracer.op == "AveragePool" and tracer.get_attribute("count_include_pad", 0):
        # Padding counts as pixels, but not what ceil_mode adds behind it.
        is_fixed = tracer.get_attribute("auto_pad", "NOTSET") == "NOTSET"
        pads = _read_pads(tracer, is_sequence) if is_fixed else list(window.borders)
        zeros, others = _split_borders(window.borders, pads)
        image = _pad_with_zeros(tracer, image, zeros)
        window = dataclasses.replace(window, borders=others)
    layer = kind(window.size, window.stride, window.borders, window.dilation)
    return _drop_row(tracer.append_layer(image, layer), is_sequence)


def read_global_pool(tracer: LayerTracer) -> LayerTensor:
    """Add the maximum or the mean of each channel."""
    image, is_sequence = _get_image(tracer)
    kind: type[PoolingLayer] = MaxPool if tracer.op == "GlobalMaxPool" else AveragePool
    return _drop_row(tracer.append_layer(image, kind(image.unit_shape[1:])), is_sequence)


def _get_image(tracer: LayerTracer) -> tuple[LayerTensor, bool]:
    """Return the data of the current operator as images, and whether they are sequences."""
    tensor = tracer.get_data()
    rank = len(tensor.shape)
    if rank not in (3, 4):
        raise tracer.unsupported_error(f"{tracer.op} of a tensor with {rank} axes, not 3 or 4")
    if rank == 3:
        tensor = tensor.reshape((*tensor.shape[:2], 1, tensor.shape[2]))
    image = tracer.align_samples(tensor)
    if len(image.unit_shape) != 3:
        raise tracer.unsupported_error(f"{tracer.op} of samples with axes {image.unit_shape}")
    return image, rank == 3


def _drop_row(tensor: LayerTensor, is_sequence: bool) -> LayerTensor:
    return tensor.reshape((*tensor.shape[:-2], tensor.shape[-1])) if is_sequence else tensor


def _expand_kernel(tracer: LayerTracer, kernel: np.ndarray, is_sequence: bool) -> np.ndarray:
    """Return a kernel of images."""
    if kernel.ndim != (3 if is_sequence else 4) or 0 in kernel.shape:
        raise tracer.unsupported_error(f"{tracer.op} with weights of shape {kernel.shape}")
    return kernel[:, :, None] if is_sequence else kernel


def _expand_pair(numbers: Any, is_sequence: bool, default: int) -> tuple[int, int]:
    """Return a number for height and one for width."""
    first, second = (default, *numbers) if is_sequence else numbers
    return int(first), int(second)


def _read_window(
    tracer: LayerTracer, size: tuple[int, ...], image: tuple[int, ...], is_sequence: bool
) -> Window:
    """Read stride, dilation and padding of the current operator."""
    axes = 1 if is_sequence else 2
    stride = _expand_pair(tracer.get_attribute("strides", [1] * axes), is_sequence, 1)
    dilation = _expand_pair(tracer.get_attribute("dilations", [1] * axes), is_sequence, 1)
    borders = _read_pads(tracer, is_sequence)
    auto = tracer.get_attribute("auto_pad", "NOTSET")
    if auto == "VALID":
        borders = [(0, 0)] * 2
    spans = [
        (n, (k - 1) * d + 1, s, pair)
        for n, k, d, s, pair in zip(image, size, dilation, stride, borders, strict=True)
    ]
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        borders = [_pad_to_same_size(n, extent, s, auto) for n, extent, s, _ in spans]
    elif auto not in ("NOTSET", "VALID"):
        raise tracer.unsupported_error(f"{tracer.op} with auto_pad={auto}")
    elif tracer.get_attribute("ceil_mode", 0):
        borders = [_pad_last_patch(*span) for span in spans]
    return Window((int(size[0]), int(size[1])), stride, dilation, (borders[0], borders[1]))


def _read_pads(tracer: LayerTracer, is_sequence: bool) -> list[tuple[int, int]]:
    """Return the padding before and after each axis that the current operator states."""
    axes = 1 if is_sequence else 2
    pads = list(tracer.get_attribute("pads", [0] * (2 * axes)))
    befores = _expand_pair(pads[:axes], is_sequence, 0)
    afters = _expand_pair(pads[axes:], is_sequence, 0)
    return list(zip(befores, afters, strict=True))


def _split_borders(borders: Borders, stated: list[tuple[int, int]]) -> tuple[Borders, Borders]:
    """Return the part of a padding that the operator states, and what is added at the end."""
    pairs = list(zip(borders, stated, strict=True))
    (y, x) = ((before, min(after, pads[1])) for (before, after), pads in pairs)
    (v, u) = ((0, max(after - pads[1], 0)) for (_, after), pads in pairs)
    return (y, x), (v, u)


def _pad_to_same_size(n: int, extent: int, stride: int, auto: str) -> tuple[int, int]:
    """Return the padding with which an axis has one patch for every `stride` pixels."""
    total = max((math.ceil(n / stride) - 1) * stride + extent - n, 0)
    less, more = total // 2, total - total // 2
    return (less, more) if auto == "SAME_UPPER" else (more, less)


def _pad_last_patch(n: int, extent: int, stride: int, pads: tuple[int, int]) -> tuple[int, int]:
    """Return the padding with which the last patch fits that begins inside the image."""
    before, after = pads
    n_patches = math.ceil((n + before + after - extent) / stride) + 1
    if (n_patches - 1) * stride >= n + before:
        n_patches -= 1
    return before, max((n_patches - 1) * stride + extent - n - before, 0)


def _pad_with_zeros(tracer: LayerTracer, image: LayerTensor, borders: Borders) -> LayerTensor:
    """Return images with zeros around them that count as pixels."""
    pads = [(0, 0)] * (len(image.shape) - 2) + list(borders)
    positions = np.pad(image.list_positions(), pads, constant_values=-1)
    return tracer.align_samples(dataclasses.replace(image, fill=0.0).rearrange(positions))
