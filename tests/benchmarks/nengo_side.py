"""The classifier in Nengo 4, run by its own Python: ``nengo_side.py ARRAYS.npz SECONDS``."""

import json
import sys
import time

import nengo
import numpy as np

arrays = np.load(sys.argv[1])
duration = float(sys.argv[2])
#: Hz that stand for an activation of 1.
SCALE = 100.0

with nengo.Network(seed=1) as network:
    images = nengo.Node(nengo.processes.PresentInput(arrays["x"], duration))
    hidden = nengo.Ensemble(
        arrays["W0"].shape[0], 1, neuron_type=nengo.SpikingRectifiedLinear(),
        gain=np.full(arrays["W0"].shape[0], SCALE), bias=SCALE * arrays["b0"],
    )  # fmt: skip
    outputs = nengo.Node(size_in=arrays["W1"].shape[0])
    nengo.Connection(images, hidden.neurons, transform=arrays["W0"], synapse=None)
    nengo.Connection(hidden.neurons, outputs, transform=arrays["W1"] / SCALE, synapse=0.01)
    probe = nengo.Probe(outputs)

with nengo.Simulator(network, dt=0.001, progress_bar=False) as simulator:
    began, busy = time.perf_counter(), time.process_time()
    simulator.run(duration * len(arrays["x"]))
    took, busy = time.perf_counter() - began, time.process_time() - busy

steps = round(duration / 0.001)
answers = simulator.data[probe].reshape(len(arrays["x"]), steps, -1)[:, steps // 2 :].mean(axis=1)
chosen = (answers + arrays["b1"]).argmax(axis=1)
print(json.dumps({"seconds": took, "processor": busy, "chosen": chosen.tolist()}))
