"""Find the weight matrices in a file of any network, for a census of signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.onnx_graph import read_onnx_graph
from bioann.ann.interop.weight_files import read_weights
from bioann.ann.interop.weights_from_graph import read_graph_weights
from bioann.ann.signs.weight_matrices import WeightMatrix
from bioann.base.errors import ForeignFileError

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
            read_graph_weights(read_onnx_graph(file)).matrices
            if file.suffix.lower() == ".onnx"
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
