"""Error rates: wrong verdicts are as rare as derived bounds allow, right ones as frequent."""

import collections
import dataclasses

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from scipy import stats

from bioann.analyses import error_rates
from bioann.analyses.error_rates_cases import (
    AT_MARGIN,
    IDENTICAL,
    MARGIN,
    TWO_MARGINS,
    curve_with_correlation,
    make_cases,
    make_joint_case,
)
from bioann.analyses.error_rates_goals import GOALS, GoalResult, check_goals
from bioann.analyses.error_rates_planned import count_planned_verdicts, plan_trials
from bioann.analyses.error_rates_simulated import bound_count, count_simulated
from bioann.analyses.error_rates_synthetic import VerdictRates, count_verdicts, decide_run
from bioann.analyses.synthetic_responses import (
    NOISES,
    RATE_MODEL,
    SPREAD,
    Noise,
    draw_noise_batches,
    estimate_runs,
)
from bioann.claims.rules.all_of import AllOf
from bioann.claims.rules.rule import Evidence
from bioann.claims.score_table import ESTIMATE_COLUMNS
from bioann.comparison.responses import Responses
from bioann.comparison.scores import score_metric
from bioann.metrics.agreement import RMSE

RUNS, TRIALS, NORMAL = 300, 10, Noise("normal")
CASES = {case.name: case for case in make_cases()}
#: Counts beyond these bounds have a chance of one in a thousand if the rates are at the goals.
MOST_ERRORS = int(stats.binom.ppf(0.999, RUNS, 0.025))
FEWEST_HITS = int(stats.binom.ppf(0.001, RUNS, 0.8))


@pytest.fixture(scope="module")
def rates():
    names = ("equivalent, RMSE", "equivalent, bias", "all of 4 rules about a bias")
    cases = [CASES[name] for name in names]
    rows = count_verdicts(cases, NORMAL, TRIALS, RUNS, seed=5)
    return {(row.rule, row.truth): row.counts for row in rows}


@pytest.mark.parametrize("rule", ["equivalent, RMSE", "equivalent, bias"])
def test_an_equivalence_test_keeps_its_error_rates(rates, rule):
    assert rates[rule, AT_MARGIN]["supported"] <= MOST_ERRORS
    assert rates[rule, AT_MARGIN]["refuted"] <= MOST_ERRORS
    assert rates[rule, IDENTICAL]["refuted"] <= MOST_ERRORS
    assert rates[rule, TWO_MARGINS]["supported"] <= MOST_ERRORS
    assert rates[rule, TWO_MARGINS]["refuted"] >= FEWEST_HITS


def test_noise_that_conditions_share_seldom_hides_a_difference_along_it():
    """The worst case of a root mean square: in most trials all conditions are off by one amount."""
    rows = count_verdicts([CASES["equivalent, RMSE"]], NOISES[2], 20, RUNS, seed=5)
    (at_margin,) = [row.counts for row in rows if row.truth == AT_MARGIN]
    assert at_margin["supported"] <= MOST_ERRORS
    assert at_margin["refuted"] <= MOST_ERRORS


def test_four_rules_at_once_do_not_add_up_their_errors(rates):
    rule = "all of 4 rules about a bias"
    for truth in ("one off by one margin", "all off by one margin"):
        assert rates[rule, truth]["supported"] <= MOST_ERRORS
        assert rates[rule, truth]["refuted"] <= MOST_ERRORS
    assert rates[rule, IDENTICAL]["supported"] >= FEWEST_HITS
    assert rates[rule, "one off by two margins"]["refuted"] >= FEWEST_HITS


def test_the_boundary_is_undecided_at_the_end_of_the_range():
    rows = count_verdicts([CASES["boundary"]], NORMAL, TRIALS, 40, seed=5)
    by_truth = {row.truth: row.counts for row in rows}
    assert by_truth["boundary in the middle"]["depends"] == 40
    assert by_truth["boundary outside the range"]["supported"] >= 38
    assert by_truth["boundary at the end of the range"]["undecided"] >= 34


def test_many_runs_at_once_are_estimated_as_one_run_in_a_comparison():
    noise = next(draw_noise_batches(NOISES[3], 3, 6, seed=2))[0]
    responses = RATE_MODEL + MARGIN + noise
    together = estimate_runs(RMSE, responses)
    for of_run, estimate in zip(responses, together, strict=True):
        bio = xr.DataArray(of_run.T[:, :, None, None], dims=("condition", "trial", "time", "match"))
        ann = xr.DataArray(RATE_MODEL[:, None, None], dims=("condition", "time", "match"))
        stimulus = ann.rename(match="channel", time="stimulus_time")
        dataset = xr.Dataset({"bio": bio, "ann": ann, "stimulus": stimulus}).assign_coords(
            time=[0.5], match=["cell"], channel=["input"], stimulus_time=[0.5]
        )
        (row,) = score_metric(RMSE, Responses(dataset, (0.0, 1.0)))
        assert row[ESTIMATE_COLUMNS[0]].value == pytest.approx(estimate.value, abs=1e-12)
        assert (row["low"], row["high"]) == pytest.approx(estimate.interval(), abs=1e-9)


def test_several_rules_are_decided_as_all_of_decides_them():
    case = make_joint_case(2)
    metric = case.rules[0].scores[0].metric
    noise = next(draw_noise_batches(NORMAL, 20, 5, seed=4, n_matches=2))
    estimates = [
        estimate_runs(metric, RATE_MODEL + shift + own)
        for shift, own in zip((MARGIN, 2 * MARGIN), noise, strict=True)
    ]
    for of_run in zip(*estimates, strict=True):
        scores = pd.DataFrame(
            {
                "match": ["match 1", "match 2"],
                "metric": metric.name,
                "detail": "",
                "unit": metric.unit,
                "note": "",
                "estimate": of_run,
            }
        )
        outcome = AllOf(case.rules).judge(Evidence(scores)).outcome
        assert outcome == decide_run(case.rules, of_run)


def test_noise_has_the_spread_the_skewness_and_the_correlation_that_it_states():
    for noise in NOISES:
        values = noise.draw(np.random.default_rng(1), (40_000, 4))
        assert values.std() == pytest.approx(SPREAD, rel=0.02)
        assert np.corrcoef(values.T)[0, 1] == pytest.approx(noise.shared, abs=0.03)
    skewed = Noise("exponential").draw(np.random.default_rng(1), (100_000, 1))
    assert stats.skew(skewed.ravel()) == pytest.approx(2, abs=0.15)


def test_an_identical_network_is_equivalent_at_the_planned_trials():
    """Of a bias with normal noise, margin / error has to be 1.96 + 1.28: two ends, 10 % each."""
    case = CASES["equivalent, bias"]
    planned = plan_trials(case.rules[0], NOISES[2], 100, seed=5)
    spread = SPREAD * np.sqrt(0.7 + 0.3 / len(RATE_MODEL))
    exact = (3.24 * spread / MARGIN) ** 2
    # Student's t and the skewness of a pilot of 20 trials add to the normal quantiles.
    assert exact < np.median(planned) < 1.6 * exact
    rates = count_planned_verdicts([case], NOISES[2], RUNS, seed=5, n_pilots=30)
    by_truth = {row.truth: row.counts for row in rates}
    assert by_truth[IDENTICAL]["supported"] >= FEWEST_HITS
    assert by_truth[TWO_MARGINS]["refuted"] >= FEWEST_HITS


def test_truths_are_as_far_off_as_they_say():
    assert np.corrcoef(curve_with_correlation(0.9), RATE_MODEL)[0, 1] == pytest.approx(0.9)
    curves = {truth.name: truth.curves[0] for truth in CASES["equivalent, RMSE"].truths}
    difference = curves[TWO_MARGINS] - RATE_MODEL
    assert np.sqrt((difference**2).mean()) == pytest.approx(2 * MARGIN)


def test_a_goal_is_missed_only_beyond_its_sampling_error():
    at_bound = GoalResult(GOALS[0], "rule", "noise", 0.028, AT_MARGIN, "supported", 5, 1000)
    assert at_bound.status == "within sampling error"
    assert dataclasses.replace(at_bound, rate=0.025).status == "met"
    assert dataclasses.replace(at_bound, rate=0.04).status == "missed"
    power = dataclasses.replace(at_bound, goal=GOALS[2], rate=0.79)
    assert power.status == "within sampling error"
    assert dataclasses.replace(power, rate=0.7).status == "missed"


def test_goals_take_the_worst_number_of_trials_but_not_too_few():
    counts = {3: 30, 5: 1, 10: 2}
    rows = [
        VerdictRates("equivalent, RMSE", "normal", AT_MARGIN, n, 100, "",
                     collections.Counter(supported=count))
        for n, count in counts.items()
    ]  # fmt: skip
    worst = next(result for result in check_goals(rows) if result.goal == GOALS[0])
    assert (worst.trials, worst.rate) == (10, 0.02)


def test_right_verdicts_are_held_to_their_goals_at_the_planned_trials():
    def rates(truth, trials, **counts):
        return VerdictRates("equivalent, RMSE", "normal", truth, trials, 100, "supported",
                            collections.Counter(counts))  # fmt: skip

    measured, planned = rates(IDENTICAL, 10, supported=50), rates(IDENTICAL, 14, supported=90)
    results = check_goals([measured], [planned])
    (power,) = [result for result in results if result.goal.truth == IDENTICAL
                and not result.goal.is_error]  # fmt: skip
    assert (power.trials, power.rate, power.status) == (14, 0.9, "met")


@pytest.mark.slow
def test_simulated_runs_agree_with_synthetic_ones():
    rates = count_simulated(15, TRIALS, 300, seed=3, engine="numpy")
    assert all(row.is_compatible for row in rates)
    assert sum(row.count for row in rates if row.truth == IDENTICAL) == 15


def test_bounds_of_a_count_hold_binomial_ones_and_allow_for_the_synthetic_runs():
    low, high = bound_count(300, 500, 1000)
    assert low < stats.binom.ppf(0.005, 300, 0.5) < stats.binom.ppf(0.995, 300, 0.5) < high


@pytest.mark.slow
def test_the_report_is_written(tmp_path):
    arguments = ("--runs", "8", "--simulated", "3", "--trials", "5,10", "--engine", "numpy")
    result = CliRunner().invoke(error_rates.main, [*arguments, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "Wrong verdicts" in result.output
    table = pd.read_csv(tmp_path / "error_rates.csv")
    assert set(table.trials) == {5, 10}
    assert np.allclose(table[["supported", "refuted", "depends", "undecided"]].sum(axis=1), 1)
