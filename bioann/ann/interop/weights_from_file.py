"""Find the weight matrices in a file of any network, for a census of signs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from bioann.ann.interop import size_limits
from bioann.ann.interop.nir_files import read_nir_file
from bioann.ann.interop.nir_graph import make_graph
from bioann.ann.interop.nir_weights import list_weight_matrices
from bioann.ann.interop.onnx_graph import read_onnx_graph
from bioann.ann.interop.weight_files import check_numbers, describe_part, read_arrays
from bioann.ann.interop.weights_from_arrays import matrices_from_arrays
from bioann.ann.interop.weights_from_graph import read_graph_weights
from bioann.ann.signs.weight_matrices import WeightMatrix
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import ForeignFileError, unknown_name_error
from bioann.base.printable import clean_line
from bioann.base.text import join_names


@dataclasses.dataclass(frozen=True)
class FileWeights:
    """The weights of a file, and what it takes to judge whether they are all.

    Attributes
    ----------
    matrices : tuple of WeightMatrix
        Matrices with at least one non-zero weight, in the order of the file.
    notes : tuple of str
        Sentences about what the file left open: arrays that were not counted, and what the rows of
        weights were taken for.
    """

    matrices: tuple[WeightMatrix, ...]
    notes: tuple[str, ...]


@name_argument_errors
def weights_from_file(path: str | Path, *, rows: str | None = None) -> tuple[WeightMatrix, ...]:
    """Read the weight matrices of a file.

    Parameters
    ----------
    path : str or pathlib.Path
        An ONNX file with any operators, whose weights are the constant inputs of dense,
        convolution and recurrent operators; a NIR file with any nodes; or a ``.npz`` or
        ``.safetensors`` file, in which every array with two or more axes counts as weights, unless
        it is the bias of another.
    rows : {'targets', 'sources'}, optional
        Meaning of the first axis of arrays in a ``.npz`` or ``.safetensors`` file: targets as in
        PyTorch, or sources as in scikit-learn and Keras. By default what the lengths of the biases
        say, or the chain of shapes, or the names of the arrays; targets if nothing does.

    Returns
    -------
    tuple of WeightMatrix
        Matrices with at least one non-zero weight, in the order of the file.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, or contains no weights, or some that are NaN or
        infinite.
    """
    return read_file_weights(path, rows=rows).matrices


def read_file_weights(path: str | Path, *, rows: str | None = None) -> FileWeights:
    """Read the weights of a file as `weights_from_file` does, with notes about what it left out."""
    if rows not in (None, "targets", "sources"):
        raise unknown_name_error(f"file {path}, rows", "side", rows, ("targets", "sources"))
    file = Path(path)
    notes: tuple[str, ...] = ()
    with size_limits.wrap_library_errors(f"file {path}", "weights as its operators read them"):
        if file.suffix.lower() == ".onnx":
            weights = read_graph_weights(read_onnx_graph(file))
            matrices, unread = weights.matrices, [repr(name) for name in weights.unread]
            if unread:
                notes = (f"Not read, and not counted: {join_names(unread)}.",)
        elif file.suffix.lower() == ".nir":
            graph = make_graph(read_nir_file(file), f"NIR file {path}")
            matrices = tuple(list_weight_matrices(graph))
        else:
            matrices, notes = matrices_from_arrays(read_arrays(file), rows)
            notes += tuple(f"The file is {shard}." for shard in describe_part(file))
        nonzero_matrices = tuple(w for w in matrices if w.values.any())
    for w in nonzero_matrices:
        check_numbers(w.values, f"file {path}, array {w.name!r} of {w.layer!r}")
    if not nonzero_matrices:
        raise ForeignFileError(
            f"file {path}",
            "arrays of weights",
            "none with a weight other than zero",
            "Use the file of a trained network.",
        )
    zeros = [repr(w.layer) for w in matrices if not w.values.any()]
    if zeros:
        notes += (f"All weights are zero, and not counted: {join_names(zeros)}.",)
    return FileWeights(_number_duplicates(nonzero_matrices), notes)


def _number_duplicates(weights: tuple[WeightMatrix, ...]) -> tuple[WeightMatrix, ...]:
    """Append a number to layer names that occur more than once, and clean all names."""
    counts: dict[tuple[str, str], int] = {}
    matrices = []
    for w in weights:
        layer, name, sources = map(clean_line, (w.layer, w.name, w.sources))
        n = counts[layer, name] = counts.get((layer, name), 0) + 1
        numbered_layer = layer if n == 1 else f"{layer} ({n})"
        matrices.append(WeightMatrix(numbered_layer, name, w.values, sources, w.recurrent))
    return tuple(matrices)
