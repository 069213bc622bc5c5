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
class Node:
    """One operator of a graph; an attribute that is no number, text or tensor is None."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Graph:
    """What an ONNX file holds.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    inputs : dict of str to tuple of (int or None)
        Shape of every input; None is any length, and so is a whole shape that is not said.
    outputs : tuple of str
        Names of the outputs.
    nodes : tuple of Node
        The operators.
    constants : dict of str to numpy.ndarray
        Initialisers and constants by name.
    inside : tuple of (Node, Graph)
        Graphs that operators hold (the step of a Scan, say), which see these constants, too.
    """

    path: Path
    inputs: dict[str, tuple[int | None, ...] | None]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    constants: dict[str, np.ndarray]
    inside: tuple[tuple[Node, Graph], ...] = ()

    def producers(self) -> dict[str, Node]:
        """Give for every tensor the node that makes it."""
        return {name: node for node in self.nodes for name in node.outputs if name}


def read_graph(path: str | Path) -> Graph:
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
    where = Path(path)
    onnx = import_optional("onnx", "interop", f"ONNX file {path}")
    content = size_limits.taken(where, "ONNX file")
    with size_limits.whole(f"ONNX file {path}", "a whole file"):
        return _graph(onnx, onnx.load_model_from_string(content).graph, where)


def _graph(
    onnx: Any, graph: Any, path: Path, outer: Mapping[str, np.ndarray] = MappingProxyType({})
) -> Graph:
    """Take a graph apart, and those that its operators hold."""
    if not graph.node or not graph.output:
        raise ForeignFileError(
            f"ONNX file {path}", "a graph with nodes and outputs", "none", size_limits.BROKEN
        )
    if graph.sparse_initializer:
        raise ForeignFileError(
            f"ONNX file {path}", "dense weights", "sparse ones", "Export them as dense tensors."
        )
    tensors = [(t.name, t) for t in graph.initializer]
    nodes, held = [], []
    for k, node in enumerate(graph.node):
        if node.op_type == "Constant":
            tensors += [(node.output[0], _constant(onnx, a)) for a in node.attribute[:1]]
            continue
        domain = "" if node.domain in ("", "ai.onnx") else f"{node.domain}."
        attributes = {a.name: _attribute(onnx, a, path) for a in node.attribute}
        name = node.name or f"{node.op_type}_{k}"
        nodes.append(
            Node(domain + node.op_type, name, tuple(node.input), tuple(node.output), attributes)
        )
        graphs = (
            g for a in node.attribute for g in (*([a.g] if a.HasField("g") else ()), *a.graphs)
        )
        held += [(nodes[-1], g) for g in graphs]
    constants = dict(outer) | _tensors(onnx, tensors, path)
    inputs = {i.name: _shape(i) for i in graph.input if i.name not in constants}
    inside = tuple((node, _graph(onnx, g, path, constants)) for node, g in held)
    outputs = tuple(o.name for o in graph.output)
    return Graph(path, inputs, outputs, tuple(nodes), constants, inside)


def _shape(value: Any) -> tuple[int | None, ...] | None:
    """Give the shape of a declared input."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return tuple(d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim)


def _attribute(onnx: Any, attribute: Any, path: Path) -> Any:
    """Give an attribute as numbers or text; subgraphs and their like are None."""
    kinds = onnx.AttributeProto
    if attribute.type == kinds.TENSOR:
        return _tensor(onnx, attribute.t, path, attribute.name)
    if attribute.type == kinds.STRINGS:
        return [s.decode(errors="replace") for s in attribute.strings]
    if attribute.type == kinds.STRING:
        return attribute.s.decode(errors="replace")
    if attribute.type in (kinds.INT, kinds.FLOAT, kinds.INTS, kinds.FLOATS):
        given = onnx.helper.get_attribute_value(attribute)
        return list(given) if attribute.type in (kinds.INTS, kinds.FLOATS) else given
    return None


def _constant(onnx: Any, attribute: Any) -> Any:
    """Give the value of a Constant node as a tensor; text becomes one that is refused later."""
    if attribute.name == "value":
        return attribute.t
    given = onnx.helper.get_attribute_value(attribute)
    return onnx.numpy_helper.from_array(np.asarray(given), attribute.name)


def _tensors(onnx: Any, tensors: list[tuple[str, Any]], path: Path) -> dict[str, np.ndarray]:
    """Decode all tensors, after the sum of their sizes has been looked at."""
    total = 0
    for name, tensor in tensors:
        shape = tuple(tensor.dims)
        if any(n < 0 for n in shape):
            raise ForeignFileError(
                f"{path}, tensor {name!r}", "sizes >= 0", f"{shape}", size_limits.BROKEN
            )
        total += int(np.prod(shape, dtype=object)) * 8
        size_limits.check_bytes(total, f"{path}, tensor {name!r} and those before it")
    return {name: _tensor(onnx, tensor, path, name) for name, tensor in tensors}


def _tensor(onnx: Any, tensor: Any, path: Path, name: str) -> np.ndarray:
    """Decode one tensor whose numbers are as many as its shape says."""
    obj = f"{path}, tensor {name!r}"
    shape = tuple(tensor.dims)
    known = onnx.TensorProto.DataType
    fields = {
        known.FLOAT: ("float_data", np.float32),
        known.DOUBLE: ("double_data", np.float64),
        known.FLOAT16: ("int32_data", np.float16),
        known.INT32: ("int32_data", np.int32),
        known.INT64: ("int64_data", np.int64),
        known.BOOL: ("int32_data", np.bool_),
    }
    if tensor.data_type not in fields:
        kind = known.Name(tensor.data_type) if tensor.data_type in known.values() else "unknown"
        return _other(obj, kind)
    field, dtype = fields[tensor.data_type]
    size = np.dtype(dtype).itemsize
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raw = _external(tensor, shape, size, path, obj)
    elif tensor.HasField("raw_data"):
        raw = tensor.raw_data
    else:
        held = len(getattr(tensor, field))
        size_limits.check_shape(shape, size, held * size, obj)
        return np.asarray(onnx.numpy_helper.to_array(tensor))
    size_limits.check_shape(shape, size, len(raw), obj)
    return np.frombuffer(raw, np.dtype(dtype).newbyteorder("<")).reshape(shape)


def _other(obj: str, kind: str) -> np.ndarray:
    raise ForeignFileError(
        obj,
        "numbers of type float, double, float16, int32, int64 or bool",
        f"type {kind}",
        "Export the network with float32 weights.",
    )


def _external(tensor: Any, shape: tuple[int, ...], size: int, path: Path, obj: str) -> bytes:
    """Read a tensor that is kept in another file of the same folder."""
    given = {entry.key: entry.value for entry in tensor.external_data}
    folder = path.resolve().parent
    target = (folder / given.get("location", "")).resolve()
    wanted = "a file inside the folder of the ONNX file"
    if not target.is_relative_to(folder) or not target.is_file():
        got = f"{given.get('location')!r}" + ("" if target.is_relative_to(folder) else ", outside")
        raise ForeignFileError(obj, wanted, got, "Put the weights beside the ONNX file.")
    start, length = given.get("offset", "0"), given.get("length")
    held = target.stat().st_size
    if not (start.isdecimal() and (length is None or length.isdecimal())):
        raise ForeignFileError(
            obj, "an offset and length >= 0", f"{start}, {length}", size_limits.BROKEN
        )
    there = max(held - int(start), 0) if length is None else int(length)
    size_limits.check_shape(shape, size, there, obj)
    if int(start) + there > held:
        got = f"a file of {held} bytes"
        raise ForeignFileError(obj, f"{there} bytes from byte {start} on", got, size_limits.BROKEN)
    with target.open("rb") as file:
        file.seek(int(start))
        return file.read(there)
