"""Curves of the drift-diffusion model, and what it does not describe."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

import bioann as ba
from bioann.metrics.drift_diffusion import SENSITIVITY_GRID, fit_sensitivity

LEVELS = np.array([-0.4, -0.2, -0.1, 0.0, 0.1, 0.2, 0.4])
DECISION = ba.metrics.DecisionTime("left", "right", 0.5, onset=0.1, window=0.0)
EXPLAINED = ba.metrics.DriftDiffusion(DECISION, "contrast")


def choices(kappa):
    """Probability of the first choice."""
    return 1 / (1 + np.exp(-2 * kappa * LEVELS))


def times(kappa):
    """Mean time in ms at which the bounds are reached: A / (k c) tanh(k c A), and a delay."""
    x = kappa * LEVELS
    return 30 + 400 * np.where(x == 0, 1.0, np.tanh(x) / np.where(x == 0, 1.0, x))


def decisions(mean_times, probabilities):
    return xr.DataArray(
        [mean_times, probabilities],
        dims=("quantity", "condition"),
        coords={"quantity": ["time", "choice"], "contrast": ("condition", LEVELS)},
    )


@given(st.floats(0.5, 30))
def test_the_sensitivity_of_exact_choices_is_found(kappa):
    curve = xr.DataArray(choices(kappa), dims="contrast", coords={"contrast": LEVELS})
    assert float(fit_sensitivity(curve, "contrast")) == pytest.approx(kappa, rel=1e-5)


@given(st.floats(0.5, 30), st.integers(0, 1000))
def test_the_sensitivity_is_that_of_greatest_likelihood(kappa, seed):
    wins = np.random.default_rng(seed).binomial(20, choices(kappa)) / 20
    curve = xr.DataArray(wins, dims="contrast", coords={"contrast": LEVELS})
    actual = float(fit_sensitivity(curve, "contrast"))
    score = (2 * LEVELS * (wins - choices(actual))).sum()  # slope of the log-likelihood
    ends = SENSITIVITY_GRID[[0, -1]] / LEVELS.max()
    assert score == pytest.approx(0, abs=1e-6) or actual in ends


@pytest.mark.slow
@given(st.floats(0.5, 30))
def test_times_and_choices_of_one_model_are_explained(kappa):
    assert float(EXPLAINED(decisions(times(kappa), choices(kappa)), None)) == pytest.approx(1)


def test_times_of_another_sensitivity_are_explained_less():
    explained = [
        float(EXPLAINED(decisions(times(kappa), choices(10.0)), None)) for kappa in (0.5, 3, 10, 60)
    ]
    assert max(explained) == explained[2]
    assert explained[0] < 0.9 > explained[3]


def test_times_that_rise_with_the_evidence_are_not_explained_at_all():
    assert float(EXPLAINED(decisions(-times(3.0), choices(3.0)), None)) == 0
    assert np.isnan(EXPLAINED(decisions(0 * LEVELS, choices(3.0)), None))


def test_resamples_ride_along():
    two = xr.concat([decisions(times(k), choices(k)) for k in (2.0, 20.0)], "row")
    np.testing.assert_allclose(EXPLAINED(two, None), [1, 1])


def test_choice_and_time_of_a_trial_are_read_from_its_courses():
    time = np.arange(0.005, 1.0, 0.01)
    ramp = (time - 0.1).clip(0)
    courses = xr.DataArray(
        [[ramp, 0 * ramp, 0 * ramp], [0 * ramp, 2 * ramp, 0 * ramp]],
        dims=("match", "trial", "time"),
        coords={"match": ["left", "right"], "time": time},
    )
    found = EXPLAINED.find_decisions(courses)
    np.testing.assert_allclose(found.sel(quantity="choice"), [1, 0, 0.5])
    # The bound of 0.5 is reached at the end of the bin whose mean is 0.5.
    np.testing.assert_allclose(found.sel(quantity="time"), [505, 255, 900], atol=1e-6)


@pytest.mark.parametrize("kappa", [2.0, 8.0])
def test_the_curves_of_one_model_are_predicted_between_the_levels_too(kappa):
    class OfDecisions(ba.metrics.DriftDiffusion):
        def find_decisions(self, responses):
            return responses

    fit = OfDecisions(DECISION, "contrast")
    levels = np.array([-0.3, 0.0, 0.15])
    probability, mean_times = fit.predict_curves(decisions(times(kappa), choices(kappa)), levels)
    np.testing.assert_allclose(probability, 1 / (1 + np.exp(-2 * kappa * levels)), rtol=1e-6)
    x = np.maximum(np.abs(kappa * levels), 1e-9)
    np.testing.assert_allclose(mean_times, 30 + 400 * np.tanh(x) / x, rtol=1e-6)
