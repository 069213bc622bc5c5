"""The possible meanings of the axes of an ONNX graph's input."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

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
    """A meaning of the axes of an input.

    Attributes
    ----------
    lead : tuple of str
        Meaning of the first axes, ``"batch"`` and ``"time"``; the others are those of one sample.
    sizes : dict of str to int
        Assumed number of samples and time steps.
    sample_shape : tuple of int
        Shape of one sample in the file; empty for a single number at each time step.
    """

    lead: tuple[str, ...]
    sizes: dict[str, int]
    sample_shape: Shape

    @property
    def unit_shape(self) -> Shape:
        """Shape of one input of the network."""
        return self.sample_shape or (1,)

    def make_tensor(self) -> LayerTensor:
        """Return the input as a tensor of no layers."""
        lead_shape = tuple(self.sizes[role] for role in self.lead)
        shape = (*lead_shape, *self.sample_shape)
        # An input without an axis of samples is a single sample.
        lead = self.lead if "batch" in self.lead else (*self.lead, "batch")
        return LayerTensor(LayerPath(), lead, self.unit_shape, shape)


def list_input_axes(
    graph: OnnxGraph, source: str, nodes: Sequence[OnnxNode]
) -> Iterator[InputAxes]:
    """Return the possible meanings of an input's axes, the most usual one first.

    Parameters
    ----------
    graph : OnnxGraph
        The graph.
    source : str
        Name of the input.
    nodes : sequence of OnnxNode
        Operators that are read; the input of a recurrent one is a time series.

    Raises
    ------
    ForeignFileError
        If the input has no shape, or a free size apart from the number of samples and time steps.
    """
    shape = graph.inputs[source]
    if not shape:
        raise ForeignFileError(
            f"ONNX file {graph.path}, input {source!r}",
            "a shape, (batch, unit) or (batch, channel, height, width) for example",
            "no shape" if shape is None else "a single number",
            "Export the network with a declared input shape.",
        )
    is_recurrent = any(node.op in RECURRENT_OPERATORS for node in nodes)
    if is_recurrent and len(shape) == 3:
        leads: list[tuple[str, ...]] = [("time", "batch"), ("batch", "time")]
    elif is_recurrent and len(shape) == 2:
        leads = [("time",), ("batch", "time")]
    else:
        leads = [("batch",), ()] if len(shape) > 1 else [()]
    error: ForeignFileError | None = None
    n_meanings = 0
    for lead in leads:
        try:
            sample_shape = _fill_free_sizes(graph, source, nodes, shape[len(lead) :])
        except ForeignFileError as missing:
            error = error or missing
            continue
        for sizes in _list_sizes(lead, shape):
            n_meanings += 1
            yield InputAxes(lead, sizes, sample_shape)
    if error is not None and not n_meanings:
        raise error


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
            "Export the network with a fixed image size; only the batch size may be free.",
        )
    return tuple(n for n in shape if n is not None)
