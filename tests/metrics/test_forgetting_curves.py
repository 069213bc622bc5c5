"""Forgetting curves: parameters are recovered, and Ebbinghaus' savings follow a power law."""

import numpy as np
import pytest

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.metrics import forgetting_curves

TIMES = np.array([0.3, 1.0, 3.0, 9.0, 27.0, 81.0, 243.0])
PARAMETERS = {
    "exponential": (0.8, 20.0),
    "exponential and constant": (0.5, 4.0, 0.2),
    "power law": (0.6, 0.15),
}
#: Deviations without a trend, so that no residual is zero.
DEVIATIONS = 1e-3 * np.array([1, -1, 1, -1, 1, -1, 1])


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_parameters_of_a_curve_are_recovered_and_the_curve_is_the_best(name):
    curve = forgetting_curves.CURVES[name](TIMES, *PARAMETERS[name]) + DEVIATIONS
    fits = {n: ba.metrics.fit_forgetting_curve(n, TIMES, curve) for n in PARAMETERS}
    np.testing.assert_allclose(fits[name].parameters, PARAMETERS[name], rtol=0.02)
    np.testing.assert_allclose(fits[name].predict(TIMES), curve, atol=3e-3)
    assert min(fits, key=lambda n: fits[n].aicc) == name


def test_the_unit_of_the_time_scales_the_time_constant_alone():
    curve = 0.5 * np.exp(-TIMES / 30) + DEVIATIONS
    hours, minutes = (
        ba.metrics.fit_forgetting_curve("exponential", TIMES * unit, curve) for unit in (1, 60)
    )
    assert minutes.parameters[1] == pytest.approx(60 * hours.parameters[1], rel=1e-4)
    assert minutes.aicc == pytest.approx(hours.aicc)


def test_people_forget_by_a_power_law():
    """The exponent of Ebbinghaus' savings over 31 days is 0.13; no exponential is as close."""
    hours, savings = forgetting_curves.EBBINGHAUS_HOURS, forgetting_curves.EBBINGHAUS_SAVINGS
    fits = {n: ba.metrics.fit_forgetting_curve(n, hours, savings) for n in PARAMETERS}
    assert fits["power law"].parameters[1] == pytest.approx(0.130, abs=0.001)
    for name in ("exponential", "exponential and constant"):
        assert fits[name].aicc - fits["power law"].aicc > 20


def test_the_best_of_several_starts_is_taken():
    """From a time constant of 2 h least squares ends in a minimum whose AICc is 0.8 worse."""
    hours, savings = forgetting_curves.EBBINGHAUS_HOURS, forgetting_curves.EBBINGHAUS_SAVINGS
    fit = ba.metrics.fit_forgetting_curve("exponential and constant", hours, savings)
    assert fit.parameters == pytest.approx((0.2713, 14.10, 0.2486), rel=1e-3)


@pytest.mark.parametrize("times", [TIMES[::-1], TIMES[:5], np.r_[0.0, TIMES[1:]]])
def test_times_that_do_not_fit_are_an_error(times):
    message = "fit_forgetting_curve, times: wanted at least 6 ascending times above 0"
    with pytest.raises(DescriptionError, match=message):
        ba.metrics.fit_forgetting_curve("exponential", times, np.ones(len(times)))


@pytest.mark.parametrize("retention", [[1.0] * 6 + [np.nan], [1.0] * 6, [[1.0] * 7]])
def test_each_time_needs_a_finite_retention(retention):
    message = "fit_forgetting_curve, times: wanted .* each with a finite retention, got"
    with pytest.raises(DescriptionError, match=message):
        ba.metrics.fit_forgetting_curve("exponential", TIMES, retention)


def test_an_unknown_curve_is_an_error():
    with pytest.raises(UnknownNameError, match=r"got 'exponental'. Did you mean 'exponential'"):
        ba.metrics.fit_forgetting_curve("exponental", TIMES, TIMES)
