"""State PyTorch modules for images and sequences as operators: convolution, pooling, padding.

Definitions: https://pytorch.org/docs/stable/nn.html.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer, list_paddings
from bioann.ann.interop.torch_arrays import expand_sizes, read_array
from bioann.ann.layers.patches import compute_same_padding

#: Modes of padding by the names of ONNX.
PADDING_MODES = {
    "zeros": "constant",
    "constant": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}


def count_axes(module: Any) -> int:
    """Return the number of axes of an image from the end of a module's name: 1, 2 or 3."""
    match = re.search(r"([123])d$", type(module).__name__)
    return 2 if match is None else int(match[1])


def pad_tensor(
    graph: ModelTracer,
    x: LayerTensor,
    pairs: Any,
    mode: str = "constant",
    value: float = 0.0,
) -> Any:
    """Return a tensor padded along its last axes; `pairs` are those of each axis."""
    pads = list_paddings(pairs, len(x.shape))
    constant = value if PADDING_MODES[mode] == "constant" else None
    return graph.add("Pad", x, np.array(pads), constant, mode=PADDING_MODES[mode])


def add_convolution(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Add a convolution, after a padding that is not of zeros."""
    axes = count_axes(module)
    dilation = expand_sizes(module.dilation, axes)
    pairs: Any = [(0, 0)] * axes
    if module.padding == "same":
        pairs = compute_same_padding(expand_sizes(module.kernel_size, axes), dilation)
    elif module.padding != "valid":
        pairs = [(n, n) for n in expand_sizes(module.padding, axes)]
    if module.padding_mode != "zeros":
        x = pad_tensor(graph, x, pairs, module.padding_mode)
        pairs = [(0, 0)] * axes
    return graph.add(
        "Conv",
        x,
        read_array(graph, module.weight),
        None if module.bias is None else read_array(graph, module.bias),
        strides=list(expand_sizes(module.stride, axes)),
        pads=list_paddings(pairs, axes),
        dilations=list(dilation),
        group=module.groups,
    )


def add_transposed_convolution(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Add a transposed convolution without groups."""
    axes = count_axes(module)
    return graph.add(
        "ConvTranspose",
        x,
        read_array(graph, module.weight),
        None if module.bias is None else read_array(graph, module.bias),
        strides=list(expand_sizes(module.stride, axes)),
        pads=list(expand_sizes(module.padding, axes)) * 2,
        dilations=list(expand_sizes(module.dilation, axes)),
        output_padding=list(expand_sizes(module.output_padding, axes)),
        group=module.groups,
    )


def add_pooling(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Add the maximum or the mean of patches."""
    axes, name = count_axes(module), type(module).__name__
    stride = module.kernel_size if module.stride in (None, ()) else module.stride
    options: dict[str, Any] = {
        "kernel_shape": list(expand_sizes(module.kernel_size, axes)),
        "strides": list(expand_sizes(stride, axes)),
        "pads": list(expand_sizes(module.padding, axes)) * 2,
        "ceil_mode": int(module.ceil_mode),
    }
    if "Max" in name:
        if module.return_indices:
            raise graph.unsupported_error(f"{name} with two outputs", "Return no indices.")
        options["dilations"] = list(expand_sizes(module.dilation, axes))
        return graph.add("MaxPool", x, **options)
    if getattr(module, "divisor_override", None) is not None:
        raise graph.unsupported_error(f"{name} with divisor_override", "Leave it out.")
    is_counted = int(module.count_include_pad)
    return graph.add("AveragePool", x, count_include_pad=is_counted, **options)


def add_adaptive_pooling(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Add pooling to a fixed number of patches, which must be equally large."""
    axes, name = count_axes(module), type(module).__name__
    if getattr(module, "return_indices", False):
        raise graph.unsupported_error(f"{name} with two outputs", "Return no indices.")
    sizes = x.shape[-axes:]
    stated = module.output_size
    stated = tuple(stated) if np.ndim(stated) or isinstance(stated, tuple) else (stated,) * axes
    targets = [n if m is None else int(m) for n, m in zip(sizes, stated, strict=True)]
    if any(n % m for n, m in zip(sizes, targets, strict=True)):
        raise graph.unsupported_error(
            f"{name} of {sizes} to {tuple(targets)}, patches of unequal size",
            "Choose an output size that divides the size of the images.",
        )
    patch = [n // m for n, m in zip(sizes, targets, strict=True)]
    op = "MaxPool" if "Max" in name else "AveragePool"
    return graph.add(op, x, kernel_shape=patch, strides=patch)


def add_padding(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Add a border of a constant, or of copies of the image."""
    axes, name = count_axes(module), type(module).__name__
    padding = expand_sizes(module.padding, 2 * axes)
    pairs = [(padding[k], padding[k + 1]) for k in range(0, 2 * axes, 2)][::-1]  # last axis first
    modes = {"Reflection": "reflect", "Replication": "replicate", "Circular": "circular"}
    mode = next((mode for word, mode in modes.items() if word in name), "constant")
    return pad_tensor(graph, x, pairs, mode, float(getattr(module, "value", 0.0)))


def add_nearest_pixels(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Repeat the pixels of an image; other kinds of enlarging interpolate."""
    if module.mode != "nearest":
        got = f"Upsample by {module.mode} interpolation"
        raise graph.unsupported_error(got, "Use mode='nearest'.")
    axes = len(x.shape) - 2
    sizes = x.shape[-axes:]
    if module.size is not None:
        targets = expand_sizes(module.size, axes)
    else:
        factor = module.scale_factor
        factors = factor if isinstance(factor, tuple) else (factor,) * axes
        targets = tuple(math.floor(n * f) for n, f in zip(sizes, factors, strict=True))
    if any(m % n for n, m in zip(sizes, targets, strict=True)):
        raise graph.unsupported_error(f"Upsample of {sizes} to {targets}", "Use whole factors.")
    positions = x.list_positions()
    for axis, (n, m) in enumerate(zip(sizes, targets, strict=True), len(x.shape) - axes):
        positions = np.repeat(positions, m // n, axis)
    return x.rearrange(positions)


def add_pixel_shuffle(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Move groups of channels to neighbouring pixels."""
    return graph.add("DepthToSpace", x, blocksize=module.upscale_factor, mode="CRD")


def _list_kinds(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}{axes}d" for name in names for axes in (1, 2))


#: Function that states each module as operators.
IMAGE_CONVERTERS: dict[str, Callable[[ModelTracer, Any, Any], Any]] = {
    **dict.fromkeys(_list_kinds("Conv"), add_convolution),
    **dict.fromkeys(_list_kinds("ConvTranspose"), add_transposed_convolution),
    **dict.fromkeys(_list_kinds("MaxPool", "AvgPool"), add_pooling),
    **dict.fromkeys(_list_kinds("AdaptiveMaxPool", "AdaptiveAvgPool"), add_adaptive_pooling),
    **dict.fromkeys(
        _list_kinds("ZeroPad", "ConstantPad", "ReflectionPad", "ReplicationPad", "CircularPad"),
        add_padding,
    ),
    "PixelShuffle": add_pixel_shuffle,
    **dict.fromkeys(("Upsample", "UpsamplingNearest2d"), add_nearest_pixels),
}
