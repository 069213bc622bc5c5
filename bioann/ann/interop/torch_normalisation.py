"""State PyTorch's normalisations as operators: by running averages, or by the sample itself.

Definitions: https://pytorch.org/docs/stable/nn.html#normalization-layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer
from bioann.ann.interop.torch_arrays import read_array


def _read_affine(graph: ModelTracer, module: Any, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Return the factors and offsets of a normalisation; ones and zeros without."""
    arrays = []
    for name, default in (("weight", 1.0), ("bias", 0.0)):
        tensor = getattr(module, name, None)
        arrays.append(np.full(shape, default) if tensor is None else read_array(graph, tensor))
    return arrays


def add_batch_normalisation(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Add the scaling of a batch normalisation by its running averages."""
    name = type(module).__name__
    if module.running_mean is None or module.running_var is None:
        remedy = "Train it with track_running_stats=True."
        raise graph.unsupported_error(f"{name} without running averages", remedy)
    mean, variance = (read_array(graph, t) for t in (module.running_mean, module.running_var))
    scale, shift = _read_affine(graph, module, mean.shape)
    arrays = (scale, shift, mean, variance)
    return graph.add("BatchNormalization", x, *arrays, epsilon=module.eps)


def add_instance_normalisation(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Normalise each channel of an image, by its running averages if the module has them."""
    if module.running_mean is not None:
        return add_batch_normalisation(graph, module, x)
    scale, shift = _read_affine(graph, module, (x.shape[1],))
    return graph.add("InstanceNormalization", x, scale, shift, epsilon=module.eps)


def add_group_normalisation(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Normalise groups of channels together, and scale each channel."""
    n = module.num_groups
    grouped = x.reshape((x.shape[0], n, int(np.prod(x.shape[1:])) // n))
    ones = np.ones(n), np.zeros(n)
    normal = graph.add("InstanceNormalization", grouped, *ones, epsilon=module.eps)
    arrays = _read_affine(graph, module, (module.num_channels,))
    scale, shift = (a.reshape(-1, *(1,) * (len(x.shape) - 2)) for a in arrays)
    return graph.add("Add", graph.add("Mul", normal.reshape(x.shape), scale), shift)


def add_layer_normalisation(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Normalise the last axes to mean 0 and variance 1."""
    shape = tuple(module.normalized_shape)
    scale, shift = _read_affine(graph, module, shape)
    options = {"axis": len(x.shape) - len(shape), "epsilon": module.eps}
    return graph.add("LayerNormalization", x, scale, shift, **options)


def add_mean_square_normalisation(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    """Divide the last axes by the root of their mean square."""
    shape = tuple(module.normalized_shape)
    axes = list(range(len(x.shape) - len(shape), len(x.shape)))
    square = graph.add("Pow", x, np.array(2.0))
    mean = graph.add("ReduceMean", square, axes=axes, keepdims=1)
    # PyTorch's default is the resolution of the type of the weights.
    epsilon = np.finfo(np.float32).eps if module.eps is None else module.eps
    factor = graph.add("Pow", graph.add("Add", mean, np.array(epsilon)), np.array(-0.5))
    scale, _ = _read_affine(graph, module, shape)
    return graph.add("Mul", graph.add("Mul", x, factor), scale)


#: Function that states each module as operators.
NORMALISATION_CONVERTERS: dict[str, Callable[[ModelTracer, Any, Any], Any]] = {
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "SyncBatchNorm"), add_batch_normalisation),
    **dict.fromkeys(("InstanceNorm1d", "InstanceNorm2d"), add_instance_normalisation),
    "GroupNorm": add_group_normalisation,
    "LayerNorm": add_layer_normalisation,
    "RMSNorm": add_mean_square_normalisation,
}
