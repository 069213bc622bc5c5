"""Estimates of cost, and the decisions that follow from them."""

import numpy as np
import pytest
from brian2 import ms, nS

import bioann as ba
from bioann.base import cores
from bioann.bio.engines import choice, cost, memory, parallel
from bioann.bio.engines.cpp import compiler, engine
from bioann.bio.input_spikes.draw import Lanes


def make_network(cell, n, receptor=None, plasticity=()):
    sparse = ba.FixedProbability(0.1)
    return ba.SpikingNetwork(
        (
            ba.Population("e", n, "glutamate", cell=cell, background=ba.Background(3 * nS)),
            ba.Population("i", n // 4, "GABA", cell=cell),
        ),
        (ba.Afferent("x", "e", 1 * nS, fibres=20),),
        (
            ba.Projection("e", "i", 1 * nS, receptor, connectivity=sparse),
            ba.Projection("i", "e", 1 * nS, connectivity=sparse, plasticity=plasticity),
        ),
    )


@pytest.fixture
def uncompiled(monkeypatch):
    """A compiler, an empty cache, four cores, and the runs that a user's network is expected."""
    monkeypatch.setattr(compiler, "find_compiler", lambda: compiler.Compiler("c++", "1"))
    monkeypatch.setattr(engine, "has_program", lambda plan: False)
    monkeypatch.setattr(cost, "EXPECTED_RUNS", 3)
    monkeypatch.setenv(cores.CORES_VARIABLE, "4")


LEARNING = ba.plasticity.InhibitorySTDP()
#: Network, ms, conditions and trials; engines for 1 and 3 batches; cores; lanes in a batch for 100
#: MB of memory, for all engines and for the program. Frozen.
DECISIONS = {
    "small": (make_network(ba.cells.LIF(), 40), 20, 3, 20, ["numpy", "numpy"], 1, (417, 2313)),
    "long": (make_network(ba.cells.LIF(), 40), 400, 3, 20, ["cpp", "cpp"], 1, (23, 153)),
    "large": (make_network(ba.cells.LIF(), 1000), 20, 40, 2, ["cpp", "cpp"], 1, (10, 54)),
    "exponentials": (
        make_network(ba.cells.EIF(), 40, ba.receptors.NMDA()),
        *(400, 40, 2, ["cpp", "cpp"], 4, (5, 20)),
    ),
    "rk4, learning": (
        make_network(ba.cells.WangBuzsaki(), 1000, plasticity=LEARNING),
        *(20, 40, 2, ["cpp", "cpp"], 4, (2, 7)),
    ),
}


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
def test_decisions_stay_what_they_were(planned, decision):
    network, duration, conditions, trials, names, n_cores, batch_lanes = decision
    stimulus = ba.steps({"x": np.linspace(0.1, 1, conditions)}, duration=duration * ms)
    plan = planned(network, stimulus, dt=network.default_step)
    auto = choice.list_candidates("auto")
    assert [choice.choose_engine(auto, plan, n).name for n in (1, 3)] == names
    lanes = Lanes(tuple(map(str, range(conditions))), trials, 1, network.default_step)
    for name, n_lanes in zip(("auto", "cpp"), batch_lanes, strict=True):
        candidates = choice.list_candidates(name)
        assert choice.choose_cores(candidates, network, stimulus, lanes) == n_cores
        max_lanes = memory.lanes_in_memory(candidates, network, stimulus, 1e8)
        assert parallel.lanes_per_batch(lanes, max_lanes, n_cores) == n_lanes


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("name", ["numpy", "cython"])
def test_brian_simulates_on_one_core(circuit, name):
    """However long it takes: Brian2 can do one run at a time in a process."""
    stimulus = ba.steps({"x": [0.5, 1.0], "y": [0.0, 0.0]}, duration=1e5 * ms)
    lanes = Lanes(("a", "b"), 1, 1, 1e-4)
    candidates = choice.list_candidates(name)
    assert choice.choose_cores(candidates, circuit(), stimulus, lanes) == 1


def test_auto_never_takes_cython(planned, circuit):
    """A program compiles faster and runs faster, and both need the same compiler."""
    plan = planned(circuit())
    _, cython, cpp, _ = choice.ENGINES
    for n_runs in (1, 100, 10_000):
        assert cython.estimate_seconds(plan, n_runs) > cpp.estimate_seconds(plan, n_runs)


def test_memory_of_a_lane_is_proportional_to_the_time_that_it_runs():
    """But for neurons and synapses, which are there once."""
    network = make_network(ba.cells.LIF(), 40)
    sizes = [
        cost.estimate_lane_bytes(
            network, ba.steps({"x": [1.0]}, duration=duration * ms), cost.PROGRAM_LANE_BYTES
        )
        for duration in (100, 200, 300)
    ]
    assert sizes[2] - sizes[1] == pytest.approx(sizes[1] - sizes[0])
    neurons, synapses = 50, 0.1 * 2 * 40 * 10
    expected = neurons * cost.PROGRAM_LANE_BYTES.per_neuron
    expected += synapses * cost.PROGRAM_LANE_BYTES.per_synapse
    assert 2 * sizes[0] - sizes[1] == pytest.approx(expected)
