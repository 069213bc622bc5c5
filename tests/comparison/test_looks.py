"""The looks of a sequential decision: their levels, and how often they err in all."""

import numpy as np
import pytest
from scipy import stats

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.claims.rules.rule import Evidence
from bioann.comparison.looks import ERROR_LEVEL, Looks, plan_looks, read_looks
from bioann.metrics.estimate import JackknifeEstimate
from bioann.metrics.jackknife import estimate_over_trials

BIAS = ba.Score(ba.metrics.BIAS)


def most_errors(n: int, rate: float) -> int:
    """Return how many errors of `n` are seen with a probability of at least 0.1 % at that rate."""
    return int(stats.binom.ppf(0.999, n, rate))


def estimate_mean(sample: np.ndarray) -> JackknifeEstimate:
    """Return the estimate of a mean, whose pseudo-values are the values."""
    n, centre, spread = len(sample), float(sample.mean()), float(sample.std(ddof=1))
    skewness = float((((sample - centre) / spread) ** 3).sum() * n / ((n - 1) * (n - 2)))
    return JackknifeEstimate(
        centre, n, "trials", centre=centre, standard_error=spread / n**0.5, skewness=skewness
    )


def root_mean_square(responses: np.ndarray):
    """Return the statistic of responses of shape (condition, trial)."""
    return lambda weights: np.sqrt(((weights.rows @ responses.T) ** 2).mean(axis=1))


def decide_at_looks(rule, looks, estimate):
    """Return the first outcome of a rule that is not undecided; `estimate(n)` has n trials."""
    for trials in looks.trials:
        level, p_factor = looks.find_level(trials)
        evidence = Evidence(None, {}, level, p_factor)
        outcome = rule.decide(*estimate(trials).interval(level), evidence)
        if outcome != "undecided":
            return outcome
    return "undecided"


def test_trials_double_up_to_the_maximum_and_start_at_five():
    assert plan_looks(80).trials == (5, 10, 20, 40, 80)
    assert plan_looks(100).trials == (7, 13, 25, 50, 100)
    assert plan_looks(9).trials == (5, 9)
    assert plan_looks(5).trials == (5,)


@pytest.mark.parametrize("max_trials", [5, 8, 80, 137, 1000])
def test_the_errors_of_the_looks_add_up(max_trials):
    looks = plan_looks(max_trials)
    assert sum(looks.error_levels) == pytest.approx(ERROR_LEVEL)
    assert min(looks.error_levels) > 0
    assert min(looks.trials) >= 5
    for trials, error in zip(looks.trials, looks.error_levels, strict=True):
        level, p_factor = looks.find_level(trials)
        assert 1 - level == pytest.approx(error)
        assert error * p_factor == pytest.approx(ERROR_LEVEL)


def test_trials_between_two_looks_have_the_level_of_the_next():
    looks = Looks((5, 10, 20))
    assert [looks.find_look(n) for n in (5, 7, 10, 20, 30)] == [0, 1, 1, 2, 2]


def test_looks_are_read_from_the_provenance_of_a_run():
    assert read_looks({"trials": 10}) is None
    assert read_looks({"looks": np.array([5, 10])}) == Looks((5, 10))
    assert read_looks({"looks": np.int64(5)}) == Looks((5,))  # as netCDF returns a list of one


@pytest.mark.parametrize("max_trials", [4, 0, -3, True, 7.5, "many"])
def test_too_few_trials_are_an_error(max_trials):
    with pytest.raises(SimulationError) as error:
        plan_looks(max_trials)
    assert str(error.value) == (
        "decide, max_trials: wanted a whole number, at least the 5 trials of the first look, got "
        f"{max_trials!r}. With fewer trials, intervals do not cover what they claim: allow 5 or "
        "more."
    )


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.normal(size=n),
        lambda rng, n: rng.exponential(size=n) - 1,
        lambda rng, n: rng.standard_t(4, size=n),
    ],
    ids=["normal", "skewed", "heavy tails"],
)
def test_a_truth_at_the_bound_is_decided_in_at_most_5_percent_over_all_looks(draw):
    looks, rule, n = plan_looks(80), BIAS >= 0.0, 800
    rng = np.random.default_rng(1)
    outcomes = []
    for _ in range(n):
        sample = draw(rng, 80)
        outcomes.append(decide_at_looks(rule, looks, lambda k, x=sample: estimate_mean(x[:k])))
    # The mean is at the bound: to leave it on either side is an error.
    assert outcomes.count("undecided") < n
    assert n - outcomes.count("undecided") <= most_errors(n, ERROR_LEVEL)


def test_looking_at_95_percent_each_time_would_err_three_times_as_often():
    looks, n, rng = plan_looks(80), 800, np.random.default_rng(1)
    errors = 0
    for _ in range(n):
        sample = rng.normal(size=80)
        intervals = [estimate_mean(sample[:k]).interval(0.95) for k in looks.trials]
        errors += any(low > 0 or high < 0 for low, high in intervals)
    assert errors > most_errors(n, 2 * ERROR_LEVEL)


def test_models_that_differ_by_the_margin_are_not_called_equivalent():
    looks, n, n_conditions = plan_looks(40), 300, 6
    rule, rng = ba.rules.Equivalent(margin=ba.Margin(1.0, "the test")), np.random.default_rng(2)
    outcomes = []
    for _ in range(n):
        responses = 1.0 + rng.normal(size=(n_conditions, 40)) * 2

        def estimate(k, x=responses):
            statistic = root_mean_square(x[:, :k])
            return estimate_over_trials(statistic, np.arange(k), estimator="unbiased square")

        outcomes.append(decide_at_looks(rule, looks, estimate))
    assert outcomes.count("supported") <= most_errors(n, ERROR_LEVEL / 2)
    assert outcomes.count("refuted") <= most_errors(n, ERROR_LEVEL / 2)
