"""State Keras layers for images and sequences as operators, whose channels come first.

Definitions: https://keras.io/api/layers/convolution_layers/ and .../pooling_layers/.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.ann.interop.keras_activations import apply_activation
from bioann.ann.interop.keras_arrays import read_weights_of
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer, list_paddings

#: Automatic padding by the names of ONNX.
PADDINGS = {"valid": "VALID", "same": "SAME_UPPER"}


def _is_channel_last(layer: Any) -> bool:
    return bool(getattr(layer, "data_format", "channels_last") != "channels_first")


def move_channels_first(layer: Any, x: LayerTensor) -> LayerTensor:
    """Return a tensor with its channels in front of its positions."""
    return x.move_axis(-1, 1) if _is_channel_last(layer) else x


def move_channels_back(layer: Any, x: LayerTensor) -> LayerTensor:
    """Return a tensor with its channels where the layer has them."""
    return x.move_axis(1, len(x.shape) - 1) if _is_channel_last(layer) else x


def _find_padding(graph: ModelTracer, layer: Any) -> str:
    if layer.padding not in PADDINGS:
        raise graph.unsupported_error(f"a layer padded by {layer.padding!r}", "Use 'same'.")
    return PADDINGS[layer.padding]


def add_convolution_layer(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add `Conv1D` or `Conv2D`, or one for each channel (`DepthwiseConv1D`, `...2D`)."""
    image = move_channels_first(layer, x)
    kernel = read_weights_of(graph, layer.kernel)  # (position, ..., input channel, output)
    groups = getattr(layer, "groups", 1)
    if type(layer).__name__.startswith("Depthwise"):
        groups = kernel.shape[-2]
        kernel = kernel.reshape(*kernel.shape[:-2], 1, -1)
    kernel = np.moveaxis(kernel, (-1, -2), (0, 1))
    axes = kernel.ndim - 2
    dilation = [int(n) for n in np.broadcast_to(layer.dilation_rate, axes)]
    options: dict[str, Any] = {}
    if layer.padding == "causal":
        past = (kernel.shape[2] - 1) * dilation[0]
        image = graph.add("Pad", image, np.array(list_paddings([(past, 0)], 3)), np.array(0.0))
    else:
        options["auto_pad"] = _find_padding(graph, layer)
    sums = graph.add(
        "Conv",
        image,
        kernel,
        read_weights_of(graph, layer.bias) if layer.use_bias else None,
        strides=[int(n) for n in np.broadcast_to(layer.strides, axes)],
        dilations=dilation,
        group=int(groups),
        **options,
    )
    return apply_activation(graph, move_channels_back(layer, sums), layer.activation)


def add_pooling_layer(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add the maximum or the mean of patches."""
    image = move_channels_first(layer, x)
    axes = len(x.shape) - 2
    pooled = graph.add(
        "MaxPool" if type(layer).__name__.startswith("Max") else "AveragePool",
        image,
        kernel_shape=[int(n) for n in np.broadcast_to(layer.pool_size, axes)],
        strides=[int(n) for n in np.broadcast_to(layer.strides or layer.pool_size, axes)],
        auto_pad=_find_padding(graph, layer),
    )
    return move_channels_back(layer, pooled)


def add_global_pooling_layer(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add the maximum or the mean of each channel."""
    axes = range(1, len(x.shape) - 1) if _is_channel_last(layer) else range(2, len(x.shape))
    op = "ReduceMax" if "Max" in type(layer).__name__ else "ReduceMean"
    return graph.add(op, x, axes=list(axes), keepdims=int(layer.keepdims))


def _list_borders(borders: Any) -> list[tuple[int, int]]:
    """Return the numbers before and after each axis, from one pair or several."""
    pairs = (borders,) if np.ndim(borders) == 1 else borders
    return [(int(before), int(after)) for before, after in pairs]


def add_zero_padding(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add a border of zeros."""
    image = move_channels_first(layer, x)
    pads = list_paddings(_list_borders(layer.padding), len(x.shape))
    return move_channels_back(layer, graph.add("Pad", image, np.array(pads), np.array(0.0)))


def add_cropping(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Cut off a border."""
    image = move_channels_first(layer, x)
    slices = [slice(a, n - b) for n, (a, b) in zip(
        image.shape[2:], _list_borders(layer.cropping), strict=True)]  # fmt: skip
    cut = image.rearrange(image.list_positions()[(slice(None), slice(None), *slices)])
    return move_channels_back(layer, cut)


def add_repeated_pixels(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Repeat the pixels of an image or the steps of a sequence."""
    if getattr(layer, "interpolation", "nearest") != "nearest":
        got = f"UpSampling2D by {layer.interpolation} interpolation"
        raise graph.unsupported_error(got, "Use interpolation='nearest'.")
    image = move_channels_first(layer, x)
    positions = image.list_positions()
    for axis, n in enumerate(np.broadcast_to(layer.size, len(x.shape) - 2), 2):
        positions = np.repeat(positions, int(n), axis)
    return move_channels_back(layer, image.rearrange(positions))
