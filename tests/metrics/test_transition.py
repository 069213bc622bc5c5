"""A curve that falls along a coordinate: how far, how steeply, and where, as its formula says."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms
from scipy.special import expit

import bioann as ba
from bioann.metrics.crossing import find_first_below, fit_zero_crossing
from bioann.metrics.transition import TransitionHeight, TransitionMidpoint, TransitionWidth

LEVELS = np.linspace(0, 1, 401)


def responses(curve, order=slice(None)):
    """A response to each level, with the coordinates that a run gives it."""
    x = LEVELS[order]
    stimulus = ba.steps({"input": x}, duration=10 * ms)
    coords = {"input": ("condition", stimulus["input"].values)}
    return xr.DataArray(curve(x), dims="condition", coords=coords), stimulus.mean("time")


def sigmoid(x):
    return expit(-40 * (x - 0.5))


def test_the_fall_of_a_sigmoid_is_ln_9_twice_over_its_slope_wide():
    found = TransitionWidth("input")(*responses(sigmoid))
    assert found == pytest.approx(2 * np.log(9) / 40, rel=1e-3)
    narrower = TransitionWidth("input", high=0.75, low=0.25)(*responses(sigmoid))
    assert narrower == pytest.approx(2 * np.log(3) / 40, rel=1e-3)
    assert np.isnan(TransitionWidth("input")(*responses(lambda x: 1 - x / 2)))


def test_half_of_a_sigmoid_is_gone_in_its_middle_in_whatever_order_the_conditions_come():
    mixed = np.random.default_rng(3).permutation(len(LEVELS))
    for order in (slice(None), mixed):
        assert TransitionMidpoint("input")(*responses(sigmoid, order)) == pytest.approx(
            0.5, abs=1e-9
        )


def test_a_fall_is_in_activation_or_a_share():
    response, stimulus = responses(lambda x: 2 - 1.5 * x)
    assert TransitionHeight("input")(response, stimulus) == pytest.approx(1.5)
    assert TransitionHeight("input", relative=True)(response, stimulus) == pytest.approx(0.75)
    assert TransitionHeight("input")(1 - response, stimulus) == pytest.approx(-1.5)


def test_conditions_that_share_a_level_are_averaged():
    response, stimulus = responses(lambda x: 1 - x)
    noisy = xr.concat([response + 0.2, response - 0.2], "condition")
    assert TransitionHeight("input")(noisy, stimulus) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([3, 1, -1], 2.5),
        ([1, -1, 1], 1.5),  # the first time counts
        ([-1, 1, -1], 1.0),  # below from the start
        ([1, 2, 3], 3.0),  # never
        ([1, np.nan, -1], np.nan),
    ],
)
def test_the_first_fall_below_a_bound_is_interpolated_or_lies_at_an_end(values, wanted):
    levels = {"level": [1.0, 2.0, 3.0]}
    several = xr.DataArray([values, values], dims=("resample", "level"), coords=levels)
    np.testing.assert_allclose(find_first_below(several, "level"), [wanted, wanted])
    np.testing.assert_allclose(find_first_below(several[0] + 7, "level", bound=7), wanted)


def test_a_single_level_is_at_both_ends():
    one = xr.DataArray([-1.0], dims="level", coords={"level": [4.0]})
    assert find_first_below(one, "level") == 4.0
    assert find_first_below(-one, "level") == 4.0


def test_the_zero_of_a_line_may_lie_beyond_its_points():
    levels = [-54.0, -50.0, -46.0]
    values = xr.DataArray([[0.2 * (e + 60), 3 * (e + 51)] for e in levels], dims=("E", "drive"))
    np.testing.assert_allclose(fit_zero_crossing(values, levels, "E"), [-60, -51])
