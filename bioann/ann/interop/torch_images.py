"""Convert PyTorch modules for images: convolution, pooling, batch normalisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.patches import compute_same_padding
from bioann.ann.layers.pooling import AveragePool, MaxPool
from bioann.ann.layers.rescale import Rescale
from bioann.base.errors import ForeignFileError

Shape: TypeAlias = tuple[int, ...]


def unsupported_module_error(path: str, got: str, remedy: str) -> ForeignFileError:
    """Build the error for a module that no layer expresses.

    Parameters
    ----------
    path : str
        Place of the module, such as ``"module.2"``.
    got : str
        The module and its option, in words.
    remedy : str
        What the user can do, as a sentence.
    """
    return ForeignFileError(f"from_torch, {path}", "a layer that bioann has", got, remedy)


def read_array(tensor: Any) -> np.ndarray:
    """Return the numbers of a PyTorch tensor in double precision."""
    array: np.ndarray = tensor.detach().cpu().double().numpy()
    return array


def convert_convolution(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    """Return the layer of a `torch.nn.Conv2d`."""
    if leaf.padding_mode != "zeros":
        raise unsupported_module_error(
            path, f"Conv2d padded by {leaf.padding_mode}", "Pad with zeros."
        )
    padding = leaf.padding
    if padding == "valid":
        padding = 0
    elif padding == "same":
        padding = compute_same_padding(leaf.kernel_size, leaf.dilation)
    bias = 0.0 if leaf.bias is None else read_array(leaf.bias)
    kernel = read_array(leaf.weight)
    options = (leaf.stride, padding, leaf.dilation, leaf.groups)
    return (Conv2d(kernel, bias, "linear", *options),)


def convert_pooling(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    """Return the layer of a `torch.nn.MaxPool2d` or `torch.nn.AvgPool2d`."""
    name = type(leaf).__name__
    if leaf.ceil_mode:
        raise unsupported_module_error(path, f"{name} with ceil_mode", "Leave out ceil_mode.")
    if name == "MaxPool2d":
        if leaf.return_indices:
            raise unsupported_module_error(path, f"{name} with two outputs", "Return no indices.")
        return (MaxPool(leaf.kernel_size, leaf.stride, leaf.padding, leaf.dilation),)
    if leaf.divisor_override is not None:
        raise unsupported_module_error(path, f"{name} with divisor_override", "Leave it out.")
    if leaf.count_include_pad and np.any(leaf.padding):
        raise unsupported_module_error(
            path, f"{name} whose padding counts", "Pass count_include_pad=False, or no padding."
        )
    return (AveragePool(leaf.kernel_size, leaf.stride, leaf.padding),)


def convert_global_pooling(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    """Return the layer of an adaptive pooling to one pixel."""
    name = type(leaf).__name__
    if len(shape) != 3 or np.any(np.array(leaf.output_size) != 1):
        raise unsupported_module_error(
            path, f"{name} to {leaf.output_size}", "Pool images to a single pixel: output_size=1."
        )
    return ((MaxPool if "Max" in name else AveragePool)(shape[1:]),)


def convert_normalisation(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    """Return the scaling of a batch normalisation by its running averages."""
    if leaf.running_mean is None or leaf.running_var is None:
        raise unsupported_module_error(
            path,
            f"{type(leaf).__name__} without running averages",
            "Train it with track_running_stats=True.",
        )
    mean, variance = read_array(leaf.running_mean), read_array(leaf.running_var)
    scale, shift = np.ones_like(mean), np.zeros_like(mean)
    if leaf.affine:
        scale, shift = read_array(leaf.weight), read_array(leaf.bias)
    scale = scale / np.sqrt(variance + leaf.eps)
    axes = (-1,) + (1,) * (len(shape) - 1)
    return (Rescale(scale.reshape(axes), (shift - mean * scale).reshape(axes)),)


IMAGE_CONVERTERS: dict[str, Callable[[Any, str, Shape], tuple[Layer, ...]]] = {
    "Conv2d": convert_convolution,
    "MaxPool2d": convert_pooling,
    "AvgPool2d": convert_pooling,
    "AdaptiveAvgPool2d": convert_global_pooling,
    "AdaptiveMaxPool2d": convert_global_pooling,
    "BatchNorm1d": convert_normalisation,
    "BatchNorm2d": convert_normalisation,
}
