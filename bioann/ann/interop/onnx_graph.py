"""An ONNX file as plain data: nodes, constants, inputs and outputs, every size checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.base.errors import ForeignFileError
from bioann.base.optional import import_optional


@dataclasses.dataclass(frozen=True)
class OnnxNode:
    """One operator of a graph; an attribute that is no number, text or tensor is None."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class OnnxGraph:
    """What an ONNX file holds.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    inputs : dict of str to tuple of (int or None)
        Shape of every input; None is any length, and so is a whole shape that is not said.
    outputs : tuple of str
        Names of the outputs.
    nodes : tuple of OnnxNode
        The operators.
    constants : dict of str to numpy.ndarray
        Initialisers and constants by name.
    subgraphs : tuple of (OnnxNode, OnnxGraph)
        Graphs that operators hold (the step of a Scan, say), which see these constants, too.
    """

    path: Path
    inputs: dict[str, tuple[int | None, ...] | None]
    outputs: tuple[str, ...]
    nodes: tuple[OnnxNode, ...]
    constants: dict[str, np.ndarray]
    subgraphs: tuple[tuple[OnnxNode, OnnxGraph], ...] = ()

    def map_producers(self) -> dict[str, OnnxNode]:
        """Give for every tensor the node that makes it."""
        return {name: node for node in self.nodes for name in node.outputs if name}


def read_onnx_graph(path: str | Path) -> OnnxGraph:
    """Read an ONNX file without running anything of it.

    Parameters
    ----------
    path : str or pathlib.Path
        The file. Weights that it keeps in other files are read from its own folder alone.

    Returns
    -------
    Graph
        Its main graph, and those inside; what operators mean is not looked at.

    Raises
    ------
    ForeignFileError
        If it is no ONNX file, is cut off, or claims sizes that it does not hold.
    MissingExtraError
        Without the extra ``interop``.
    """
    file = Path(path)
    onnx = import_optional("onnx", "interop", f"ONNX file {path}")
    content = size_limits.read_file(file, "ONNX file")
    with size_limits.wrap_library_errors(f"ONNX file {path}", "a whole file"):
        return _parse_graph(onnx, onnx.load_model_from_string(content).graph, file)


def _parse_graph(
    onnx: Any, graph: Any, path: Path, outer: Mapping[str, np.ndarray] = MappingProxyType({})
) -> OnnxGraph:
    """Take a graph apart, and those that its operators hold."""
    if not graph.node or not graph.output:
        raise ForeignFileError(
            f"ONNX file {path}",
            "a graph with nodes and outputs",
            "none",
            size_limits.BROKEN_FILE_REMEDY,
        )
    if graph.sparse_initializer:
        raise ForeignFileError(
            f"ONNX file {path}", "dense weights", "sparse ones", "Export them as dense tensors."
        )
    tensors = [(t.name, t) for t in graph.initializer]
    nodes, inner_graphs = [], []
    for k, node in enumerate(graph.node):
        if node.op_type == "Constant":
            tensors += [(node.output[0], _parse_constant(onnx, a)) for a in node.attribute[:1]]
            continue
        domain = "" if node.domain in ("", "ai.onnx") else f"{node.domain}."
        attributes = {a.name: _parse_attribute(onnx, a, path) for a in node.attribute}
        name = node.name or f"{node.op_type}_{k}"
        nodes.append(
            OnnxNode(domain + node.op_type, name, tuple(node.input), tuple(node.output), attributes)
        )
        graphs = (
            g for a in node.attribute for g in (*([a.g] if a.HasField("g") else ()), *a.graphs)
        )
        inner_graphs += [(nodes[-1], g) for g in graphs]
    constants = dict(outer) | _decode_tensors(onnx, tensors, path)
    inputs = {i.name: _parse_shape(i) for i in graph.input if i.name not in constants}
    subgraphs = tuple((node, _parse_graph(onnx, g, path, constants)) for node, g in inner_graphs)
    outputs = tuple(o.name for o in graph.output)
    return OnnxGraph(path, inputs, outputs, tuple(nodes), constants, subgraphs)


def _parse_shape(value: Any) -> tuple[int | None, ...] | None:
    """Give the shape of a declared input."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return tuple(d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim)


def _parse_attribute(onnx: Any, attribute: Any, path: Path) -> Any:
    """Give an attribute as numbers or text; subgraphs and their like are None."""
    kinds = onnx.AttributeProto
    if attribute.type == kinds.TENSOR:
        return _decode_tensor(onnx, attribute.t, path, attribute.name)
    if attribute.type == kinds.STRINGS:
        return [s.decode(errors="replace") for s in attribute.strings]
    if attribute.type == kinds.STRING:
        return attribute.s.decode(errors="replace")
    if attribute.type in (kinds.INT, kinds.FLOAT, kinds.INTS, kinds.FLOATS):
        value = onnx.helper.get_attribute_value(attribute)
        return list(value) if attribute.type in (kinds.INTS, kinds.FLOATS) else value
    return None


def _parse_constant(onnx: Any, attribute: Any) -> Any:
    """Give the value of a Constant node as a tensor; text becomes one that is refused later."""
    if attribute.name == "value":
        return attribute.t
    value = onnx.helper.get_attribute_value(attribute)
    return onnx.numpy_helper.from_array(np.asarray(value), attribute.name)


def _decode_tensors(onnx: Any, tensors: list[tuple[str, Any]], path: Path) -> dict[str, np.ndarray]:
    """Decode all tensors, after the sum of their sizes has been looked at."""
    total = 0
    for name, tensor in tensors:
        shape = tuple(tensor.dims)
        if any(n < 0 for n in shape):
            raise ForeignFileError(
                f"{path}, tensor {name!r}", "sizes >= 0", f"{shape}", size_limits.BROKEN_FILE_REMEDY
            )
        total += int(np.prod(shape, dtype=object)) * 8
        size_limits.check_bytes(total, f"{path}, tensor {name!r} and those before it")
    return {name: _decode_tensor(onnx, tensor, path, name) for name, tensor in tensors}


def _decode_tensor(onnx: Any, tensor: Any, path: Path, name: str) -> np.ndarray:
    """Decode one tensor whose numbers are as many as its shape says."""
    obj = f"{path}, tensor {name!r}"
    shape = tuple(tensor.dims)
    types = onnx.TensorProto.DataType
    fields = {
        types.FLOAT: ("float_data", np.float32),
        types.DOUBLE: ("double_data", np.float64),
        types.FLOAT16: ("int32_data", np.float16),
        types.INT32: ("int32_data", np.int32),
        types.INT64: ("int64_data", np.int64),
        types.BOOL: ("int32_data", np.bool_),
    }
    if tensor.data_type not in fields:
        kind = types.Name(tensor.data_type) if tensor.data_type in types.values() else "unknown"
        return _refuse_tensor_type(obj, kind)
    field, dtype = fields[tensor.data_type]
    size = np.dtype(dtype).itemsize
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raw = _read_external_tensor(tensor, shape, size, path, obj)
    elif tensor.HasField("raw_data"):
        raw = tensor.raw_data
    else:
        size_in_file = len(getattr(tensor, field))
        size_limits.check_shape(shape, size, size_in_file * size, obj)
        return np.asarray(onnx.numpy_helper.to_array(tensor))
    size_limits.check_shape(shape, size, len(raw), obj)
    return np.frombuffer(raw, np.dtype(dtype).newbyteorder("<")).reshape(shape)


def _refuse_tensor_type(obj: str, kind: str) -> np.ndarray:
    raise ForeignFileError(
        obj,
        "numbers of type float, double, float16, int32, int64 or bool",
        f"type {kind}",
        "Export the network with float32 weights.",
    )


def _read_external_tensor(
    tensor: Any, shape: tuple[int, ...], size: int, path: Path, obj: str
) -> bytes:
    """Read a tensor that is kept in another file of the same folder."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    folder = path.resolve().parent
    target = (folder / entries.get("location", "")).resolve()
    expected = "a file inside the folder of the ONNX file"
    if not target.is_relative_to(folder) or not target.is_file():
        got = f"{entries.get('location')!r}" + (
            "" if target.is_relative_to(folder) else ", outside"
        )
        raise ForeignFileError(obj, expected, got, "Put the weights beside the ONNX file.")
    start, length = entries.get("offset", "0"), entries.get("length")
    file_size = target.stat().st_size
    if not (start.isdecimal() and (length is None or length.isdecimal())):
        raise ForeignFileError(
            obj, "an offset and length >= 0", f"{start}, {length}", size_limits.BROKEN_FILE_REMEDY
        )
    tensor_size = max(file_size - int(start), 0) if length is None else int(length)
    size_limits.check_shape(shape, size, tensor_size, obj)
    if int(start) + tensor_size > file_size:
        got = f"a file of {file_size} bytes"
        raise ForeignFileError(
            obj, f"{tensor_size} bytes from byte {start} on", got, size_limits.BROKEN_FILE_REMEDY
        )
    with target.open("rb") as file:
        file.seek(int(start))
        return file.read(tensor_size)
