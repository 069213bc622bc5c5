"""Find the weight matrices among arrays that have names and shapes only."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from bioann.ann.interop.array_roles import ArrayRoles, Arrays, Pairs, assign_roles, is_recurrent
from bioann.ann.interop.matrix_chain import find_rows, order_by_names
from bioann.ann.signs.weight_matrices import WeightMatrix
from bioann.base.text import format_count, join_names

#: ``W`` is recurrent beside a ``W_in``, and the weights of a layer without one.
INPUT_WEIGHTS = re.compile(r"W_?in$")


def matrices_from_arrays(
    arrays: Arrays, rows: str | None
) -> tuple[tuple[WeightMatrix, ...], tuple[str, ...]]:
    """Find the weight matrices, and describe the arrays that are none.

    Parameters
    ----------
    arrays : mapping of str to numpy.ndarray
        All arrays of a file. Arrays of integers are no weights if others are of floats.
    rows : {'targets', 'sources'} or None
        Meaning of the first axis of weights; None to find it from biases, shapes and names.

    Returns
    -------
    matrices : tuple of WeightMatrix
        Every array of weights, in the order of the file.
    notes : tuple of str
        Sentences: arrays that were left out, and what the rows were taken for.
    """
    has_floats = any(a.ndim > 1 and a.dtype.kind == "f" for a in arrays.values())
    counts = [n for n, a in arrays.items() if has_floats and a.dtype.kind != "f"]
    roles = assign_roles({n: a for n, a in arrays.items() if n not in counts})
    forward = tuple(p for p in roles.pairs if not _connects_units(p[0], arrays))
    known_rows, evidence = find_rows(order_by_names(forward) or (), arrays)
    if not known_rows:
        known_rows, evidence = find_rows(tuple(p for p in forward if p[1]), arrays)
    applied_rows = rows or known_rows or "targets"
    notes = (
        *_describe_others(roles, counts, arrays),
        *_describe_rows(rows, known_rows, evidence, forward),
    )
    names = [n for n in arrays if n in {w for w, _ in roles.pairs}]
    return tuple(_make_matrix(name, arrays, applied_rows) for name in names), notes


def _connects_units(name: str, arrays: Arrays) -> bool:
    """Return whether an array connects units with each other, as its name and its shape say."""
    array = arrays[name]
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        return False
    stem = re.sub(r"(?<![A-Za-z])W$", "", name)
    has_input_weights = any(n.startswith(stem) and INPUT_WEIGHTS.search(n) for n in arrays)
    return is_recurrent(name, array) or (stem != name and has_input_weights)


def _make_matrix(full_name: str, arrays: Arrays, rows: str) -> WeightMatrix:
    array = arrays[full_name]
    layer, name = full_name.rsplit(".", 1) if "." in full_name else (full_name, "weights")
    if rows == "sources":  # kernels are (height, width, source, target)
        array = np.moveaxis(array, (-1, -2), (0, 1))
    recurrent = _connects_units(full_name, arrays)
    sources = layer if recurrent else f"into {layer}"
    return WeightMatrix(layer, name, array.astype(float), sources, recurrent)


def _describe_others(roles: ArrayRoles, counts: list[str], arrays: Arrays) -> Iterator[str]:
    """Describe biases, and arrays that are neither weights nor biases."""
    biases = [repr(b) for _, b in roles.pairs if b is not None]
    if biases:
        yield f"{format_count(len(biases), 'bias array')} not counted: {join_names(biases)}."
    others = [f"{name!r} {arrays[name].shape}" for name in (*roles.others, *counts)]
    if others:
        yield f"Neither weights nor the bias of any, and not counted: {join_names(others)}."
    if not roles.is_unique:
        yield "Names and shapes do not tell weights from biases: every matrix was counted."


def _describe_rows(
    rows: str | None, known_rows: str | None, evidence: str, pairs: Pairs
) -> Iterator[str]:
    """Describe what the rows of the weights were taken for, and why."""
    if not pairs:
        return
    if rows is None and known_rows is None:
        yield (
            "The file does not tell whether rows are targets or sources: read as targets "
            "(PyTorch); choose sources for Keras and scikit-learn."
        )
    elif rows is None:
        yield f"Rows are {known_rows}, according to {evidence}."
    elif known_rows not in (None, rows):
        yield f"Rows were read as {rows}; according to {evidence} they are {known_rows}."
