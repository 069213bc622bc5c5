"""Trials are added until the claims are decided, and no longer."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.base.errors import DescriptionError, SimulationError, UnknownNameError

BIAS = ba.Score(ba.metrics.BIAS)
STIMULUS = ba.steps({"x": [0.2, 0.5, 0.8]}, duration=100 * ms)


@dataclasses.dataclass(frozen=True)
class Noisy:
    """The stimulus plus an offset, with noise of its own in every trial."""

    offset: float
    sigma: float = 0.1

    def __call__(self, stimulus, rng):
        x = stimulus.sel(channel=["x"]).values
        return x + self.offset + self.sigma * rng.normal(size=(len(x), 1, 1))


def make_pair(*claims, offset=0.0, stimulus=STIMULUS, **fields):
    bio = ba.FunctionModel(Noisy(offset), "y", "x", random=fields.pop("random", True))
    ann = ba.RateNetwork("y", W_in=[[1]], channels="x", activation="linear")
    same = ba.Correspondence((ba.Match("y", "y"),))
    return ba.Pair(
        "planted", bio, ann, same, stimulus=stimulus, settle=50 * ms, claims=claims, **fields
    )


def claim(label, *rules):
    return ba.Claim(label, f"Claim {label}.", "us", *rules)


CLEAR = claim("clear", BIAS.between(-1.0, 1.0))


def test_a_clear_claim_is_decided_at_the_first_look():
    comparison = ba.decide(make_pair(CLEAR), seed=1)
    assert comparison.run.attrs["trials"] == 5
    assert comparison.claims[0].outcome == "supported"
    assert comparison.looks.outcome.tolist() == ["supported"]
    assert comparison.looks.trials.tolist() == [5]
    # 5 of 80 trials: 1/16 of 5 %.
    assert comparison.looks.level.tolist() == pytest.approx([1 - 0.05 / 16])


def test_a_truth_at_the_bound_takes_all_trials():
    comparison = ba.decide(make_pair(claim("close", BIAS >= 0.0)), seed=2, max_trials=20)
    assert comparison.run.attrs["trials"] == 20
    assert comparison.looks.trials.tolist() == [5, 10, 20]
    assert comparison.looks.outcome.tolist() == ["undecided"] * 3
    assert comparison.evidence.level == pytest.approx(0.975)


def test_all_claims_have_the_trials_and_the_level_of_one_look():
    pair = make_pair(CLEAR, claim("close", BIAS >= 0.03), offset=0.1)
    comparison = ba.decide(pair, seed=1)
    assert 5 < comparison.run.attrs["trials"] <= 80
    assert [v.outcome for v in comparison.claims] == ["supported", "supported"]
    level = comparison.evidence.level
    for verdict in comparison.claims:
        low, high = BIAS.find_estimate(comparison.evidence.scores).interval(level)
        assert (verdict.judgement.low, verdict.judgement.high) == (low, high)


def test_only_chosen_claims_have_to_be_decided():
    pair = make_pair(CLEAR, claim("close", BIAS >= 0.0))
    comparison = ba.decide(pair, seed=2, claims=["clear"])
    assert comparison.run.attrs["trials"] == 5
    assert comparison.looks.claim.tolist() == ["clear"]
    assert len(comparison.claims) == 2


def test_the_trials_are_those_of_one_run():
    pair = make_pair(claim("close", BIAS >= 0.0))
    comparison = ba.decide(pair, seed=2, max_trials=20)
    run = pair.run(trials=20, seed=2)
    run.attrs["looks"] = [5, 10, 20]
    assert comparison.run.recording.identical(run.recording)


@pytest.mark.slow
def test_p_values_are_those_of_all_looks():
    pair = make_pair(claim("small", BIAS >= -0.02), claim("part", BIAS >= -0.02, BIAS <= 1.0))
    comparison = ba.decide(pair, seed=1)
    factor = 0.05 / (1 - comparison.evidence.level)
    plain = ba.compare(comparison.run, level=comparison.evidence.level)
    for verdict, other in zip(comparison.claims, plain.claims, strict=True):
        assert verdict.outcome == other.outcome == "supported"
        assert verdict.judgement.p_value == pytest.approx(factor * other.judgement.p_value)
        assert verdict.judgement.p_value <= 0.05


def test_a_part_of_several_fails_at_the_level_of_the_look():
    """The part has to fail at 1/2 of the error of the look, as p-values times the factor do."""
    pair = make_pair(claim("no", BIAS >= 0.5, BIAS <= 1.0))
    comparison = ba.decide(pair, seed=1)
    assert comparison.claims[0].outcome == "refuted"
    assert comparison.claims[0].judgement.p_value <= 0.05


def test_a_recording_that_was_saved_has_the_verdicts_of_its_look(tmp_path):
    pair = make_pair(CLEAR, claim("close", BIAS >= 0.0))
    comparison = ba.decide(pair, seed=2, max_trials=9)
    assert comparison.looks.look.max() == 2
    ba.save_recording(comparison.run.recording, tmp_path / "run.nc")
    again = ba.compare(ba.open_recording(tmp_path / "run.nc"), pair=comparison.pair)
    assert again.evidence.level == comparison.evidence.level
    assert again.claims[0].because == comparison.claims[0].because


def test_the_report_says_at_which_look_it_stopped():
    comparison = ba.decide(make_pair(CLEAR), seed=1)
    assert comparison.flags[0] == (
        "Sequential decision, with looks at 5, 10, 20, 40 and 80 trials: this is look 1 of 5, "
        "after 5 trials. Intervals are at 99.69 % and p-values multiplied by 16, so that a claim "
        "is decided wrongly at any look with a probability of at most 5 %."
    )


def test_trials_that_can_not_decide_are_not_run():
    levels = np.linspace(0.1, 0.9, 7)
    stimulus = ba.steps({"x": levels}, duration=100 * ms)
    stimulus = stimulus.assign_coords(sample=("condition", np.arange(7)))
    noiseless = make_pair(claim("close", BIAS >= 0.0), stimulus=stimulus)
    noiseless = dataclasses.replace(noiseless, bio=Wave())
    comparison = ba.decide(noiseless, seed=1)
    assert comparison.claims[0].outcome == "undecided"
    assert comparison.claims[0].judgement.sampled == "samples"
    assert comparison.run.attrs["trials"] == 5


class Wave:
    """An error that depends on the sample of the stimulus, and hardly on the trial."""

    units, channels = ("y",), ("x",)

    def run(self, stimulus, *, trials, seed, engine="auto", dt=None, bin_width=10 * ms):
        model = ba.FunctionModel(wave, "y", "x", random=True)
        return model.run(stimulus, trials=trials, seed=seed, bin_width=bin_width)


def wave(stimulus, rng):
    x = stimulus.sel(channel=["x"]).values
    return x + np.sin(40 * x) + 1e-6 * rng.normal(size=(len(x), 1, 1))


def test_a_pair_without_claims_is_an_error():
    with pytest.raises(DescriptionError) as error:
        ba.decide(make_pair(), seed=1)
    assert str(error.value) == (
        "decide, Pair 'planted': wanted a pair with claims, got one without. Give it "
        "claims=(bioann.Claim(...),), or run it with a number of trials."
    )


def test_an_unknown_claim_is_an_error():
    with pytest.raises(UnknownNameError, match=r"name of a claim, got 'cleer'.*'clear'"):
        ba.decide(make_pair(CLEAR), seed=1, claims=["cleer"])


def test_too_few_trials_are_an_error_before_anything_runs():
    with pytest.raises(SimulationError, match="at least the 5 trials of the first look, got 4"):
        ba.decide(make_pair(CLEAR), seed=1, max_trials=4)
    with pytest.raises(SimulationError, match=r"^decide, trials: wanted at most the .* of memory"):
        ba.decide(make_pair(CLEAR), seed=1, max_trials=10**12)


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_a_level_is_a_share(level):
    run = make_pair(CLEAR).run(trials=3, seed=1)
    with pytest.raises(DescriptionError, match=r"Write 0\.95 for 95 %"):
        ba.compare(run, level=level)
