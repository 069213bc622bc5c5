"""The parameter that tells points apart is named, and chance is not taken for an effect."""

import math

import numpy as np
import pytest

from bioann.base.randomness import make_rng
from bioann.robustness.roles import draw_factors
from bioann.robustness.turning_parameter import MAX_DIVISIONS, find_turning_parameter

NAMES = ("a", "b", "c")


def make_points(n_points, seed=1):
    table = draw_factors(len(NAMES), n_points, 0.2, seed)
    return [dict(zip(NAMES, row, strict=True)) for row in table]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_parameter_that_decides_is_named_with_its_direction(sign):
    points = make_points(16)
    turning = find_turning_parameter(points, [sign * (p["b"] - 1) > 0.06 for p in points])
    assert (turning.label, np.sign(turning.difference)) == ("b", sign)
    assert turning.stands_out
    direction = "larger" if sign > 0 else "smaller"
    assert turning.describe("turns").startswith(f"turns where b is {direction} (")


def test_the_p_value_is_the_share_of_divisions_with_as_large_a_difference():
    """One parameter, its two largest values of five: 1 division of 10 differs more or as much."""
    points = [{"a": x} for x in (0.8, 0.9, 0.95, 1.1, 1.2)]
    turning = find_turning_parameter(points, [False, False, False, True, True])
    assert turning.p_value == pytest.approx(1 / math.comb(5, 2))
    values = np.array([p["a"] for p in points])
    difference = (values[3:].mean() - values[:3].mean()) / values.std(ddof=1)
    assert turning.difference == pytest.approx(difference)


def test_a_p_value_from_drawn_divisions_is_not_zero():
    points = make_points(40)
    turning = find_turning_parameter(points, [p["b"] > 1 for p in points])
    assert turning.label == "b"
    assert turning.p_value == pytest.approx(1 / (MAX_DIVISIONS + 1))


def test_one_point_of_eight_names_no_parameter():
    """Each of three parameters is extreme in one or two of the points: p is 1/8 or more."""
    points = make_points(8)
    for k in range(8):
        turning = find_turning_parameter(points, [j == k for j in range(8)])
        assert turning.p_value >= 1 / 8
        assert "no single parameter stands out where it turns" in turning.describe("turns")


@pytest.mark.slow
def test_verdicts_that_do_not_depend_on_parameters_stand_out_as_rarely_as_stated():
    rng = make_rng(1, "test", "turns")
    points = make_points(40)
    p_values = [find_turning_parameter(points, rng.random(40) < 0.4).p_value for _ in range(100)]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


@pytest.mark.parametrize("turns", [[False] * 4, [True] * 4])
def test_without_two_groups_there_is_nothing_to_tell_apart(turns):
    assert find_turning_parameter(make_points(4), turns) is None
    assert find_turning_parameter([], []) is None


def test_the_hypercube_has_one_value_in_each_part_of_every_range():
    factors = draw_factors(5, 8, 0.2, 3)
    assert factors.shape == (8, 5)
    parts = np.floor((factors - 0.8) / 0.05).astype(int)
    np.testing.assert_array_equal(np.sort(parts, 0), np.tile(np.arange(8)[:, None], 5))
    np.testing.assert_array_equal(factors, draw_factors(5, 8, 0.2, 3))
    assert (factors != draw_factors(5, 8, 0.2, 4)).all()
