"""Two units that inhibit each other: contrast gain, and where one is silenced, in closed form."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.models.winner_take_all import CONTRASTS, IN_UNITS, PAIRS, WEIGHTS, build_units


@pytest.fixture(scope="module")
def responses():
    stimulus = ba.steps(
        {"a": 1 + CONTRASTS, "b": 1 - CONTRASTS}, duration=1500 * ms, coords={"contrast": CONTRASTS}
    )
    run = build_units().run(stimulus, trials=1, seed=0)
    return run.activation.isel(trial=0, time=-1).rename(unit="match")


def test_the_contrast_grows_by_the_closed_form_until_one_unit_is_silent(responses):
    """At w = 0.85 the last 3e-6 of the difference mode decay with 10 ms / (1 - w)."""
    for k in PAIRS:
        contrast = ba.metrics.response_contrast(responses, f"a{k}", f"b{k}")
        expected = np.minimum(CONTRASTS * (1 + WEIGHTS[k]) / (1 - WEIGHTS[k]), 1.0)
        np.testing.assert_allclose(contrast, expected, atol=1e-5)


def test_the_mean_falls_by_one_over_one_plus_w_while_both_respond(responses):
    for k in PAIRS[:3]:
        mean = (responses.sel(match=f"a{k}") + responses.sel(match=f"b{k}")) / 2
        np.testing.assert_allclose(mean, 1 / (1 + WEIGHTS[k]), rtol=1e-6)


def test_the_boundary_is_near_nine_elevenths(responses):
    """A contrast of 0.05 becomes 0.5 where (1 + w) / (1 - w) = 10.

    The line between w = 0.8 (contrast 0.45) and 0.85 (0.617) passes 0.5 at 0.815.
    """
    levels = responses.assign_coords(contrast=("condition", CONTRASTS))
    boundary = float(IN_UNITS.metric.function(levels, xr.DataArray(CONTRASTS, dims="condition")))
    assert boundary == pytest.approx(0.815, abs=1e-5)
    assert abs(boundary - 9 / 11) < 0.004


def test_beyond_one_the_smallest_difference_decides():
    network = ba.RateNetwork(
        ("a", "b"), W=[[0, -1.2], [-1.2, 0]], W_in=np.eye(2), tau=10 * ms, channels=("a", "b")
    )
    stimulus = ba.steps({"a": [1.001], "b": [0.999]}, duration=1500 * ms)
    final = network.run(stimulus, trials=1, seed=0).activation.isel(trial=0, time=-1, condition=0)
    np.testing.assert_allclose(final, [1.001, 0.0], atol=1e-9)
