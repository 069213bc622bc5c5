"""Build layered networks from PyTorch modules in memory, by their arrays and their structure.

PyTorch is not imported unless it is in use: a module is recognised by its class, and its arrays are
read. Definitions: https://pytorch.org/docs/stable/nn.html.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer, make_axes
from bioann.ann.interop.torch_activations import ACTIVATION_CONVERTERS, Converter
from bioann.ann.interop.torch_arrays import read_array
from bioann.ann.interop.torch_classes import (
    find_class_name,
    find_input_shape,
    list_leaves,
    make_copy,
    unwrap_module,
)
from bioann.ann.interop.torch_graph import follow_graph, trace_module
from bioann.ann.interop.torch_images import IMAGE_CONVERTERS
from bioann.ann.interop.torch_normalisation import NORMALISATION_CONVERTERS
from bioann.ann.interop.torch_output import compare_with_torch
from bioann.ann.interop.torch_recurrent import GATES, add_recurrent
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.layer import Shape
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, ForeignFileError

EXPORT = (
    "Export it, torch.onnx.export(module.eval(), (example_input,), 'model.onnx'), and read it: "
    "bioann.from_onnx('model.onnx')."
)
WHOLE_SEQUENCES = "Pass shape=(step, input) for sequences of a fixed length. "


@name_argument_errors
def from_torch(module: Any, *, shape: Sequence[int] | None = None) -> LayeredNetwork:
    """Build a network from a PyTorch module: a layer, a `Sequential`, or a class of one's own.

    The network is that of evaluation mode: dropout passes everything on, and batch normalisation
    uses its running averages. ``forward`` of a class of one's own is run once with symbolic values
    (`torch.fx`). Where the module can be called, its output for random inputs is compared with that
    of the network, in double precision.

    Parameters
    ----------
    module : torch.nn.Module
        The trained module. ``docs/guides/trained_models.md`` lists what is read.
    shape : sequence of int, optional
        Shape of one input, ``(channel, height, width)`` for an image; needed unless the first layer
        is `Linear` or recurrent. For a recurrent module, ``(step, input)`` gives networks of whole
        sequences, which bidirectional ones need.

    Returns
    -------
    LayeredNetwork
        The network, which computes the same up to rounding. A recurrent one takes sequences
        ``(sample, time, input)``, also where the module has the time first, and has an output at
        every step; a module that passes on its last step only has the output of the last one.

    Raises
    ------
    ForeignFileError
        If a module has hooks, options or functions that no layer expresses, or weights without
        numbers; the message names it by its location.
    DescriptionError
        If `shape` is missing, or does not fit the first layer.

    Examples
    --------
    >>> import bioann as ba
    >>> network = ba.from_torch(model)  # doctest: +SKIP
    >>> ba.explain(network)  # doctest: +SKIP
    """
    original = unwrap_module(module)
    with make_copy(original) as module:
        input_shape = find_input_shape(module, shape, CONVERTERS)
        lead = _find_lead_axes(module, input_shape)
        remedy = WHOLE_SEQUENCES + EXPORT if "time" in lead else EXPORT
        graph = TorchTracer("from_torch", remedy, make_axes(input_shape, lead), "module")
        output = graph.convert_module(module, graph.make_input())
        if isinstance(output, tuple) and find_class_name(module) in GATES:
            output = output[0]  # that of every step
        network = graph.finish(_require_tensor(output))
        compare_with_torch(module, original, network, lead, EXPORT)
    return network


@dataclasses.dataclass
class TorchTracer(ModelTracer):
    """The tensors of a PyTorch module."""

    def convert_module(self, module: Any, x: Any) -> Any:
        """Return the output of a module, whose location is the current one."""
        location, name = self.location, find_class_name(module)
        if name.startswith("Lazy"):
            remedy = "Call the module once on an example input, which sets the sizes."
            raise self.unsupported_error(f"a {name}, whose sizes are not set yet", remedy)
        if module._forward_hooks or module._forward_pre_hooks:
            remedy = "Remove them first: torch.nn.utils.remove_weight_norm or prune.remove."
            raise self.unsupported_error(f"{name} with hooks", remedy)
        if not isinstance(x, LayerTensor):
            states = "states, or its output and its state" if isinstance(x, tuple) else "constants"
            raise self.unsupported_error(f"a {name} of {states}, not of a tensor")
        if name in CONVERTERS:
            return CONVERTERS[name](self, module, x)
        if name == "Sequential":
            # Not `named_children`, which lists a module that stands in two places only once.
            for key, child in module._modules.items():
                self.location = f"{location}.{key}"
                x = self.convert_module(child, x)
            self.location = location
            return x
        kind = type(module)
        is_traced = kind.__module__ == "torch.fx.graph_module"
        if (kind.__module__.startswith("torch.") and not is_traced) or "torch" not in sys.modules:
            raise self.unsupported_error(_describe_class(kind))
        calls = trace_module(module, CONVERTERS, self, location)
        return follow_graph(calls, module, self, sys.modules["torch"], location, x)


def _describe_class(kind: type) -> str:
    """Describe a class that is not read."""
    if kind.__module__.startswith("torch.nn."):
        return f"a {kind.__name__}"
    return f"a module of the class {kind.__module__}.{kind.__name__}, whose code is not read"


def _find_lead_axes(module: Any, shape: Shape) -> tuple[str, ...]:
    """Return the meaning of the axes in front of one input, from the first recurrent module."""
    leaves = (leaf for _, leaf in list_leaves(module, "module"))
    recurrent = next((leaf for leaf in leaves if find_class_name(leaf) in GATES), None)
    if recurrent is None:
        return ("batch",)
    if len(shape) == 1:
        return ("batch", "time") if recurrent.batch_first else ("time", "batch")
    if not recurrent.batch_first:
        raise DescriptionError(
            "from_torch, shape",
            "a module with batch_first=True for whole sequences",
            f"shape {shape} for a {find_class_name(recurrent)} with the time first",
            "Build the module with batch_first=True.",
        )
    return ("batch",)


def _require_tensor(output: Any) -> Any:
    """Raise `ForeignFileError` for an output that is not a single tensor."""
    if isinstance(output, (tuple, list, dict)):
        got = f"a {type(output).__name__} of {len(output)} outputs"
        remedy = "Write a module whose forward returns one of them, and pass that."
        raise ForeignFileError("from_torch, module", "a single output tensor", got, remedy)
    return output


def _add_linear(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    weights = read_array(graph, module.weight)
    if x.shape[-1] != weights.shape[1]:
        got = f"a Linear of {weights.shape[1]} inputs for a tensor with {x.shape[-1]}"
        raise graph.unsupported_error(got, "Change the layers before it, or pass another shape.")
    bias = None if module.bias is None else read_array(graph, module.bias)
    if len(x.shape) == 2:
        return graph.add("Gemm", x, weights, bias, transB=1)
    product = graph.add("MatMul", x, weights.T)
    return product if bias is None else graph.add("Add", product, bias)


def _add_flatten(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    rank = len(x.shape)
    first, last = module.start_dim % rank, module.end_dim % rank
    sizes = (*x.shape[:first], -1, *x.shape[last + 1 :])
    return graph.add("Reshape", x, sizes)


def _add_unflatten(graph: ModelTracer, module: Any, x: LayerTensor) -> Any:
    k = module.dim % len(x.shape)
    return graph.add("Reshape", x, (*x.shape[:k], *module.unflattened_size, *x.shape[k + 1 :]))


#: Function that states each module as operators.
CONVERTERS: dict[str, Converter] = {
    "Linear": _add_linear,
    "Flatten": _add_flatten,
    "Unflatten": _add_unflatten,
    **ACTIVATION_CONVERTERS,
    **IMAGE_CONVERTERS,
    **NORMALISATION_CONVERTERS,
    **dict.fromkeys(GATES, add_recurrent),
}
