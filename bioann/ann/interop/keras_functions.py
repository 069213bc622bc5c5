"""State the functions of ``keras.ops`` in a functional model as operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.ann.interop.keras_activations import apply_named_activation
from bioann.ann.interop.keras_arrays import to_float_array
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer

#: Operator of each function of two tensors, or of a tensor and a constant.
ARITHMETIC = {
    "Add": "Add", "Subtract": "Sub", "Multiply": "Mul", "Divide": "Div", "TrueDivide": "Div",
    "Maximum": "Max", "Minimum": "Min", "Power": "Pow",
}  # fmt: skip
#: Operator of each function of one tensor.
UNARY = {
    "Negative": "Neg", "Absolute": "Abs", "Abs": "Abs", "Exp": "Exp", "Log": "Log", "Sqrt": "Sqrt",
    "Reciprocal": "Reciprocal",
}  # fmt: skip
#: Activation of each function without options.
ACTIVATIONS = {
    "Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus",
    "Softsign": "softsign", "Silu": "silu", "HardSigmoid": "hard_sigmoid", "Selu": "selu",
    "HardSilu": "hard_silu", "LogSigmoid": "log_sigmoid", "Mish": "mish",
}  # fmt: skip
#: Operator of each function that reduces axes.
REDUCTIONS = {"Mean": "ReduceMean", "Sum": "ReduceSum", "Max": "ReduceMax", "Min": "ReduceMin"}


def apply_operation(graph: ModelTracer, operation: Any, args: Any, kwargs: Any) -> Any:
    """Return the output of a function of ``keras.ops``.

    Parameters
    ----------
    graph : ModelTracer
        The model that is being read.
    operation : keras.Operation
        The recorded function, with its options as fields.
    args, kwargs : tuple and dict
        Its arguments, tensors of layers and constants.

    Raises
    ------
    ForeignFileError
        If no layers express it.
    """
    name, x = type(operation).__name__, args[0] if args else None
    if not type(operation).__module__.startswith("keras.src.ops.") or kwargs:
        raise graph.unsupported_error(f"the function {name}, or one of its options")
    if name in ARITHMETIC and len(args) == 2:
        operands = [a if isinstance(a, LayerTensor) else read_constant(graph, a) for a in args]
        if name == "Multiply" and args[0] is args[1]:
            return graph.add("Pow", x, np.array(2.0))
        if ARITHMETIC[name] == "Div" and not isinstance(operands[0], LayerTensor):
            return graph.add("Mul", graph.add("Reciprocal", operands[1]), operands[0])
        return graph.add(ARITHMETIC[name], *operands)
    if name == "Concatenate":
        tensors = args[0]
        return graph.add("Concat", *tensors, axis=operation.axis % len(tensors[0].shape))
    if not isinstance(x, LayerTensor):
        raise graph.unsupported_error(f"the function {name} of a constant")
    return _apply_unary(graph, operation, name, x, args[1:])


def _apply_unary(
    graph: ModelTracer, operation: Any, name: str, x: LayerTensor, options: tuple[Any, ...]
) -> Any:
    if name == "GetItem":
        return x.rearrange(x.list_positions()[options[0]])
    if options:
        raise graph.unsupported_error(f"the function {name} with options")
    if name in UNARY:
        return graph.add(UNARY[name], x)
    if name == "Square":
        return graph.add("Pow", x, np.array(2.0))
    if name in ACTIVATIONS:
        return apply_named_activation(graph, x, ACTIVATIONS[name])
    if name == "Gelu":
        return graph.add("Gelu", x, approximate="tanh" if operation.approximate else "none")
    if name in ("Softmax", "LogSoftmax") and isinstance(operation.axis, int):
        return graph.add(name, x, axis=operation.axis % len(x.shape))
    if name in REDUCTIONS and operation.axis is not None:
        axes = [int(k) % len(x.shape) for k in np.atleast_1d(operation.axis)]
        if 0 not in axes:
            keepdims = int(operation.keepdims)
            return graph.add(REDUCTIONS[name], x, axes=axes, keepdims=keepdims)
    if name == "Reshape":
        sizes = (-1 if n is None else n for n in operation.newshape)
        return graph.add("Reshape", x, np.array(tuple(sizes)))
    if name == "Transpose" and operation.axes is not None:
        return graph.add("Transpose", x, perm=list(operation.axes))
    raise graph.unsupported_error(f"the function {name}, or one of its options")


def read_constant(graph: ModelTracer, value: Any) -> np.ndarray:
    """Return a constant of a functional model: a number, an array or a tensor of the backend."""
    array = to_float_array(value)
    if not np.isfinite(array).all():
        raise graph.unsupported_error("a constant that is NaN or infinite")
    return array
