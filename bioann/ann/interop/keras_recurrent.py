"""State recurrent Keras layers as operators: SimpleRNN, LSTM, GRU and Bidirectional.

Definitions: https://keras.io/api/layers/recurrent_layers/.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.ann.interop.keras_activations import name_activation
from bioann.ann.interop.keras_arrays import read_weights_of
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer
from bioann.ann.layers.gated import reorder_gates

#: Operator of each class.
OPERATORS = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}
#: Operator of each way of joining both directions.
MERGERS = {"sum": "Add", "mul": "Mul", "ave": "Add"}


def add_recurrent_layer(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add a recurrent layer; its output is that of all steps, or of the last one."""
    name = type(layer).__name__
    for option in ("return_state", "stateful"):
        if getattr(layer, option):
            raise graph.unsupported_error(f"{name} with {option}", "Leave it out.")
    if layer.go_backwards:
        x = _reverse_steps(x)
    W, R, B, options = _read_cell(graph, layer.cell, OPERATORS[name])
    arrays = (W[None], R[None], B[None])
    outputs, last = graph.add(
        OPERATORS[name], x, *arrays, n_outputs=2, layout=1, hidden_size=R.shape[1], **options
    )
    if layer.return_sequences:
        return outputs.reshape((*outputs.shape[:2], outputs.shape[-1]))
    return last.reshape((last.shape[0], last.shape[-1]))


def add_both_directions(graph: ModelTracer, layer: Any, x: LayerTensor) -> Any:
    """Add a recurrent layer in both directions, and join their outputs."""
    forward = add_recurrent_layer(graph, layer.forward_layer, x)
    backward = add_recurrent_layer(graph, layer.backward_layer, x)
    if layer.return_sequences:
        backward = _reverse_steps(backward)
    if layer.merge_mode == "concat":
        return graph.add("Concat", forward, backward, axis=len(forward.shape) - 1)
    if layer.merge_mode not in MERGERS:
        got = f"Bidirectional with merge_mode={layer.merge_mode!r}, two outputs"
        raise graph.unsupported_error(got, "Use merge_mode='concat'.")
    joined = graph.add(MERGERS[layer.merge_mode], forward, backward)
    return graph.add("Mul", joined, np.array(0.5)) if layer.merge_mode == "ave" else joined


def _reverse_steps(x: LayerTensor) -> LayerTensor:
    return x.rearrange(x.list_positions()[:, ::-1])


def _read_cell(
    graph: ModelTracer, cell: Any, op: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
    """Return weights, recurrent weights, both biases and the attributes of an operator."""
    W, R = (read_weights_of(graph, v).T for v in (cell.kernel, cell.recurrent_kernel))
    bias = read_weights_of(graph, cell.bias) if cell.use_bias else np.zeros(len(W))
    activation = name_activation(graph, cell.activation)
    if op == "RNN":
        name = "Affine" if activation == "linear" else activation.capitalize()
        return W, R, np.concatenate([bias, np.zeros(len(W))]), {"activations": [name]}
    gate = name_activation(graph, cell.recurrent_activation)
    if (activation, gate) != ("tanh", "sigmoid"):
        got = f"{op} with activation {activation!r} and recurrent_activation {gate!r}"
        raise graph.unsupported_error(got, "Use tanh and sigmoid, the defaults.")
    if op == "LSTM":
        W, R, bias = (reorder_gates(array, "ifco", "iofc") for array in (W, R, bias))
        return W, R, np.concatenate([bias, np.zeros(len(W))]), {}
    options = {"linear_before_reset": int(bool(cell.reset_after))}
    rows = bias if bias.ndim == 2 else np.stack([bias, np.zeros(len(W))])
    return W, R, rows.ravel(), options  # both have the order update, reset, candidate
