"""What is counted out by time and lane is what sorting gives."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

import bioann as ba
from bioann.bio.engines import memory
from bioann.bio.engines.results import PopulationActivity, RunResult
from bioann.bio.engines.to_dataset import make_dataset
from bioann.bio.input_spikes.draw import Lanes
from bioann.recordings.recording import label_spikes

DT, WIDTH, STEPS = 1e-4, 1e-3, 40
CENTRES = (np.arange(4) + 0.5) * WIDTH
SIZES = (3, 1, 5)


def outcome(fires):
    """What an engine says of a population that fires where `fires[step, lane, neuron]`."""
    step, neuron = np.nonzero(fires.reshape(STEPS, -1))
    fired = fires.sum(axis=(1, 2))
    steps = np.flatnonzero(fired)
    binned = fires.reshape(len(CENTRES), -1, *fires.shape[1:]).sum(axis=(1, 3)).T
    activity = PopulationActivity(
        neuron.astype(np.int32), steps, fired[steps], binned, fires.sum(axis=0), np.zeros((0, 0, 0))
    )
    np.testing.assert_array_equal(activity.spike_steps, step)
    return activity


def sorted_by(fires, lanes):
    """The same recording by way of a list of spikes in any order."""
    rows = [(k, *at) for k, of in enumerate(fires) for at in np.argwhere(of)]
    unit, step, lane, neuron = np.array(rows[::-1], dtype=int).reshape(-1, 4).T
    fields = {
        "spike_condition": lane // lanes.trials,
        "spike_trial": lane % lanes.trials,
        "spike_time": step * DT,
        "spike_unit": unit,
        "spike_neuron": neuron,
    }
    sizes = {f"p{k}": of.shape[2] for k, of in enumerate(fires)}
    return label_spikes(fields, sizes, lanes.conditions, lanes.trials, CENTRES, WIDTH)


@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 9),
    st.sampled_from([0.0, 0.01, 0.3, 1.0]), st.integers(0, 99),
)  # fmt: skip
def test_spikes_are_sorted_by_lane_time_unit_and_neuron(
    conditions, trials, populations, max_lanes, share, seed
):
    lanes = Lanes(tuple("abc"[:conditions]), trials, 1, DT)
    rng = np.random.default_rng(seed)
    fires = [rng.random((STEPS, lanes.n, size)) < share for size in SIZES[:populations]]
    runs, sizes = [], {f"p{k}": of.shape[2] for k, of in enumerate(fires)}
    for chunk in memory.split_lanes(lanes, max_lanes):
        activity = {f"p{k}": outcome(of[:, chunk.lane_slice]) for k, of in enumerate(fires)}
        runs.append((chunk, RunResult(activity, {}, 0.0)))
    dataset = make_dataset(runs, lanes, sizes, ba.Record(), CENTRES, WIDTH)
    xr.testing.assert_identical(dataset, sorted_by(fires, lanes))
    assert dataset.spike_time.dtype == np.float64
    for name in ("condition", "trial", "unit", "neuron"):
        assert dataset[f"spike_{name}"].dtype == np.int32
        assert dataset[f"spike_{name}"].values.flags.writeable


@pytest.mark.parametrize("populations", [1, 3])
def test_a_lane_that_is_silent_is_there(populations):
    """Only the middle one of three lanes fires."""
    lanes = Lanes(("a", "b", "c"), 1, 1, DT)
    fires = [np.zeros((STEPS, 3, size), dtype=bool) for size in SIZES[:populations]]
    for of in fires:
        of[7, 1, -1] = True
    runs = [
        (chunk, RunResult({f"p{k}": outcome(of) for k, of in enumerate(fires)}, {}, 0.0))
        for chunk in memory.split_lanes(lanes, 3)
    ]
    sizes = {f"p{k}": of.shape[2] for k, of in enumerate(fires)}
    dataset = make_dataset(runs, lanes, sizes, ba.Record(), CENTRES, WIDTH)
    assert dataset.spike_condition.values.tolist() == [1] * populations
    assert dataset.spike_unit.values.tolist() == list(range(populations))
    assert dataset.spike_neuron.values.tolist() == [size - 1 for size in SIZES[:populations]]
