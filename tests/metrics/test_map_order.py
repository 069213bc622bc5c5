"""Topographic error of ordered and of shuffled maps."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError
from bioann.metrics.map_order import TopographicError
from bioann.stimuli.pattern_shapes import make_bumps

N = 20
RING = TopographicError((N,), on_ring=True)


def bumps_on_a_ring():
    centres = np.linspace(-9.3, 9.3, 30)
    values = make_bumps(centres, N, width=2.0, on_ring=True).values
    return xr.DataArray(values, dims=("condition", "match"))


def test_a_map_of_bumps_is_ordered_also_across_the_end_of_a_ring():
    assert float(RING(bumps_on_a_ring(), None)) == 0
    assert float(TopographicError((N,))(bumps_on_a_ring().roll(match=10), None)) > 0


def test_a_shuffled_ring_has_the_error_of_chance():
    rng = np.random.default_rng(4)
    bumps = bumps_on_a_ring()
    errors = [float(RING(bumps.isel(match=rng.permutation(N)), None)) for _ in range(400)]
    # Two places are neighbours with the probability 2 / (N - 1). The 30 stimuli of a map share at
    # most 20 pairs of places; taken as one, 400 maps have a standard error of at most
    # sqrt(0.11 * 0.89 / 400) = 0.016; 5 of them.
    assert np.mean(errors) == pytest.approx(1 - 2 / (N - 1), abs=0.08)


@given(st.integers(0, 3), st.integers(0, 3))
def test_on_a_grid_corners_touch(row, column):
    values = np.zeros((1, 4, 4))
    values[0, 1, 1], values[0, row, column] = 2, 1
    if (row, column) == (1, 1):
        return
    response = xr.DataArray(values.reshape(1, 16), dims=("condition", "match"))
    error = float(TopographicError((4, 4))(response, None))
    assert error == (max(abs(row - 1), abs(column - 1)) > 1)


def test_silent_conditions_do_not_count_and_every_place_has_a_match():
    bumps = bumps_on_a_ring()
    with_silence = xr.concat([bumps, 0 * bumps], "condition")
    assert float(RING(with_silence, None)) == 0
    assert np.isnan(RING(0 * bumps, None))
    with pytest.raises(DescriptionError, match="20 places"):
        TopographicError((4, 4))(bumps, None)
