"""Brian2's own standalone device gives what the numpy engine gives, and is looked through later."""

import types
from contextlib import contextmanager

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, pA, pF

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.bio.builder import plan_network
from bioann.bio.engines import choice, cost, standalone_engine
from bioann.bio.engines.brian_runtime import use_brian_preferences
from bioann.bio.engines.cpp import compiler
from bioann.bio.engines.standalone_engine import StandaloneEngine
from bioann.bio.input_spikes.draw import Lanes
from tests.bio.engines.test_divergence import Exploding

STIMULUS = ba.steps({"x": [0.0, 0.5, 1.0]}, duration=100 * ms)


def circuit():
    """Drawn synapses, two that learn, and a cell with two states."""
    return ba.SpikingNetwork(
        (
            ba.Population("a", 8, "glutamate", background=8 * nS),
            ba.Population("b", 4, "GABA", cell=ba.cells.AdEx()),
        ),
        (ba.Afferent("x", "a", 2 * nS, fibres=5),),
        (
            ba.Projection(
                "a",
                "b",
                0.5 * nS,
                connectivity=ba.FixedProbability(0.5),
                plasticity=ba.plasticity.PairSTDP(),
            ),
            ba.Projection("b", "a", 0.5 * nS, plasticity=ba.plasticity.TsodyksMarkram()),
        ),
    )


def exploding():
    return ba.SpikingNetwork(
        (ba.Population("calm", 2, "GABA"), ba.Population("wild", 3, "GABA", cell=Exploding())),
        (ba.CurrentAfferent("x", "wild", 400 * pA), ba.CurrentAfferent("x", "calm", 300 * pA)),
    )


def firing_in_every_step():
    cell = ba.cells.LIF(t_ref=0 * ms, C=20 * pF)
    return ba.SpikingNetwork(
        (ba.Population("e", 50, "glutamate", cell=cell),),
        (ba.CurrentAfferent("x", "e", 300 * pA),),
        (ba.Projection("e", "e", 20 * nS),),
    )


@pytest.fixture
def without_compiling(monkeypatch):
    """The network of the standalone engine runs in this process when Brian2 is told to run it."""

    @contextmanager
    def use_this_process(preferences):
        no_warnings = np.errstate(over="ignore", invalid="ignore")
        with use_brian_preferences({"codegen.target": "numpy"}), no_warnings:
            yield types.SimpleNamespace(build=lambda **options: None)

    monkeypatch.setattr(standalone_engine, "use_separate_device", use_this_process)


def record_with(engine, network, **options):
    """Return the recording, or the message and the recording of the error."""
    options = {"trials": 2, "seed": 1, "record": ba.Record(counts=True)} | options
    try:
        return "", network.run(STIMULUS, engine=engine, **options)
    except SimulationError as error:
        return str(error), error.recording


@pytest.mark.slow
@pytest.mark.parametrize("make", [circuit, exploding, firing_in_every_step])
def test_checks_after_a_run_find_what_checks_in_it_find(without_compiling, make):
    name = make().populations[0].name
    weights = ["a_to_b"] if make is circuit else []
    record = ba.Record(
        counts=True, voltage={name: [0, 1]}, states={name: {"v": [1]}}, weights=weights
    )
    message, recording = record_with("numpy", make(), record=record)
    same_message, same = record_with("cpp_standalone", make(), record=record)
    assert bool(message) == (make is not circuit)
    assert same_message == message
    assert same.attrs.pop("engine") == "cpp_standalone"
    del recording.attrs["engine"]
    xr.testing.assert_identical(same, recording)


@pytest.mark.slow  # Brian2 compiles 30 files
def test_the_program_gives_what_numpy_gives():
    recordings = [record_with(engine, circuit())[1] for engine in ("numpy", "cpp_standalone")]
    assert float(recordings[0].rate.mean()) > 10
    xr.testing.assert_equal(*recordings)
    assert recordings[1].attrs["engine"] == "cpp_standalone"


def test_it_runs_long_work_of_a_release_that_is_not_known(monkeypatch):
    if compiler.search_compiler() is None:
        pytest.skip("no compiler")
    monkeypatch.setattr(compiler, "is_known_brian2", lambda: False)
    choice.warn_unavailable_engine.cache_clear()
    conditions = tuple(str(c) for c in STIMULUS.condition.values)
    plan, _ = plan_network(circuit(), STIMULUS, Lanes(conditions, 2, 1, 1e-4, 1e-4))
    candidates = choice.list_candidates("auto")
    assert choice.choose_engine(candidates, plan).name == "numpy"
    monkeypatch.setattr(cost, "estimate_numpy_seconds", lambda plan: 3600.0)
    with pytest.warns(UserWarning, match="engine 'cpp_standalone', .* engine 'cpp': wanted Brian2"):
        assert isinstance(choice.choose_engine(candidates, plan), StandaloneEngine)
