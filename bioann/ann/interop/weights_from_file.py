"""Find the weight matrices in a file of any network, for a census of signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.onnx_graph import OnnxGraph, OnnxNode, read_onnx_graph
from bioann.ann.interop.weight_files import read_weights
from bioann.ann.signs.weight_matrices import WeightMatrix
from bioann.base.errors import ForeignFileError

#: Operators whose output units are their input units.
SAME_UNITS = {
    *("Identity", "Dropout", "Cast", "Squeeze", "Unsqueeze", "Transpose", "MaxPool", "AveragePool"),
    *("Relu", "LeakyRelu", "Tanh", "Sigmoid", "Softplus", "Elu", "Selu", "Gelu", "Clip"),
}
#: Suffixes for the gates of the recurrent operators, in the order of their rows.
GATE_SUFFIXES = {"RNN": ("",), "LSTM": ("_i", "_o", "_f", "_c"), "GRU": ("_z", "_r", "_h")}
#: Names of recurrent weights: sources and targets are the same units.
RECURRENT = re.compile(r"(hh|recurrent|rec)|(^|[._/])[WUR]$")


def weights_from_file(path: str | Path, *, rows: str = "targets") -> tuple[WeightMatrix, ...]:
    """Read the weight matrices of a file.

    Parameters
    ----------
    path : str or pathlib.Path
        An ONNX file with any operators, whose weights are the constant inputs of dense,
        convolution and recurrent operators; or a ``.npz`` or ``.safetensors`` file, in which every
        array with two or more axes counts as weights.
    rows : {'targets', 'sources'}, optional
        Meaning of the first axis of arrays in a ``.npz`` or ``.safetensors`` file: targets as in
        PyTorch, or sources as in scikit-learn and Keras.

    Returns
    -------
    tuple of WeightMatrix
        Matrices with at least one non-zero weight, in the order of the file.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, or contains no weights.
    """
    file = Path(path)
    with size_limits.wrap_library_errors(f"file {path}", "weights as its operators read them"):
        matrices = (
            _matrices_from_graph(read_onnx_graph(file))
            if file.suffix == ".onnx"
            else _matrices_from_arrays(file, rows)
        )
        nonzero_matrices = tuple(w for w in matrices if w.values.any())
    if not nonzero_matrices:
        raise ForeignFileError(
            f"file {path}",
            "arrays of weights",
            "none with a weight other than zero",
            "Use the file of a trained network.",
        )
    return _number_duplicates(nonzero_matrices)


def _number_duplicates(weights: tuple[WeightMatrix, ...]) -> tuple[WeightMatrix, ...]:
    """Append a number to layer names that occur more than once, which files may contain."""
    counts: dict[tuple[str, str], int] = {}
    matrices = []
    for w in weights:
        n = counts[w.layer, w.name] = counts.get((w.layer, w.name), 0) + 1
        layer = w.layer if n == 1 else f"{w.layer} ({n})"
        matrices.append(WeightMatrix(layer, w.name, w.values, w.sources, w.recurrent))
    return tuple(matrices)


def _matrices_from_arrays(path: Path, rows: str) -> Iterator[WeightMatrix]:
    for full_name, array in read_weights(path).items():
        if array.ndim < 2 or 0 in array.shape:
            continue
        layer, _, name = (
            full_name.rpartition(".") if "." in full_name else (full_name, "", "weights")
        )
        square = array.ndim == 2 and array.shape[0] == array.shape[1]
        values = array if rows == "targets" else np.swapaxes(array, 0, 1)
        if rows == "sources" and array.ndim > 2:  # kernels are (height, width, source, target)
            values = np.moveaxis(array, (-1, -2), (0, 1))
        is_recurrent = bool(square and RECURRENT.search(full_name))
        yield WeightMatrix(
            layer, name, values, layer if is_recurrent else f"into {layer}", is_recurrent
        )


def _matrices_from_graph(graph: OnnxGraph, states: tuple[str, ...] = ()) -> Iterator[WeightMatrix]:
    producers = graph.map_producers()
    readers = {
        "Gemm": _weights_of_gemm,
        "MatMul": _weights_of_matmul,
        "Conv": _weights_of_conv,
        "ConvTranspose": _weights_of_transposed_conv,
    }
    weight_names: set[str] = set()
    for node in graph.nodes:
        constants = [_find_constant(graph, producers, name) for name in node.inputs]
        data = next((n for n, c in zip(node.inputs, constants, strict=True) if c is None), "")
        sources = _find_sources(graph, producers, data)
        if node.op in GATE_SUFFIXES:
            yield from _weights_of_recurrent(node, constants, sources)
        elif node.op in readers:
            values = readers[node.op](node, constants)
            weight_name = next(
                (n for n, c in zip(node.inputs, constants, strict=True) if c is not None), ""
            )
            if states and weight_name in weight_names:
                continue  # the substeps of one time step share their weights
            weight_names.add(weight_name)
            if values is not None and 0 not in values.shape:
                is_recurrent = data in states and values.shape[0] == values.shape[1]
                weight_sources = node.name if is_recurrent else sources
                yield WeightMatrix(
                    node.name, "W", values.astype(float), weight_sources, is_recurrent
                )
    for node, inner in graph.subgraphs:
        yield from _matrices_from_graph(inner, _scan_states(node, inner))


def _scan_states(node: OnnxNode, inner: OnnxGraph) -> tuple[str, ...]:
    """Return the names of the state variables of a Scan: the first inputs of its body."""
    if node.op != "Scan":
        return ()
    return tuple(inner.inputs)[: -int(node.attributes["num_scan_inputs"])]


def _find_constant(
    graph: OnnxGraph, producers: dict[str, OnnxNode], name: str
) -> np.ndarray | None:
    """Return a constant, also behind a Transpose or Identity; None for a computed tensor."""
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


def _find_sources(graph: OnnxGraph, producers: dict[str, OnnxNode], name: str) -> str:
    """Return the origin of a tensor's units: the operator that summed them, or an input."""
    for _ in graph.nodes:
        node = producers.get(name)
        if node is None or node.op in ("Gemm", "MatMul", "Conv", "ConvTranspose", *GATE_SUFFIXES):
            return name if node is None else node.name
        computed_inputs = [i for i in node.inputs if i and i not in graph.constants]
        if len(computed_inputs) != 1 or node.op not in {*SAME_UNITS, "Add"}:
            return name
        name = computed_inputs[0]
    return name


def _weights_of_gemm(node: OnnxNode, constants: list[np.ndarray | None]) -> np.ndarray | None:
    second = constants[1] if len(constants) > 1 else None
    if second is not None:
        return second if node.attributes.get("transB") else second.T
    first = constants[0]
    return None if first is None else first.T if node.attributes.get("transA") else first


def _weights_of_matmul(node: OnnxNode, constants: list[np.ndarray | None]) -> np.ndarray | None:
    first, second = constants[0], constants[1] if len(constants) > 1 else None
    if second is not None:
        return second.T if second.ndim == 2 else None
    return first if first is not None and first.ndim == 2 else None


def _weights_of_conv(node: OnnxNode, constants: list[np.ndarray | None]) -> np.ndarray | None:
    kernel = constants[1] if len(constants) > 1 else None
    groups = node.attributes.get("group", 1)
    if kernel is None or kernel.ndim < 3 or groups == 1:
        return kernel if kernel is not None and kernel.ndim > 2 else None
    # Each group of outputs is connected to its own group of inputs; all other weights are zero.
    n, group_inputs = kernel.shape[:2]
    if groups < 1 or n % groups:
        return None
    size_limits.check_bytes(kernel.size * groups * 8, f"node {node.name!r}, written out")
    full_kernel = np.zeros((n, group_inputs * groups, *kernel.shape[2:]))
    for g in range(groups):
        outputs = slice(g * n // groups, (g + 1) * n // groups)
        full_kernel[outputs, g * group_inputs : (g + 1) * group_inputs] = kernel[outputs]
    return full_kernel


def _weights_of_transposed_conv(
    node: OnnxNode, constants: list[np.ndarray | None]
) -> np.ndarray | None:
    kernel = constants[1] if len(constants) > 1 else None
    if kernel is None or kernel.ndim < 3 or node.attributes.get("group", 1) != 1:
        return None
    return np.swapaxes(kernel, 0, 1)


def _weights_of_recurrent(
    node: OnnxNode, constants: list[np.ndarray | None], sources: str
) -> Iterator[WeightMatrix]:
    """Split the stacked weights of a recurrent operator by direction and by gate."""
    gates = GATE_SUFFIXES[node.op]
    for letter, array in zip("WR", constants[1:3], strict=False):
        if array is None or array.ndim != 3 or array.shape[1] % len(gates) or 0 in array.shape:
            continue
        for d, direction in enumerate(array):
            suffix = "_back" * (d > 0)
            for gate, gate_weights in zip(gates, np.split(direction, len(gates)), strict=True):
                is_recurrent = letter == "R"
                if is_recurrent and gate_weights.shape[0] != gate_weights.shape[1]:
                    continue
                weight_sources = node.name if is_recurrent else sources
                yield WeightMatrix(
                    node.name,
                    f"{letter}{gate}{suffix}",
                    gate_weights.astype(float),
                    weight_sources,
                    is_recurrent,
                )
