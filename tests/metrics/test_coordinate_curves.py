"""Curves along a coordinate of the conditions: zero, slope, exponential lobes."""

import numpy as np
import pytest
import xarray as xr

import bioann as ba
from bioann.base.errors import DescriptionError

LEVELS = np.array([-30.0, -20, -10, -4, 4, 10, 20, 30])
STIMULUS = xr.DataArray(np.zeros((8, 1)), dims=("condition", "channel"))


def respond(*curves):
    """A response with a further dimension, as resamples have it."""
    coords = {"lag": ("condition", LEVELS)}
    return xr.DataArray(np.stack(curves, -1), dims=("condition", "resample"), coords=coords)


def test_a_line_has_a_zero_and_a_slope():
    response = respond(0.1 * (LEVELS - 7), -2 * (LEVELS + 3))
    zero = ba.metrics.CoordinateZero("lag")(response, STIMULUS)
    np.testing.assert_allclose(zero, [7, -3], rtol=1e-12)
    slope = ba.metrics.CoordinateSlope("lag")(response, STIMULUS)
    np.testing.assert_allclose(slope, [0.1, -2], rtol=1e-12)


def test_conditions_with_one_level_are_averaged():
    response = xr.concat([respond(LEVELS - 7 + shift) for shift in (-1, 1)], "condition")
    assert ba.metrics.CoordinateZero("lag")(response, STIMULUS).item() == pytest.approx(7)
    assert ba.metrics.CoordinateSlope("lag")(response, STIMULUS).item() == pytest.approx(1)


def test_lobes_of_an_exponential_window():
    """Song et al. 2000: A+ e^(-t / 20), -1.05 A+ e^(t / 20); the area of a lobe is A tau."""
    window = np.where(LEVELS > 0, 1.0, -1.05) * 0.005 * np.exp(-np.abs(LEVELS) / 20)
    response = respond(window, -2 * window)
    for side, amplitude in (("above", 0.005), ("below", -0.00525)):
        measured = ba.metrics.ExponentialLobe("lag", side)(response, STIMULUS)
        np.testing.assert_allclose(measured, [amplitude, -2 * amplitude], rtol=1e-12)
        area = ba.metrics.ExponentialLobe("lag", side, is_area=True)(response, STIMULUS)
        np.testing.assert_allclose(area, [20 * amplitude, -40 * amplitude], rtol=1e-12)


def test_what_does_not_decay_has_no_lobe():
    response = respond(np.exp(np.abs(LEVELS) / 20), np.sin(LEVELS / 5))
    assert ba.metrics.ExponentialLobe("lag", "above")(response, STIMULUS).isnull().all()
    with pytest.raises(DescriptionError, match=r"'above' or 'below', got 'left'"):
        ba.metrics.ExponentialLobe("lag", "left")
