"""Make neurons fire at chosen times, and look at what their synapses do."""

import brian2 as b2
import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nA, second

from bioann.bio.afferent import CurrentAfferent
from bioann.bio.builder import build_network
from bioann.bio.engines import use_brian_preferences
from bioann.bio.input_spikes.draw import Lanes
from bioann.stimuli.stimulus import make_stimulus


def fired(times, duration, dt=1e-3):
    """A channel that is 1 in the millisecond of each time, and 0 else."""
    values = np.zeros(round(duration / dt))
    values[np.round(np.asarray(times) / dt).astype(int)] = 1.0
    return values


@pytest.fixture(scope="session")
def trains():
    """Stimulus from spike times: ``trains({"pre": [[0.01], [0.02]], ...}, duration)``.

    One list of times per condition and channel; arrays are taken as they are.
    """

    def make(channels, duration):
        data = [
            [c if isinstance(c, np.ndarray) else fired(c, duration) for c in conditions]
            for conditions in channels.values()
        ]
        values = np.moveaxis(np.array(data), 0, -1)
        return make_stimulus(values, channels=tuple(channels), dt=1 * ms)

    return make


@pytest.fixture(scope="session")
def electrodes():
    """Currents that make each population fire one spike per millisecond of activation 1."""

    def make(*populations):
        return tuple(CurrentAfferent(p, p, 5 * nA) for p in populations)

    return make


@pytest.fixture
def spikes_of():
    """Times of a population's spikes in one condition, in seconds."""

    def find(recorded, unit, condition=0, trial=0, neuron=0):
        keep = (
            (recorded.spike_unit == list(recorded.unit.values).index(unit))
            & (recorded.spike_condition == condition)
            & (recorded.spike_trial == trial)
            & (recorded.spike_neuron == neuron)
        )
        return recorded.spike_time.values[keep.values]

    return find


@pytest.fixture(scope="session")
def probe():
    """Run a network, and return courses of variables, shape ``(neuron, step)``, and the spikes.

    Of several populations, a tuple of names, one after the other along ``neuron``. A value is the
    one at the start of its step, before the spikes of that step arrive.
    """

    def run(network, stimulus, population, *variables, seed=1, dt=1e-4):
        lanes = Lanes(tuple(stimulus.condition.values), 1, seed, dt)
        with use_brian_preferences({"codegen.target": "numpy"}):
            built = build_network(network, stimulus, lanes)
            names = (population,) if isinstance(population, str) else population
            monitors = [
                b2.StateMonitor(
                    built.network[f"population_{n}"], list(variables), True, name=f"probe_{n}"
                )
                for n in names
            ]
            built.network.add(*monitors)
            duration = stimulus.sizes["time"] * stimulus.attrs["dt"]
            built.network.run(duration * second, namespace={})
        courses = {v: [np.array(getattr(m, f"{v}_")) for m in monitors] for v in variables}
        recording = xr.Dataset(
            {v: (("neuron", "step"), np.concatenate(c)) for v, c in courses.items()}
        )
        spikes = {
            name: (np.array(m.i[:]), np.round(np.array(m.t_[:]) / dt).astype(int))
            for name, m in built.monitors.items()
        }
        return recording, spikes

    return run
