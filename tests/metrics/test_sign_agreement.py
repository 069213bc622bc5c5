"""Slopes of inputs, their signs, and winners."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.metrics.signs import (
    FLAT_SLOPE,
    SIGN_AGREEMENT,
    SIGN_METRICS,
    WINNER_AGREEMENT,
    estimate_input_slopes,
    mark_winners,
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


def full_grid(*levels):
    return np.stack(np.meshgrid(*levels, indexing="ij"), axis=-1).reshape(-1, len(levels))


#: Any set of conditions on a grid of levels; many have no two that differ in one channel alone.
DESIGNS = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=20, unique=True).map(
    lambda levels: np.array(levels) / 3
)


def differ_in_one_channel_alone(x, channel):
    differing = np.abs(x[:, None] - x) > 1e-9
    return bool((differing[..., channel] & (differing.sum(axis=-1) == 1)).any())


@given(DESIGNS, st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.floats(-2, 2))
def test_slopes_of_a_linear_response_are_its_weights_wherever_a_channel_varies_alone(x, w, b):
    expected = [w[k] if differ_in_one_channel_alone(x, k) else np.nan for k in range(3)]
    slopes = estimate_input_slopes(response_to(x @ w + b), drive(x))
    np.testing.assert_allclose(slopes, expected, atol=1e-9)


@given(DESIGNS, st.integers(0, 2**32 - 1))
def test_effects_of_the_other_channels_of_any_shape_leave_no_trace(x, seed):
    """Whatever the others do, together and not linearly: it is constant within a stratum."""
    rng = np.random.default_rng(seed)
    effects = {others: rng.normal() for others in {tuple(row[1:]) for row in x.tolist()}}
    response = response_to([2 * row[0] + effects[tuple(row[1:])] for row in x.tolist()])
    slope = float(estimate_input_slopes(response, drive(x))[0])
    assert np.isnan(slope) or slope == pytest.approx(2, abs=1e-9)


def test_slopes_are_those_of_least_squares_with_a_constant_for_each_stratum():
    x = full_grid([0, 0.5, 2], [0, 1, 4])[:8]  # unbalanced
    y = RNG.normal(size=len(x))
    for k in range(2):
        dummies = x[:, [1 - k]] == np.unique(x[:, 1 - k])
        coefficients = np.linalg.lstsq(np.column_stack([x[:, k], dummies]), y, rcond=None)[0]
        slope = estimate_input_slopes(response_to(y), drive(x))[k]
        assert float(slope) == pytest.approx(coefficients[0])


def test_an_unbalanced_design_does_not_reverse_the_sign():
    """Simpson's paradox: the inhibitory channel was tested only where a saturating drive is strong.

    The drive alone was tested near threshold and far above it, as for an f-I curve. A regression
    over all conditions finds that the channel excites; in each pair of conditions it inhibits.
    """
    drives = np.r_[np.linspace(0, 0.3, 16), np.linspace(0.5, 1, 11)]
    x = np.r_[[(d, 0) for d in drives], [(d, 1) for d in np.linspace(0.5, 0.7, 5)]]
    response = np.sqrt(x[:, 0]) - 0.02 * x[:, 1]
    design = np.column_stack([x, np.ones(len(x))])
    assert np.linalg.lstsq(design, response, rcond=None)[0][1] > 0.01
    assert float(estimate_input_slopes(response_to(response), drive(x))[1]) == pytest.approx(-0.02)


@pytest.mark.parametrize(
    ("x", "known"),
    [
        ([[0, 0], [1, 0], [2, 0]], [True, False]),  # the second channel does not vary
        ([[0, 0], [1, 1], [2, 2]], [False, False]),  # the two vary together
        ([[0, 0, 0], [1, 1, 0], [2, 2, 1]], [False] * 3),  # a regression would have the third
        ([[0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 2]], [False, False, False, True]),
        ([[0.1 + 0.2, 0], [0.3, 1]], [False, True]),  # equal but for rounding
        ([[1, 2]], [False, False]),
        ([[0], [1]], [True]),
    ],
)
def test_a_channel_that_does_not_vary_alone_has_no_slope(x, known):
    response = response_to(np.arange(len(x)) + 1)
    slopes = estimate_input_slopes(response, drive(x))
    np.testing.assert_array_equal(slopes.notnull().values, known)
    agreement = sign_agreement(response, response, drive(x))
    np.testing.assert_array_equal(agreement.notnull(), known)
    assert set(agreement.values[known]) <= {1.0}


def test_conditions_of_different_samples_are_not_compared():
    """A coordinate counts where conditions of equal levels differ in it; a copy of a level not."""
    x, sample = full_grid([0, 1, 2], [0, 1])[[0, 2, 1, 3, 5]].T  # the second has an outlier, 2
    response = response_to(3 * x + 10 * sample)
    stimulus = drive(x[:, None], ["input"]).assign_coords(
        input=("condition", x), condition=list("abcde")
    )
    labelled = stimulus.assign_coords(sample=("condition", [f"sample {k:g}" for k in sample]))
    assert float(estimate_input_slopes(response, labelled)[0]) == pytest.approx(3)
    assert float(estimate_input_slopes(response, stimulus)[0]) > 3.5


def test_signs_agree_or_not_channel_by_channel():
    x = full_grid([0, 1], [0, 1], [0, 1])
    bio, ann = response_to(x @ [2, -1, 0.5]), response_to(x @ [0.1, 3, 0.4])
    agreement = sign_agreement(bio, ann, drive(x, ["a", "b", "c"]))
    assert agreement.to_series().to_dict() == {"a": 1, "b": 0, "c": 1}


def test_two_flat_responses_have_no_sign_to_agree_in_and_a_flat_one_agrees_with_no_slope():
    x = drive(np.linspace(0, 1, 5)[:, None])
    flat, hardly, rising = (
        response_to(np.ones(5)),
        response_to(0.5 * FLAT_SLOPE * x[:, 0]),
        response_to(x[:, 0]),
    )
    assert np.isnan(sign_agreement(flat, hardly, x)[0])
    assert float(sign_agreement(flat, rising, x)[0]) == 0
    assert float(sign_agreement(-rising, hardly, x)[0]) == 0


def test_resamples_and_matches_ride_along():
    x = full_grid([0, 1, 2], [0, 1])
    bio = xr.DataArray(
        np.stack([x @ [1, 1], x @ [-1, 1]])[:, None],
        dims=("resample", "match", "condition"),
        coords={"match": ["y"]},
    )
    agreement = sign_agreement(bio, response_to(x @ [1, 1]), drive(x))
    np.testing.assert_array_equal(
        agreement.transpose("resample", "match", "channel"), [[[1, 1]], [[0, 1]]]
    )


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
    assert [m.models for m in SIGN_METRICS] == [("bio",), ("ann",), ("bio", "ann")]
    assert (WINNER_AGREEMENT.per, WINNER_AGREEMENT.best, WINNER_AGREEMENT.prepare) == (
        "pair",
        1,
        mark_winners,
    )
