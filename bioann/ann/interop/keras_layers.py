"""State Keras layers as operators.

Definitions: https://keras.io/api/layers/.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bioann.ann.interop import keras_activations, keras_images, keras_recurrent
from bioann.ann.interop.keras_activations import apply_activation
from bioann.ann.interop.keras_arrays import read_weights_of, to_float_array
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer

#: Layers that change no number outside training.
UNCHANGED = (
    *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout"),
    *("GaussianNoise", "ActivityRegularization", "Identity", "RandomContrast", "RandomFlip"),
    *("RandomRotation", "RandomTranslation", "RandomZoom", "RandomBrightness", "InputLayer"),
)
#: Operator of each layer of several tensors.
MERGERS = {"Add": "Add", "Subtract": "Sub", "Multiply": "Mul", "Maximum": "Max", "Minimum": "Min"}


def _pass_on(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    return x


def _add_dense(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    if getattr(layer, "quantization_mode", None):
        got = f"Dense with quantised weights ({layer.quantization_mode})"
        raise graph.unsupported_error(got, "Pass the model from before model.quantize().")
    kernel = read_weights_of(graph, layer.kernel)
    if x.shape[-1] != len(kernel):
        got = f"a Dense layer of {len(kernel)} inputs for a tensor with {x.shape[-1]}"
        raise graph.unsupported_error(got, "Change the layers before it, or pass another shape.")
    bias = read_weights_of(graph, layer.bias) if layer.use_bias else None
    if len(x.shape) == 2:
        sums = graph.add("Gemm", x, kernel, bias)
    else:
        sums = graph.add("MatMul", x, kernel)
        sums = sums if bias is None else graph.add("Add", sums, bias)
    return apply_activation(graph, sums, layer.activation)


def _add_activation(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    return apply_activation(graph, x, layer.activation)


def _add_flatten(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    if getattr(layer, "data_format", "channels_last") == "channels_first" and len(x.shape) > 2:
        x = x.move_axis(1, len(x.shape) - 1)  # Keras flattens with the channels last
    return x.reshape((x.shape[0], math.prod(x.shape[1:])))


def _add_reshape(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    return graph.add("Reshape", x, np.array((x.shape[0], *layer.target_shape)))


def _add_permutation(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    return graph.add("Transpose", x, perm=[0, *layer.dims])


def _add_repeats(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    return x.rearrange(np.repeat(x.list_positions()[:, None], layer.n, axis=1))


def _scale_axis(
    graph: ModelTracer, x: LayerTensor, axis: Any, scale: np.ndarray, shift: np.ndarray
) -> Any:
    """Scale the numbers along one or several axes, in the shape of these axes."""
    axes = sorted(int(k) % len(x.shape) for k in np.atleast_1d(axis))
    shape = tuple(n if k in axes else 1 for k, n in enumerate(x.shape))
    scale, shift = (np.asarray(a, dtype=float).reshape(shape) for a in (scale, shift))
    return graph.add("Add", graph.add("Mul", x, scale), shift)


def _add_batch_normalisation(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    mean, variance = (read_weights_of(graph, v) for v in (layer.moving_mean, layer.moving_variance))
    scale = 1 / np.sqrt(variance + layer.epsilon)
    if layer.scale:
        scale = scale * read_weights_of(graph, layer.gamma)
    shift = -mean * scale
    if layer.center:
        shift = shift + read_weights_of(graph, layer.beta)
    return _scale_axis(graph, x, layer.axis, scale, shift)


def _add_layer_normalisation(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    axes = [int(k) % len(x.shape) for k in np.atleast_1d(layer.axis)]
    if axes != list(range(len(x.shape) - len(axes), len(x.shape))):
        raise graph.unsupported_error(f"LayerNormalization over axes {layer.axis}", "Use axis=-1.")
    if getattr(layer, "rms_scaling", False):
        raise graph.unsupported_error("LayerNormalization with rms_scaling", "Leave it out.")
    shape = tuple(x.shape[k] for k in axes)
    scale = read_weights_of(graph, layer.gamma) if layer.scale else np.ones(shape)
    shift = read_weights_of(graph, layer.beta) if layer.center else np.zeros(shape)
    options: dict[str, Any] = {"axis": axes[0], "epsilon": layer.epsilon}
    return graph.add("LayerNormalization", x, scale, shift, **options)


def _add_rescaling(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    scale, offset = (np.asarray(value, dtype=float) for value in (layer.scale, layer.offset))
    return graph.add("Add", graph.add("Mul", x, scale), offset)


def _add_standardisation(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    mean, variance = (to_float_array(v) for v in (layer.mean, layer.variance))
    deviation = np.maximum(np.sqrt(variance), 1e-7)  # Keras' smallest divisor
    if getattr(layer, "invert", False):
        return graph.add("Add", graph.add("Mul", x, deviation), mean)
    return graph.add("Add", graph.add("Mul", x, 1 / deviation), -mean / deviation)


def _repeat_over_time(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    name = type(layer.layer).__name__
    if name not in ("Dense", "Activation", "Dropout", "Identity"):
        got = f"TimeDistributed of a {name}"
        raise graph.unsupported_error(got, "Use it with Dense layers.")
    return graph.convert_module(layer.layer, x)


#: Function that states each layer of one tensor as operators.
LAYER_CONVERTERS: dict[str, Callable[[ModelTracer, Any, Any], Any]] = {
    **dict.fromkeys(UNCHANGED, _pass_on),
    "Dense": _add_dense,
    "Activation": _add_activation,
    "ReLU": keras_activations.add_limited_relu,
    "LeakyReLU": keras_activations.add_leaky_layer,
    "PReLU": keras_activations.add_sloped_layer,
    "ELU": keras_activations.add_exponential_layer,
    "Softmax": keras_activations.add_softmax_layer,
    "Flatten": _add_flatten,
    "Reshape": _add_reshape,
    "Permute": _add_permutation,
    "RepeatVector": _add_repeats,
    "BatchNormalization": _add_batch_normalisation,
    "LayerNormalization": _add_layer_normalisation,
    "Rescaling": _add_rescaling,
    "Normalization": _add_standardisation,
    "TimeDistributed": _repeat_over_time,
    **dict.fromkeys(
        ("Conv1D", "Conv2D", "DepthwiseConv1D", "DepthwiseConv2D"),
        keras_images.add_convolution_layer,
    ),
    **dict.fromkeys(
        ("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"),
        keras_images.add_pooling_layer,
    ),
    **dict.fromkeys(
        (
            *("GlobalAveragePooling1D", "GlobalAveragePooling2D"),
            *("GlobalMaxPooling1D", "GlobalMaxPooling2D"),
        ),
        keras_images.add_global_pooling_layer,
    ),
    **dict.fromkeys(("ZeroPadding1D", "ZeroPadding2D"), keras_images.add_zero_padding),
    **dict.fromkeys(("Cropping1D", "Cropping2D"), keras_images.add_cropping),
    **dict.fromkeys(("UpSampling1D", "UpSampling2D"), keras_images.add_repeated_pixels),
    **dict.fromkeys(keras_recurrent.OPERATORS, keras_recurrent.add_recurrent_layer),
    "Bidirectional": keras_recurrent.add_both_directions,
}


def merge_tensors(graph: ModelTracer, layer: Any, tensors: Sequence[LayerTensor]) -> Any:
    """Return the output of a layer of several tensors: a sum, a product, a concatenation.

    Raises
    ------
    ForeignFileError
        If no layers express it.
    """
    name = type(layer).__name__
    if name == "Concatenate":
        return graph.add("Concat", *tensors, axis=layer.axis % len(tensors[0].shape))
    if name == "Average":
        total = graph.add("Sum", *tensors)
        return graph.add("Mul", total, np.array(1 / len(tensors)))
    if name not in MERGERS:
        raise graph.unsupported_error(f"a {name} of {len(tensors)} tensors")
    joined = tensors[0]
    for tensor in tensors[1:]:
        joined = graph.add(MERGERS[name], joined, tensor)
    return joined
