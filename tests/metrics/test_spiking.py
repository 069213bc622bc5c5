"""CV of interspike intervals and Fano factor against their textbook values."""

import numpy as np
import pytest
import xarray as xr

from bioann.metrics.jackknife import make_trial_weights
from bioann.metrics.spiking import (
    CV_OF_ISI,
    FANO_FACTOR,
    SpikeTrains,
    count_spikes,
    cv_of_isi,
    estimate_spiking,
    fano_factor,
)
from bioann.recordings.recording import label_spikes

RNG = np.random.default_rng(1)


def recorded(trains, trials=1, conditions=1, sizes=None):
    """Label trains: {(condition, trial, unit, neuron): times}."""
    sizes = sizes or {"a": 1 + max((k[3] for k in trains), default=0)}
    columns = [(*key, t) for key, times in trains.items() for t in times]
    c, trial, unit, neuron, time = np.array(columns, float).reshape(-1, 5).T
    fields = {
        "spike_condition": c.astype(int),
        "spike_trial": trial.astype(int),
        "spike_unit": unit.astype(int),
        "spike_neuron": neuron.astype(int),
        "spike_time": time,
    }
    names = [str(k) for k in range(conditions)]
    return label_spikes(fields, sizes, names, trials, np.array([0.5]), 1.0)


def poisson_train(rate, duration):
    return np.sort(RNG.uniform(0, duration, RNG.poisson(rate * duration)))


def test_a_regular_train_has_no_variation():
    half = recorded({(0, 0, 0, 0): np.arange(20) * 0.013})
    assert float(cv_of_isi(half, (0, 1))[0, 0]) == pytest.approx(0, abs=1e-12)


def test_by_hand():
    half = recorded(
        {(0, 0, 0, 0): np.cumsum([0.1, 1, 2, 3]), (0, 0, 0, 1): np.cumsum([0, 1, 1, 3, 3])}
    )
    wanted = [np.sqrt(2 / 3) / 2, 0.5]
    assert float(cv_of_isi(half, (0, 20))[0, 0]) == pytest.approx(np.mean(wanted))


def test_a_poisson_train_has_a_cv_of_one():
    half = recorded({(0, 0, 0, k): poisson_train(100, 10) for k in range(20)})
    # The CV of n exponential intervals has standard deviation 1 / sqrt(n) about; 4 of them.
    assert float(cv_of_isi(half, (0, 10))[0, 0]) == pytest.approx(1, abs=4 / np.sqrt(20_000))


def test_intervals_cross_neither_neurons_nor_lanes_nor_the_window():
    regular = np.arange(0.0, 2.0, 0.1)
    trains = {
        (c, trial, u, k): regular + 0.017 * (c + 2 * trial + 3 * k + u)
        for c in range(2)
        for trial in range(2)
        for u in range(2)
        for k in range(2)
    }
    half = recorded(trains, 2, 2, {"a": 2, "b": 2})
    np.testing.assert_allclose(cv_of_isi(half, (0.5, 1.5)), np.zeros((2, 2)), atol=1e-12)
    shuffled = half.isel(spike=RNG.permutation(half.sizes["spike"]))
    np.testing.assert_allclose(cv_of_isi(shuffled, (0.5, 1.5)), np.zeros((2, 2)), atol=1e-12)


def test_each_trial_and_unit_has_its_own():
    irregular = np.cumsum([0.0, 1, 3, 1, 3])
    half = recorded(
        {(0, 0, 0, 0): np.arange(9.0), (0, 1, 0, 0): irregular, (0, 1, 1, 0): np.arange(9.0)},
        2,
        1,
        {"a": 1, "b": 1},
    )
    found = cv_of_isi(half, (0, 10))
    np.testing.assert_allclose(found.sel(unit="a"), [0, 0.5])
    np.testing.assert_allclose(found.sel(unit="b"), [np.nan, 0])


def test_fewer_than_three_intervals_say_nothing():
    half = recorded({(0, 0, 0, 0): [0.1, 0.2, 0.4], (0, 0, 0, 1): []}, sizes={"a": 2})
    assert np.isnan(cv_of_isi(half, (0, 1))).all()
    assert np.isnan(cv_of_isi(recorded({}, sizes={"a": 2}), (0, 1))).all()


def test_counts_count():
    half = recorded(
        {(0, 0, 0, 1): [0.1, 0.2, 0.9], (1, 1, 1, 0): [0.3], (1, 1, 0, 0): [0.5, 0.6]},
        2,
        2,
        {"a": 2, "b": 1},
    )
    found = count_spikes(half, (0.15, 0.9))
    np.testing.assert_array_equal(found["a"], [[[0, 1], [0, 0]], [[0, 0], [2, 0]]])
    np.testing.assert_array_equal(found["b"], [[[0], [0]], [[0], [1]]])


def labelled(values):
    return xr.DataArray(np.asarray(values, float), dims=("condition", "trial", "neuron"))


def equal(trials):
    return xr.DataArray(np.full(trials, 1 / trials), dims="trial")


def fano_of(values):
    values = labelled(values)
    return fano_factor(values, equal(values.sizes["trial"]))


def test_the_fano_factor_is_variance_over_mean():
    values = RNG.integers(1, 9, size=(1, 6, 1))
    assert float(fano_of(values)) == pytest.approx(values[0, :, 0].var(ddof=1) / values.mean())


def test_poisson_counts_have_a_fano_factor_of_one():
    # 500 independent estimates, chi-square / 19 each: variance 2 / 19.
    values = RNG.poisson(7, size=(10, 20, 50))
    assert float(fano_of(values)) == pytest.approx(1, abs=4 * np.sqrt(2 / 19 / 500))


def test_the_weights_of_trials_do_not_bias_it():
    """Over pairs of different trials the variance is unbiased, without a trial or resampled."""
    values = labelled(RNG.poisson(7, size=(20, 6, 200)))
    for estimator, is_bound in (("plug-in", True), ("resampled", False)):
        weights = make_trial_weights(np.arange(6), estimator, n_resamples=100)
        rows = xr.DataArray(weights.rows, dims=("resample", "trial"))
        found = fano_factor(values, rows)
        assert found.dims == ("resample",)
        # 4000 estimates of variance 2 / 5, 2 / 4 without a trial, for resampled ones twice that.
        assert float(found.mean()) == pytest.approx(1, abs=4 * np.sqrt(4 / 5 / 4000))
        without = fano_factor(values.isel(trial=slice(1, None)), equal(5))
        assert float(found[1]) == pytest.approx(float(without))
        assert len(found) == 7 + 100 * (not is_bound)
    one = xr.DataArray([[0, 1.0, 0, 0, 0, 0]], dims=("resample", "trial"))
    assert np.isnan(fano_factor(values, one)).all()


def test_spikes_have_an_interval_over_trials_or_wirings():
    """Poisson trains: a CV and a Fano factor of one, in the units that were drawn."""
    rng = np.random.default_rng(3)
    n_trials, n_neurons = 6, 8
    trains = {
        (0, trial, 0, k): np.sort(rng.uniform(0, 10, rng.poisson(200)))
        for trial in range(n_trials)
        for k in range(n_neurons)
    }
    recording = recorded(trains, n_trials)
    wirings = xr.DataArray(np.arange(n_trials) // 2, dims="trial")
    for dataset, n, sampled in (
        (recording, n_trials, "trials"),
        (recording.assign_coords(wiring=wirings), 3, "wirings"),
    ):
        run = xr.DataTree.from_dict({"/bio": dataset})
        rows = estimate_spiking(run, (0.0, 10.0))
        assert [(unit, metric) for unit, metric, _ in rows] == [
            ("a", CV_OF_ISI),
            ("a", FANO_FACTOR),
        ]
        for _, metric, estimate in rows:
            assert (estimate.n, estimate.sampled) == (n, sampled)
            low, high = estimate.interval()
            assert low < estimate.value < high
            # 48 trains of 200 intervals each; 8 neurons and 5 pairs of trials (3 of one wiring).
            error = 1 / np.sqrt(48 * 200) if metric is CV_OF_ISI else np.sqrt(2 / (8 * 3))
            assert estimate.value == pytest.approx(1, abs=4 * error)
    assert estimate_spiking(xr.DataTree.from_dict({"/bio": xr.Dataset()}), (0, 1)) == []


def test_repeating_counts_have_none_and_silence_says_nothing():
    assert float(fano_of(np.full((2, 5, 3), 4))) == pytest.approx(0, abs=1e-12)
    assert np.isnan(fano_of(np.zeros((2, 5, 3))))
    assert np.isnan(fano_of(np.ones((2, 1, 3))))  # one trial has no variance


def test_silent_neurons_do_not_count():
    values = RNG.poisson(5, size=(1, 8, 4))
    with_silent = np.concatenate([values, np.zeros((1, 8, 3))], axis=2)
    assert float(fano_of(with_silent)) == pytest.approx(float(fano_of(values)))


def test_several_runs_at_once_have_the_numbers_of_each_alone():
    rng = np.random.default_rng(4)
    sizes, window = {"a": 3, "b": 2}, (0.1, 4.0)
    single, joined = [], []
    for run in range(4):  # the last one is silent
        trains = {
            (c, trial, unit, k): np.sort(rng.uniform(0, 5, rng.poisson(20 * (run < 3))))
            for c in range(2)
            for trial in range(3)
            for unit, n in enumerate(sizes.values())
            for k in range(n)
        }
        recording = recorded(trains, trials=3, conditions=2, sizes=sizes)
        single += SpikeTrains.of_recording(recording).estimate_metrics(window)
        joined.append(SpikeTrains.of_recording(recording))
    names = ("condition", "trial", "unit", "neuron", "time")
    columns = [np.concatenate([getattr(trains, n) for trains in joined]) for n in names]
    number = np.repeat(np.arange(4), [len(trains.time) for trains in joined])
    together = SpikeTrains(number, *columns, sizes, (4, 2, 3)).estimate_metrics(window)
    for of_run, alone in zip(together, single, strict=True):
        for (unit, metric, estimate), (unit_alone, metric_alone, expected) in zip(
            of_run, alone, strict=True
        ):
            assert (unit, metric) == (unit_alone, metric_alone)
            np.testing.assert_allclose(estimate.value, expected.value, rtol=1e-12)
            np.testing.assert_allclose(estimate.interval(), expected.interval(), rtol=1e-10)
