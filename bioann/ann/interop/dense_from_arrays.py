"""Build dense networks from files that contain arrays only."""

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

#: Names of weights and of the bias that belongs to them.
BIAS_NAMES = (("weight", "bias"), ("kernel", "bias"), ("coefs", "intercepts"), ("W", "b"))


def from_weights(
    path: str | Path,
    *,
    activation: Any = "relu",
    last: Any = "linear",
    layers: Sequence[tuple[str, str | None]] | None = None,
    rows: str = "targets",
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
        Names of weights and bias of each layer, first layer first; None for no bias. By default all
        arrays with two axes in the natural order of their names (``layer2`` before ``layer10``),
        each with the bias whose name fits.
    rows : {'targets', 'sources'}, optional
        Meaning of the first axis of weights: targets as in PyTorch, or sources as in scikit-learn
        and Keras.

    Returns
    -------
    LayeredNetwork
        A network of `Dense` layers.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, or the shapes of successive layers do not fit.
    UnknownNameError
        If a name in `layers` is not in the file.
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
        phis = [*[activation] * (len(layer_names) - 1), last]
        dense_layers = []
        for (weights, bias), phi in zip(layer_names, phis, strict=False):
            W = arrays[weights] if rows == "targets" else arrays[weights].T
            dense_layers.append(Dense(W, 0.0 if bias is None else arrays[bias].ravel(), phi))
        return LayeredNetwork(tuple(dense_layers))
    except BioannError as error:
        shapes = {name: array.shape for name, array in arrays.items()}
        raise ForeignFileError(
            f"weight file {path}, {error.obj}",
            error.expected,
            f"{error.got}, of arrays {shapes}",
            "Pass layers=((weights, bias), ...) in order, and rows='targets' or 'sources'.",
        ) from error


def _pair_weights_with_biases(arrays: dict[str, np.ndarray]) -> list[tuple[str, str | None]]:
    """Return the names of weights in natural order, each with the name of its bias or None."""
    matrices = [name for name, array in arrays.items() if array.ndim == 2 and len(array) > 1]
    pairs: list[tuple[str, str | None]] = []
    for name in sorted(matrices, key=_natural_sort_key):
        candidates = [name.replace(a, b) for a, b in BIAS_NAMES if a in name]
        pairs.append((name, next((c for c in candidates if c in arrays), None)))
    return pairs


def _natural_sort_key(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``layer2`` before ``layer10``."""
    return [(int(digits or 0), text) for text, digits in re.findall(r"(\D*)(\d*)", name)]
