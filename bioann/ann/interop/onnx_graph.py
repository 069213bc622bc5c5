"""Read an ONNX file as plain data: nodes, constants, inputs and outputs, with checked sizes."""

from __future__ import annotations

import dataclasses
import functools
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.fold_constants import ConstantFolder
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.onnx_tensors import decode_tensor, decode_tensors
from bioann.base.errors import ForeignFileError
from bioann.base.optional import import_optional


@dataclasses.dataclass(frozen=True)
class OnnxGraph:
    """The contents of an ONNX file.

    Attributes
    ----------
    path : pathlib.Path
        Path of the file, for errors.
    inputs : dict of str to tuple of (int or None), or None
        Shape of every input; None stands for a free length, or for an undeclared shape.
    outputs : tuple of str
        Names of the output tensors.
    nodes : tuple of OnnxNode
        The operators, in the order of the file.
    constants : mapping of str to numpy.ndarray
        Initialisers, outputs of Constant nodes, and all that operators compute from these alone.
    initialisers : tuple of str
        Names of the initialisers and Constant nodes, in the order of the file.
    origins : dict of str to tuple of str
        For a constant that was computed, the constants that it was computed from.
    subgraphs : tuple of (OnnxNode, OnnxGraph)
        Graphs inside operators (the body of a Scan, for example), which can use these constants.
    """

    path: Path
    inputs: dict[str, tuple[int | None, ...] | None]
    outputs: tuple[str, ...]
    nodes: tuple[OnnxNode, ...]
    constants: Mapping[str, np.ndarray]
    initialisers: tuple[str, ...] = ()
    origins: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    subgraphs: tuple[tuple[OnnxNode, OnnxGraph], ...] = ()

    @functools.cached_property
    def producers(self) -> dict[str, OnnxNode]:
        """The node that produces each tensor, by the name of the tensor."""
        return {name: node for node in self.nodes for name in node.outputs if name}

    @functools.cached_property
    def consumers(self) -> dict[str, tuple[OnnxNode, ...]]:
        """The nodes that receive each tensor, by the name of the tensor."""
        consumers: dict[str, tuple[OnnxNode, ...]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                consumers[name] = (*consumers.get(name, ()), node)
        return consumers

    def add_origins(self, names: set[str]) -> None:
        """Add to a set of constants all that those in it were computed from."""
        for _, inner in self.subgraphs:
            inner.add_origins(names)
        for name, origins in reversed(self.origins.items()):  # the last computed one first
            if name in names:
                names.update(origins)


def read_onnx_graph(path: str | Path) -> OnnxGraph:
    """Read an ONNX file without executing it; what operators compute from constants is computed.

    Parameters
    ----------
    path : str or pathlib.Path
        The file. Weights in other files are read only from the same folder or below.

    Returns
    -------
    OnnxGraph
        The main graph with its subgraphs; operators are not interpreted.

    Raises
    ------
    ForeignFileError
        If the file is not an ONNX file, is truncated, declares sizes that do not match its data, or
        contains NaN or infinite weights.
    MissingExtraError
        Without the extra ``interop``.
    """
    file = Path(path)
    onnx = import_optional("onnx", "interop", f"ONNX file {path}")
    content = size_limits.read_file(file, "ONNX file")
    with size_limits.wrap_library_errors(f"ONNX file {path}", "a complete file"):
        model = onnx.load_model_from_string(content)
        opset = max((o.version for o in model.opset_import if o.domain in _ONNX_DOMAINS), default=1)
        return _GraphParser(onnx, file, opset).parse_graph(model.graph, ChainMap())


#: Domains of ONNX's own operators.
_ONNX_DOMAINS = ("", "ai.onnx")


@dataclasses.dataclass
class _GraphParser:
    """Convert a graph and the subgraphs of its operators to plain data."""

    onnx: Any
    path: Path
    opset: int
    folder: ConstantFolder = dataclasses.field(default_factory=ConstantFolder)

    def parse_graph(self, graph: Any, outer: ChainMap[str, np.ndarray]) -> OnnxGraph:
        """Parse a graph; `outer` are the constants of the graphs around it."""
        self._check_graph(graph)
        tensors = [(_decode_text(t.name), t) for t in graph.initializer]
        nodes, inner_graphs = [], []
        for k, node in enumerate(graph.node):
            if node.op_type == "Constant" and node.domain in _ONNX_DOMAINS:
                name = _decode_text(node.output[0])
                tensors += [(name, self._parse_constant(a)) for a in node.attribute[:1]]
                continue
            nodes.append(self._parse_node(node, k))
            graphs = (
                g for a in node.attribute for g in (*([a.g] if a.HasField("g") else ()), *a.graphs)
            )
            inner_graphs += [(nodes[-1], g) for g in graphs]
        constants = outer.new_child(decode_tensors(self.onnx, tensors, self.path))
        initialisers = tuple(name for name, _ in tensors)
        inputs = {_decode_text(i.name): _parse_shape(i) for i in graph.input}
        inputs = {name: inputs[name] for name in inputs if name not in constants.maps[0]}
        computed_nodes, origins = self.folder.fold_graph(nodes, constants, set(inputs))
        subgraphs = tuple((node, self.parse_graph(g, constants)) for node, g in inner_graphs)
        outputs = tuple(_decode_text(o.name) for o in graph.output)
        return OnnxGraph(
            self.path,
            inputs,
            outputs,
            computed_nodes,
            constants,
            initialisers,
            origins,
            subgraphs,
        )

    def _check_graph(self, graph: Any) -> None:
        """Raise `ForeignFileError` for a graph without nodes or outputs, or sparse weights."""
        obj = f"ONNX file {self.path}"
        if not graph.node or not graph.output:
            raise ForeignFileError(
                obj, "a graph with nodes and outputs", "none", size_limits.BROKEN_FILE_REMEDY
            )
        if graph.sparse_initializer:
            raise ForeignFileError(
                obj, "dense weights", "sparse weights", "Export them as dense tensors."
            )

    def _parse_node(self, node: Any, position: int) -> OnnxNode:
        domain = "" if node.domain in _ONNX_DOMAINS else f"{node.domain}."
        name = node.name or f"{node.op_type}_{position}"
        if isinstance(name, bytes):  # what the library returns for text that is not UTF-8
            name = name.decode(errors="replace")
        attributes = {a.name: self._parse_attribute(a) for a in node.attribute}
        inputs, outputs = (tuple(map(_decode_text, names)) for names in (node.input, node.output))
        op = f"{domain}{_decode_text(node.op_type)}"
        return OnnxNode(op, _decode_text(name), inputs, outputs, attributes, self.opset)

    def _parse_attribute(self, attribute: Any) -> Any:
        """Return an attribute as numbers or text; None for subgraphs and other types."""
        kinds = self.onnx.AttributeProto
        if attribute.type == kinds.TENSOR:
            return decode_tensor(self.onnx, attribute.t, self.path, attribute.name)
        if attribute.type == kinds.STRINGS:
            return [s.decode(errors="replace") for s in attribute.strings]
        if attribute.type == kinds.STRING:
            return attribute.s.decode(errors="replace")
        if attribute.type in (kinds.INT, kinds.FLOAT, kinds.INTS, kinds.FLOATS):
            value = self.onnx.helper.get_attribute_value(attribute)
            return list(value) if attribute.type in (kinds.INTS, kinds.FLOATS) else value
        return None

    def _parse_constant(self, attribute: Any) -> Any:
        """Return the value of a Constant node as a tensor; text is rejected when it is decoded."""
        if attribute.name == "value":
            return attribute.t
        value = self.onnx.helper.get_attribute_value(attribute)
        return self.onnx.numpy_helper.from_array(np.asarray(value), attribute.name)


def _decode_text(text: str | bytes) -> str:
    """Return a name as text; a protocol buffer gives bytes for text that is broken."""
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def _parse_shape(value: Any) -> tuple[int | None, ...] | None:
    """Return the shape of a declared input; None for a free length or an undeclared shape."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    # Some exporters write 0 or -1 for a free length.
    return tuple(d.dim_value if d.dim_value > 0 else None for d in tensor.shape.dim)
