"""Partial slopes, their signs, and winners."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.metrics.signs import (
    FLAT_SLOPE,
    SIGN_AGREEMENT,
    WINNER_AGREEMENT,
    mark_winners,
    partial_slopes,
    sign_agreement,
    winner_agreement,
)

RNG = np.random.default_rng(1)


def drive(values, names=None):
    values = np.asarray(values, float)
    names = names or [f"c{k}" for k in range(values.shape[1])]
    return xr.DataArray(values, dims=("condition", "channel"), coords={"channel": names})


def response_to(values):
    return xr.DataArray(np.asarray(values, float), dims="condition")


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.floats(-2, 2))
def test_slopes_of_a_linear_response_are_its_weights_even_where_channels_are_correlated(w, b):
    x = RNG.normal(size=(12, 3))
    x[:, 1] += 2 * x[:, 0]
    found = partial_slopes(response_to(x @ w + b), drive(x))
    np.testing.assert_allclose(found, w, atol=1e-9)


def test_slopes_are_those_of_least_squares():
    x, y = RNG.normal(size=(20, 3)), RNG.normal(size=20)
    fitted = np.linalg.lstsq(np.column_stack([x, np.ones(20)]), y, rcond=None)[0]
    np.testing.assert_allclose(partial_slopes(response_to(y), drive(x)), fitted[:3])


@pytest.mark.parametrize(
    ("x", "known"),
    [
        ([[0, 0], [1, 0], [2, 0]], [True, False]),  # the second channel does not vary
        ([[0, 0], [1, 1], [2, 2]], [False, False]),  # the two vary together
        ([[0, 0, 0], [1, 1, 0], [2, 2, 1]], [False, False, True]),
        ([[0, 0, 0], [1, 1, 1]], [False] * 3),  # fewer conditions than channels
        ([[0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 2]], [False, False, False, True]),
        ([[1, 2]], [False, False]),
        ([[0], [1]], [True]),
    ],
)
def test_a_channel_that_does_not_vary_by_itself_has_no_slope(x, known):
    response = response_to(np.arange(len(x)))
    found = partial_slopes(response, drive(x)).notnull().values
    np.testing.assert_array_equal(found, known)
    agreed = sign_agreement(response, response, drive(x))
    np.testing.assert_array_equal(agreed.notnull(), known)
    assert set(agreed.values[known]) <= {1.0}


def test_signs_agree_or_not_channel_by_channel():
    x = RNG.normal(size=(10, 3))
    bio, ann = response_to(x @ [2, -1, 0.5]), response_to(x @ [0.1, 3, 0.4])
    agreed = sign_agreement(bio, ann, drive(x, ["a", "b", "c"]))
    assert agreed.to_series().to_dict() == {"a": 1, "b": 0, "c": 1}


def test_marginal_signs_do_not_fool_it():
    """A channel that inhibits, but rises with one that excites more, still inhibits."""
    a = np.linspace(0, 1, 8)
    b = a + 0.1 * np.array([1, -1, -1, 1, 1, -1, -1, 1])
    bio, ann = response_to(3 * a - 1 * b), response_to(3 * a + 1 * b)
    assert np.corrcoef(b, bio)[0, 1] > 0.9
    assert sign_agreement(bio, ann, drive(np.column_stack([a, b]))).values.tolist() == [1, 0]


def test_two_flat_responses_agree_and_a_flat_one_agrees_with_no_slope():
    x = drive(np.linspace(0, 1, 5)[:, None])
    flat, hardly, rising = (
        response_to(np.ones(5)),
        response_to(0.5 * FLAT_SLOPE * x[:, 0]),
        response_to(x[:, 0]),
    )
    assert float(sign_agreement(flat, hardly, x)[0]) == 1
    assert float(sign_agreement(flat, rising, x)[0]) == 0


def test_resamples_ride_along():
    x = RNG.normal(size=(6, 2))
    bio = xr.DataArray(np.stack([x @ [1, 1], x @ [-1, 1]]), dims=("resample", "condition"))
    agreed = sign_agreement(bio, response_to(x @ [1, 1]), drive(x))
    np.testing.assert_array_equal(agreed.transpose("resample", "channel"), [[1, 1], [0, 1]])


def matches(values, dims=("condition", "match")):
    return xr.DataArray(np.asarray(values, float), dims=dims)


def test_the_largest_wins_and_equals_share():
    found = mark_winners(matches([[1, 3, 2], [2, 2, 0], [0, 0, 0], [-3, -1, -2]]))
    third = 1 / 3
    np.testing.assert_allclose(found, [[0, 1, 0], [0.5, 0.5, 0], [third, third, third], [0, 1, 0]])


def test_winner_agreement_is_the_probability_of_the_same_choice():
    bio = mark_winners(
        matches([[[1, 0], [1, 0]], [[1, 0], [0, 1]]], ("condition", "trial", "match"))
    )
    ann = mark_winners(matches([[5, 4], [5, 4]]))
    found = winner_agreement(bio.mean("trial"), ann, None)
    assert float(found) == pytest.approx((1 + 0.5) / 2)
    assert float(winner_agreement(ann, ann, None)) == WINNER_AGREEMENT.best


def test_what_the_metrics_say_of_themselves():
    assert (SIGN_AGREEMENT.per, SIGN_AGREEMENT.best) == ("channel", 1)
    assert (WINNER_AGREEMENT.per, WINNER_AGREEMENT.best, WINNER_AGREEMENT.prepare) == (
        "pair",
        1,
        mark_winners,
    )
