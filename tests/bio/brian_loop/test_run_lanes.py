"""Lanes in several processes are those of a loop: their spikes, their errors, their order."""

import functools
import importlib
import sys
import warnings

import brian2 as b2
import numpy as np
import pytest
import xarray as xr
from brian2 import ms

from bioann.base.errors import BioannError
from bioann.bio.brian_loop import run_lanes as run_lanes_module
from bioann.bio.brian_loop.run_lanes import LaneQueue
from bioann.bio.brian_network import BrianNetwork
from bioann.stimuli.waveforms import steps

STIMULUS = steps({"x": [0.3, 0.6, 0.9]}, duration=40 * ms)
MODULE = """
import os
import brian2 as b2
from brian2 import ms

SCALE = 1.0
names = "cells"

def build(inputs, rng, scale=1.0):
    group = b2.NeuronGroup(
        3, "dv/dt = (drive(t)*SCALE*scale - v)/(10*ms) + 0.05*xi/sqrt(10*ms) : 1",
        threshold="v > 0.2", reset="v = 0", method="euler",
        namespace={"drive": inputs["x"], "scale": scale, "SCALE": SCALE}, name=names,
    )
    group.v = rng.random(3) * 0.1
    return b2.Network(group)

def fail_late(inputs, rng):
    if inputs["x"].values[-1] > 0.5:
        raise ValueError(f"too strong: {inputs['x'].values[-1]}")
    return build(inputs, rng)

def die_elsewhere(inputs, rng):
    if "BIOANN_CORES" in os.environ and os.environ["BIOANN_CORES"] == "1":
        os._exit(3)
    return build(inputs, rng)
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Return a user's module that other processes can import; all runs are long enough for them."""
    (tmp_path / "lanes_of_a_user.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("BIOANN_CORES", "2")
    monkeypatch.setattr(run_lanes_module, "MIN_PARALLEL_SECONDS", -1.0)
    run_lanes_module._warn_single_process.cache_clear()
    yield importlib.import_module("lanes_of_a_user")
    del sys.modules["lanes_of_a_user"]


def run(build, trials=2, seed=1):
    return BrianNetwork(build, {"cells": 3}, "x").run(STIMULUS, trials=trials, seed=seed)


def run_as_loop(build, monkeypatch, **options):
    with monkeypatch.context() as patch:
        patch.setenv("BIOANN_CORES", "1")
        return run(build, **options)


@pytest.mark.slow
def test_lanes_of_two_processes_are_those_of_a_loop(module, monkeypatch):
    parallel, loop = run(module.build), run_as_loop(module.build, monkeypatch)
    assert parallel.encoding["execution"] == "in 2 processes"
    assert loop.encoding["execution"] == "one after the other"
    assert loop.sizes["spike"] > 20
    xr.testing.assert_identical(parallel, loop)


@pytest.mark.slow
def test_a_function_with_bound_arguments_runs_in_two_processes(module, monkeypatch):
    partial = functools.partial(module.build, scale=2.0)
    recording = run(partial)
    assert recording.encoding["execution"] == "in 2 processes"
    xr.testing.assert_identical(recording, run_as_loop(partial, monkeypatch))


@pytest.mark.slow
def test_an_error_in_a_lane_is_that_of_the_loop(module, monkeypatch):
    messages = []
    for run_somehow in (run, functools.partial(run_as_loop, monkeypatch=monkeypatch)):
        with pytest.raises(BioannError) as caught:
            run_somehow(module.fail_late)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert "ValueError: too strong: 0.6 (lanes_of_a_user.py, line" in messages[0]


@pytest.mark.slow
def test_a_process_that_dies_takes_no_lane_with_it(module, monkeypatch):
    monkeypatch.setenv("BIOANN_CORES", "2")
    recording = run(module.die_elsewhere)
    xr.testing.assert_identical(recording, run_as_loop(module.build, monkeypatch))


@pytest.mark.slow
def test_a_module_that_was_changed_in_memory_is_run_here(module, monkeypatch):
    monkeypatch.setattr(module, "SCALE", 2.0)
    recording = run(module.build)
    assert recording.encoding["execution"] == "in 1 of 2 processes"
    xr.testing.assert_identical(recording, run_as_loop(module.build, monkeypatch))


def local_build(module):
    def build(inputs, rng):
        return module.build(inputs, rng)

    return build


@pytest.mark.parametrize("kind", ["closure", "lambda", "main"])
def test_what_no_other_process_can_import_runs_here_and_says_so(module, monkeypatch, kind):
    build = (
        local_build(module) if kind == "closure" else lambda inputs, rng: module.build(inputs, rng)
    )
    if kind == "main":
        build = module.build
        monkeypatch.setattr(build, "__module__", "__main__")
    with pytest.warns(UserWarning, match="on one core because of a build function that no other"):
        recording = run(build)
    assert recording.encoding["execution"].startswith("one after the other, because of a build")
    expected = run_as_loop(module.build, monkeypatch)
    np.testing.assert_array_equal(recording.spike_time, expected.spike_time)
    with warnings.catch_warnings(record=True) as repeated:
        run(build, trials=1)
    assert not any("on one core" in str(warning.message) for warning in repeated)


def test_automatic_names_beside_other_objects_run_here(module, monkeypatch):
    monkeypatch.setattr(module, "names", "neurongroup*")
    other = b2.NeuronGroup(1, "v : 1")
    network = BrianNetwork(module.build, {"group": 3}, "x")
    with pytest.warns(UserWarning, match="objects without a name"):
        recording = network.run(STIMULUS, trials=1, seed=1)
    assert "automatic names" in recording.encoding["execution"]
    del other


def test_a_short_run_starts_no_process(module, monkeypatch):
    monkeypatch.setattr(run_lanes_module, "MIN_PARALLEL_SECONDS", 1e9)
    assert run(module.build).encoding["execution"] == "one after the other"


def test_a_queue_stops_at_an_error_and_takes_lanes_back_in_order():
    queue = LaneQueue([(0, 0), (0, 1), (1, 0)])
    assert [queue.take(), queue.take()] == [(0, (0, 0)), (1, (0, 1))]
    queue.put_back(0)
    assert queue.n_pending == 2
    assert queue.take() == (0, (0, 0))
    queue.errors[1] = ValueError()
    assert queue.take() is None
