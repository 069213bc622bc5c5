import brian2 as b2
import numpy as np
import pytest
import xarray as xr
from brian2 import ms, mV, nS, pF

from bioann.base.errors import DescriptionError, SimulationError, UnknownNameError
from bioann.bio.afferent import CurrentAfferent
from bioann.bio.brian_network import BrianNetwork
from bioann.bio.cells.lif import LIF
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.recordings.recording import SPIKE_FIELDS
from bioann.stimuli.waveforms import steps

STIMULUS = steps({"x": [0.3, 0.6]}, duration=80 * ms)


def noisy(inputs, rng):
    """Three cells that get the channel as current, and start where the lane's generator says."""
    group = b2.NeuronGroup(
        3,
        "dv/dt = (drive(t) - v)/(10*ms) + 0.05*xi/sqrt(10*ms) : 1",
        threshold="v > 0.2",
        reset="v = 0",
        method="euler",
        namespace={"drive": inputs["x"]},
        name="cells",
    )
    group.v = rng.random(3) * 0.1
    return b2.Network(group)


HALF = BrianNetwork(noisy, populations={"cells": 3}, channels=("x",))


@pytest.fixture(scope="module")
def full_run():
    return HALF.run(STIMULUS, trials=2, seed=1)


@pytest.mark.slow
def test_spikes_repeat_with_the_seed(full_run):
    assert full_run.sizes["spike"] > 20
    xr.testing.assert_identical(full_run, HALF.run(STIMULUS, trials=2, seed=1))
    other = HALF.run(STIMULUS.isel(condition=[1]), trials=1, seed=2)
    mine = (full_run.spike_condition.values == 1) & (full_run.spike_trial.values == 0)
    assert full_run.spike_time.values[mine].tolist() != other.spike_time.values.tolist()


def test_a_lane_does_not_depend_on_the_others(full_run):
    alone = HALF.run(STIMULUS.isel(condition=[1]), trials=1, seed=1)
    mine = (full_run.spike_condition.values == 1) & (full_run.spike_trial.values == 0)
    for field in SPIKE_FIELDS[1:]:
        np.testing.assert_array_equal(full_run[field].values[mine], alone[field].values)
    np.testing.assert_array_equal(full_run.rate[[1], :1], alone.rate)


def test_a_stronger_channel_fires_more(full_run):
    assert full_run.rate.isel(condition=1).mean() > full_run.rate.isel(condition=0).mean()
    assert HALF.sizes == {"cells": 3}
    assert HALF.units == ("cells",)


def test_brians_clock_and_target_are_put_back():
    before = b2.defaultclock.dt_, b2.prefs.codegen.target
    HALF.run(STIMULUS.isel(condition=[0]), trials=1, seed=1, dt=0.5 * ms)
    assert (b2.defaultclock.dt_, b2.prefs.codegen.target) == before


def lif(inputs, rng):
    group = b2.NeuronGroup(
        1,
        "dv/dt = (10*nS*(-65*mV - v) + drive(t)*nA)/(200*pF) : volt (unless refractory)",
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=2 * ms,
        method="exponential_euler",
        namespace={"drive": inputs["x"], "nA": b2.nA, "nS": nS, "mV": mV, "ms": ms, "pF": pF},
        name="cell",
    )
    group.v = -65 * mV
    return b2.Network(group)


def test_two_kinds_of_biological_half_agree_on_the_same_cell():
    # Rest and threshold all but equal: both start at rest.
    written = BrianNetwork(lif, {"cell": 1}, "x").run(STIMULUS, trials=1, seed=1)
    network = SpikingNetwork(
        (Population("cell", 1, "GABA", cell=LIF()),), (CurrentAfferent("x", "cell", 1 * b2.nA),)
    )
    described = network.run(STIMULUS, trials=1, seed=1)
    for c in (0, 1):
        # They start at other potentials, so the first spikes differ; the rhythm does not.
        one, other = (
            np.diff(run.spike_time.values[run.spike_condition.values == c])
            for run in (written, described)
        )
        assert len(one) > 2
        np.testing.assert_allclose(one, one[0], atol=1e-9)
        # Brian2 by itself rounds the climb up to the grid and holds for a step less than 2 ms.
        assert -1e-4 - 1e-9 <= one[0] - other.mean() <= 1e-4 / len(other) + 1e-9


@pytest.mark.slow
def test_what_build_returns_has_to_fit():
    with pytest.raises(SimulationError, match=r"wanted a brian2.Network.*got NoneType"):
        BrianNetwork(lambda inputs, rng: None, {"a": 1}, "x").run(STIMULUS, trials=1, seed=1)
    with pytest.raises(UnknownNameError, match="NeuronGroup in the network, got 'cell'"):
        BrianNetwork(noisy, {"cell": 3}, "x").run(STIMULUS, trials=1, seed=1)
    with pytest.raises(SimulationError, match="population 'cells': wanted 4 neurons, got 3"):
        BrianNetwork(noisy, {"cells": 4}, "x").run(STIMULUS, trials=1, seed=1)


def test_a_function_and_populations_are_needed():
    for build, populations in (("noisy", {"a": 1}), (noisy, {})):
        with pytest.raises(DescriptionError, match="BrianNetwork: wanted a function"):
            BrianNetwork(build, populations, "x")


def test_trials_are_checked():
    with pytest.raises(SimulationError, match="trials"):
        HALF.run(STIMULUS, trials=0, seed=1)
