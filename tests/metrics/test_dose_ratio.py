"""Dose ratios and Schild slopes of curves that are known: Gaddum's equation, and subtraction."""

import numpy as np
import pytest
import xarray as xr
from brian2 import uM
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.errors import DescriptionError

DOSES = 2.0 ** np.arange(-4, 9)
BLOCKS = (0.0, 1.0, 3.0, 7.0)
CURVES = {b: ba.metrics.ResponseCurve("y", {"antagonist": b}) for b in BLOCKS}
RATIOS = tuple(ba.metrics.DoseRatio(CURVES[b], CURVES[0.0], "agonist") for b in BLOCKS[1:])


def respond(function, doses=DOSES):
    """Response ``function(dose, antagonist)`` of a match, and its stimulus."""
    levels = np.array([(dose, b) for b in BLOCKS for dose in doses])
    stimulus = xr.DataArray(
        levels,
        dims=("condition", "channel"),
        coords={"channel": ["agonist", "antagonist"], "condition": range(len(levels))},
    )
    response = function(*levels.T)[:, None]
    return xr.DataArray(response, dims=("condition", "match"), coords={"match": ["y"]}), stimulus


@pytest.mark.slow
@given(st.sampled_from([1.0, 2.0]), st.floats(0.5, 3.0))
def test_the_dose_ratio_is_that_of_gaddum_whatever_follows_the_receptor(coefficient, power):
    """At dose ratios of 2, 4 and 8 each dose has its equal among doses that double: no error."""
    hill = ba.modulation.Hill(1 * uM, coefficient, ba.modulation.Modulator("b"), 1 * uM)

    def occupancy(dose, antagonist):
        return hill(dose * 1e-3, antagonist * 1e-3) ** power

    measured = [float(ratio(*respond(occupancy))) for ratio in RATIOS]
    np.testing.assert_allclose(measured, [2, 4, 8], rtol=1e-9)
    slope = ba.metrics.SchildSlope(RATIOS, BLOCKS[1:])(*respond(occupancy))
    assert float(slope) == pytest.approx(1, rel=1e-9)


def test_two_molecules_that_compete_have_the_slope_two():
    response = respond(lambda dose, b: dose / (dose + 1 + b**2))
    ratios = [float(ratio(*response)) for ratio in RATIOS]
    np.testing.assert_allclose(ratios, [2, 10, 50], rtol=0.02)  # interpolated between doses
    slope = float(ba.metrics.SchildSlope(RATIOS, BLOCKS[1:])(*response))
    assert slope == pytest.approx(2, rel=0.02)


def test_a_dose_of_zero_is_left_out_and_an_antagonist_without_effect_has_the_ratio_one():
    response = respond(lambda dose, b: dose / (dose + 1), np.r_[0.0, DOSES])
    assert [float(ratio(*response)) for ratio in RATIOS] == pytest.approx([1, 1, 1])
    assert np.isnan(ba.metrics.SchildSlope(RATIOS, BLOCKS[1:])(*response))


def test_a_dip_of_the_reference_is_levelled():
    """Noise lowers one response; the dose for an equal response is that of a level stretch."""
    curve = DOSES / (DOSES + 1)

    def dip(lowest):
        reference = np.where(np.arange(len(DOSES)) == 5, lowest, curve)
        return respond(
            lambda dose, b: np.where(b == 0, np.tile(reference, 4), dose / (dose + 1 + b))
        )

    for ratio in RATIOS:
        assert float(ratio(*dip(0.2))) == pytest.approx(float(ratio(*dip(curve[4]))))


def test_responses_that_the_reference_does_not_reach_have_no_ratio():
    response = respond(lambda dose, b: dose / (dose + 1) - (b > 0))
    assert np.isnan([float(ratio(*response)) for ratio in RATIOS]).all()


@pytest.mark.parametrize("concentrations", [(1.0,), (1.0, 1.0, 1.0), (0.0, 1.0, 3.0)])
def test_a_schild_slope_needs_concentrations_that_differ(concentrations):
    message = "SchildSlope, concentrations: wanted one above 0 for each of 3 dose ratios, at least"
    with pytest.raises(DescriptionError, match=message):
        ba.metrics.SchildSlope(RATIOS, concentrations)
