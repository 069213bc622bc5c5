"""The possible meanings of the axes of an ONNX graph's input."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence

import numpy as np

from bioann.ann.interop.layer_path import LayerPath, LayerTensor
from bioann.ann.interop.onnx_graph import OnnxGraph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.recurrent import RECURRENT_OPERATORS
from bioann.ann.layers.layer import Shape
from bioann.base.errors import ForeignFileError

#: Assumed numbers of samples and time steps where they are free: different, and above 1, so that
#: the axes can be told apart.
FREE_SIZES = {"batch": 2, "time": 3}


@dataclasses.dataclass(frozen=True)
class InputAxes:
    """A meaning of the axes of the inputs.

    Attributes
    ----------
    lead : tuple of str
        Meaning of the first axes, ``"batch"`` and ``"time"``; the others are those of one sample.
    sizes : dict of str to int
        Assumed number of samples and time steps.
    sample_shapes : dict of str to tuple of int
        Shape of one sample of each input in the file, by the name of the input; empty for a single
        number at each time step.
    batch_axis : int
        Position of the axis of samples in the file if that is the only one of `lead`.
    """

    lead: tuple[str, ...]
    sizes: dict[str, int]
    sample_shapes: dict[str, Shape]
    batch_axis: int = 0

    @property
    def unit_shape(self) -> Shape:
        """Shape of one input of the network: the numbers of all inputs of the file, one by one."""
        if len(self.sample_shapes) > 1:
            return (sum(math.prod(shape) for shape in self.sample_shapes.values()),)
        return next(iter(self.sample_shapes.values())) or (1,)

    @property
    def channels(self) -> tuple[str, ...] | None:
        """Names of the network's inputs if the file has several; else None."""
        if len(self.sample_shapes) == 1:
            return None
        return tuple(
            f"{name}[{k}]"
            for name, shape in self.sample_shapes.items()
            for k in range(math.prod(shape))
        )

    def make_tensors(self) -> dict[str, LayerTensor]:
        """Return the inputs as tensors of no layers, by name."""
        # An input without an axis of samples is a single sample.
        lead = self.lead if "batch" in self.lead else (*self.lead, "batch")
        lead_shape = tuple(self.sizes[role] for role in self.lead)
        n_inputs = math.prod(self.unit_shape)
        starts = np.arange(math.prod(lead_shape)).reshape(*lead_shape, 1) * n_inputs
        tensors, first, path = {}, 0, LayerPath()
        for name, sample_shape in self.sample_shapes.items():
            shape = (*lead_shape, *sample_shape)
            tensor = LayerTensor(path, lead, self.unit_shape, shape)
            if len(self.sample_shapes) > 1:
                n = math.prod(sample_shape)
                tensor = tensor.rearrange((starts + np.arange(first, first + n)).reshape(shape))
                first += n
            if self.batch_axis:
                order = np.moveaxis(tensor.list_positions(), 0, self.batch_axis)
                tensor = tensor.rearrange(order)
            tensors[name] = tensor
        return tensors


def list_input_axes(
    graph: OnnxGraph, sources: Sequence[str], nodes: Sequence[OnnxNode]
) -> Iterator[InputAxes]:
    """Return the possible meanings of the inputs' axes, the most usual one first.

    Parameters
    ----------
    graph : OnnxGraph
        Graph of the file whose inputs are read.
    sources : sequence of str
        Names of the inputs. Several must have the number of samples as their first axis.
    nodes : sequence of OnnxNode
        Operators that are read; the input of a recurrent one is a time series.

    Raises
    ------
    ForeignFileError
        If an input has no shape, or a free size apart from the number of samples and time steps.
    """
    if len(sources) > 1:
        yield _join_inputs(graph, sources, nodes)
        return
    (source,) = sources
    shape = _get_shape(graph, source)
    is_recurrent = any(node.op in RECURRENT_OPERATORS for node in nodes)
    if is_recurrent and len(shape) == 3:
        leads: list[tuple[str, ...]] = [("time", "batch"), ("batch", "time")]
    elif is_recurrent and len(shape) == 2:
        leads = [("time",), ("batch", "time")]
    else:
        leads = [("batch",), ()] if len(shape) > 1 else [()]
    meanings = [(lead, 0) for lead in leads]
    if is_recurrent:  # sequences as a whole, of which the file may hold one only
        meanings += [((), 0), (("batch",), 0), (("batch",), 1)][: len(shape)]
    error: ForeignFileError | None = None
    n_meanings = 0
    for lead, batch_axis in meanings:
        lead_sizes, sample_sizes = shape[: len(lead)], shape[len(lead) :]
        if batch_axis:
            lead_sizes, sample_sizes = shape[1:2], (shape[0], *shape[2:])
        try:
            sample_shape = _fill_free_sizes(graph, source, nodes, sample_sizes)
        except ForeignFileError as missing:
            error = error or missing
            continue
        for sizes in _list_sizes(lead, lead_sizes):
            n_meanings += 1
            yield InputAxes(lead, sizes, {source: sample_shape}, batch_axis)
    if error is not None and not n_meanings:
        raise error


def _get_shape(graph: OnnxGraph, source: str) -> tuple[int | None, ...]:
    shape = graph.inputs[source]
    if not shape:
        raise ForeignFileError(
            f"ONNX file {graph.path}, input {source!r}",
            "a shape, (batch, unit) or (batch, channel, height, width) for example",
            "no shape" if shape is None else "a single number",
            "Export the network with a declared input shape.",
        )
    return shape


def _join_inputs(graph: OnnxGraph, sources: Sequence[str], nodes: Sequence[OnnxNode]) -> InputAxes:
    """Return the meaning of several inputs, which become one vector in the order of the file."""
    shapes = {name: _get_shape(graph, name) for name in graph.inputs if name in sources}
    n_samples = {shape[0] for shape in shapes.values()}
    is_recurrent = any(node.op in RECURRENT_OPERATORS for node in nodes)
    if is_recurrent or len(n_samples) > 1 or min(len(shape) for shape in shapes.values()) < 2:
        raise ForeignFileError(
            f"ONNX file {graph.path}",
            "one input, or several of one sample per row in a network that is not recurrent",
            f"{len(shapes)} inputs: {', '.join(f'{n!r} {shape}' for n, shape in shapes.items())}",
            "Choose another output, or export the network with one input.",
        )
    sample_shapes = {
        name: _fill_free_sizes(graph, name, (), shape[1:]) for name, shape in shapes.items()
    }
    (n,) = n_samples
    sizes = {"batch": FREE_SIZES["batch"] if n is None else n}
    return InputAxes(("batch",), sizes, sample_shapes)


def _list_sizes(lead: tuple[str, ...], shape: tuple[int | None, ...]) -> Iterator[dict[str, int]]:
    """Return the assumed numbers of samples and time steps."""
    sizes = {"batch": 1} | {
        role: FREE_SIZES[role] if n is None else n for role, n in zip(lead, shape, strict=False)
    }
    yield sizes
    if "batch" in lead and shape[lead.index("batch")] is None:
        yield sizes | {"batch": 1}  # some files are written for a single sample


def _fill_free_sizes(
    graph: OnnxGraph, source: str, nodes: Sequence[OnnxNode], shape: tuple[int | None, ...]
) -> Shape:
    """Return the shape of a sample; the weights of the first operator tell a free number."""
    if shape == (None,):
        for node in nodes:
            weights = graph.constants.get(node.inputs[1]) if len(node.inputs) > 1 else None
            if weights is None or weights.ndim < 2:
                continue
            if node.op in RECURRENT_OPERATORS:
                return (weights.shape[-1],)
            if node.op in ("Gemm", "MatMul"):
                return (weights.shape[1 if node.attributes.get("transB") else 0],)
    if None in shape:
        raise ForeignFileError(
            f"ONNX file {graph.path}, input {source!r}",
            "fixed sizes, (channel, height, width) for example",
            f"{shape}",
            "Pass input_shape=(channel, height, width), or the shape that one sample has.",
        )
    return tuple(n for n in shape if n is not None)
