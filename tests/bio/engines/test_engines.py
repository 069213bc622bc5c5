"""Engines give the same bits, and parts of the lanes those of the whole."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from brian2 import get_device, ms, mV, nS, pA, set_device
from brian2.devices.device import reset_device, runtime_device

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.bio.engines import choice, cost, memory
from bioann.bio.engines.choice import list_candidates
from bioann.bio.engines.cpp import program, program_cache
from bioann.bio.engines.numpy_engine import NumpyEngine
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.results import RunRequest


@pytest.fixture
def recorded(circuit, stimulus):
    def run(engine, network=None, **more):
        options = {"trials": 2, "seed": 1} | more
        return (network or circuit()).run(stimulus, engine=engine, **options)

    return run


def assert_same(one, other):
    xr.testing.assert_identical(one.drop_attrs(deep=False), other.drop_attrs(deep=False))


def assert_alike(one, other):
    learned = [name for name in one if name.startswith("weight_")]
    assert_same(one.drop_vars(learned), other.drop_vars(learned))
    for name in learned:
        np.testing.assert_allclose(one[name], other[name], rtol=100 * np.finfo(float).eps)


@pytest.mark.slow
@pytest.mark.usefixtures("needs_compiler")
def test_compiled_code_gives_the_same_bits_whatever_the_numbers(circuit, recorded, monkeypatch):
    """One program: other weights, seed, parameters and lanes compile nothing.

    But for what learns: its traces decay by an exponential, whose last digit NumPy rounds in its
    own way on some processors (see `test_closeness`). Some 100 spikes carry it on.
    """
    assert_alike(recorded("numpy"), recorded("cpp"))
    monkeypatch.setattr("bioann.bio.engines.cpp.codegen.write_program", None)
    other = circuit(weight=0.9, seed=5, cell=ba.cells.LIF(V_th=-52 * mV), tau=4 * ms)
    record = ba.Record(counts=True, voltage={"e": [0, 7]})
    more = {"network": other, "seed": 2, "trials": 1, "record": record}
    assert_alike(recorded("numpy", **more), recorded("cpp", **more))
    assert_same(recorded("cpp", memory=1.0), recorded("cpp"))


@dataclasses.dataclass(frozen=True)
class Exploding(ba.cells.Cell):
    """Grows with the square of its depolarisation, and nothing resets it."""

    C: ba.SI = ba.quantity("pF", 100, above=0)
    resting_potential: ba.SI = ba.quantity("mV", -60)
    firing_threshold: ba.SI = ba.quantity("mV", -40)

    refractory_period = 0.0
    model = "dv/dt = (1*nS/mV*(v - resting_potential)**2 + I_syn + I_inj)/C : volt"
    threshold = "v > 1e300*volt"
    method = "euler"

    def time_constants(self):
        return {}


@pytest.mark.usefixtures("needs_compiler")
@pytest.mark.parametrize(
    ("cell", "what"), [(ba.cells.LIF(t_ref=0 * ms), "Hz in every neuron"), (Exploding(), "v = nan")]
)
def test_a_compiled_run_that_runs_away_stops_where_numpy_does(cell, what):
    wild = ba.SpikingNetwork(
        (ba.Population("e", 50, "glutamate", cell=cell),),
        (ba.CurrentAfferent("I", "e", 300 * pA),),
        (ba.Projection("e", "e", 200 * nS),),
    )
    shown = ba.steps({"I": [0, 1]}, duration=60 * ms)
    errors = []
    for engine in ("numpy", "cpp"):
        with pytest.raises(SimulationError) as error:
            wild.run(shown, trials=1, seed=1, engine=engine)
        errors.append(error.value)
    assert what in str(errors[0])
    assert str(errors[0]) == str(errors[1])
    assert_same(errors[0].recording, errors[1].recording)


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5, 100])
def test_parts_follow_each_other_and_leave_nothing_out(most):
    lanes = memory.Lanes(("a", "b", "c"), 2, 1, 1e-4)
    parts = list(memory.split_lanes(lanes, most))
    assert [p.first_lane for p in parts] == list(np.cumsum([0, *(p.lanes.n for p in parts)])[:-1])
    assert sum(p.lanes.n for p in parts) == lanes.n
    assert all(p.lanes.n <= most for p in parts)


def test_what_is_recorded_outlives_the_network(planned, circuit):
    """Brian2 from 2.10 on gives views of memory that goes with its monitors."""
    task = RunRequest(3, {"e": 12, "i": 5}, ba.Record(voltage={"e": [0]}), 100, 6, "")
    result = NumpyEngine().prepare_run(planned(circuit()), task)(Programs())
    for outcome in result.activity.values():
        for array in (outcome.spike_neurons, outcome.spike_steps, outcome.voltage):
            while array.base is not None:
                array = array.base
            assert array.flags.owndata


def test_parts_of_the_lanes_give_what_the_whole_gives(circuit, stimulus, recorded):
    whole = recorded("numpy")
    for room in (1.0, 2.5 * cost.estimate_lane_bytes(circuit(), stimulus, cost.BRIAN_LANE_BYTES)):
        assert_same(whole, recorded("numpy", memory=room))


def test_more_lanes_of_a_program_fit_into_memory_and_twice_as_many_into_twice_as_much(
    circuit, stimulus
):
    def room(name, cap):
        return memory.lanes_in_memory(list_candidates(name), circuit(), stimulus, cap)

    assert room("cpp", 1e9) > room("numpy", 1e9) == room("auto", 1e9) == room("cython", 1e9)
    for engine in ("cpp", "numpy"):
        assert room(engine, 1e9) in (2 * room(engine, 5e8), 2 * room(engine, 5e8) + 1)
        assert room(engine, 1.0) == 1


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["numpy", "cpp"])
def test_a_device_that_the_user_has_chosen_is_set_aside_for_a_run(circuit, stimulus, engine):
    if engine == "cpp" and list_candidates("cpp")[0].find_obstacle() is not None:
        pytest.skip("no compiler")
    options = {"trials": 1, "seed": 1, "engine": engine}
    expected = circuit().run(stimulus, **options)
    set_device("cpp_standalone", build_on_run=False, directory="somewhere")
    try:
        xr.testing.assert_identical(circuit().run(stimulus, **options), expected)
        device = get_device()
        assert type(device).__name__ == "CPPStandaloneDevice"
        assert (device.build_on_run, device.build_options) == (False, {"directory": "somewhere"})
    finally:
        reset_device()
    assert get_device() is runtime_device


@pytest.mark.slow
@pytest.mark.usefixtures("needs_compiler")
def test_programs_survive_a_cleared_cache_and_are_replaced_where_none_may_run(
    recorded, circuit, stimulus, monkeypatch
):
    expected = recorded("cpp")
    finish = circuit().start_run(stimulus, trials=2, seed=1, engine="cpp")
    program_cache.clear_cache()
    xr.testing.assert_identical(finish(Programs()), expected)
    monkeypatch.setattr(program.os, "access", lambda path, mode: False)
    with pytest.raises(SimulationError, match=r"whose programs may be executed.*Set TMPDIR or XDG"):
        recorded("cpp")
    monkeypatch.setattr(cost, "NUMPY_SECONDS_PER_CODE_OBJECT_STEP", 1.0)
    choice.warn_unavailable_engine.cache_clear()
    with pytest.warns(UserWarning, match=r"simulates with engine 'numpy'.*may be executed"):
        assert recorded("auto").attrs["engine"] == "numpy"
