"""The trials that a claim needs, from a pilot run: with so many, it is decided."""

import dataclasses

import numpy as np
import pytest

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.claims.rules.rule import Evidence
from bioann.comparison.plan_trials import expect_identical, plan_claim, run_pilot
from bioann.comparison.spread import PILOT_SEED, compute_spread
from bioann.metrics.jackknife import estimate_over_trials
from tests.comparison.test_decide import BIAS, CLEAR, claim, make_pair

NO = claim("no", BIAS >= 0.5, BIAS <= 1.0)
SMALL = claim("small", BIAS <= 0.0)
SAME = claim("same", ba.rules.Equivalent(margin=ba.Margin(0.05, "the test")))


@pytest.fixture(scope="module")
def pilot():
    return run_pilot(make_pair(CLEAR, NO, SMALL, SAME, offset=0.01))


def row_of(table, label):
    return table[table.claim == label].iloc[0]


def test_the_pilot_has_a_seed_of_its_own(pilot):
    assert (pilot.run.attrs["seed"], pilot.run.attrs["trials"]) == (PILOT_SEED, 20)


def test_a_decided_claim_needs_fewer_trials_than_the_pilot_but_three_at_least(pilot):
    table = ba.trials_needed(pilot)
    assert row_of(table, "clear").outcome == "supported"
    assert 3 <= row_of(table, "clear").needed <= 5
    assert row_of(table, "clear").claim_needed == row_of(table, "clear").needed


def test_an_undecided_claim_needs_what_its_verdict_says(pilot):
    verdict = next(v for v in pilot.claims if v.claim is SMALL)
    assert verdict.outcome == "undecided"
    assert row_of(ba.trials_needed(pilot), "small").needed == verdict.judgement.n_needed


def test_one_part_that_fails_decides_the_claim(pilot):
    table = ba.trials_needed(pilot)
    parts = table[table.claim == "no"]
    assert parts.outcome.tolist() == ["refuted", "supported"]
    # At half the error level, because there are two parts.
    assert parts.needed.iloc[0] <= parts.claim_needed.iloc[0] < 20


def test_all_parts_have_to_hold(pilot):
    both = claim("both", BIAS.between(-1.0, 1.0), BIAS <= 0.05)
    needed, parts = plan_claim(both, pilot.evidence)
    assert [part.expected for part in parts] == ["supported", "supported"]
    assert needed == max(part.needed for part in parts)


def test_the_number_decides_four_times_of_five():
    """Mean 0.3, standard deviation 1: (1.96 + 0.84)^2 / 0.09 = 87, and Student's t a few more."""
    rule, evidence, n = BIAS >= 0.0, Evidence(None), 300
    rng = np.random.default_rng(1)
    pilot = rng.normal(size=2000)
    pilot = 0.3 + (pilot - pilot.mean()) / pilot.std()
    needed = rule.count_units_needed(mean_of(pilot), evidence)
    assert needed == pytest.approx(90, abs=4)
    outcomes = [
        rule.decide(*mean_of(0.3 + rng.normal(size=needed)).interval(), evidence) for _ in range(n)
    ]
    assert outcomes.count("supported") / n == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / n))


def test_between_two_bounds_both_ends_have_to_fit():
    """In the middle both ends miss with 10 %: (1.96 + 1.28)^2 / 0.3^2 = 117, and t a few more."""
    rng = np.random.default_rng(1)
    pilot = rng.normal(size=2000)
    estimate = mean_of((pilot - pilot.mean()) / pilot.std())
    middle = BIAS.between(-0.3, 0.3).count_units_needed(estimate, Evidence(None))
    assert middle == pytest.approx(123, abs=4)
    # Where one bound is far off, it is the other that counts.
    one = BIAS.between(-0.3, 9.0).count_units_needed(estimate, Evidence(None))
    assert one == pytest.approx(90, abs=4)
    assert one == (BIAS >= -0.3).count_units_needed(estimate, Evidence(None))


def test_identical_models_have_the_best_value_with_the_error_of_the_score():
    biased = mean_of(0.4 + np.random.default_rng(2).normal(size=20))
    ceiling = dataclasses.replace(biased, centre=-1.0)
    identical = expect_identical(biased, ceiling, 1.0)
    assert (identical.value, identical.centre) == (1.0, 1.0)
    assert identical.standard_error == biased.standard_error
    # The error of a correlation depends on how near it is to 1: there the ceiling is taken.
    near_limit = dataclasses.replace(biased, noise=0.01, limits=(-1.0, 1.0))
    assert expect_identical(near_limit, ceiling, 1.0) is ceiling


def mean_of(sample):
    return estimate_over_trials(lambda weights: weights.rows @ sample, np.arange(len(sample)))


def test_an_identical_network_is_equivalent_with_the_planned_trials():
    rule, rng, n = (
        ba.rules.Equivalent(margin=ba.Margin(0.5, "the test")),
        np.random.default_rng(3),
        200,
    )

    def estimate(trials, difference=0.0):
        return root_mean_square_of(difference + rng.normal(size=(7, trials)))

    # Of models that differ, the pilot still gives the noise.
    planned = [
        rule.count_units_needed(estimate(20, difference).without_difference(), Evidence(None))
        for difference in (0.0, 0.4)
        for _ in range(10)
    ]
    trials = round(np.median(planned))

    def count_equivalent(trials):
        outcomes = [rule.decide(*estimate(trials).interval(), Evidence(None)) for _ in range(n)]
        return outcomes.count("supported")

    # The plan is on the safe side: the jackknife doubles the variance of noise alone.
    assert count_equivalent(trials) >= n * 0.8
    assert count_equivalent(trials // 2) < n * 0.8


def root_mean_square_of(responses):
    """Return the estimate for responses of shape (condition, trial)."""
    return estimate_over_trials(
        lambda weights: np.sqrt(((weights.rows @ responses.T) ** 2).mean(axis=1)),
        np.arange(responses.shape[1]),
        estimator="unbiased square",
    )


@pytest.mark.parametrize("difference", [0.0, 0.3, 1.0])
def test_the_interval_of_a_longer_run_is_predicted_by_a_pilot(difference):
    """The upper end for 80 trials, predicted from 20 and measured, is the same on average."""
    rng = np.random.default_rng(4)

    def estimate_all(trials):
        return [root_mean_square_of(difference + rng.normal(size=(7, trials))) for _ in range(60)]

    def mean_upper_end(estimates):
        return np.mean([estimate.with_n(80).interval()[1] for estimate in estimates])

    pilots = estimate_all(20)
    if not difference:
        pilots = [pilot.without_difference() for pilot in pilots]
    assert mean_upper_end(pilots) == pytest.approx(mean_upper_end(estimate_all(80)), rel=0.12)


def test_a_difference_that_the_pilot_does_not_see_is_decided_by_some_number():
    """More noise than difference makes the mean square negative, and the value 0."""
    rng = np.random.default_rng(0)
    pilots = [root_mean_square_of(rng.normal(size=(2, 10))) for _ in range(20)]
    unseen = [pilot for pilot in pilots if pilot.centre < 0]
    assert len(unseen) > 5
    rule = ba.rules.Equivalent(margin=ba.Margin(0.3, "the test"))
    assert all(0 < rule.count_units_needed(pilot, Evidence(None)) < 500 for pilot in unseen)


def test_the_table_has_the_number_for_an_identical_network(pilot):
    row = row_of(ba.trials_needed(pilot), "same")
    # Noise of 0.1 and a margin of half of it, in 3 conditions.
    assert 5 < row.needed_if_identical < 60
    assert np.isnan(row_of(ba.trials_needed(pilot), "clear").needed_if_identical)


def test_the_spread_is_that_of_the_trials(pilot):
    (spread,) = compute_spread(pilot.run).values()
    assert float(spread) == pytest.approx(0.1 * 100, rel=0.3)  # 3 conditions of 20 trials


def test_what_is_exact_needs_one_trial():
    pair = make_pair(CLEAR, offset=0.0)
    pair = dataclasses.replace(pair, bio=ba.FunctionModel(exact, "y", "x"))
    row = ba.trials_needed(pair).iloc[0]
    assert (row.needed, row.claim_needed, row.sampled) == (1, 1, "exact")


def exact(stimulus, rng):
    return stimulus.sel(channel=["x"]).values


def test_chosen_claims(pilot):
    assert set(ba.trials_needed(pilot, claims=["no"]).claim) == {"no"}
    with pytest.raises(UnknownNameError, match="name of a claim, got 'nope'"):
        ba.trials_needed(pilot, claims=["nope"])


@pytest.mark.parametrize("trials", [4, 0])
def test_a_pilot_run_has_five_trials_at_least(trials):
    with pytest.raises(DescriptionError) as error:
        ba.trials_needed(make_pair(CLEAR), trials=trials)
    assert str(error.value) == (
        f"pilot run, trials: wanted a whole number >= 5, got {trials!r}. From fewer trials the "
        "error of a longer run cannot be predicted: run 20."
    )


def test_a_pair_without_claims_is_an_error():
    with pytest.raises(DescriptionError, match="trials_needed, Pair 'planted': wanted a pair with"):
        ba.trials_needed(make_pair())
