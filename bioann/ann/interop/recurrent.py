"""Read recurrent ONNX operators.

Definitions: https://onnx.ai/onnx/operators/onnx__RNN.html, onnx__LSTM.html and onnx__GRU.html
(opset 14).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.layers.gated import reorder_gates
from bioann.ann.layers.gru import GRU
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.layers.whole_sequence import WholeSequence

ACTIVATIONS = ("tanh", "relu", "sigmoid")
#: Recurrent operators.
RECURRENT_OPERATORS = ("RNN", "LSTM", "GRU")
#: Whether a sequence is read from its end, for each direction of an operator.
DIRECTIONS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}
_AFFINE = (("alpha", 1.0), ("beta", 0.0))


def read_rnn(tracer: LayerTracer) -> tuple[LayerTensor, ...]:
    """Add a `Recurrent` layer, or one for each direction."""
    directions = _read_directions(tracer, 1)
    names = [name.lower() for name in tracer.get_attribute("activations", ["Tanh"])]
    if len(set(names)) > 1:
        raise tracer.unsupported_error(f"RNN with activations {', '.join(names)}")
    name = names[0]
    if name == "affine":
        alpha, beta = (tracer.get_attribute(f"activation_{k}", [d])[0] for k, d in _AFFINE)
        if (alpha, beta) != (1.0, 0.0):
            raise tracer.unsupported_error(f"RNN with activation {alpha:g} x + {beta:g}")
    elif name not in ACTIVATIONS:
        raise tracer.unsupported_error(f"RNN with activation {name.capitalize()}")
    phi = resolve_activation("linear" if name == "affine" else name, "RNN")
    layers = [Recurrent(W, R, bias[: len(R)] + bias[len(R) :], phi) for W, R, bias in directions]
    return _append_recurrent(tracer, layers)


def read_lstm(tracer: LayerTracer) -> tuple[LayerTensor, ...]:
    """Add an `LSTM` layer, or one for each direction."""
    directions = _read_directions(tracer, 4)
    _require_activations(tracer, ["Sigmoid", "Tanh", "Tanh"], len(directions))
    if tracer.get_attribute("input_forget", 0) or tracer.has_input(7):
        raise tracer.unsupported_error(
            "LSTM with peepholes, or with coupled input and forget gates"
        )
    layers = []
    for W, R, bias in directions:
        arrays = (W, R, bias[: len(R)] + bias[len(R) :])
        layers.append(LSTM(*(reorder_gates(array, "iofc", "ifco") for array in arrays)))
    return _append_recurrent(tracer, layers)


def read_gru(tracer: LayerTracer) -> tuple[LayerTensor, ...]:
    """Add a `GRU` layer, or one for each direction."""
    directions = _read_directions(tracer, 3)
    _require_activations(tracer, ["Sigmoid", "Tanh"], len(directions))
    reset_after = bool(tracer.get_attribute("linear_before_reset", 0))
    layers = []
    for W, R, bias in directions:
        n = R.shape[1]
        gate_bias = bias[: 3 * n].copy()
        gate_bias[: 2 * n] += bias[3 * n : 5 * n]
        layers.append(GRU(W, R, gate_bias, bias[5 * n :], reset_after))
    return _append_recurrent(tracer, layers)


def _require_activations(tracer: LayerTracer, expected: list[str], n_directions: int) -> None:
    names = tracer.get_attribute("activations", expected * n_directions)
    if [name.lower() for name in names] != [name.lower() for name in expected * n_directions]:
        raise tracer.unsupported_error(f"{tracer.op} with activations {', '.join(names)}")


def _read_directions(
    tracer: LayerTracer, gates: int
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Read input weights, recurrent weights and both biases of each direction."""
    if tracer.get_attribute("clip") is not None:
        raise tracer.unsupported_error(f"{tracer.op} with clipped sums")
    if tracer.has_input(4):
        raise tracer.unsupported_error(f"{tracer.op} with a length for each sequence")
    for position in (5, 6):
        if tracer.has_input(position):
            state = tracer.get_value(tracer.node_inputs[position])
            if not isinstance(state, np.ndarray) or state.any():
                raise tracer.unsupported_error(f"{tracer.op} that does not start at zero")
    W, R = tracer.get_constant(1), tracer.get_constant(2)
    n, n_directions = R.shape[-1], len(_list_directions(tracer))
    fits = W.ndim == 3 and R.shape == (n_directions, gates * n, n)
    if not fits or W.shape[:2] != R.shape[:2]:
        raise tracer.unsupported_error(f"{tracer.op} with weights of shape {W.shape} and {R.shape}")
    biases = np.zeros((n_directions, 2 * gates * n))
    if tracer.has_input(3):
        biases = tracer.get_constant(3).reshape(biases.shape)
    return list(zip(W, R, biases, strict=True))


def _list_directions(tracer: LayerTracer) -> tuple[bool, ...]:
    """Return, for each direction, whether the sequence is read from its end."""
    direction = tracer.get_attribute("direction", "forward")
    if direction not in DIRECTIONS:
        raise tracer.unsupported_error(f"{tracer.op} with direction {direction}")
    return DIRECTIONS[direction]


def _append_recurrent(tracer: LayerTracer, layers: Sequence[Layer]) -> tuple[LayerTensor, ...]:
    """Add the layers, and return their outputs at all time steps and at the last one."""
    if "time" not in tracer.get_data().lead:
        return _append_whole_sequences(tracer, layers)
    is_batch_first = bool(tracer.get_attribute("layout", 0))
    order = ("batch", "time") if is_batch_first else ("time", "batch")
    sequence = tracer.align_samples(tracer.get_data())
    if sequence.lead != order or len(sequence.unit_shape) != 1:
        axes = (*sequence.lead, *(f"{n} units" for n in sequence.unit_shape))
        raise tracer.unsupported_error(f"{tracer.op} on axes {axes}, not {order}")
    if _list_directions(tracer) != (False,):
        raise tracer.unsupported_error(
            f"{tracer.op} from the end of a sequence whose length is not fixed"
        )
    output = tracer.append_layer(sequence, layers[0])
    (first, second), n = output.shape[:2], output.unit_shape[0]
    positions = output.list_positions()
    if is_batch_first:
        return output.reshape((first, second, 1, n)), output.rearrange(positions[:, -1:])
    return output.reshape((first, 1, second, n)), output.rearrange(positions[-1:])


def _append_whole_sequences(
    tracer: LayerTracer, layers: Sequence[Layer]
) -> tuple[LayerTensor, ...]:
    """Add layers to sequences that are one sample each."""
    is_batch_first = bool(tracer.get_attribute("layout", 0))
    x = tracer.get_data()
    if len(x.shape) != 3:
        raise tracer.unsupported_error(f"{tracer.op} of a tensor with axes {x.shape}")
    positions = x.list_positions() if is_batch_first else np.moveaxis(x.list_positions(), 1, 0)
    samples = tracer.align_samples(x.rearrange(positions))
    if samples.lead != ("batch",) or len(samples.unit_shape) != 2:
        raise tracer.unsupported_error(f"{tracer.op} whose samples are not along the second axis")
    directions = _list_directions(tracer)
    outputs = [
        tracer.append_layer(samples, WholeSequence(layer, is_reversed))
        for layer, is_reversed in zip(layers, directions, strict=True)
    ]
    joined = outputs[0] if len(outputs) == 1 else tracer.concatenate_tensors(outputs, 2)
    n_samples, n_steps, n = outputs[0].shape
    steps = joined.list_positions().reshape(n_samples, n_steps, len(layers), n)
    last = np.stack([steps[:, 0 if r else -1, k] for k, r in enumerate(directions)])
    if is_batch_first:
        return joined.rearrange(steps), joined.rearrange(np.moveaxis(last, 0, 1))
    return joined.rearrange(steps.transpose(1, 2, 0, 3)), joined.rearrange(last)
