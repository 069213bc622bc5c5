"""Dense networks from files that hold nothing but arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop.weight_files import read_weights
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.dense import Dense
from bioann.base.errors import BioannError, DescriptionError, ForeignFileError, unknown_name_error

#: How a bias is called beside its weights.
BIAS_NAMES = (("weight", "bias"), ("kernel", "bias"), ("coefs", "intercepts"), ("W", "b"))


def from_weights(
    path: str | Path,
    *,
    activation: Any = "relu",
    last: Any = "linear",
    layers: Sequence[tuple[str, str | None]] | None = None,
    rows: str = "targets",
) -> LayeredNetwork:
    """Make a stack of dense layers from a ``.npz`` or ``.safetensors`` file.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; see `read_weights`.
    activation, last : str or Activation, optional
        Of all layers but the last, and of the last one: such a file does not say.
    layers : sequence of (str, str or None), optional
        Names of weights and bias, first layer first. Unless given, all arrays of two axes by their
        names (numbers in them by size), each with the bias whose name fits.
    rows : {'targets', 'sources'}, optional
        What the first axis of weights stands for: targets in PyTorch's way, sources in that of
        scikit-learn and Keras.

    Returns
    -------
    LayeredNetwork
        Of `Dense` layers.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, or its arrays do not make a chain.
    UnknownNameError
        If there is no array of a name in `layers`.
    """
    arrays = read_weights(path)
    if rows not in ("targets", "sources"):
        raise DescriptionError(
            "from_weights, rows", "'targets' or 'sources'", repr(rows), "Choose one of them."
        )
    layer_names = _pair_weights_with_biases(arrays) if layers is None else layers
    for name in (name for pair in layer_names for name in pair if name is not None):
        if name not in arrays:
            raise unknown_name_error(f"weight file {path}", "array", name, arrays)
    try:
        dense_layers = []
        for k, (weights, bias) in enumerate(layer_names):
            W = arrays[weights] if rows == "targets" else arrays[weights].T
            b = 0.0 if bias is None else arrays[bias].ravel()
            dense_layers.append(Dense(W, b, last if k == len(layer_names) - 1 else activation))
        return LayeredNetwork(tuple(dense_layers))
    except BioannError as error:
        shapes = {name: array.shape for name, array in arrays.items()}
        raise ForeignFileError(
            f"weight file {path}, {error.obj}",
            error.expected,
            f"{error.got}, of arrays {shapes}",
            "Give layers=((weights, bias), ...) in their order, and say what rows stand for.",
        ) from error


def _pair_weights_with_biases(arrays: dict[str, np.ndarray]) -> list[tuple[str, str | None]]:
    """Put weights in the order of their names, and find the bias of each."""
    matrices = [name for name, array in arrays.items() if array.ndim == 2 and len(array) > 1]
    pairs: list[tuple[str, str | None]] = []
    for name in sorted(matrices, key=_natural_sort_key):
        candidates = [name.replace(a, b) for a, b in BIAS_NAMES if a in name]
        pairs.append((name, next((c for c in candidates if c in arrays), None)))
    return pairs


def _natural_sort_key(name: str) -> list[tuple[int, str]]:
    """Sort ``layer10`` behind ``layer2``."""
    return [(int(digits or 0), text) for text, digits in re.findall(r"(\D*)(\d*)", name)]
