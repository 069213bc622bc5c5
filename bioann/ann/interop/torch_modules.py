"""Build layered networks from PyTorch modules in memory, by their arrays and their structure.

PyTorch is not imported: a module is recognised by its class, and its arrays are read. Definitions:
https://pytorch.org/docs/stable/nn.html.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bioann.ann.activations.activation import LeakyRelu, Softplus
from bioann.ann.activations.foreign import Clip, Elu, ErrorFunction, Softsign
from bioann.ann.interop.own_output import describe_difference, draw_inputs
from bioann.ann.interop.simplify_layers import simplify_layers
from bioann.ann.interop.torch_images import (
    IMAGE_CONVERTERS,
    Shape,
    read_array,
    unsupported_module_error,
)
from bioann.ann.interop.torch_recurrent import RECURRENT_CONVERTERS
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.branches import Branches
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.pointwise import Pointwise
from bioann.ann.layers.rescale import Rescale
from bioann.ann.layers.softmax import LogSoftmax, Softmax
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, ForeignFileError

#: Package of the classes that are known, exactly as they are: a subclass may compute otherwise.
PACKAGE = "torch.nn.modules."
#: Largest difference from PyTorch's own output, relative to its largest number: single precision.
TOLERANCE = 1e-4
EXPORT = (
    "Export it, torch.onnx.export(module.eval(), (example_input,), 'model.onnx'), and read it: "
    "bioann.from_onnx('model.onnx')."
)


@name_argument_errors
def from_torch(module: Any, *, shape: Sequence[int] | None = None) -> LayeredNetwork:
    """Build a network from a PyTorch module: a layer, or a `torch.nn.Sequential` of layers.

    The network is that of evaluation mode: dropout passes everything on, and batch normalisation
    uses its running averages. Where the module can be called, its output for three random inputs is
    compared with that of the network.

    Parameters
    ----------
    module : torch.nn.Module
        `Linear`, `Conv2d`, `RNN`, `LSTM`, `GRU`, batch normalisation, pooling, flattening, dropout,
        an activation, or a `Sequential` of these. Other modules have to be exported as ONNX.
    shape : sequence of int, optional
        Shape of one input, ``(channel, height, width)`` for an image; needed unless the first layer
        is `Linear` or recurrent.

    Returns
    -------
    LayeredNetwork
        The network, which computes the same up to rounding. Recurrent layers take sequences, and
        their output is that of every step.

    Raises
    ------
    ForeignFileError
        If a module is of a class of its own, has hooks, or has options that no layer expresses; the
        message names it by its place.
    DescriptionError
        If `shape` is missing, or does not fit the first layer.

    Examples
    --------
    >>> import bioann as ba
    >>> network = ba.from_torch(model)  # doctest: +SKIP
    >>> ba.explain(network)  # doctest: +SKIP
    """
    leaves = _list_leaves(module, "module")
    input_shape = _find_input_shape(leaves, shape)
    layers = _convert_leaves(leaves, input_shape)
    if not layers:
        raise ForeignFileError("from_torch", "a module with layers", "none", EXPORT)
    network = LayeredNetwork(simplify_layers(layers, input_shape), input_shape)
    _compare_with_torch(module, network)
    return network


def is_torch_module(model: Any) -> bool:
    """Return whether an object is a PyTorch module, without importing PyTorch."""
    return any(
        f"{kind.__module__}.{kind.__name__}" == f"{PACKAGE}module.Module"
        for kind in type(model).__mro__
    )


def _list_leaves(module: Any, path: str) -> list[tuple[str, Any]]:
    """Return the modules of a sequence with their places, those of inner sequences in line."""
    if not is_torch_module(module):
        raise DescriptionError(
            f"from_torch, {path}",
            "a torch.nn.Module",
            f"an object of type {type(module).__name__}",
            "Read files with bioann.from_onnx or bioann.from_weights.",
        )
    kind = type(module)
    if not kind.__module__.startswith(PACKAGE):
        raise ForeignFileError(
            f"from_torch, {path}",
            "a layer of torch.nn, or a torch.nn.Sequential of them",
            f"a module of the class {kind.__module__}.{kind.__name__}, whose code is not read",
            EXPORT,
        )
    if module._forward_hooks or module._forward_pre_hooks:
        raise unsupported_module_error(path, f"{kind.__name__} with hooks", "Remove them first.")
    if kind.__name__ in RECURRENT_CONVERTERS and "." in path:
        raise unsupported_module_error(
            path,
            f"{kind.__name__} inside a Sequential, which passes on its output and its state",
            EXPORT,
        )
    if kind.__name__ in CONVERTERS:
        return [(path, module)]
    if kind.__name__ != "Sequential":
        raise unsupported_module_error(path, f"a {kind.__name__}", EXPORT)
    # Not `named_children`, which lists a module that stands in two places only once.
    children = module._modules.items()
    return [leaf for name, child in children for leaf in _list_leaves(child, f"{path}.{name}")]


def _find_input_shape(leaves: Sequence[tuple[str, Any]], shape: Sequence[int] | None) -> Shape:
    """Return the shape of one input: the stated one, or that which the first layer determines."""
    if shape is not None:
        return tuple(int(n) for n in shape)
    first = next((leaf for _, leaf in leaves if not _passes_on(leaf)), None)
    for field in ("in_features", "input_size", "num_features"):
        n_inputs = getattr(first, field, None)
        if isinstance(n_inputs, int) and type(first).__name__ != "BatchNorm2d":
            return (n_inputs,)
    name = "no layer" if first is None else f"a {type(first).__name__} first"
    raise DescriptionError(
        "from_torch, shape",
        "the shape of one input, which the first layer does not determine",
        name,
        "Pass shape=(channel, height, width), or shape=(input,).",
    )


def _passes_on(leaf: Any) -> bool:
    return CONVERTERS[type(leaf).__name__] is _pass_on


def _convert_leaves(leaves: Sequence[tuple[str, Any]], shape: Shape) -> list[Layer]:
    """Return the layers of modules that are no sequences; errors name the place of the module."""
    layers: list[Layer] = []
    for path, leaf in leaves:
        try:
            for layer in CONVERTERS[type(leaf).__name__](leaf, path, shape):
                shape = layer.output_shape(shape)
                layers.append(layer)
        except DescriptionError as error:
            error.obj = f"from_torch, {path}, {error.obj}"
            raise
    return layers


def _convert_dense(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    weights = read_array(leaf.weight)
    bias = 0.0 if leaf.bias is None else read_array(leaf.bias)
    return (Dense(weights, bias, "linear"),)


def _convert_flatten(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    if (leaf.start_dim, leaf.end_dim) not in ((1, -1), (1, len(shape))):
        options = f"Flatten from axis {leaf.start_dim} to {leaf.end_dim}"
        raise unsupported_module_error(path, options, "Flatten all axes but that of the samples.")
    return (Flatten(),)


def _convert_softmax(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    if leaf.dim not in (1, -1) or len(shape) != 1:
        raise unsupported_module_error(path, f"{type(leaf).__name__} over axis {leaf.dim}", EXPORT)
    return (Softmax() if type(leaf).__name__ == "Softmax" else LogSoftmax(),)


def _convert_gelu(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    if leaf.approximate != "none":
        raise unsupported_module_error(path, f"GELU approximated by {leaf.approximate}", EXPORT)
    gate = (Rescale(np.sqrt(0.5)), Pointwise(ErrorFunction()), Rescale(0.5, 0.5))
    return (Branches(((), gate), "product"),)


def _convert_silu(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    return (Branches(((), (Pointwise("sigmoid"),)), "product"),)


def _convert_softplus(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    # Above `threshold` PyTorch takes the identity, which differs by at most exp(-threshold) / beta.
    if leaf.threshold < 15:
        options = f"Softplus that is linear above {leaf.threshold:g}"
        raise unsupported_module_error(path, options, EXPORT)
    return (Pointwise(Softplus(1 / leaf.beta)),)


def _pass_on(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    return ()


def _make_converter(make_activation: Callable[[Any], Any]) -> Callable[..., tuple[Layer, ...]]:
    """Return a converter to an activation of single numbers."""
    return lambda leaf, path, shape: (Pointwise(make_activation(leaf)),)


CONVERTERS: dict[str, Callable[[Any, str, Shape], tuple[Layer, ...]]] = {
    "Linear": _convert_dense,
    "Flatten": _convert_flatten,
    "Softmax": _convert_softmax,
    "LogSoftmax": _convert_softmax,
    "GELU": _convert_gelu,
    "SiLU": _convert_silu,
    "Softplus": _convert_softplus,
    **dict.fromkeys(("Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "Identity"), _pass_on),
    "ReLU": _make_converter(lambda leaf: "relu"),
    "Tanh": _make_converter(lambda leaf: "tanh"),
    "Sigmoid": _make_converter(lambda leaf: "sigmoid"),
    "Softsign": _make_converter(lambda leaf: Softsign()),
    "LeakyReLU": _make_converter(lambda leaf: LeakyRelu(leaf.negative_slope)),
    "ELU": _make_converter(lambda leaf: Elu(leaf.alpha)),
    "ReLU6": _make_converter(lambda leaf: Clip(0.0, 6.0)),
    "Hardtanh": _make_converter(lambda leaf: Clip(leaf.min_val, leaf.max_val)),
    **IMAGE_CONVERTERS,
    **RECURRENT_CONVERTERS,
}


def _compare_with_torch(module: Any, network: LayeredNetwork) -> None:
    """Raise `ForeignFileError` unless PyTorch computes the same for random inputs."""
    torch = sys.modules.get("torch")
    if torch is None:
        return
    x = draw_inputs(network)
    parameters = list(module.parameters())
    example = torch.as_tensor(x, dtype=parameters[0].dtype if parameters else torch.float32)
    modes = [(child, child.training) for child in module.modules()]
    try:
        module.eval()
        with torch.no_grad():
            output = module(example.to(parameters[0].device) if parameters else example)
    finally:
        for child, mode in modes:
            child.training = mode
    expected = (output[0] if isinstance(output, tuple) else output).cpu().double().numpy()
    difference = describe_difference(network.predict(x), expected, TOLERANCE)
    if difference:
        raise ForeignFileError("from_torch", "PyTorch's own output", difference, EXPORT)
