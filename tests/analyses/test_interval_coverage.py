"""Coverage of intervals: closed forms where there are any, and bounds of counts."""

import numpy as np
import pytest
from scipy import stats

from bioann.analyses.interval_coverage import measure_coverage
from bioann.analyses.interval_coverage_report import END_MARK, START_MARK, update_page
from bioann.analyses.interval_methods import (
    CASES,
    METHODS,
    RESPONSE,
    dirichlet_t,
    jackknife_t,
)
from bioann.analyses.synthetic_responses import RATE_MODEL, Noise, draw_noise_batches

BY_NAME = {case.name: case for case in CASES}
RUNS = 300
#: Fewest intervals that contain the truth, with a chance of one in a thousand at 93 %.
FEWEST = int(stats.binom.ppf(0.001, RUNS, 0.93))


@pytest.fixture(scope="module")
def responses():
    return RATE_MODEL + next(draw_noise_batches(Noise("normal"), 4, 6, seed=1))[0]


def test_the_jackknife_of_a_mean_is_the_interval_of_student(responses):
    low, high = jackknife_t(RESPONSE, responses, seed=0)
    values = responses[:, :, len(RATE_MODEL) // 2]
    t = stats.ttest_1samp(values, 0.5, axis=1).confidence_interval()
    np.testing.assert_allclose(low, t.low)
    np.testing.assert_allclose(high, t.high)


def test_dirichlet_weights_give_a_mean_about_the_interval_of_student(responses):
    low, high = dirichlet_t(RESPONSE, responses, seed=0)
    expected = np.diff(jackknife_t(RESPONSE, responses, seed=0), axis=0)[0]
    np.testing.assert_allclose(high - low, expected, rtol=0.3)


@pytest.mark.parametrize("score", ["RMSE", "bias", "gain", "correlation over conditions"])
def test_intervals_of_bioann_contain_the_truth(score):
    coverage = measure_coverage(BY_NAME[score], "bioann", Noise("normal"), 5, RUNS, seed=2)
    assert coverage.coverage * RUNS >= FEWEST
    assert coverage.below + coverage.above == pytest.approx(1 - coverage.coverage)


def test_the_percentile_bootstrap_of_five_trials_does_not():
    method = "percentile bootstrap"
    coverage = measure_coverage(BY_NAME["bias"], method, Noise("normal"), 5, RUNS, seed=2)
    assert coverage.coverage * RUNS < FEWEST


@pytest.mark.parametrize("method", METHODS)
def test_every_method_returns_ordered_intervals(method, responses):
    for case in CASES[:7]:
        low, high = METHODS[method](case.metric, responses, 3)
        assert low.shape == high.shape == (4,)
        assert (low <= high).all()


def test_tables_of_a_page_are_replaced_between_the_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{START_MARK}\nold\n{END_MARK}\nafter\n", encoding="utf-8")
    update_page(page, "new")
    update_page(page, "newer")
    text = page.read_text(encoding="utf-8")
    assert text == f"before\n{START_MARK}\n\nnewer\n\n{END_MARK}\nafter\n"
