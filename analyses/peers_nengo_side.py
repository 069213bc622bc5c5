"""NengoDL on one classifier, run by the Python of its own environment.

Usage: ``peers_nengo_side.py nengo-dl ARRAYS.npz``; the last line of the output is a JSON object.
The file imports nothing from bioann, which is not installed there.
"""

import importlib.metadata
import json
import sys
import time
from typing import Any

import nengo
import nengo_dl
import numpy as np
import tensorflow as tf

#: Firing rate in Hz for an activation of 1, as in bioann, and the filter of the synapses in
#: seconds; NengoDL's example of a converted Keras network filters with 5 ms.
SCALE_HZ, SYNAPSE_S = 100, 0.005


def build_keras_network(arrays: Any) -> tuple[Any, Any]:
    """Build the classifier; Keras has the channels last, in images as in flattened maps."""
    inputs = tf.keras.Input(shape=(8, 8, 1))
    W1, W2 = arrays["W1"], arrays["W2"]
    if W1.ndim == 2:
        hidden = tf.keras.layers.Dense(len(W1), activation=tf.nn.relu)
        spiking = hidden(tf.keras.layers.Flatten()(inputs))
        flat, kernel = spiking, W1.T
    else:
        hidden = tf.keras.layers.Conv2D(len(W1), 3, strides=2, activation=tf.nn.relu)
        spiking = hidden(tf.keras.layers.ZeroPadding2D(1)(inputs))
        flat, kernel = tf.keras.layers.Flatten()(spiking), W1.transpose(2, 3, 1, 0)
        W2 = W2.reshape(len(W2), len(W1), 4, 4).transpose(0, 2, 3, 1).reshape(len(W2), -1)
    output = tf.keras.layers.Dense(len(W2))
    model = tf.keras.Model(inputs, output(flat))
    hidden.set_weights([kernel, arrays["b1"]])
    output.set_weights([W2.T, arrays["b2"]])
    return model, spiking


def convert_network(model: Any, spiking: Any) -> tuple[Any, Any]:
    """Convert with integrate-and-fire neurons; return the converter and a probe of the spikes."""
    converter = nengo_dl.Converter(
        model, swap_activations={tf.nn.relu: nengo.SpikingRectifiedLinear()},
        scale_firing_rates=SCALE_HZ, synapse=SYNAPSE_S, inference_only=True,
    )  # fmt: skip
    with converter.net:
        nengo_dl.configure_settings(stateful=False)
        return converter, nengo.Probe(converter.layers[spiking])


def main(tool: str, path: str) -> None:
    """Run NengoDL and print the result."""
    arrays = np.load(path)
    x, steps = arrays["x"].reshape(-1, 8, 8, 1).astype(np.float32), arrays["steps"].astype(int)
    model, spiking = build_keras_network(arrays)
    logits = model.predict(x, verbose=0)
    start = time.perf_counter()
    converter, probe = convert_network(model, spiking)
    with nengo_dl.Simulator(
        converter.net, minibatch_size=len(x), progress_bar=False, seed=0
    ) as simulator:
        converted = time.perf_counter()
        images = np.tile(x.reshape(len(x), 1, -1), (1, steps[-1], 1))
        data = simulator.predict({converter.inputs[model.inputs[0]]: images})
        # A spike is a value of amplitude / dt in one step, with the amplitude 1 / SCALE_HZ.
        n_spikes = data[probe].sum(dtype=float) * SCALE_HZ * simulator.dt
    seconds = time.perf_counter() - converted
    sums = np.cumsum(data[converter.outputs[model.outputs[0]]], axis=1)
    result = {
        "version": importlib.metadata.version(tool),
        "logit_error": float(abs(logits - arrays["logits"]).max()),
        "choices": [sums[:, k - 1].argmax(axis=1).tolist() for k in steps],
        "spikes": float(n_spikes / len(x)),
        "conversion_s": converted - start,
        "run_s": seconds,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
