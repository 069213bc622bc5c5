"""Build dense networks from files that contain arrays only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.interop.array_roles import Arrays, Pairs, assign_roles, is_recurrent
from bioann.ann.interop.matrix_chain import (
    find_rows,
    order_by_names,
    order_by_shapes,
    rows_of_biases,
)
from bioann.ann.interop.weight_files import describe_part, read_weights
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.dense import Dense
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import BioannError, DescriptionError, ForeignFileError, unknown_name_error
from bioann.base.text import join_names

_REMEDY = "Pass layers=((weights, bias), ...) in order, and rows='targets' or 'sources'."
#: Arrays that an error lists with their shapes.
LISTED_ARRAYS = 12


@name_argument_errors
def from_weights(
    path: str | Path,
    *,
    activation: Any = "relu",
    last: Any = "linear",
    layers: Sequence[tuple[str, str | None]] | None = None,
    rows: str | None = None,
) -> LayeredNetwork:
    """Build a network of dense layers from a ``.npz`` or ``.safetensors`` file.

    Parameters
    ----------
    path : str or pathlib.Path
        File with the weights; see `read_weights`.
    activation, last : str or Activation, optional
        Activation functions of the hidden layers and of the last layer, which such files do not
        contain.
    layers : sequence of (str, str or None), optional
        Names of weights and bias of each layer, first layer first; None for no bias. Other arrays
        of the file are ignored then. By default every array of the file must be the weights of a
        layer or its bias, as their names and shapes tell.
    rows : {'targets', 'sources'}, optional
        Meaning of the first axis of weights: targets as in PyTorch, or sources as in scikit-learn
        and Keras. By default what the lengths of the biases say, or the chain of shapes.

    Returns
    -------
    LayeredNetwork
        A network of `Dense` layers.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, an array belongs to no dense layer, the shapes of
        successive layers do not fit, or order or orientation are undecided.
    UnknownNameError
        If a name in `layers` is not in the file.

    Examples
    --------
    >>> import bioann as ba
    >>> import numpy as np
    >>> np.savez("weights.npz", **{"1.weight": np.ones((3, 2)), "2.weight": np.ones((1, 3))})
    >>> network = ba.from_weights("weights.npz")
    >>> network.predict([[1.0, 2.0]])
    array([[9.]])
    """
    for name, phi in (("activation", activation), ("last", last)):
        resolve_activation(phi, f"from_weights, {name}")
    arrays = read_weights(path)
    if rows not in (None, "targets", "sources"):
        raise DescriptionError(
            "from_weights, rows", "'targets' or 'sources'", repr(rows), "Choose one of them."
        )
    obj = f"weight file {path}"
    if layers is None:
        for shard in describe_part(Path(path)):
            remedy = f"Join the parts in one file. {_REMEDY}"
            raise ForeignFileError(obj, "a whole network", shard, remedy)
        pairs = _find_layers(arrays, rows, obj)
    else:
        pairs = _check_layers(layers, arrays, obj)
    rows = rows or find_rows(pairs, arrays)[0]
    if rows is None:
        raise ForeignFileError(
            obj,
            "shapes that tell whether rows are targets or sources",
            f"shapes that fit both ways or neither, of {_list_arrays(arrays)}",
            "Pass rows='targets' (PyTorch) or rows='sources' (Keras, scikit-learn).",
        )
    phis = [*[activation] * (len(pairs) - 1), last]
    try:
        dense_layers = []
        for (weights, bias), phi in zip(pairs, phis, strict=True):
            W = arrays[weights] if rows == "targets" else arrays[weights].T
            dense_layers.append(Dense(W, 0.0 if bias is None else arrays[bias].ravel(), phi))
        return LayeredNetwork(tuple(dense_layers))
    except BioannError as error:
        got = f"{error.got}, of {_list_arrays(arrays)}"
        raise ForeignFileError(f"{obj}, {error.obj}", error.expected, got, _REMEDY) from error


def _check_layers(layers: Sequence[tuple[str, str | None]], arrays: Arrays, obj: str) -> Pairs:
    """Return the layers that the caller named, once their names have been checked."""
    try:
        pairs = tuple((weights, bias) for weights, bias in layers)
    except (TypeError, ValueError):
        pairs = ()
    if not pairs:
        raise DescriptionError(
            "from_weights, layers",
            "pairs of names (weights, bias or None), one for each layer",
            repr(layers),
            "Pass layers=(('W1', 'b1'), ('W2', None)).",
        )
    for name in (name for pair in pairs for name in pair if name is not None):
        if name not in arrays:
            raise unknown_name_error(obj, "array", name, arrays)
    return pairs


def _find_layers(arrays: Arrays, rows: str | None, obj: str) -> Pairs:
    """Return weights and biases of all layers in order; every array belongs to one of them."""
    roles = assign_roles(arrays)
    unused = [*roles.others, *(w for w, _ in roles.pairs if arrays[w].ndim > 2)]
    unused += [w for w, _ in roles.pairs if is_recurrent(w, arrays[w])]
    if unused or not roles.pairs or not roles.is_unique:
        names = [f"{name!r} {arrays[name].shape}" for name in dict.fromkeys(unused)]
        problem = f"{join_names(names)}, which fit none" if names else "more than one way to do so"
        raise ForeignFileError(
            obj,
            "arrays that are the weights or the bias of a dense layer, all of them",
            f"{problem}, of {_list_arrays(arrays)}",
            f"{_REMEDY} Convolutions and recurrent layers are read from ONNX files.",
        )
    pairs = order_by_names(roles.pairs)
    if pairs is None and (known_rows := rows or rows_of_biases(roles.pairs, arrays)):
        pairs = order_by_shapes(roles.pairs, arrays, known_rows)
    if not pairs:
        raise ForeignFileError(
            obj,
            "names or shapes that tell the order of the layers",
            f"more than one order, or none, of {_list_arrays(arrays)}",
            _REMEDY,
        )
    return pairs


def _list_arrays(arrays: Arrays) -> str:
    """List arrays with their shapes for an error."""
    shapes = {name: array.shape for name, array in list(arrays.items())[:LISTED_ARRAYS]}
    more = f" and {len(arrays) - LISTED_ARRAYS} more" if len(arrays) > LISTED_ARRAYS else ""
    return f"arrays {shapes}{more}"
