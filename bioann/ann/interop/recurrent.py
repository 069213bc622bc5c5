"""Read recurrent ONNX operators.

Definitions: https://onnx.ai/onnx/operators/onnx__RNN.html, onnx__LSTM.html and onnx__GRU.html
(opset 14).
"""

from __future__ import annotations

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.layers.gated import reorder_gates
from bioann.ann.layers.gru import GRU
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.recurrent import Recurrent

ACTIVATIONS = ("tanh", "relu", "sigmoid")
#: Recurrent operators.
RECURRENT_OPERATORS = ("RNN", "LSTM", "GRU")
_AFFINE = (("alpha", 1.0), ("beta", 0.0))


def read_rnn(tracer: LayerTracer) -> tuple[LayerTensor, ...]:
    """Add a `Recurrent` layer."""
    W, R, bias = _read_recurrent_arrays(tracer, 1)
    names = tracer.get_attribute("activations", ["Tanh"])
    name = names[0].lower()
    if name == "affine":
        alpha, beta = (tracer.get_attribute(f"activation_{k}", [d])[0] for k, d in _AFFINE)
        if (alpha, beta) != (1.0, 0.0):
            raise tracer.unsupported_error(f"RNN with activation {alpha:g} x + {beta:g}")
    elif name not in ACTIVATIONS:
        raise tracer.unsupported_error(f"RNN with activation {names[0]}")
    phi = resolve_activation("linear" if name == "affine" else name, "RNN")
    n = len(R)
    return _append_recurrent(tracer, Recurrent(W, R, bias[:n] + bias[n:], phi))


def read_lstm(tracer: LayerTracer) -> tuple[LayerTensor, ...]:
    """Add an `LSTM` layer."""
    W, R, bias = _read_recurrent_arrays(tracer, 4)
    _require_activations(tracer, ["Sigmoid", "Tanh", "Tanh"])
    if tracer.get_attribute("input_forget", 0) or tracer.has_input(7):
        raise tracer.unsupported_error(
            "LSTM with peepholes, or with coupled input and forget gates"
        )
    n = len(R)
    arrays = (W, R, bias[:n] + bias[n:])
    return _append_recurrent(
        tracer, LSTM(*(reorder_gates(array, "iofc", "ifco") for array in arrays))
    )


def read_gru(tracer: LayerTracer) -> tuple[LayerTensor, ...]:
    """Add a `GRU` layer."""
    W, R, bias = _read_recurrent_arrays(tracer, 3)
    _require_activations(tracer, ["Sigmoid", "Tanh"])
    n = R.shape[1]
    gate_bias = bias[: 3 * n].copy()
    gate_bias[: 2 * n] += bias[3 * n : 5 * n]
    reset_after = bool(tracer.get_attribute("linear_before_reset", 0))
    return _append_recurrent(tracer, GRU(W, R, gate_bias, bias[5 * n :], reset_after))


def _require_activations(tracer: LayerTracer, expected: list[str]) -> None:
    names = tracer.get_attribute("activations", expected)
    if [name.lower() for name in names] != [name.lower() for name in expected]:
        raise tracer.unsupported_error(f"{tracer.op} with activations {', '.join(names)}")


def _read_recurrent_arrays(
    tracer: LayerTracer, gates: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read input weights, recurrent weights and both biases of a unidirectional operator."""
    direction, clip = tracer.get_attribute("direction", "forward"), tracer.get_attribute("clip")
    if direction != "forward" or clip is not None:
        feature = f"direction {direction}" if direction != "forward" else "clipped sums"
        raise tracer.unsupported_error(f"{tracer.op} with {feature}")
    if tracer.has_input(4):
        raise tracer.unsupported_error(f"{tracer.op} with a length for each sequence")
    for position in (5, 6):
        if tracer.has_input(position):
            state = tracer.get_value(tracer.node_inputs[position])
            if not isinstance(state, np.ndarray) or state.any():
                raise tracer.unsupported_error(f"{tracer.op} that does not start at zero")
    W, R = tracer.get_constant(1), tracer.get_constant(2)
    n = R.shape[-1]
    if W.ndim != 3 or len(W) != 1 or R.shape != (1, gates * n, n) or W.shape[1] != gates * n:
        raise tracer.unsupported_error(f"{tracer.op} with weights of shape {W.shape} and {R.shape}")
    bias = np.zeros(2 * gates * n)
    if tracer.has_input(3):
        bias = tracer.get_constant(3).reshape(2 * gates * n)
    return W[0], R[0], bias


def _append_recurrent(tracer: LayerTracer, layer: Layer) -> tuple[LayerTensor, ...]:
    """Add the layer, and return its outputs at all time steps and at the last one."""
    is_batch_first = bool(tracer.get_attribute("layout", 0))
    order = ("batch", "time") if is_batch_first else ("time", "batch")
    sequence = tracer.align_samples(tracer.get_data())
    if sequence.lead != order or len(sequence.unit_shape) != 1:
        axes = (*sequence.lead, *(f"{n} units" for n in sequence.unit_shape))
        raise tracer.unsupported_error(f"{tracer.op} on axes {axes}, not {order}")
    output = tracer.append_layer(sequence, layer)
    (first, second), n = output.shape[:2], output.unit_shape[0]
    positions = output.list_positions()
    if is_batch_first:
        return output.reshape((first, second, 1, n)), output.rearrange(positions[:, -1:])
    return output.reshape((first, 1, second, n)), output.rearrange(positions[-1:])
