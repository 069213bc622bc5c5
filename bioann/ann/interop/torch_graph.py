"""Follow a PyTorch module with code of its own, as PyTorch's own tracer records its calls."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Collection
from typing import Any

from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer
from bioann.ann.interop.torch_arrays import read_array
from bioann.ann.interop.torch_functions import apply_function


def trace_module(module: Any, leaves: Collection[str], graph: ModelTracer, location: str) -> Any:
    """Return the recorded calls of a module's ``forward``.

    ``forward`` runs once with symbolic values, in evaluation mode; modules of PyTorch are recorded
    as they are.

    Parameters
    ----------
    module : torch.nn.Module
        Module of a class of its own.
    leaves : collection of str
        Names of the classes of PyTorch that are not entered.
    graph : ModelTracer
        The model that is being read, for errors.
    location : str
        Place of the module.

    Returns
    -------
    torch.fx.Graph
        The calls in order.

    Raises
    ------
    ForeignFileError
        If ``forward`` depends on the numbers, or cannot be recorded.
    """
    fx = importlib.import_module("torch.fx")

    def is_leaf(leaf: Any, name: str) -> bool:
        return is_own_class(leaf, leaves)

    tracer = fx.Tracer(autowrap_modules=())
    tracer.is_leaf_module = is_leaf
    try:
        return tracer.trace(module)
    except Exception as error:  # whatever the user's code raises on symbolic values
        graph.location = location
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise graph.unsupported_error(
            f"a {type(module).__name__} whose forward cannot be followed ({reason[:120]})"
        ) from error


def is_own_class(module: Any, leaves: Collection[str]) -> bool:
    """Return whether a module is read as it is: one of PyTorch's, but not a container."""
    kind = type(module)
    if hasattr(module, "parametrizations"):
        return True
    return kind.__module__.startswith("torch.") and (
        kind.__name__ in leaves or kind.__name__ not in ("Sequential", "ModuleList", "ModuleDict")
    )


def follow_graph(
    calls: Any, module: Any, graph: ModelTracer, torch: Any, location: str, x: LayerTensor
) -> Any:
    """Apply recorded calls to a tensor, and return the output.

    Parameters
    ----------
    calls : torch.fx.Graph
        The calls, see `trace_module`.
    module : torch.nn.Module
        The module that holds the parameters.
    graph : ModelTracer
        The model that is being read.
    torch : module
        The imported PyTorch.
    location : str
        Place of the module.
    x : LayerTensor
        Its only input.
    """
    values: dict[Any, Any] = {}
    fx = importlib.import_module("torch.fx")
    inputs = [node for node in calls.nodes if node.op == "placeholder"]
    for node in calls.nodes:
        graph.location = f"{location}.{node.target}" if node.op == "call_module" else location
        args, kwargs = (
            fx.node.map_arg(value, values.__getitem__) for value in (node.args, node.kwargs)
        )
        if node.op == "placeholder":
            values[node] = _get_argument(graph, node, x, len(inputs) == 1 or node is inputs[0])
        elif node.op == "get_attr":
            tensor = functools.reduce(getattr, node.target.split("."), module)
            values[node] = read_array(graph, tensor) if hasattr(tensor, "detach") else tensor
        elif node.op == "call_module":
            if len(args) != 1 or kwargs:
                raise graph.unsupported_error("a module with several inputs")
            values[node] = graph.convert_module(module.get_submodule(node.target), *args)
        elif node.op == "output":
            return args[0]
        else:
            name = node.target if isinstance(node.target, str) else node.target.__name__
            values[node] = apply_function(graph, torch, name, args, kwargs)
    return None


def _get_argument(graph: ModelTracer, node: Any, x: LayerTensor, is_first: bool) -> Any:
    """Return the value of an argument of ``forward``: the input, or its default."""
    if is_first:
        return x
    if not node.args:
        got, remedy = f"an input {node.target!r} beside the first", "Give it a default value."
        raise graph.unsupported_error(got, remedy)
    return node.args[0]
