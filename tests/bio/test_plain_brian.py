"""The same network twice: from the description, and written by hand in plain Brian2."""

import brian2 as b2
import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, nsiemens, pF, second

import bioann as ba
from bioann.bio.afferent import Afferent
from bioann.bio.background import Background
from bioann.bio.connectivity import ExplicitMatrix
from bioann.bio.input_spikes.draw import (
    Lanes,
    draw_afferent_spikes,
    draw_background_spikes,
    draw_initial_states,
)
from bioann.bio.integration.spike_timing import write_firing
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.stimuli.waveforms import steps

DT = 1e-4
WEIGHTS = np.random.default_rng(5).random((6, 10)) * (
    np.random.default_rng(6).random((6, 10)) < 0.6
)
BACK = Background(8 * nS)
DESCRIBED = SpikingNetwork(
    (Population("e", 10, "glutamate", background=BACK), Population("i", 6, "GABA")),
    (Afferent("x", "e", 0.8 * nS, fibres=25, rate=60 * Hz),),
    (
        Projection("e", "i", 4 * nS, connectivity=ExplicitMatrix(WEIGHTS)),
        Projection("i", "e", 1.5 * nS, delay=2 * ms),
    ),
)
STIMULUS = steps({"x": [0.9]}, onset=20 * ms, duration=200 * ms)

LIF = """
dv/dt = (10*nS*(-65*mV - v) + I_syn)/(200*pF) : volt (unless refractory)
I_syn = g_exc*(0*mV - v) + g_inh*(-80*mV - v) : amp
dg_exc/dt = -g_exc/(5*ms) : siemens
dg_inh/dt = -g_inh/(10*ms) : siemens
"""


@pytest.fixture
def numpy_engine():
    before = b2.prefs.codegen.target, b2.defaultclock.dt_
    b2.prefs.codegen.target = "numpy"
    yield
    b2.prefs.codegen.target, b2.defaultclock.dt = before[0], before[1] * second


def by_hand(seed):
    """What a Brian2 user would write, but for the random numbers and the timing of spikes.

    Those are bioann's; `tests/physics` has them against closed forms.
    """
    lane = Lanes(("x=0.9",), 1, seed, DT)
    b2.defaultclock.dt = DT * second
    fires = write_firing(ba.cells.LIF(), {}, DT)
    kinds = {part: fires.code[part] for part in ("threshold", "reset", "refractory")} | {
        "method": fires.method,
        "reset": "v = -60*mV; steps_held = clip(fired_at, 0, 1) + 2*ms/dt - 1",
        "namespace": {"nS": nS, "mV": mV, "ms": ms, "pF": pF, "V_th": -50 * mV},
    }
    cells = {
        n: b2.NeuronGroup(k, f"{LIF}\n{fires.equations}", name=f"cells_{n}", **kinds)
        for n, k in (("e", 10), ("i", 6))
    }
    objects = list(cells.values())
    for population in DESCRIBED.populations:
        cells[population.name].v_[:] = draw_initial_states(population, lane)["v"]
    # Brian2 orders objects by name: alphabetical here as there, so conductances sum up alike.
    rates = 60 * STIMULUS.values[:, :, 0]
    input_spikes = {
        "a_fibres": (draw_afferent_spikes(DESCRIBED.afferents[0], 0, rates, 10, lane, 1e-3), 0.8),
        "b_bombardment": (
            draw_background_spikes(DESCRIBED.populations[0], 0, BACK, 0.2, lane),
            1.0,
        ),
    }
    for name, (events, weight) in input_spikes.items():
        ports = 10 * events.n_slots
        source = b2.SpikeGeneratorGroup(
            ports, events.source_indices, events.steps * DT * second, name=name
        )
        synapses = b2.Synapses(
            source,
            cells["e"],
            on_pre="g_exc_post += q",
            name=f"{name}_synapses",
            namespace={"q": weight * nsiemens},
        )
        synapses.connect(j="i % N_post")
        objects += [source, synapses]
    out = b2.Synapses(
        cells["e"], cells["i"], "w : siemens", on_pre="g_exc_post += w", delay=1 * ms, name="c_out"
    )
    targets, sources = np.nonzero(WEIGHTS)
    out.connect(i=sources, j=targets)
    out.w = WEIGHTS[targets, sources] * 4 * nS
    back = b2.Synapses(
        cells["i"],
        cells["e"],
        on_pre="g_inh_post += 1.5*nS",
        delay=2 * ms,
        namespace={"nS": nS},
        name="d_back",
    )
    back.connect()
    monitors = {n: b2.SpikeMonitor(group, name=f"monitor_{n}") for n, group in cells.items()}
    b2.Network(*objects, out, back, *monitors.values()).run(200 * ms, namespace={})
    return {n: (np.array(m.i), np.array(m.t_)) for n, m in monitors.items()}


def test_description_and_plain_brian_fire_bit_for_bit_alike(numpy_engine):
    described = DESCRIBED.run(STIMULUS, trials=1, seed=4)
    expected = by_hand(seed=4)
    assert described.sizes["spike"] > 100
    for unit, name in enumerate(DESCRIBED.units):
        mine = described.spike_unit.values == unit
        neurons, times = expected[name]
        order = np.lexsort([neurons, np.round(times / DT)])
        np.testing.assert_array_equal(described.spike_neuron.values[mine], neurons[order])
        np.testing.assert_array_equal(
            np.round(described.spike_time.values[mine] / DT), np.round(times[order] / DT)
        )
