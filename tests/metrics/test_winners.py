"""Order of winners, and functions that are computed in each trial."""

import numpy as np
import pytest
import xarray as xr

import bioann as ba
from bioann.base.errors import DescriptionError

N = 12


def make_responses(winners):
    return xr.DataArray(np.eye(N)[np.asarray(winners)], dims=("condition", "match"))


@pytest.mark.parametrize("direction", [1, -1])
def test_an_ordered_map_has_no_jumps_in_either_direction(direction):
    once_around = make_responses(np.repeat(np.arange(N), 2)[::direction])
    assert float(ba.metrics.WinnerJumps(on_ring=True)(once_around, None)) == 0
    assert float(ba.metrics.WinnerJumps()(once_around, None)) == 0
    assert float(ba.metrics.WinnerShare()(once_around, None)) == 1
    shifted = make_responses(np.roll(np.arange(N), 5))
    assert float(ba.metrics.WinnerJumps(on_ring=True)(shifted, None)) == 0
    assert float(ba.metrics.WinnerJumps()(shifted, None)) == 1 / (N - 1)  # from last to first


def test_winners_without_order_jump_unless_they_are_among_three_places_of_all():
    n_stimuli = 20_000
    winners = np.random.default_rng(1).integers(0, N, n_stimuli)
    expected = 1 - 3 / N
    error = np.sqrt(expected * (1 - expected) / n_stimuli)
    jumps = float(ba.metrics.WinnerJumps(on_ring=True)(make_responses(winners), None))
    assert abs(jumps - expected) < 4 * error


def test_one_bump_for_all_stimuli_has_no_jumps_and_wins_at_one_place():
    bump = make_responses([3] * N)
    assert float(ba.metrics.WinnerJumps(on_ring=True)(bump, None)) == 0
    assert float(ba.metrics.WinnerShare()(bump, None)) == pytest.approx(1 / N)


def test_maps_of_opposite_direction_are_ordered_in_each_trial_and_not_on_average():
    forward = make_responses(np.arange(N)).rename(condition="time")
    courses = xr.concat([forward, forward[::-1]], "trial").expand_dims("condition")
    courses = courses.assign_coords(time=np.arange(N) + 0.5)
    error = ba.metrics.TopographicError((N,), on_ring=True)
    # A wide bump, so that the second largest response is that of a neighbour.
    courses = courses + 0.5 * courses.roll(match=1)
    in_each_trial = ba.metrics.InEachTrial(error, start=0.0)(courses)
    np.testing.assert_allclose(in_each_trial.transpose("condition", "trial"), [[0, 0]])
    average = ba.metrics.bins_as_conditions(courses.mean("trial"), 0.0)
    assert float(error(average, None)) > 0.5
    late = ba.metrics.bins_as_conditions(courses, 4.0)
    assert dict(late.sizes) == {"trial": 2, "condition": N - 4, "match": N}


def test_bins_become_conditions_of_one_condition_alone():
    with pytest.raises(DescriptionError, match="2 conditions"):
        ba.metrics.bins_as_conditions(xr.DataArray(np.zeros((2, 3)), dims=("condition", "time")), 0)
