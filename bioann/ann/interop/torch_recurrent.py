"""State recurrent PyTorch modules as operators: RNN, LSTM and GRU with any number of layers.

Definitions: https://pytorch.org/docs/stable/nn.html#recurrent-layers.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer
from bioann.ann.interop.torch_arrays import read_array
from bioann.ann.layers.gated import reorder_gates

#: Order of the gates in PyTorch, and in the operator.
GATES = {"RNN": ("h", "h"), "LSTM": ("ifco", "iofc"), "GRU": ("rzn", "zrn")}


@dataclasses.dataclass(frozen=True)
class LastStates:
    """States after the last time step, one tensor ``(batch, unit)`` for each layer and direction.

    Attributes
    ----------
    states : tuple of LayerTensor
        States in the order of PyTorch; None for those that no layer returns.
    """

    states: tuple[Any, ...]


def add_recurrent(graph: ModelTracer, module: Any, x: LayerTensor) -> tuple[Any, Any]:
    """Add all layers of a recurrent module.

    Returns
    -------
    tuple
        Output at all time steps, and `LastStates`; of an LSTM a pair of states, like PyTorch.
    """
    name = type(module).__name__
    if getattr(module, "proj_size", 0):
        raise graph.unsupported_error(f"{name} with proj_size", "Leave out proj_size.")
    states = []
    for k in range(module.num_layers):
        x, last = _add_layer(graph, module, x, k)
        states += last
    if name == "LSTM":  # no layer returns its memory cells
        return x, (LastStates(tuple(states)), LastStates((None,) * len(states)))
    return x, LastStates(tuple(states))


def _add_layer(graph: ModelTracer, module: Any, x: LayerTensor, k: int) -> tuple[Any, list[Any]]:
    """Add one layer in one or both directions."""
    name = type(module).__name__
    suffixes = ("", "_reverse") if module.bidirectional else ("",)
    arrays = [_read_direction(graph, module, f"l{k}{suffix}") for suffix in suffixes]
    W, R, B = (np.stack(rows) for rows in zip(*arrays, strict=True))
    options: dict[str, Any] = {
        "hidden_size": module.hidden_size,
        "direction": "bidirectional" if module.bidirectional else "forward",
        "layout": int(bool(module.batch_first)),
    }
    if name == "RNN":
        options["activations"] = [module.nonlinearity.capitalize()] * len(suffixes)
    elif name == "GRU":
        options["linear_before_reset"] = 1
    outputs, last = graph.add(name, x, W, R, B, n_outputs=2, **options)
    if module.batch_first:  # (batch, time, direction, unit) and (batch, direction, unit)
        n_steps = outputs.shape[:2]
        joined = outputs.reshape((*n_steps, int(np.prod(outputs.shape[2:]))))
        states = [last.rearrange(last.list_positions()[:, d]) for d in range(len(suffixes))]
    else:  # (time, direction, batch, unit) and (direction, batch, unit)
        order = np.moveaxis(outputs.list_positions(), 1, 2)
        joined = outputs.rearrange(order.reshape(*order.shape[:2], -1))
        states = [last.rearrange(last.list_positions()[d]) for d in range(len(suffixes))]
    return joined, states


def _read_direction(
    graph: ModelTracer, module: Any, suffix: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return input weights, recurrent weights and both biases in the operator's order of gates."""
    W, R = (read_array(graph, getattr(module, f"weight_{kind}_{suffix}")) for kind in ("ih", "hh"))
    biases = [np.zeros(len(W))] * 2
    if module.bias:
        names = (f"bias_{kind}_{suffix}" for kind in ("ih", "hh"))
        biases = [read_array(graph, getattr(module, name)) for name in names]
    order = GATES[type(module).__name__]
    W, R, *biases = (reorder_gates(array, *order) for array in (W, R, *biases))
    return W, R, np.concatenate(biases)
