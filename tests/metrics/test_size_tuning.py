"""Size tuning of a difference of Gaussians, against its closed form (Rodieck 1965)."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from bioann.metrics.size_tuning import (
    PreferredSize,
    SuppressionIndex,
    predict_preferred_radius,
)

RADII = np.linspace(0, 12, 49)


def tuning_curve(surround, radii=RADII, centre_radius=1.0, surround_radius=3.0):
    """The response to a disc: the integral of both Gaussians over it."""
    centre, around = (1 - np.exp(-((radii / r) ** 2)) for r in (centre_radius, surround_radius))
    response = centre - surround * around
    coords = {"radius": ("condition", radii)}
    return xr.DataArray(response, dims="condition", coords=coords)


def optimum(surround):
    return predict_preferred_radius(surround, 1.0, 3.0)


@given(st.floats(0.2, 1.0))
def test_the_preferred_radius_is_where_the_gains_of_centre_and_surround_are_equal(surround):
    curve = tuning_curve(surround, np.arange(0, 12, 0.05))
    # The vertex is off by h^2 / 6 times the ratio of third and second derivative, which is below
    # 3.2 at all of these optima.
    preferred = float(PreferredSize("radius")(curve, None))
    assert preferred == pytest.approx(optimum(surround), abs=0.05**2)


def test_suppression_is_the_response_to_uniform_light_over_the_peak():
    # With a surround of 0.55 of the centre (macaque ganglion cells, Croner and Kaplan 1995).
    peak = float(tuning_curve(0.55, np.array([optimum(0.55)]))[0])
    index = float(SuppressionIndex("radius")(tuning_curve(0.55), None))
    assert index == pytest.approx(1 - 0.45 / peak, abs=1e-3)
    balanced = tuning_curve(1.0)
    assert float(SuppressionIndex("radius")(balanced, None)) == pytest.approx(1, abs=1e-5)


def test_without_a_surround_nothing_is_suppressed_and_the_largest_disc_is_preferred():
    curve = tuning_curve(0.0, np.linspace(0, 3, 13))
    assert float(PreferredSize("radius")(curve, None)) == 3
    assert float(SuppressionIndex("radius")(curve, None)) == 0


def test_the_vertex_of_a_parabola_is_exact_at_any_spacing_and_in_any_order():
    radii = np.array([3.0, 0.5, 1.0, 7.0])
    coords = {"radius": ("condition", radii)}
    curve = xr.DataArray(5 - (radii - 1.4) ** 2, dims="condition", coords=coords)
    several = xr.concat([curve, curve + 1, curve * np.nan], "resample")
    preferred = PreferredSize("radius")(several, None)
    np.testing.assert_allclose(preferred, [1.4, 1.4, np.nan])


def test_a_silent_cell_has_no_suppression_index():
    assert np.isnan(SuppressionIndex("radius")(0 * tuning_curve(0.5), None))


def test_the_preferred_radius_scales_with_the_radii_and_ends_with_the_height_of_the_centre():
    assert predict_preferred_radius(0.55, 2.0, 6.0) == pytest.approx(2 * optimum(0.55))
    # At K_s / K_c = (r_s / r_c)^2 both Gaussians have one height; beyond it every disc suppresses.
    assert optimum(9.0) == pytest.approx(0)
    assert np.isnan(optimum(9.1))
