"""The weights in a file, whatever network they belong to: what a census needs to know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.onnx_graph import Graph, Node, read_graph
from bioann.ann.interop.weight_files import read_weights
from bioann.ann.signs.weight_matrices import WeightMatrix
from bioann.base.errors import ForeignFileError

#: Operators behind which a unit is still the same unit, and keeps its sign.
SAME_UNITS = {
    *("Identity", "Dropout", "Cast", "Squeeze", "Unsqueeze", "Transpose", "MaxPool", "AveragePool"),
    *("Relu", "LeakyRelu", "Tanh", "Sigmoid", "Softplus", "Elu", "Selu", "Gelu", "Clip"),
}
#: Gates of the recurrent operators, in the order of their rows.
GATES = {"RNN": ("",), "LSTM": ("_i", "_o", "_f", "_c"), "GRU": ("_z", "_r", "_h")}
#: Names of arrays whose sources and targets are the same units.
RECURRENT = re.compile(r"(hh|recurrent|rec)|(^|[._/])[WUR]$")


def weights_from_file(path: str | Path, *, rows: str = "targets") -> tuple[WeightMatrix, ...]:
    """List the arrays of weights in a file.

    Parameters
    ----------
    path : str or pathlib.Path
        An ONNX file, of any operators: weights are found where a dense, convolution or recurrent
        operator reads them. Or a ``.npz`` or ``.safetensors`` file, whose arrays of two axes and
        more are weights.
    rows : {'targets', 'sources'}, optional
        What the first axis of an array in a ``.npz`` or ``.safetensors`` file stands for: targets
        in PyTorch's way, sources in that of scikit-learn and Keras.

    Returns
    -------
    tuple of Weights
        In the order of the file.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, or holds no weights.
    """
    where = Path(path)
    with size_limits.whole(f"file {path}", "weights as its operators read them"):
        found = _from_graph(read_graph(where)) if where.suffix == ".onnx" else _named(where, rows)
        kept = tuple(w for w in found if w.values.any())
    if not kept:
        raise ForeignFileError(
            f"file {path}",
            "arrays of weights",
            "none that is not zero",
            "Give a file of a trained network.",
        )
    return _told_apart(kept)


def _told_apart(weights: tuple[WeightMatrix, ...]) -> tuple[WeightMatrix, ...]:
    """Tell apart, by a number, layers of one name: nothing forbids them in a file."""
    seen: dict[tuple[str, str], int] = {}
    found = []
    for w in weights:
        n = seen[w.layer, w.name] = seen.get((w.layer, w.name), 0) + 1
        layer = w.layer if n == 1 else f"{w.layer} ({n})"
        found.append(WeightMatrix(layer, w.name, w.values, w.sources, w.recurrent))
    return tuple(found)


def _named(path: Path, rows: str) -> Iterator[WeightMatrix]:
    for full, array in read_weights(path).items():
        if array.ndim < 2 or 0 in array.shape:
            continue
        layer, _, name = full.rpartition(".") if "." in full else (full, "", "weights")
        square = array.ndim == 2 and array.shape[0] == array.shape[1]
        values = array if rows == "targets" else np.swapaxes(array, 0, 1)
        if rows == "sources" and array.ndim > 2:  # kernels come as (height, width, source, target)
            values = np.moveaxis(array, (-1, -2), (0, 1))
        again = bool(square and RECURRENT.search(full))
        yield WeightMatrix(layer, name, values, layer if again else f"into {layer}", again)


def _from_graph(graph: Graph, states: tuple[str, ...] = ()) -> Iterator[WeightMatrix]:
    producers = graph.producers()
    readers = {"Gemm": _gemm, "MatMul": _matmul, "Conv": _conv, "ConvTranspose": _transposed}
    read: set[str] = set()
    for node in graph.nodes:
        given = [_constant(graph, producers, name) for name in node.inputs]
        data = next((n for n, c in zip(node.inputs, given, strict=True) if c is None), "")
        sources = _sources(graph, producers, data)
        if node.op in GATES:
            yield from _recurrent(node, given, sources)
        elif node.op in readers:
            values = readers[node.op](node, given)
            fixed = next((n for n, c in zip(node.inputs, given, strict=True) if c is not None), "")
            if states and fixed in read:
                continue  # a step that is made of several reads the same weights in each
            read.add(fixed)
            if values is not None and 0 not in values.shape:
                own = data in states and values.shape[0] == values.shape[1]
                whose = node.name if own else sources
                yield WeightMatrix(node.name, "W", values.astype(float), whose, own)
    for node, inner in graph.inside:
        yield from _from_graph(inner, _states(node, inner))


def _states(node: Node, inner: Graph) -> tuple[str, ...]:
    """Name what the step of a Scan hands on to itself: its first inputs."""
    if node.op != "Scan":
        return ()
    return tuple(inner.inputs)[: -int(node.attributes["num_scan_inputs"])]


def _constant(graph: Graph, producers: dict[str, Node], name: str) -> np.ndarray | None:
    """Give a constant, or what a transposition makes of one; None for what is computed."""
    if name in graph.constants:
        return graph.constants[name]
    node = producers.get(name)
    if node is not None and node.op in ("Transpose", "Identity") and node.inputs:
        inner = graph.constants.get(node.inputs[0])
        if inner is not None and node.op == "Transpose":
            order = node.attributes.get("perm")
            fits = order is None or sorted(order) == list(range(inner.ndim))
            return np.transpose(inner, order) if fits else None
        return inner
    return None


def _sources(graph: Graph, producers: dict[str, Node], name: str) -> str:
    """Say whose units a tensor holds: the name of the operator that summed them, or an input."""
    for _ in graph.nodes:
        node = producers.get(name)
        if node is None or node.op in ("Gemm", "MatMul", "Conv", "ConvTranspose", *GATES):
            return name if node is None else node.name
        computed = [i for i in node.inputs if i and i not in graph.constants]
        if len(computed) != 1 or node.op not in {*SAME_UNITS, "Add"}:
            return name
        name = computed[0]
    return name


def _gemm(node: Node, given: list[np.ndarray | None]) -> np.ndarray | None:
    second = given[1] if len(given) > 1 else None
    if second is not None:
        return second if node.attributes.get("transB") else second.T
    first = given[0]
    return None if first is None else first.T if node.attributes.get("transA") else first


def _matmul(node: Node, given: list[np.ndarray | None]) -> np.ndarray | None:
    first, second = given[0], given[1] if len(given) > 1 else None
    if second is not None:
        return second.T if second.ndim == 2 else None
    return first if first is not None and first.ndim == 2 else None


def _conv(node: Node, given: list[np.ndarray | None]) -> np.ndarray | None:
    kernel = given[1] if len(given) > 1 else None
    groups = node.attributes.get("group", 1)
    if kernel is None or kernel.ndim < 3 or groups == 1:
        return kernel if kernel is not None and kernel.ndim > 2 else None
    # Each group of outputs reads its own inputs; all others are not connected, which is zero.
    n, each = kernel.shape[:2]
    if groups < 1 or n % groups:
        return None
    size_limits.check_bytes(kernel.size * groups * 8, f"node {node.name!r}, written out")
    whole = np.zeros((n, each * groups, *kernel.shape[2:]))
    for g in range(groups):
        outputs = slice(g * n // groups, (g + 1) * n // groups)
        whole[outputs, g * each : (g + 1) * each] = kernel[outputs]
    return whole


def _transposed(node: Node, given: list[np.ndarray | None]) -> np.ndarray | None:
    kernel = given[1] if len(given) > 1 else None
    if kernel is None or kernel.ndim < 3 or node.attributes.get("group", 1) != 1:
        return None
    return np.swapaxes(kernel, 0, 1)


def _recurrent(node: Node, given: list[np.ndarray | None], sources: str) -> Iterator[WeightMatrix]:
    """Take apart what is stacked in a recurrent operator: directions, then gates."""
    gates = GATES[node.op]
    for letter, array in zip("WR", given[1:3], strict=False):
        if array is None or array.ndim != 3 or array.shape[1] % len(gates) or 0 in array.shape:
            continue
        for d, direction in enumerate(array):
            back = "_back" * (d > 0)
            for gate, part in zip(gates, np.split(direction, len(gates)), strict=True):
                own = letter == "R"
                if own and part.shape[0] != part.shape[1]:
                    continue
                whose = node.name if own else sources
                yield WeightMatrix(
                    node.name, f"{letter}{gate}{back}", part.astype(float), whose, own
                )
