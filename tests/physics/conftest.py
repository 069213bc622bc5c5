"""Look inside a described network while it runs: potentials and conductances, not only spikes."""

import brian2 as b2
import numpy as np
import pytest
from brian2 import second

from bioann.bio.builder import build_network
from bioann.bio.engines import use_brian_preferences
from bioann.bio.input_spikes.draw import Lanes


@pytest.fixture
def probe():
    """Run a network and return the course of one variable, shape ``(neuron, step)``, in SI.

    A value is the one at the start of its step, before the spikes of that step arrive.
    """

    def run(network, stimulus, population, variable, *, seed=1, dt=1e-4, start=None):
        lanes = Lanes(tuple(stimulus.condition.values), 1, seed, dt)
        with use_brian_preferences({"codegen.target": "numpy"}):
            built = build_network(network, stimulus, lanes)
            group = built.network[f"population_{population}"]
            for name, value in (start or {}).items():
                getattr(group, f"{name}_")[:] = value
            monitor = b2.StateMonitor(group, variable, record=True, name="probe")
            built.network.add(monitor)
            built.network.run(stimulus.sizes["time"] * stimulus.attrs["dt"] * second, namespace={})
        return np.array(getattr(monitor, f"{variable}_"))

    return run
