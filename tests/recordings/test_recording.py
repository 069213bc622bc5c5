import numpy as np
import pytest
import xarray as xr
from brian2 import ms
from hypothesis import given, strategies as st

from bioann.base.errors import SimulationError
from bioann.recordings.recording import (
    SPIKE_FIELDS,
    assemble_run,
    check_recording,
    check_trials,
    label_activations,
    label_spikes,
    make_response_bins,
    response_of,
)
from bioann.stimuli.waveforms import steps

STIMULUS = steps({"x": [0, 1]}, duration=100 * ms)
WIDTH = 0.01
CENTRES, STEPS = make_response_bins(STIMULUS, WIDTH)
SIZES = {"a": 2, "b": 4}

# (condition, trial, time in 0.1 ms ticks, unit); the neuron is drawn inside the population.
spike = st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 999), st.integers(0, 1))


def make_recording(events, sizes=None):
    rows = np.array(events, dtype=float).reshape(-1, 4)
    fields = {
        "spike_condition": rows[:, 0].astype(int),
        "spike_trial": rows[:, 1].astype(int),
        "spike_time": rows[:, 2] * 1e-4,
        "spike_unit": rows[:, 3].astype(int),
        "spike_neuron": np.arange(len(rows)) % 2,
    }
    return label_spikes(fields, sizes or SIZES, ["0", "1"], 3, CENTRES, WIDTH, dt=1e-4)


def test_bins_tile_the_stimulus():
    assert STEPS == 10
    np.testing.assert_allclose(CENTRES, np.arange(5, 100, 10) * 1e-3)


@given(st.integers(1, 40), st.integers(40, 200))
def test_a_last_bin_that_would_not_be_full_is_left_out(steps_per_bin, n):
    stimulus = steps({"x": [1]}, duration=n * ms)
    centres, steps_in_bin = make_response_bins(stimulus, steps_per_bin * 1e-3)
    assert steps_in_bin == steps_per_bin
    assert len(centres) == n // steps_per_bin
    np.testing.assert_allclose(np.diff(centres), steps_per_bin * 1e-3)


@pytest.mark.parametrize("width", [0.0, 0.5e-3, 1.5e-3, 0.101, -0.01])
def test_a_bin_is_a_whole_number_of_steps_within_the_stimulus(width):
    with pytest.raises(SimulationError, match="bin_width: wanted a whole number of stimulus"):
        make_response_bins(STIMULUS, width)


@pytest.mark.parametrize("trials", [0, -1, 1.0, True, "3", None])
def test_trials_are_counted(trials):
    with pytest.raises(SimulationError, match="trials: wanted a whole number >= 1"):
        check_trials(trials)


def test_numpy_integers_count_too():
    assert check_trials(np.int64(3)) == 3


@given(st.lists(spike, max_size=60))
def test_rate_times_neurons_times_width_is_the_number_of_spikes(events):
    recording = make_recording(events)
    counts = (recording.rate * recording.n_neurons * WIDTH).values
    by_hand = np.zeros(counts.shape)
    for c, trial, tick, unit in events:
        by_hand[c, trial, tick // 100, unit] += 1  # a bin is 100 ticks; its left edge belongs to it
    np.testing.assert_allclose(counts, by_hand, atol=1e-9)


def test_a_spike_on_an_edge_belongs_to_the_bin_that_starts_there():
    # 0.29 / 0.01 is 28.999999999999996.
    centres, _ = make_response_bins(steps({"x": [0]}, duration=1000 * ms), WIDTH)
    times = np.arange(100) / 100
    zeros = np.zeros(100, int)
    fields = dict.fromkeys(SPIKE_FIELDS, zeros) | {"spike_time": times}
    recording = label_spikes(fields, {"a": 1}, ["0"], 1, centres, WIDTH)
    np.testing.assert_allclose(recording.rate.values.ravel(), 1 / WIDTH)


@given(st.lists(spike, max_size=60), st.randoms(use_true_random=False))
def test_the_order_of_spikes_does_not_matter(events, random):
    neurons = [i % 2 for i in range(len(events))]
    both = list(zip(events, neurons, strict=True))
    random.shuffle(both)
    one, other = make_recording(events), make_recording([e for e, _ in both])
    keys = np.stack([one[f].values for f in SPIKE_FIELDS[:4]])
    np.testing.assert_array_equal(keys, np.stack([other[f].values for f in SPIKE_FIELDS[:4]]))
    assert sorted(map(tuple, keys.T)) == [tuple(k) for k in keys.T]


def test_spikes_after_the_last_full_bin_are_kept_but_not_counted():
    stimulus = steps({"x": [0, 1]}, duration=105 * ms)
    centres, _ = make_response_bins(stimulus, WIDTH)
    assert len(centres) == 10
    recording = make_recording([(0, 0, 1020, 0), (0, 0, 999, 0)])
    assert recording.sizes["spike"] == 2
    assert float(recording.rate.sum()) * 2 * WIDTH == pytest.approx(1)


def test_silence_is_a_recording():
    recording = make_recording([])
    assert recording.sizes["spike"] == 0
    assert not recording.rate.any()


def test_what_else_was_kept_is_in_the_attributes():
    assert make_recording([]).attrs["dt"] == 1e-4
    assert list(make_recording([]).n_neurons.values) == [2, 4]


class TestCheckRecording:
    """The schema holds for models that others write."""

    GOOD = label_activations(np.ones((2, 1, 10, 2)), ["a", "b"], ["x=0", "x=1"], CENTRES)

    def check(self, recording):
        return check_recording(recording, "Pair 'p', ann half", ["a", "b"], STIMULUS)

    def test_what_label_activations_makes_passes_unchanged(self):
        assert self.check(self.GOOD) is self.GOOD
        assert response_of(self.GOOD) is not None

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda d: None, "wanted a Dataset with 'rate' or 'activation', got 'NoneType'"),
            (lambda d: d.rename(activation="r"), "'rate' or 'activation'"),
            (lambda d: d.transpose("trial", ...), "wanted dimensions"),
            (lambda d: d.assign_coords(unit=["a", "c"]), r"ann half, unit: wanted \['a', 'b'\]"),
            (lambda d: d.isel(condition=[1, 0]), "ann half, condition"),
            (lambda d: d.isel(condition=[0]), "ann half, condition"),
            (lambda d: d.where(d.time < 0.09), r"unit 'a': wanted finite.* condition 'x=0'.*0.095"),
            (lambda d: d * np.inf, "Look for runaway excitation"),
        ],
    )
    def test_what_does_not_fit_is_named(self, spoil, message):
        with pytest.raises(SimulationError, match=message):
            self.check(spoil(self.GOOD))


def test_a_response_is_a_rate_or_an_activation():
    assert response_of(make_recording([])).attrs["units"] == "Hz"
    assert response_of(TestCheckRecording.GOOD).name == "activation"


def test_a_run_holds_the_stimulus_and_all_recordings():
    run = assemble_run(
        STIMULUS, {"bio": make_recording([]), "ann": TestCheckRecording.GOOD}, seed=1
    )
    assert set(run.children) == {"stimulus", "bio", "ann"}
    assert run.attrs["seed"] == 1
    stimulus = run["stimulus"]["stimulus"]
    assert stimulus.dims == ("condition", "stimulus_time", "channel")
    np.testing.assert_array_equal(stimulus.values, STIMULUS.values)
    xr.testing.assert_identical(run["ann"].to_dataset(), TestCheckRecording.GOOD)
