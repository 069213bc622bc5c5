"""One function of one signed sum: which, and how well."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.metrics.single_index import WeightRatio, monotone_r2

RNG = np.random.default_rng(1)
EXC, INH = (x.ravel() for x in np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 7)))
GRID = xr.DataArray(
    np.column_stack([EXC, INH]), dims=("condition", "channel"), coords={"channel": ["E", "I"]}
)
NONE = xr.DataArray(np.zeros((1, 1)), dims=("condition", "channel"))


def over(values):
    return xr.DataArray(np.asarray(values, float), dims="condition")


def r2(y, x):
    return float(monotone_r2(over(y), over(x), NONE))


values = st.lists(st.floats(-5, 5), min_size=4, max_size=12).filter(lambda v: np.std(v) > 0.1)


@given(values)
def test_any_rising_function_explains_everything(x):
    x = np.array(x)
    assert r2(np.tanh(x) + x, x) == pytest.approx(1)
    assert r2(x, np.exp(x)) == pytest.approx(1)


@given(values, st.integers(0, 99))
def test_it_lies_between_none_and_all_and_above_any_rising_line(x, seed):
    x = np.array(x)
    y = x + np.random.default_rng(seed).normal(size=len(x))
    found = r2(y, x)
    r = np.corrcoef(x, y)[0, 1]
    assert -1e-12 <= found <= 1
    assert found >= (max(r, 0) ** 2) - 1e-9


def test_a_falling_function_explains_nothing():
    x = np.linspace(0, 1, 9)
    assert r2(-x, x) == pytest.approx(0)


def test_equal_conditions_share_one_value():
    # Two groups with means 1 and 4: what is left is the scatter within them.
    y = np.array([0, 2, 3, 5.0])
    assert r2(y, [1, 1, 2, 2]) == pytest.approx(1 - 4 / ((y - y.mean()) ** 2).sum())
    assert r2(y, [0.1 + 0.2, 0.3, 2, 2]) == r2(y, [0.3, 0.3, 2, 2])  # rounding is no difference


def test_a_flat_response_has_no_share():
    assert np.isnan(r2(np.ones(5), np.arange(5)))


@pytest.mark.parametrize("ratio", [-0.9, -0.4545, -0.1, 0.3])
@pytest.mark.parametrize("shape", [lambda s: s, np.tanh, lambda s: np.maximum(s, 0) ** 1.5])
def test_the_ratio_of_two_weights_is_found_through_any_smooth_function(ratio, shape):
    find = WeightRatio("I", "E", -1.5, 0.5, 81)
    y = shape(3 * (EXC + ratio * INH) - 0.3)
    # Candidates are 0.025 apart and the parabola refines them; a spline of 8 knots cannot follow
    # the corner of the power exactly. Half a candidate's distance.
    assert float(find(over(y), GRID)) == pytest.approx(ratio, abs=0.0125)


def test_noise_moves_it_little_and_resamples_ride_along():
    find = WeightRatio("I", "E", -1.5, 0.5, 81)
    y = np.tanh(EXC - 0.5 * INH) + 0.01 * RNG.normal(size=(5, len(EXC)))
    stacked = xr.DataArray(y, dims=("resample", "condition"))
    together = find(stacked, GRID)
    assert together.dims == ("resample",)
    np.testing.assert_allclose(together, [float(find(over(row), GRID)) for row in y])
    # A least-squares slope ratio on 63 points of spread 0.3 with noise 0.01 errs by about
    # 0.01 / (0.3 sqrt(63) * 0.8) = 0.005; 6 of them.
    np.testing.assert_allclose(together, -0.5, atol=0.03)


def test_which_channel_is_on_top_decides():
    near = (-4, -0.1, 157)
    y = over(EXC - 0.5 * INH)
    assert float(WeightRatio("I", "E", *near)(y, GRID)) == pytest.approx(-0.5, abs=0.0125)
    assert float(WeightRatio("E", "I", *near)(-y, GRID)) == pytest.approx(-2, abs=0.0125)
