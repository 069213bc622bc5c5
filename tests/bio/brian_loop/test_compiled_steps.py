"""Compiled time steps have the bits of Brian2's own loop, for all that a network can have."""

import gc
from contextlib import contextmanager

import brian2 as b2
import numpy as np
import pytest
import xarray as xr
from brian2 import ms
from hypothesis import given, settings, strategies as st

from bioann.base.errors import SimulationError
from bioann.bio.brian_loop import compiled_steps, lane
from bioann.bio.brian_network import BrianNetwork
from bioann.bio.engines.cpp import compiler
from bioann.stimuli.waveforms import steps

STIMULUS = steps({"x": [0.5, 1.5]}, duration=60 * ms, onset=5 * ms)
needs_compiler = pytest.mark.skipif(
    compiler.find_module_compiler() is None, reason="no C++ compiler was found"
)
#: What the networks of `build_rich` have recorded besides spikes, one entry a lane.
RECORDED = []


def build_rich(inputs, rng, operation=None, factor=1.0):
    """Noise, delays, plasticity, and an operation in each step."""
    drive, gain = inputs["x"], b2.TimedArray(rng.random(9) + 0.5, dt=7 * ms, name="gain")
    cells = b2.NeuronGroup(
        5,
        """dv/dt = (current - v)/tau + 0.3*xi/sqrt(tau) : 1 (unless refractory)
        current = drive(t) * gain(t) + total + g : 1
        dg/dt = -g/(4*ms) : 1
        total : 1
        tau : second (constant)
        kicks : integer""",
        threshold="v > 1",
        reset="v = 0.3*rand()",
        refractory=1.5 * ms,
        method="euler",
        namespace={"drive": drive, "gain": gain},
        name="cells",
    )
    cells.v, cells.tau = rng.random(5), rng.uniform(4, 12, 5) * ms
    cells.run_regularly("kicks += 1; g = 0.9*g", dt=None, name="regular")
    poisson = b2.PoissonGroup(
        6, "(20 + 30*drive(t))*Hz", namespace={"drive": drive}, name="poisson"
    )
    learn = b2.Synapses(
        poisson,
        cells,
        """w : 1
        dused/dt = -used/(10*ms) : 1 (event-driven)""",
        on_pre="g_post += w; used += 0.1; w = clip(w + 0.01*used, 0, 1)",
        on_post="w = clip(w - 0.02*used, 0, 1)",
        name="learn",
    )
    learn.connect(i=np.repeat(np.arange(6), 3), j=rng.integers(0, 5, 18))
    learn.w, learn.delay = rng.random(18) * 0.4 * factor, rng.uniform(0, 3, 18) * ms
    RECORDED.append((learn, cells))
    objects = [cells, poisson, learn]
    return b2.Network(*objects, *([operation] if operation else []))


RICH = BrianNetwork(build_rich, {"cells": 5, "poisson": 6}, "x")


def run_both_ways(monkeypatch, network, **options):
    """Return the recording and all other records, compiled and as Brian2 runs it."""
    results, ran = [], []
    original = compiled_steps._load_module

    def load_and_note(*arguments):
        ran.append(original(*arguments))
        return ran[-1]

    monkeypatch.setattr(compiled_steps, "COMPILE_SECONDS", 0.0)
    monkeypatch.setattr(compiled_steps, "_load_module", load_and_note)
    for is_compiled in (True, False):
        RECORDED.clear()
        if not is_compiled:
            monkeypatch.setattr(lane, "use_compiled_steps", run_as_usual)
        recording = network.run(STIMULUS, trials=1, engine="cython", **options)
        results.append((recording, list(RECORDED)))
    return results, ran


@contextmanager
def run_as_usual(network, expected_lanes):
    yield


@needs_compiler
@pytest.mark.timeout(1200)  # a cold cache, on a busy machine
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_bit_of_a_rich_network_is_the_same(monkeypatch, seed):
    (compiled, usual), ran = run_both_ways(monkeypatch, RICH, seed=seed)
    assert len(ran) == 2
    assert all(module is not None for module in ran)
    assert compiled[0].sizes["spike"] > 50
    xr.testing.assert_identical(compiled[0], usual[0])
    for mine, other in zip(compiled[1], usual[1], strict=True):
        np.testing.assert_array_equal(mine[0].w, other[0].w)
        for name in ("v", "g", "kicks"):
            np.testing.assert_array_equal(getattr(mine[1], name), getattr(other[1], name))
        assert mine[1].kicks[0] == 600


@needs_compiler
@pytest.mark.timeout(1200)  # a cold cache, on a busy machine
@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31), factor=st.floats(0, 3))
def test_bits_are_the_same_for_any_numbers_of_a_network(seed, factor):
    def build(inputs, rng):
        return build_rich(inputs, rng, factor=factor)

    with pytest.MonkeyPatch.context() as patch:
        network = BrianNetwork(build, dict(RICH.populations), "x")
        (compiled, usual), ran = run_both_ways(patch, network, seed=seed)
    assert all(ran)
    xr.testing.assert_identical(compiled[0], usual[0])


@needs_compiler
@pytest.mark.timeout(1200)  # a cold cache, on a busy machine
@pytest.mark.slow
def test_python_in_every_step_runs_as_usual(monkeypatch):
    calls = []

    def build(inputs, rng):
        @b2.network_operation(name="operation")
        def operation():
            calls.append(1)

        return build_rich(inputs, rng, operation)

    network = BrianNetwork(build, {"cells": 5}, "x")
    (compiled, usual), ran = run_both_ways(monkeypatch, network, seed=1)
    assert not ran
    assert len(calls) == 4 * 600
    xr.testing.assert_identical(compiled[0], usual[0])


def divide(inputs, rng):
    """Divide whole numbers by zero at 20 ms, which Cython reports as an error."""
    cells = b2.NeuronGroup(
        1,
        "dv/dt = 1/(10*ms) : 1\nk : integer",
        threshold="v > 2",
        reset="k = k + 1\nv = v % int(k < 1)",
        method="euler",
        name="cells",
    )
    return b2.Network(cells)


@needs_compiler
@pytest.mark.timeout(1200)  # a cold cache, on a busy machine
@pytest.mark.slow
def test_an_error_in_a_step_says_the_same(monkeypatch):
    messages = []
    monkeypatch.setattr(compiled_steps, "COMPILE_SECONDS", 0.0)
    for is_compiled in (True, False):
        if not is_compiled:
            monkeypatch.setattr(lane, "use_compiled_steps", run_as_usual)
        try:
            BrianNetwork(divide, {"cells": 1}, "x").run(STIMULUS, trials=1, seed=1, engine="cython")
        except SimulationError as error:
            messages.append(str(error))
        else:
            messages.append("no error")
    assert messages[0] == messages[1]


@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_other_targets_run_as_usual(engine):
    recording = BrianNetwork(divide_never, {"cells": 1}, "x").run(
        STIMULUS, trials=1, seed=1, engine=engine
    )
    # dv/dt = 1 / (10 ms) reaches 2 after 20 ms: at 20, 40 and, in the last step or not, at 60 ms.
    assert recording.sizes["spike"] in (4, 6)
    assert recording.attrs["engine"] == "numpy"


def divide_never(inputs, rng):
    cells = b2.NeuronGroup(
        1, "dv/dt = 1/(10*ms) : 1", threshold="v > 2", reset="v = 0", method="euler", name="cells"
    )
    return b2.Network(cells)


def test_frozen_objects_of_the_user_stay_frozen():
    """Garbage collection lists what it visits, and that leaves frozen objects out."""
    network = BrianNetwork(divide_never, {"cells": 1}, "x")
    own_object = [[]]

    def is_visited():
        return any(candidate is own_object for candidate in gc.get_objects())

    gc.unfreeze()
    try:
        network.run(STIMULUS, trials=1, seed=1)
        assert is_visited()
        gc.freeze()
        network.run(STIMULUS, trials=1, seed=1)
        assert not is_visited()
    finally:
        gc.freeze()  # the tests that follow would be slower without it
