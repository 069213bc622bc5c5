"""Convert recurrent PyTorch modules: RNN, LSTM and GRU with any number of layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.interop.torch_images import Shape, read_array, unsupported_module_error
from bioann.ann.layers.gated import reorder_gates
from bioann.ann.layers.gru import GRU
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.recurrent import Recurrent


def convert_recurrent(leaf: Any, path: str, shape: Shape) -> tuple[Layer, ...]:
    """Return the layers of a `torch.nn.RNN`, `torch.nn.LSTM` or `torch.nn.GRU`."""
    name = type(leaf).__name__
    if leaf.bidirectional:
        raise unsupported_module_error(
            path, f"a bidirectional {name}", "Export it as ONNX for sequences of a fixed length."
        )
    if getattr(leaf, "proj_size", 0):
        raise unsupported_module_error(path, f"{name} with proj_size", "Leave out proj_size.")
    if not leaf.batch_first:
        raise unsupported_module_error(
            path, f"{name} with the time first", "Build it with batch_first=True."
        )
    return tuple(_convert_layer(leaf, name, k) for k in range(leaf.num_layers))


def _convert_layer(leaf: Any, name: str, k: int) -> Layer:
    W, U = (read_array(getattr(leaf, f"weight_{kind}_l{k}")) for kind in ("ih", "hh"))
    biases = [np.zeros(len(W))] * 2
    if leaf.bias:
        biases = [read_array(getattr(leaf, f"bias_{kind}_l{k}")) for kind in ("ih", "hh")]
    if name == "RNN":
        return Recurrent(W, U, biases[0] + biases[1], leaf.nonlinearity)
    if name == "LSTM":  # both have the gates in the order input, forget, candidate, output
        return LSTM(W, U, biases[0] + biases[1])
    n = U.shape[1]
    bias = biases[0].copy()
    bias[: 2 * n] += biases[1][: 2 * n]
    # PyTorch has reset before update gate.
    W, U, bias = (reorder_gates(array, "rzn", "zrn") for array in (W, U, bias))
    return GRU(W, U, bias, biases[1][2 * n :], reset_after=True)


RECURRENT_CONVERTERS: dict[str, Callable[[Any, str, Shape], tuple[Layer, ...]]] = {
    "RNN": convert_recurrent,
    "LSTM": convert_recurrent,
    "GRU": convert_recurrent,
}
