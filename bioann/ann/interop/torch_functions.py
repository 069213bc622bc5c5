"""State PyTorch's functions and tensor methods as operators, for modules with code of their own."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer
from bioann.ann.interop.torch_rearranging import SHAPE_FUNCTIONS, flatten_arguments
from bioann.ann.interop.torch_recurrent import LastStates

#: Functions that change no number outside training.
UNCHANGED = {
    *("contiguous", "clone", "detach", "float", "double", "to", "type_as", "requires_grad_"),
    *("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"),
}
#: Operator of each function of two tensors or a tensor and a constant.
ARITHMETIC = {
    **dict.fromkeys(("add", "add_", "iadd"), "Add"),
    **dict.fromkeys(("sub", "sub_", "isub", "subtract"), "Sub"),
    **dict.fromkeys(("mul", "mul_", "imul", "multiply"), "Mul"),
    **dict.fromkeys(("truediv", "div", "div_", "divide", "itruediv", "true_divide"), "Div"),
    **dict.fromkeys(("maximum",), "Max"),
    **dict.fromkeys(("minimum",), "Min"),
    **dict.fromkeys(("pow",), "Pow"),
}
#: Operator of each function of one tensor.
UNARY = {
    **{name: name.capitalize() for name in ("neg", "abs", "exp", "log", "sqrt", "erf")},
    "reciprocal": "Reciprocal",
}
#: Operator of each function that reduces axes.
REDUCTIONS = {"mean": "ReduceMean", "sum": "ReduceSum", "amax": "ReduceMax", "amin": "ReduceMin"}
#: Module that computes each function with the same options.
MODULES = {
    "relu": "ReLU", "relu_": "ReLU", "relu6": "ReLU6", "tanh": "Tanh", "sigmoid": "Sigmoid",
    "leaky_relu": "LeakyReLU", "elu": "ELU", "selu": "SELU", "celu": "CELU", "gelu": "GELU",
    "silu": "SiLU", "mish": "Mish", "softplus": "Softplus", "softsign": "Softsign",
    "hardtanh": "Hardtanh", "hardsigmoid": "Hardsigmoid", "hardswish": "Hardswish",
    "logsigmoid": "LogSigmoid", "softshrink": "Softshrink", "tanhshrink": "Tanhshrink",
    "glu": "GLU", "softmax": "Softmax", "log_softmax": "LogSoftmax", "softmin": "Softmin",
    "max_pool1d": "MaxPool1d", "max_pool2d": "MaxPool2d", "avg_pool1d": "AvgPool1d",
    "avg_pool2d": "AvgPool2d", "adaptive_avg_pool1d": "AdaptiveAvgPool1d",
    "adaptive_avg_pool2d": "AdaptiveAvgPool2d", "adaptive_max_pool1d": "AdaptiveMaxPool1d",
    "adaptive_max_pool2d": "AdaptiveMaxPool2d", "pixel_shuffle": "PixelShuffle",
}  # fmt: skip
#: Parameters of functions that no module has, and the value that they may have.
IGNORED = {"inplace": None, "training": False, "_stacklevel": None, "dtype": None}


def apply_function(graph: ModelTracer, torch: Any, name: str, args: Any, kwargs: Any) -> Any:
    """Apply a function or method of PyTorch to tensors of layers.

    Parameters
    ----------
    graph : ModelTracer
        The model that is being read.
    torch : module
        The imported PyTorch.
    name : str
        Name of the function or method.
    args, kwargs : tuple and dict
        Its arguments; those of a method start with the tensor.

    Returns
    -------
    LayerTensor, numpy.ndarray, number or tuple
        What the function returns.

    Raises
    ------
    ForeignFileError
        If no layers express it.
    """
    x = args[0] if args else None
    if name == "getitem" and isinstance(x, (tuple, list)):
        return x[args[1]]
    if not any(
        isinstance(value, (LayerTensor, LastStates)) for value in flatten_arguments(args, kwargs)
    ):
        return _compute_constant(graph, name, args, kwargs)
    if name in UNCHANGED:
        if kwargs.get("training") or (name.endswith("dropout") and args[2:3] == (True,)):
            raise graph.unsupported_error(
                f"{name} in training mode", "Pass training=self.training."
            )
        return x
    if name in ARITHMETIC:
        return _apply_arithmetic(graph, name, args, kwargs)
    if name in UNARY:
        return graph.add(UNARY[name], x)
    if name in REDUCTIONS:
        return _reduce_axes(graph, name, *args, **kwargs)
    if name in MODULES:
        return _apply_module(graph, torch, name, args, kwargs)
    if name in SHAPE_FUNCTIONS:
        try:
            return SHAPE_FUNCTIONS[name](graph, *args, **kwargs)
        except (TypeError, ValueError, IndexError) as error:
            raise graph.unsupported_error(f"{name} with {error}") from error
    raise graph.unsupported_error(f"the function or method {name!r}")


def _compute_constant(graph: ModelTracer, name: str, args: Any, kwargs: Any) -> Any:
    """Compute arithmetic of sizes and of constant arrays, and the items of shapes and states."""
    functions: dict[str, Callable[..., Any]] = {
        **{name: getattr(operator, name) for name in ("add", "sub", "mul", "floordiv", "getitem")},
        **{name: getattr(np, name) for name in ("exp", "sqrt", "abs", "tanh", "negative")},
        "truediv": operator.truediv,
        "neg": operator.neg,
        "eq": operator.eq,
        "prod": math.prod,
        "t": np.transpose,
        "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
        "softplus": lambda a: np.logaddexp(0, a),
        **{name: lambda a, *options, **more: a for name in UNCHANGED},
    }
    if name not in functions:
        raise graph.unsupported_error(f"the function {name!r} of constants")
    return functions[name](*args, **kwargs)


def _apply_arithmetic(graph: ModelTracer, name: str, args: Any, kwargs: Any) -> Any:
    first, second = args[:2] if len(args) > 1 else (args[0], kwargs.get("other"))
    factor = kwargs.get("alpha", 1)
    if kwargs.get("rounding_mode") or not _is_numeric(first) or not _is_numeric(second):
        raise graph.unsupported_error(f"{name} of these arguments")
    if factor != 1:
        second = graph.add("Mul", second, np.array(float(factor)))
    if ARITHMETIC[name] == "Div" and not isinstance(first, LayerTensor):
        return graph.add("Mul", graph.add("Reciprocal", second), np.asarray(first, dtype=float))
    if ARITHMETIC[name] == "Mul" and first is second:
        return graph.add("Pow", first, np.array(2.0))
    operands = (a if isinstance(a, LayerTensor) else np.asarray(a, float) for a in (first, second))
    return graph.add(ARITHMETIC[name], *operands)


def _is_numeric(value: Any) -> bool:
    return isinstance(value, (LayerTensor, int, float, np.ndarray, np.number))


def _reduce_axes(
    graph: ModelTracer, name: str, x: LayerTensor, dim: Any = None, keepdim: bool = False
) -> Any:
    """Reduce axes; without `dim`, PyTorch reduces the samples, too, which is refused."""
    if dim is None:
        got = f"{name} over everything, samples included"
        raise graph.unsupported_error(got, "Reduce the other axes: dim=(1, 2, 3).")
    rank = len(x.shape)
    axes = [int(k) % rank for k in np.atleast_1d(dim)]
    return graph.add(REDUCTIONS[name], x, axes=axes, keepdims=int(keepdim))


def _apply_module(graph: ModelTracer, torch: Any, name: str, args: Any, kwargs: Any) -> Any:
    """Apply a function that has a module of the same options."""
    function = getattr(torch.nn.functional, name, None) or getattr(torch, name)
    kind = getattr(torch.nn, MODULES[name])
    options = dict(kwargs)
    x = args[0] if args else options.pop("input")
    if len(args) > 1:
        try:
            names = list(inspect.signature(function).parameters)
        except (TypeError, ValueError):  # built-in functions, whose modules have the same order
            names = ["input", *(p for p in inspect.signature(kind).parameters if p != "inplace")]
        if names[:1] in (["args"], []):  # functions that choose by `return_indices`
            names = ["input", *inspect.signature(kind).parameters]
        options.update(zip(names[1:], args[1:], strict=False))
    for parameter, value in IGNORED.items():
        if options.pop(parameter, value) and value is False:
            raise graph.unsupported_error(f"{name} in training mode")
    module = kind(**options)
    module.eval()
    return graph.convert_module(module, x)
