"""Comparisons of halves whose truth is known: what was planted has to come out."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import Hz, ms

import bioann as ba
from bioann.ann.function_model import FunctionModel
from bioann.base.errors import DescriptionError, PairError
from bioann.claims.score_table import SCORE_COLUMNS
from bioann.correspondence import Correspondence, Match
from bioann.metrics.metric import Metric
from bioann.pair import Pair
from bioann.recordings.recording import label_spikes, make_response_bins

LEVELS = np.linspace(0.1, 1, 7)
STIMULUS = ba.steps({"x": LEVELS}, duration=200 * ms)
SIGMA = 0.05
MARGIN = ba.Margin(0.5 * SIGMA, "half of the spread between trials")


@dataclasses.dataclass(frozen=True)
class Noisy:
    """A linear response with noise of its own in every trial, constant in time."""

    gain: float = 1.0
    offset: float = 0.0
    sigma: float = SIGMA

    def __call__(self, stimulus, rng):
        x = stimulus.sel(channel=["x"]).values
        return self.offset + self.gain * x + self.sigma * rng.normal(size=(len(x), 1, 1))


def pair_of(function, *, ann=None, **more):
    bio = FunctionModel(function, "y", "x", random=True)
    ann = ann or ba.RateNetwork("y", W_in=[[1]], channels="x", activation="linear")
    same = Correspondence((Match("y", "y"),))
    options = {"stimulus": STIMULUS, "settle": 50 * ms, "margin": MARGIN} | more
    return Pair("planted", bio, ann, same, **options)


def compare_planted(function=None, *, trials=20, seed=1, **more):
    return ba.compare(pair_of(function or Noisy(), **more).run(trials=trials, seed=seed))


def score_row(comparison, metric, **where):
    found = comparison.scores[comparison.scores.metric == metric]
    for column, value in where.items():
        found = found[found[column] == value]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture(scope="module")
def same():
    claims = (
        ba.Claim("S", "They are the same.", "us", ba.rules.Equivalent(match="y")),
        ba.Claim("G", "The gain is one.", "us", ba.Score(ba.metrics.GAIN).between(0.9, 1.1)),
        ba.Claim("B", "Biology is stronger.", "us", ba.Score(ba.metrics.BIAS) >= 0.1),
    )
    return compare_planted(claims=claims)


class TestSame:
    """Biology is the rate model with noise."""

    def test_it_is_equivalent(self, same):
        (row,) = same.equivalence.itertuples()
        assert (row.verdict, row.margin) == ("equivalent", 0.5 * SIGMA)
        numbers = score_row(same, "RMSE")
        assert (row.rmse, row.low, row.high) == (numbers.value, numbers.low, numbers.high)
        assert row.high < row.margin
        # The verdict still stands at the error level of its p-value, and is that of the claim.
        assert row.p_value == same.claims[0].judgement.p_value < 0.05

    def test_the_error_has_no_share_of_trial_noise(self, same):
        # The mean square of 7 means of 20 trials is sigma^2 / 20, which is subtracted. What is
        # left has the spread of chi-square with 7 degrees of freedom; 4 of these.
        noise = SIGMA**2 / 20
        estimate = ba.Score(ba.metrics.RMSE).find_estimate(same.evidence.scores)
        assert estimate.centre == pytest.approx(0, abs=4 * np.sqrt(2 / 7) * noise)
        assert score_row(same, "RMSE").low == 0

    def test_nor_has_its_ceiling(self, same):
        """Two runs of one network are two estimates of the same responses."""
        noise = 2 * SIGMA**2 / 20
        estimate = ba.Score(ba.metrics.RMSE).ceiling.find_estimate(same.evidence.scores)
        assert estimate.centre == pytest.approx(0, abs=4 * np.sqrt(2 / 7) * noise)
        assert score_row(same, "RMSE").ceiling_low == 0

    def test_intervals_say_what_they_rest_on(self, same):
        assert score_row(same, "RMSE")[["n", "sampled"]].tolist() == [20, "trials"]
        assert score_row(same, "gain")[["n", "sampled"]].tolist() == [20, "trials"]

    def test_the_chance_level_is_worse_than_the_value(self, same):
        # The one other sign: y = -x, so an RMSE of 2 rms(x) and a correlation of -1.
        assert score_row(same, "RMSE").chance == pytest.approx(
            2 * np.sqrt((LEVELS**2).mean()), rel=0.05
        )
        assert score_row(same, "correlation over conditions").chance == pytest.approx(-1, abs=0.01)
        assert score_row(same, "correlation over conditions").value > 0.99
        assert score_row(same, "sign agreement", detail="x").chance == 0
        assert score_row(same, "sign agreement", detail="x").value == 1

    def test_intervals_hold_the_planted_values(self, same):
        for metric, truth in (("bias", 0), ("gain", 1), ("offset", 0)):
            found = score_row(same, metric)
            assert found.low < truth < found.high
            assert found.low < found.value < found.high
            assert found.best == truth

    def test_claims_are_judged(self, same):
        assert {v.claim.id: v.outcome for v in same.claims} == {
            "S": "supported",
            "G": "supported",
            "B": "refuted",
        }

    def test_scores_have_every_column_and_every_metric(self, same):
        assert tuple(same.scores.columns) == SCORE_COLUMNS
        assert same.scores.metric.tolist() == [
            "RMSE",
            "bias",
            "correlation over conditions",
            "correlation over time",
            "gain",
            "offset",
            "lag",
            "input slope, spiking model",
            "input slope, rate model",
            "sign agreement",
        ]
        units = ["activation"] * 2 + [""] * 3 + ["activation", "ms"]
        slope_units = ["activation per activation"] * 2
        assert same.scores.unit.tolist() == [*units, *slope_units, ""]

    def test_what_does_not_apply_says_why(self, same):
        steady = score_row(same, "correlation over time")
        assert np.isnan(steady[["value", "low", "high", "ceiling"]].astype(float)).all()
        assert "change in time" in steady.note
        assert score_row(same, "gain").note == ""

    def test_it_shows_itself(self, same):
        assert repr(same) == ("Comparison of pair 'planted': S supported, G supported, B refuted")
        assert "They are the same." in same._repr_html_()


def test_an_offset_beyond_the_margin_is_different():
    found = compare_planted(Noisy(offset=5 * SIGMA))
    assert found.equivalence.verdict.tolist() == ["different"]
    # The mean of 140 values: known to sigma / sqrt(140); 4 of these.
    assert score_row(found, "bias").value == pytest.approx(5 * SIGMA, abs=4 * SIGMA / np.sqrt(140))
    assert score_row(found, "bias").low > 0


def test_a_planted_gain_is_found():
    found = compare_planted(Noisy(gain=-0.5, offset=0.2))
    # Least squares on 7 levels of spread 0.3 with errors sigma / sqrt(20): 4 standard errors.
    error = SIGMA / np.sqrt(20) / (LEVELS.std() * np.sqrt(7))
    assert score_row(found, "gain").value == pytest.approx(-0.5, abs=4 * error)
    assert score_row(found, "sign agreement", detail="x").value == 0
    assert score_row(found, "sign agreement", detail="x").chance == 1
    assert score_row(found, "correlation over conditions").value < -0.95


def test_without_noise_and_difference_it_is_the_same_exactly():
    found = compare_planted(Noisy(sigma=0.0), trials=3)
    equal = found.equivalence.iloc[0]
    assert (equal.rmse, equal.low, equal.high) == pytest.approx((0, 0, 0), abs=1e-12)
    assert equal.verdict == "equivalent"
    assert score_row(found, "gain").value == pytest.approx(1)
    assert score_row(found, "correlation over conditions").value == pytest.approx(1)


def delayed(stimulus, rng):
    """The channel 20 ms later, with noise."""
    x = stimulus.sel(channel=["x"]).values
    late = np.concatenate([np.zeros_like(x[:, :20]), x[:, :-20]], axis=1)
    return late + 0.01 * rng.normal(size=x.shape)


def test_a_planted_delay_is_found_with_its_sign():
    pulse = ba.stimuli.pulses({"x": LEVELS}, at=[60 * ms], width=40 * ms, duration=200 * ms)
    comparison = ba.compare(pair_of(delayed).run(pulse, trials=5, seed=1))
    found = score_row(comparison, "lag")
    assert found.value == pytest.approx(20, abs=0.5)
    assert found.low <= found.value <= found.high
    assert found.ceiling == pytest.approx(0, abs=0.5)
    assert score_row(comparison, "correlation over time").value > 0.3


def test_one_trial_has_scores_without_intervals_and_says_so():
    found = compare_planted(trials=1)
    assert np.isfinite(score_row(found, "RMSE").value)
    assert np.isnan(score_row(found, "RMSE").low)
    assert found.equivalence.verdict.tolist() == ["undecided"]
    assert "Fewer than five trials: the intervals are coarse." in found.flags


def test_without_controls_there_are_verdicts_without_ceiling_and_chance_level():
    found = ba.compare(pair_of(Noisy()).run(trials=20, seed=1, controls=False))
    assert np.isnan(found.scores[["ceiling", "chance"]].astype(float)).all(axis=None)
    assert found.equivalence.verdict.tolist() == ["equivalent"]
    assert any("No chance level" in flag for flag in found.flags)


def test_an_artificial_half_without_weights_has_no_chance_level():
    ann = FunctionModel(lambda s, rng: s.sel(channel=["x"]).values, "y", "x")
    found = compare_planted(ann=ann)
    assert np.isnan(score_row(found, "RMSE").chance)
    assert found.equivalence.verdict.tolist() == ["equivalent"]


def test_a_pair_without_margin_has_no_verdict_of_equivalence():
    found = compare_planted(margin=None, trials=5)
    assert found.equivalence.verdict.tolist() == ["no margin"]
    assert np.isnan(found.equivalence[["margin", "p_value"]].astype(float)).all(axis=None)


class Clock:
    """A model that fires regularly: `rate * x` Hz, each neuron, from a phase of its own."""

    channels = ("x",)

    def __init__(self, sizes, rate):
        self.sizes, self.rate = sizes, rate

    @property
    def units(self):
        return tuple(self.sizes)

    def run(self, stimulus, *, trials, seed, engine="auto", dt=None, bin_width=10 * ms):
        width = float(bin_width)
        centres, _ = make_response_bins(stimulus, width)
        end = stimulus.sizes["time"] * stimulus.attrs["dt"]
        columns = []
        for c, x in enumerate(stimulus.sel(channel="x").values[:, 0]):
            for trial in range(trials):
                for u, n in enumerate(self.sizes.values()):
                    for k in range(n):
                        period = 1 / (self.rate * x)
                        times = np.arange((k + 0.5) / n * period, end, period)
                        columns += [(c, trial, u, k, t) for t in times]
        fields = np.array(columns, float).reshape(-1, 5).T
        names = ("condition", "trial", "unit", "neuron", "time")
        spikes = {
            f"spike_{n}": f if n == "time" else f.astype(int)
            for n, f in zip(names, fields, strict=True)
        }
        labels = [str(v) for v in stimulus.condition.values]
        return label_spikes(spikes, self.sizes, labels, trials, centres, width)


@pytest.fixture(scope="module")
def clock():
    stimulus = ba.steps({"x": [0.25, 0.5, 1.0]}, duration=1000 * ms)
    pair = Pair(
        "clock",
        Clock({"y": 40, "z": 20}, 80),
        ba.RateNetwork("y", W_in=[[1]], channels="x"),
        Correspondence((Match("y", "y", scale=80 * Hz),), bio_only=("z",)),
        stimulus=stimulus,
        settle=200 * ms,
    )
    return ba.compare(pair.run(trials=3, seed=1))


class TestSpiking:
    """Rates are read in units of the stated scale, and spikes have scores of their own."""

    def test_a_rate_is_read_in_units_of_its_scale(self, clock):
        assert clock.responses.scale_hz.values.tolist() == [80]
        steady = clock.responses.bio.isel(time=slice(20, None)).mean("time")
        np.testing.assert_allclose(
            steady.sel(match="y"), np.repeat([[0.25], [0.5], [1]], 3, axis=1), rtol=0.01
        )
        assert score_row(clock, "gain", match="y").value == pytest.approx(1, abs=0.01)
        assert score_row(clock, "bias", match="y").value == pytest.approx(0, abs=0.01)

    def test_regular_spikes_have_neither_variation_nor_dispersion(self, clock):
        for unit in ("y", "z"):
            found = score_row(clock, "CV of ISI", detail=unit)
            assert found.value == pytest.approx(0, abs=1e-9)
            assert np.isnan([found.ceiling, found.chance]).all()  # a rate model has no spikes
            assert score_row(clock, "Fano factor", detail=unit).value == pytest.approx(0, abs=1e-9)

    def test_their_rows_name_the_population_and_no_match(self, clock):
        spiking_rows = clock.scores[clock.scores.metric.isin(["CV of ISI", "Fano factor"])]
        assert spiking_rows.detail.tolist() == ["y", "y", "z", "z"]
        assert set(spiking_rows.match) == {""}
        assert tuple(clock.scores.columns) == SCORE_COLUMNS


def opponents(stimulus, rng):
    """A signed number carried by two channels that cannot be negative."""
    x = stimulus.sel(channel="x").values + 0.01 * rng.normal(size=(stimulus.sizes["condition"], 1))
    return np.stack([np.maximum(x, 0), np.maximum(-x, 0)], axis=-1)


def test_an_opponent_pair_stands_for_a_signed_unit():
    bio = FunctionModel(opponents, ("on", "off"), "x", random=True)
    ann = ba.RateNetwork("u", W_in=[[1]], channels="x", activation="linear")
    same = Correspondence((Match({"on": 1, "off": -1}, "u"),))
    signed = ba.steps({"x": np.linspace(-1, 1, 9)}, duration=100 * ms)
    found = ba.compare(
        Pair("opponent", bio, ann, same, stimulus=signed, settle=0 * ms, margin=MARGIN).run(
            trials=6, seed=1
        )
    )
    assert float(found.responses.bio.min()) < -0.9
    assert score_row(found, "gain").value == pytest.approx(1, abs=0.02)
    assert score_row(found, "sign agreement").value == 1
    assert found.equivalence.verdict.tolist() == ["equivalent"]


def rivals(stimulus, rng):
    x = stimulus.sel(channel=["left", "right"]).values
    return x + 0.05 * rng.normal(size=(len(x), 1, 2))


@pytest.fixture(scope="module")
def decided():
    contrast = np.array([-0.4, -0.2, 0.2, 0.4])
    bio = FunctionModel(rivals, ("left", "right"), ("left", "right"), random=True)
    ann = ba.RateNetwork(("left", "right"))
    same = Correspondence((Match("left", "left"), Match("right", "right")))
    stimulus = ba.steps(
        {"left": 0.5 + contrast / 2, "right": 0.5 - contrast / 2},
        duration=100 * ms,
        coords={"contrast": contrast},
    )
    pair = Pair(
        "decide",
        bio,
        ann,
        same,
        stimulus=stimulus,
        settle=0 * ms,
        readout=("left", "right"),
        metrics=(
            Metric("largest", lambda b, s: b.max("condition"), models=("bio",)),
            Metric("against nobody", lambda o, s: o.mean("condition"), models=("lifted",)),
        ),
        controls={"lifted": bio},
    )
    run = pair.run(trials=10, seed=1)
    del run.recording["lifted"]
    return ba.compare(run)


class TestReadout:
    """Several matches compete; the largest is the choice."""

    def test_winners_agree_where_the_contrast_is_larger_than_the_noise(self, decided):
        found = score_row(decided, "winner agreement")
        assert (found.match, found.best) == ("", 1)
        # The difference of two readings has noise 0.07: contrasts of 0.2 are won in 99.8%.
        assert found.value > 0.95
        assert found.chance < 0.6

    def test_each_match_has_scores_of_its_own(self, decided):
        assert set(decided.scores[decided.scores.metric == "RMSE"].match) == {"left", "right"}
        assert decided.equivalence.match.tolist() == ["left", "right"]

    def test_channels_that_vary_together_have_no_sign_of_their_own(self, decided):
        signs = decided.scores[decided.scores.metric == "sign agreement"]
        assert len(signs) == 4
        assert signs.value.isna().all()
        assert set(signs.note) == {"needs conditions that differ in this channel alone"}

    def test_a_metric_of_biology_alone_has_neither_ceiling_nor_chance_level(self, decided):
        found = score_row(decided, "largest", match="left")
        largest = decided.responses.bio.sel(match="left").mean(["trial", "time"]).max()
        assert found.value == pytest.approx(float(largest))
        assert np.isnan([found.ceiling, found.chance]).all()

    def test_a_metric_against_a_control_that_was_not_run_is_undefined(self, decided):
        assert np.isnan(score_row(decided, "against nobody", match="left").value)


def test_a_metric_may_look_at_some_conditions():
    mean = ba.measure(lambda b, s: b.mean("condition"), "mean")
    measures = {
        "mean": mean,
        "mean, high": mean.at_levels(x=(0.9, 1.1)),
        "mean, none": mean.at_levels(x=7.0),
    }
    scores = tuple(one.of("bio", name=name) for name, one in measures.items())
    found = compare_planted(Noisy(sigma=0.0), metrics=scores, trials=3)
    assert score_row(found, "mean").value == pytest.approx(LEVELS.mean())
    assert score_row(found, "mean, high").value == pytest.approx(1)
    assert np.isnan(score_row(found, "mean, none").value)


def test_a_metric_may_compare_with_a_control():
    control = FunctionModel(Noisy(offset=1.0), "y", "x", random=True)
    shift = Metric("shift", lambda b, o, s: (o - b).mean("condition"), models=("bio", "lifted"))
    found = compare_planted(controls={"lifted": control}, metrics=(shift,), trials=10)
    # It is run with the seed of the spiking model: with the same noise, which cancels.
    assert score_row(found, "shift")[["value", "low", "high"]].tolist() == pytest.approx([1, 1, 1])


def test_against_a_control_without_noise_the_interval_is_that_of_biology():
    control = FunctionModel(Noisy(offset=0.2, sigma=0.0), "y", "x")
    shift = Metric("shift", lambda b, o, s: (o - b).mean("condition"), models=("bio", "still"))
    found = score_row(
        compare_planted(controls={"still": control}, metrics=(shift,), trials=10), "shift"
    )
    assert found.low < found.value < found.high
    error = SIGMA / np.sqrt(70)  # of the mean of ten trials at seven levels
    assert found.value == pytest.approx(0.2, abs=4 * error)
    assert found.high - found.low == pytest.approx(3.9 * error, rel=0.6)


class TestOwner:
    """A run has its pair; a recording has only the name of it."""

    RUN = pair_of(Noisy()).run(trials=2, seed=1)

    def test_a_recording_with_its_pair_is_a_run(self):
        pair = pair_of(Noisy())
        scores = ba.compare(self.RUN).scores
        runs = (self.RUN, ba.Run(pair, self.RUN.recording))
        for run, options in (
            (runs[1], {}),
            (runs[0], {"pair": pair}),
            (self.RUN.recording, {"pair": pair}),
        ):
            pd.testing.assert_frame_equal(ba.compare(run, **options).scores, scores)

    def test_a_recording_alone_is_an_error(self):
        with pytest.raises(PairError, match=r"run of pair 'planted': .*got none.*pair=bioann.load"):
            ba.compare(self.RUN.recording)

    def test_another_pair_is_an_error(self):
        other = dataclasses.replace(pair_of(Noisy()), name="other")
        for attach in (
            lambda: ba.Run(other, self.RUN.recording),
            lambda: ba.compare(self.RUN, pair=other),
        ):
            with pytest.raises(PairError, match=r"run of pair 'planted': .*got pair 'other'"):
                attach()

    def test_the_same_run_has_the_same_scores(self):
        again = pair_of(Noisy()).run(trials=2, seed=1)
        pd.testing.assert_frame_equal(ba.compare(self.RUN).scores, ba.compare(again).scores)


def test_a_claim_about_no_score_is_an_error_that_names_it():
    claim = ba.Claim("X", "So.", "", ba.Score(ba.metrics.CV_OF_ISI) >= 1)
    with pytest.raises(DescriptionError, match="Claim 'X'"):
        compare_planted(claims=(claim,), trials=2)


def test_the_run_is_not_changed():
    run = pair_of(Noisy()).run(trials=2, seed=1)
    before = run.recording.copy(deep=True)
    ba.compare(run)
    xr.testing.assert_identical(run.recording, before)


def test_halves_in_which_nothing_is_random_are_compared_exactly():
    def line(stimulus, rng):
        return 0.5 * stimulus.values + 0.1

    def other(stimulus, rng):
        return 0.5 * stimulus.values + 0.2

    shown = ba.steps({"x": [0.0, 0.4, 1.0]}, duration=300 * ms)
    same = ba.Correspondence((ba.Match("y", "y"),))
    for function, verdict, rmse in ((line, "equivalent", 0.0), (other, "different", 0.1)):
        halves = [ba.FunctionModel(f, units=("y",), channels=("x",)) for f in (line, function)]
        made = ba.Pair(
            "exact", *halves, same, question="?", source="test", stimulus=shown, margin=MARGIN
        )
        row = ba.compare(made.run(trials=4, seed=1)).equivalence.iloc[0]
        assert row.verdict == verdict
        assert row.low == row.high == pytest.approx(rmse, abs=1e-12)
        assert row.p_value == 0
