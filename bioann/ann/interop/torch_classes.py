"""Recognise PyTorch modules by their classes, and prepare a module to be read."""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from bioann.ann.layers.layer import Shape
from bioann.base.arguments import is_whole_number
from bioann.base.errors import DescriptionError, ForeignFileError
from bioann.base.text import shorten_repr

#: Package of the classes that are known, exactly as they are: a subclass may compute otherwise.
PACKAGE = "torch.nn.modules."
#: Modules that contain the one that computes, and the field that holds it.
WRAPPERS = {
    "DataParallel": "module",
    "DistributedDataParallel": "module",
    "AveragedModel": "module",
    "OptimizedModule": "_orig_mod",
}
#: Modules whose arrays tell the shape of one input, and the field with its length.
SIZED = {
    **dict.fromkeys(("RNN", "LSTM", "GRU"), "input_size"),
    "Linear": "in_features",
    "BatchNorm1d": "num_features",
}


def is_torch_module(model: Any) -> bool:
    """Return whether an object is a PyTorch module, without importing PyTorch."""
    return any(
        f"{kind.__module__}.{kind.__name__}" == f"{PACKAGE}module.Module"
        for kind in type(model).__mro__
    )


def find_class_name(module: Any) -> str:
    """Return the name of a module's class in PyTorch; empty for a class that is not PyTorch's."""
    kind = type(module)
    if kind.__module__ == "torch.nn.utils.parametrize" and hasattr(module, "parametrizations"):
        kind = kind.__bases__[0]  # the weights are computed when they are read
    return str(kind.__name__) if kind.__module__.startswith(PACKAGE) else ""


def unwrap_module(module: Any) -> Any:
    """Return the module that computes, without those around it.

    Raises
    ------
    DescriptionError
        If the object is no module of PyTorch.
    ForeignFileError
        If it is compiled code.
    """
    if not is_torch_module(module):
        raise DescriptionError(
            "from_torch, module",
            "a torch.nn.Module",
            f"an object of type {type(module).__name__}",
            "Read files with bioann.from_onnx or bioann.from_weights.",
        )
    kind = type(module)
    if any(base.__module__ == "keras.src.layers.layer" for base in kind.__mro__):
        expected, got = "a module of PyTorch's own", f"a {kind.__name__} of Keras"
        remedy = "Pass it to bioann.from_keras(model)."
        raise DescriptionError("from_torch, module", expected, got, remedy)
    if kind.__name__ in WRAPPERS and kind.__module__.startswith("torch."):
        return unwrap_module(getattr(module, WRAPPERS[kind.__name__]))
    if kind.__module__.startswith("torch.jit"):
        raise ForeignFileError(
            "from_torch, module",
            "a module of Python code",
            f"a {kind.__name__} of TorchScript",
            "Pass the module from before torch.jit.script or torch.jit.trace.",
        )
    return module


@contextlib.contextmanager
def make_copy(module: Any) -> Iterator[Any]:
    """Yield a copy of a module in evaluation mode and double precision, on the processor.

    A module that cannot be copied is yielded itself in evaluation mode, and each child's mode is
    set back afterwards.
    """
    torch = sys.modules.get("torch")
    children = list(_list_modules(module))
    modes = [(child, child.training) for child in children if hasattr(child, "training")]
    for child, _ in modes:
        child.training = False
    try:
        yield module if torch is None else _copy_in_double_precision(torch, module)
    finally:
        for child, mode in modes:
            child.training = mode


def _copy_in_double_precision(torch: Any, module: Any) -> Any:
    try:
        double = copy.deepcopy(module).double().cpu()
    except Exception:  # weights that are computed by hooks, or have no numbers
        return module
    for child, original in zip(_list_modules(double), _list_modules(module), strict=True):
        if find_class_name(child) == "RMSNorm" and child.eps is None:
            # PyTorch's default depends on the type.
            dtypes = [p.dtype for p in original.parameters()] or [torch.float32]
            child.eps = torch.finfo(dtypes[0]).eps
    return double


def _list_modules(module: Any) -> Iterator[Any]:
    """Return a module and all that it contains, in their order."""
    yield module
    for child in module._modules.values():
        if is_torch_module(child):
            yield from _list_modules(child)


def list_leaves(module: Any, location: str) -> Iterator[tuple[str, Any]]:
    """Return the modules that contain no others, with their places."""
    children = {k: child for k, child in module._modules.items() if is_torch_module(child)}
    if not children or hasattr(module, "parametrizations"):
        yield location, module
        return
    for key, child in children.items():
        yield from list_leaves(child, f"{location}.{key}")


def find_input_shape(
    module: Any, shape: Sequence[int] | None, known_classes: Collection[str]
) -> Shape:
    """Return the shape of one input: the stated one, or that which the first layer determines.

    Parameters
    ----------
    module : torch.nn.Module
        The module.
    shape : sequence of int or None
        The stated shape.
    known_classes : collection of str
        Names of the classes of PyTorch that are read.

    Raises
    ------
    DescriptionError
        If the shape is no shape, or is missing.
    """
    if shape is not None:
        sizes = tuple(shape)
        if sizes and all(is_whole_number(n, 1) for n in sizes):
            return tuple(int(n) for n in sizes)
        raise DescriptionError(
            "from_torch, shape",
            "whole numbers of 1 or more, without the number of samples",
            shorten_repr(shape),
            "Pass shape=(channel, height, width), or shape=(input,).",
        )
    names = [(find_class_name(leaf), leaf) for _, leaf in list_leaves(module, "module")]
    # Images are seldom given to a Linear layer, but its class tells the length of a vector.
    for name, leaf in names:
        n_inputs = getattr(leaf, SIZED.get(name, ""), None)
        if isinstance(n_inputs, int) and n_inputs > 0:
            return (n_inputs,)
        if not name or (name in known_classes and name not in _KEEPS_SHAPE):
            break
    first = next((leaf for name, leaf in names if name not in _KEEPS_SHAPE), module)
    raise DescriptionError(
        "from_torch, shape",
        "the shape of one input, which the first layer does not determine",
        f"a {type(first).__name__} first",
        "Pass shape=(channel, height, width), or shape=(input,).",
    )


#: Modules in front of the first layer that leave the shape as it is.
_KEEPS_SHAPE = {"Dropout", "Identity", "ReLU", "Tanh", "Sigmoid", "Flatten", "Sequential"}
