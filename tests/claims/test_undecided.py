"""Undecided claims: how many trials would decide them."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from bioann.claims.rules import rule as rule_module
from bioann.claims.rules.boundary import Boundary
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.rule import MAX_UNITS, describe_units_needed
from bioann.metrics.estimate import JackknifeEstimate
from bioann.metrics.jackknife import estimate_over_trials
from tests.claims.evidence import make_evidence, score, score_row

GAIN = score("gain")
POWER_LEVELS = rule_module._POWER_LEVELS


def test_the_power_levels_give_a_chance_of_80_percent():
    """An interval at such levels that excludes the bounds does so at 95 % in 80 % of the runs."""
    z = stats.norm.ppf((1 + np.array(POWER_LEVELS)) / 2)
    misses = stats.norm.cdf(stats.norm.ppf(0.975) - z)
    assert misses.min(axis=1) == pytest.approx([0.02, 0.02, 0.1], abs=1e-3)
    assert misses.max(axis=1) == pytest.approx([0.2, 0.2, 0.1], abs=1e-3)
    # Two misses exclude each other only in part, so that their sum is the largest chance.
    assert (misses.sum(axis=1) <= 0.221).all()


@pytest.mark.parametrize(
    ("rule", "row", "margins"),
    [
        (GAIN >= 1.0, score_row(1.1, 0.8, 1.4), {}),
        (GAIN <= 1.0, score_row(1.1, 0.8, 1.4), {}),
        (GAIN.between(0.5, 1.5), score_row(1.4, 1.1, 1.7), {}),
        (Boundary(GAIN, 0.0, 2.0, "below"), score_row(0.1, -0.5, 0.7), {}),
        (Equivalent(match="y"), score_row(0.1, 0.05, 0.25, "RMSE", unit="activation"), {"y": 0.2}),
    ],
    ids=["at least", "at most", "between", "boundary", "equivalent"],
)
def test_the_number_of_units_is_the_smallest_that_decides(rule, row, margins):
    evidence = make_evidence(row, margins=margins)
    judgement = rule.judge(evidence)
    assert judgement.outcome == "undecided"
    n = judgement.n_needed
    assert n > row["n"]
    assert judgement.finding.endswith(f"; {n} trials would decide")

    def decide(n_units):
        estimate = row["estimate"].with_n(n_units)
        ends = [[estimate.interval(level) for level in levels] for levels in POWER_LEVELS]
        return {rule.decide(low[0], high[1], evidence) for low, high in ends}

    assert decide(n) != {"undecided"}
    assert decide(n - 1) == {"undecided"}


@given(st.floats(0.95, 1.9))
def test_it_is_that_of_a_z_test(z):
    """A normal value, z standard errors from its bound, needs (2.80 / z)^2 times as many units."""
    n, half = 1000, stats.norm.ppf(0.975)
    needed = (GAIN >= 0).judge(make_evidence(score_row(z, z - half, z + half, n=n))).n_needed
    # One unit more where it is not whole, and the power level has five digits.
    assert needed == pytest.approx(n * (stats.norm.ppf([0.975, 0.8]).sum() / z) ** 2, rel=2e-3)


def test_runs_of_that_size_are_decided_with_that_chance():
    rng, effect = np.random.default_rng(5), 0.5
    pilot = JackknifeEstimate(effect, 10, "trials", centre=effect, standard_error=1 / np.sqrt(10))
    n = (GAIN >= 0).count_units_needed(pilot, make_evidence(score_row(effect)))
    n_runs = 400
    decided = 0
    for x in rng.normal(effect, 1.0, size=(n_runs, n)):
        estimate = estimate_over_trials(lambda w, x=x: w.rows @ x, np.arange(n))
        decided += estimate.interval()[0] > 0
    # The power of Student's t test; less by the width that the sample's skewness adds.
    power = stats.nct.sf(stats.t.ppf(0.975, n - 1), n - 1, effect * np.sqrt(n))
    assert power == pytest.approx(0.8, abs=0.04)
    low, high = stats.binom.ppf([5e-4, 1 - 5e-4], n_runs, [power - 0.05, power])
    assert low <= decided <= high


def test_a_value_at_its_bound_is_decided_by_no_number():
    judgement = (GAIN >= 1.0).judge(make_evidence(score_row(1.0, 0.8, 1.2)))
    assert judgement.n_needed == 0
    assert judgement.because.endswith("; more than 10000 trials would decide")
    assert describe_units_needed(12, "samples") == "12 samples would decide"


@pytest.mark.parametrize("n", range(3, 40))
def test_no_more_units_are_told_than_are_counted(n):
    """The search doubles the number, which may jump over the largest that is told."""
    z = stats.norm.ppf([0.975, 0.8]).sum() / np.sqrt(1.2 * MAX_UNITS / n)
    half = stats.norm.ppf(0.975)
    judgement = (GAIN >= 0).judge(make_evidence(score_row(z, z - half, z + half, n=n)))
    assert judgement.outcome == "undecided"
    assert judgement.n_needed == 0


def test_a_more_confident_judgement_needs_more_units():
    row = score_row(1.1, 0.8, 1.4)
    needed = [
        (GAIN >= 1).judge(make_evidence(row, level=level)).n_needed for level in (0.9, 0.95, 0.99)
    ]
    assert needed == sorted(set(needed))
