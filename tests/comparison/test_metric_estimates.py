"""What the interval of a score rests on: trials, wirings, or samples of a drawn stimulus."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bioann.comparison.metric_estimates import MIN_SAMPLES
from bioann.comparison.responses import Responses
from bioann.comparison.scores import equivalence_table, score_metric
from bioann.metrics.agreement import BIAS, GAIN, RMSE
from bioann.metrics.jackknife import estimate_over_trials
from bioann.metrics.metric import Metric
from tests.claims.evidence import make_evidence, score_row

SIGMA = 0.1
DIMS = ("condition", "trial", "time", "match")
COORDS = {"time": [0.005, 0.015], "match": ["y"]}


def make_responses(deviations, sample=None, wiring=None, exact=False, n_trials=10):
    """Responses of a spiking model that deviates from a rate model at 0.5, by condition.

    Each trial has noise of its own; `sample` and `wiring` are coordinates.
    """
    rng = np.random.default_rng(1)
    noise = 0.0 if exact else SIGMA * rng.normal(size=(len(deviations), n_trials))
    steady = 0.5 + np.asarray(deviations)[:, None] + noise
    bio = xr.DataArray(
        np.broadcast_to(steady[..., None, None], (len(deviations), n_trials, 2, 1)), None, DIMS
    ).assign_coords(COORDS)
    if wiring is not None:
        bio = bio.assign_coords(wiring=("trial", wiring))
    ann = xr.full_like(bio.isel(trial=0, drop=True), 0.5)
    stimulus = xr.DataArray(
        np.zeros((len(deviations), 2, 1)),
        dims=("condition", "stimulus_time", "channel"),
        coords={"stimulus_time": COORDS["time"], "channel": ["x"]},
    )
    if sample is not None:
        stimulus = stimulus.assign_coords(sample=("condition", sample))
    return Responses(
        xr.Dataset({"bio": bio, "ann": ann, "stimulus": stimulus}),
        (0, 0.02),
        frozenset({"bio"} if exact else ()),
    )


def score_bias(*arguments, **options):
    (row,) = score_metric(BIAS, make_responses(*arguments, **options))
    return row


def interval_of_mean(values):
    """Return the interval of a mean of independent values."""
    return estimate_over_trials(lambda w: w.rows @ values, np.arange(len(values))).interval()


class TestSamples:
    """The stimulus of some pairs is drawn several times: conditions with the coordinate sample."""

    #: Two conditions of each of six samples, whose responses deviate by much more than trials do.
    SAMPLE = np.repeat(np.arange(6.0), 2)
    DEVIATIONS = np.repeat(np.random.default_rng(2).normal(0, 1.0, 6), 2)

    def test_samples_that_differ_widen_the_interval_to_that_of_their_means(self):
        row = score_bias(self.DEVIATIONS, self.SAMPLE)
        fixed = score_bias(self.DEVIATIONS)
        assert (row["n"], row["sampled"]) == (6, "samples")
        assert (fixed["n"], fixed["sampled"]) == (10, "trials")
        assert row["value"] == fixed["value"]
        responses = make_responses(self.DEVIATIONS, self.SAMPLE)
        means = (responses.window_mean("bio").mean("trial") - 0.5).values.reshape(6, 2).mean(axis=1)
        assert (row["low"], row["high"]) == pytest.approx(interval_of_mean(means))
        assert row["high"] - row["low"] > 5 * (fixed["high"] - fixed["low"])

    def test_samples_that_agree_leave_the_interval_of_trials(self):
        """Their spread is then that of trial noise: either may be the larger, by chance."""
        row = score_bias(np.zeros(12), self.SAMPLE)
        fixed = score_bias(np.zeros(12))
        assert row["high"] - row["low"] >= fixed["high"] - fixed["low"] - 1e-12

    def test_too_few_samples_are_fixed_stimuli(self):
        sample = np.arange(12) % (MIN_SAMPLES - 1)
        row = score_bias(self.DEVIATIONS, sample.astype(float))
        assert (row["n"], row["sampled"]) == (10, "trials")
        unknown = np.where(self.SAMPLE > 0, self.SAMPLE, np.nan)
        assert score_bias(self.DEVIATIONS, unknown)["sampled"] == "trials"

    def test_a_network_in_which_nothing_is_random_has_the_interval_of_samples(self):
        row = score_bias(self.DEVIATIONS, self.SAMPLE, exact=True, n_trials=1)
        assert (row["n"], row["sampled"]) == (6, "samples")
        expected = interval_of_mean(self.DEVIATIONS[::2])
        assert (row["low"], row["high"]) == pytest.approx(expected)

    def test_so_has_a_score_of_the_rate_model_alone(self):
        slope = Metric("mean", lambda ann, s: ann.mean("condition"), models=("ann",))
        (row,) = score_metric(slope, make_responses(self.DEVIATIONS, self.SAMPLE))
        assert row["sampled"] == "samples"
        (row,) = score_metric(slope, make_responses(self.DEVIATIONS))
        assert (row["n"], row["sampled"]) == (0, "exact")

    def test_a_root_mean_square_has_the_error_of_its_square(self):
        (row,) = score_metric(RMSE, make_responses(self.DEVIATIONS, self.SAMPLE))
        squares = self.DEVIATIONS[::2] ** 2
        assert (row["n"], row["sampled"]) == (6, "samples")
        # To trial noise of sigma / sqrt(10) in each sample, a few percent of the deviations.
        error = row["estimate"].standard_error
        assert error == pytest.approx(stats.sem(squares), rel=0.25)


class TestUnits:
    """Wirings are the units where there are several; without any randomness there are none."""

    def test_wirings_are_the_units(self):
        row = score_bias(np.zeros(4), wiring=np.arange(10) // 2)
        assert (row["n"], row["sampled"]) == (5, "wirings")
        assert score_bias(np.zeros(4), wiring=np.zeros(10, int))["sampled"] == "trials"

    def test_without_noise_a_score_is_exact(self):
        row = score_bias(np.full(4, 0.2), exact=True, n_trials=1)
        assert (row["n"], row["sampled"]) == (0, "exact")
        assert row["value"] == row["low"] == row["high"] == pytest.approx(0.2)

    @pytest.mark.parametrize("n_trials", [1, 2])
    def test_fewer_than_three_trials_have_no_interval(self, n_trials):
        row = score_bias(np.zeros(4), n_trials=n_trials)
        assert np.isfinite(row["value"])
        assert np.isnan([row["low"], row["high"]]).all()
        assert (row["n"], row["sampled"]) == (n_trials, "trials")

    def test_another_level_has_another_interval(self):
        responses = make_responses(np.zeros(4))
        (row,), (wide,) = (score_metric(BIAS, responses, level=level) for level in (0.95, 0.99))
        assert wide["low"] < row["low"] < row["value"] < row["high"] < wide["high"]

    def test_a_share_counts_the_outcomes_of_all_trials_and_conditions(self):
        share = Metric(
            "share",
            lambda bio, ann, s: bio.mean("condition"),
            limits=(0.0, 1.0),
            is_share=True,
            prepare=lambda values: (values > 0).astype(float),
        )
        (row,) = score_metric(share, make_responses(np.full(4, 9.0)))
        # All 40 outcomes are yes: Clopper and Pearson's interval.
        assert (row["low"], row["high"]) == (pytest.approx(0.025 ** (1 / 40)), 1.0)


def test_a_metric_without_a_condition_has_no_value():
    metric = dataclasses.replace(GAIN, where={"x": 7.0}, note="needs x")
    (row,) = score_metric(metric, make_responses(np.zeros(4)))
    assert np.isnan(row["value"])
    assert row["note"] == "needs x"


@pytest.mark.parametrize(
    ("low", "high", "margins", "verdict"),
    [
        (0.1, 0.49, {"y": 0.5}, "equivalent"),
        (0.1, 0.51, {"y": 0.5}, "undecided"),
        (0.51, 0.9, {"y": 0.5}, "different"),
        (np.nan, np.nan, {"y": 0.5}, "undecided"),
        (0.1, 0.49, {}, "no margin"),
    ],
)
def test_all_of_the_interval_decides_about_equivalence(low, high, margins, verdict):
    row = score_row(0.3, low, high, "RMSE", unit="activation")
    (found,) = equivalence_table(make_evidence(row, margins=margins)).itertuples()
    assert found.verdict == verdict
    assert np.isfinite(found.p_value) == (verdict in ("equivalent", "different"))
