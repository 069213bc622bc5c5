"""Read an ONNX file as plain data: nodes, constants, inputs and outputs, with checked sizes."""

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
    """One operator of a graph; attributes other than numbers, text and tensors are None."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


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
    constants : dict of str to numpy.ndarray
        Initialisers and outputs of Constant nodes by name.
    subgraphs : tuple of (OnnxNode, OnnxGraph)
        Graphs inside operators (the body of a Scan, for example), which can use these constants.
    """

    path: Path
    inputs: dict[str, tuple[int | None, ...] | None]
    outputs: tuple[str, ...]
    nodes: tuple[OnnxNode, ...]
    constants: dict[str, np.ndarray]
    subgraphs: tuple[tuple[OnnxNode, OnnxGraph], ...] = ()

    def map_producers(self) -> dict[str, OnnxNode]:
        """Return the node that produces each tensor, by the name of the tensor."""
        return {name: node for node in self.nodes for name in node.outputs if name}


def read_onnx_graph(path: str | Path) -> OnnxGraph:
    """Read an ONNX file without executing it.

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
        If the file is not an ONNX file, is truncated, or declares sizes that do not match its data.
    MissingExtraError
        Without the extra ``interop``.
    """
    file = Path(path)
    onnx = import_optional("onnx", "interop", f"ONNX file {path}")
    content = size_limits.read_file(file, "ONNX file")
    with size_limits.wrap_library_errors(f"ONNX file {path}", "a complete file"):
        return _parse_graph(onnx, onnx.load_model_from_string(content).graph, file)


def _parse_graph(
    onnx: Any, graph: Any, path: Path, outer: Mapping[str, np.ndarray] = MappingProxyType({})
) -> OnnxGraph:
    """Convert a graph and the subgraphs of its operators to plain data."""
    if not graph.node or not graph.output:
        raise ForeignFileError(
            f"ONNX file {path}",
            "a graph with nodes and outputs",
            "none",
            size_limits.BROKEN_FILE_REMEDY,
        )
    if graph.sparse_initializer:
        raise ForeignFileError(
            f"ONNX file {path}", "dense weights", "sparse weights", "Export them as dense tensors."
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
    """Return the shape of a declared input; None for a free length or an undeclared shape."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return tuple(d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim)


def _parse_attribute(onnx: Any, attribute: Any, path: Path) -> Any:
    """Return an attribute as numbers or text; None for subgraphs and other types."""
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
    """Return the value of a Constant node as a tensor; text is rejected when it is decoded."""
    if attribute.name == "value":
        return attribute.t
    value = onnx.helper.get_attribute_value(attribute)
    return onnx.numpy_helper.from_array(np.asarray(value), attribute.name)


def _decode_tensors(onnx: Any, tensors: list[tuple[str, Any]], path: Path) -> dict[str, np.ndarray]:
    """Decode all tensors, once the sum of their sizes has been checked."""
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
    """Decode one tensor, once the amount of data has been checked against its shape."""
    obj = f"{path}, tensor {name!r}"
    shape = tuple(tensor.dims)
    types = onnx.TensorProto.DataType
    fields = {
        types.FLOAT: (tensor.float_data, np.float32),
        types.DOUBLE: (tensor.double_data, np.float64),
        types.FLOAT16: (tensor.int32_data, np.float16),
        types.INT32: (tensor.int32_data, np.int32),
        types.INT64: (tensor.int64_data, np.int64),
        types.BOOL: (tensor.int32_data, np.bool_),
    }
    if tensor.data_type not in fields:
        kind = types.Name(tensor.data_type) if tensor.data_type in types.values() else "unknown"
        return _refuse_tensor_type(obj, kind)
    numbers, dtype = fields[tensor.data_type]
    size = np.dtype(dtype).itemsize
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raw = _read_external_tensor(tensor, shape, size, path, obj)
    elif tensor.HasField("raw_data"):
        raw = tensor.raw_data
    else:
        size_limits.check_shape(shape, size, len(numbers) * size, obj)
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
    """Read the bytes of a tensor that is stored in another file of the same folder."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    folder = path.resolve().parent
    target = (folder / entries.get("location", "")).resolve()
    expected = "a file inside the folder of the ONNX file"
    if not target.is_relative_to(folder) or not target.is_file():
        got = f"{entries.get('location')!r}" + (
            "" if target.is_relative_to(folder) else ", outside"
        )
        raise ForeignFileError(obj, expected, got, "Move the weights next to the ONNX file.")
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
