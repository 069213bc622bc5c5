"""A rate model fails where it misses the spiking model by more than is tolerated."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.metrics.failure import HighestFailingResponse, LowestFailingInput, mark_failures

GRID = ba.stimuli.cross_levels({"e": [0.0, 0.5, 1.0], "i": [0.0, 0.4, 0.8]})
STIMULUS = ba.steps(GRID, duration=10 * ms).mean("time")
ANN = xr.DataArray(np.array(GRID["e"]), dims="condition")


def miss(error, where):
    """The spiking model's responses: those of the unit, but for `error` in some conditions."""
    wrong = np.all([np.isclose(GRID[name], level) for name, level in where.items()], axis=0)
    return ANN + error * wrong


@pytest.mark.parametrize(
    ("where", "inhibition", "response"),
    [({"e": 0.5, "i": 0.4}, 0.4, 0.5), ({"e": 0.5}, 0.0, 0.5), ({"e": 1.0, "i": 0.8}, 0.8, 1.0)],
)
def test_it_fails_from_the_lowest_input_to_the_highest_response_with_an_error(
    where, inhibition, response
):
    bio = miss(-0.2, where)
    lowest, highest = LowestFailingInput("i", 0.1, 40.0), HighestFailingResponse(0.1, 100.0)
    assert float(lowest(bio, ANN, STIMULUS)) == pytest.approx(40 * inhibition)
    assert float(highest(bio, ANN, STIMULUS)) == pytest.approx(100 * response)


def test_what_is_tolerated_is_a_share_of_the_largest_response():
    bio = miss(-0.2, {"e": 0.5})
    assert mark_failures(bio, ANN, 0.19).sum() == 3
    assert not mark_failures(bio, ANN, 0.21).any()
    np.testing.assert_array_equal(
        mark_failures(7 * bio, 7 * ANN, 0.19), mark_failures(bio, ANN, 0.19)
    )


def test_a_model_that_never_fails_does_so_from_the_highest_input_and_at_no_response():
    assert float(LowestFailingInput("i", 0.1)(ANN, ANN, STIMULUS)) == pytest.approx(0.8)
    assert float(HighestFailingResponse(0.1)(ANN, ANN, STIMULUS)) == 0.0
