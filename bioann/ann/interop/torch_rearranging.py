"""Follow PyTorch's functions that copy numbers to other positions, and those of several tensors."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer
from bioann.ann.interop.torch_recurrent import LastStates


def flatten_arguments(*values: Any) -> list[Any]:
    """Return the arguments of a call one by one."""
    items: list[Any] = []
    for value in values:
        if isinstance(value, dict):
            items += flatten_arguments(*value.values())
        elif isinstance(value, (tuple, list)):
            items += flatten_arguments(*value)
        else:
            items.append(value)
    return items


def _get_item(graph: ModelTracer, x: Any, index: Any) -> Any:
    if isinstance(x, LastStates):
        items = index if isinstance(index, tuple) else (index,)
        if not isinstance(items[0], int) or any(i != slice(None) for i in items[1:]):
            raise graph.unsupported_error(f"states at {index}", "Take one layer's: states[-1].")
        state = x.states[items[0]]
        if state is None:
            raise graph.unsupported_error("the memory cells of an LSTM", "Use its output.")
        return state
    if any(isinstance(i, LayerTensor) for i in flatten_arguments(index)):
        raise graph.unsupported_error("positions that depend on the input")
    return x.rearrange(x.list_positions()[index])


def _select_axes(start: int, stop: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    rank = len(shape)
    first, last = start % rank, stop % rank
    return (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])


def _reshape_tensor(graph: ModelTracer, x: LayerTensor, *shape: Any) -> LayerTensor:
    sizes = [int(n) for n in (shape[0] if isinstance(shape[0], (tuple, list)) else shape)]
    if sizes.count(-1) == 1:
        others = math.prod(n for n in sizes if n != -1)
        sizes[sizes.index(-1)] = math.prod(x.shape) // max(others, 1)
    if math.prod(sizes) != math.prod(x.shape):
        raise ValueError(f"shape {tuple(sizes)} of {x.shape}")
    return x.reshape(tuple(sizes))


def _flatten_axes(
    graph: ModelTracer, x: LayerTensor, start_dim: int = 0, end_dim: int = -1
) -> LayerTensor:
    return x.reshape(_select_axes(start_dim, end_dim, x.shape))


def _squeeze_axes(graph: ModelTracer, x: Any, dim: Any = None) -> Any:
    if isinstance(x, LastStates):
        if len(x.states) > 1 or dim not in (0, None):
            raise graph.unsupported_error("states of several layers", "Take one: states[-1].")
        return _get_item(graph, x, 0)
    axes = range(len(x.shape)) if dim is None else np.atleast_1d(dim)
    squeezed = {int(k) % len(x.shape) for k in axes if x.shape[k] == 1}
    return x.reshape(tuple(n for k, n in enumerate(x.shape) if k not in squeezed))


def _insert_axis(graph: ModelTracer, x: LayerTensor, dim: int) -> LayerTensor:
    k = dim % (len(x.shape) + 1)
    return x.reshape((*x.shape[:k], 1, *x.shape[k:]))


def _permute_axes(graph: ModelTracer, x: LayerTensor, *dims: Any) -> LayerTensor:
    axes = dims[0] if isinstance(dims[0], (tuple, list)) else dims
    return x.rearrange(np.transpose(x.list_positions(), axes))


def _swap_axes(graph: ModelTracer, x: LayerTensor, dim0: int, dim1: int) -> LayerTensor:
    return x.rearrange(np.swapaxes(x.list_positions(), dim0, dim1))


def _concatenate_tensors(
    graph: ModelTracer, tensors: Any, dim: int = 0, axis: int | None = None
) -> Any:
    k = dim if axis is None else axis
    if any(isinstance(t, LastStates) for t in tensors):
        raise graph.unsupported_error("joined states of several layers", "Take one: states[-1].")
    return graph.add("Concat", *tensors, axis=k)


def _stack_tensors(graph: ModelTracer, tensors: Any, dim: int = 0) -> Any:
    return _concatenate_tensors(graph, [_insert_axis(graph, x, dim) for x in tensors], dim)


def _split_equally(graph: ModelTracer, x: LayerTensor, chunks: int, dim: int = 0) -> Any:
    return _split_tensor(graph, x, math.ceil(x.shape[dim] / chunks), dim)


def _split_tensor(graph: ModelTracer, x: LayerTensor, split_size: Any, dim: int = 0) -> Any:
    n, starts = x.shape[dim], split_size
    edges = np.cumsum(starts)[:-1] if np.ndim(starts) else np.arange(starts, n, starts)
    return tuple(map(x.rearrange, np.split(x.list_positions(), edges, dim)))


def _get_shape(graph: ModelTracer, x: LayerTensor, dim: int | None = None) -> Any:
    return x.shape if dim is None else x.shape[dim]


def _apply_linear(graph: ModelTracer, x: LayerTensor, weight: Any, bias: Any = None) -> Any:
    product = graph.add("MatMul", x, np.asarray(weight).T)
    return product if bias is None else graph.add("Add", product, bias)


def _multiply_matrices(graph: ModelTracer, first: Any, second: Any) -> Any:
    return graph.add("MatMul", first, second)


def _clip_values(graph: ModelTracer, x: LayerTensor, min: Any = None, max: Any = None) -> Any:
    return graph.add("Clip", x, *(None if v is None else np.array(float(v)) for v in (min, max)))


#: Functions that copy numbers to other positions, and some with options of their own.
SHAPE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "getitem": _get_item,
    **dict.fromkeys(("view", "reshape"), _reshape_tensor),
    "flatten": _flatten_axes,
    "squeeze": _squeeze_axes,
    "unsqueeze": _insert_axis,
    "permute": _permute_axes,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _swap_axes),
    "t": functools.partial(_swap_axes, dim0=0, dim1=1),
    **dict.fromkeys(("cat", "concat", "concatenate"), _concatenate_tensors),
    "stack": _stack_tensors,
    "chunk": _split_equally,
    "split": _split_tensor,
    "size": _get_shape,
    "getattr": lambda graph, x, name: x.shape if name == "shape" else None,
    "dim": lambda graph, x: len(x.shape),
    "linear": _apply_linear,
    **dict.fromkeys(("matmul", "mm"), _multiply_matrices),
    **dict.fromkeys(("clamp", "clip"), _clip_values),
    "flip": lambda graph, x, *dims: x.rearrange(np.flip(x.list_positions(), np.ravel(dims))),
}
