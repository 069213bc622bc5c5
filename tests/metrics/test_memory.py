"""What an input has done is forgotten exponentially; a contrast is one mean minus another."""

import numpy as np
import pytest
import xarray as xr

from bioann.metrics.contrast import Contrast
from bioann.metrics.memory import MemoryTimeConstant, response_loss
from bioann.metrics.selection import MeanBetween

SIZES, DELAYS, PROBES = (0.5, 1.0), (0.0, 5.0, 10.0, 20.0, 40.0), (1.0, 2.0)
NONE, FULL = {"size": 0.0}, {"size": 1.0, "delay": 0.0}


def response(tau, gain=1.0):
    """Answers to probes of which an input has taken `0.3 size exp(-delay / tau)`."""
    rows = [(0.0, 0.0, p) for p in PROBES] + [
        (s, d, p) for s in SIZES for d in DELAYS for p in PROBES
    ]
    size, delay, probe = np.array(rows).T
    values = np.stack([probe - 0.3 * size * np.exp(-delay / t) for t in tau], axis=-1)
    return xr.DataArray(
        gain * values,
        dims=("condition", "match"),
        coords={
            "size": ("condition", size),
            "delay": ("condition", delay),
            "match": ["short", "long"],
        },
    )


def test_the_time_constant_is_found_whatever_the_gain():
    for gain in (0.1, 10.0):
        tau = MemoryTimeConstant("size")(response((12.3, 40.0), gain), None)
        np.testing.assert_allclose(tau, (12.3, 40.0), atol=0.051)  # half a step of those tried


def test_where_nothing_is_lost_there_is_no_time_constant():
    flat = xr.ones_like(response((10.0, 10.0)))
    assert MemoryTimeConstant("size")(flat, None).isnull().all()


def test_what_is_lost_falls_with_size_and_time():
    found = response_loss(response((10.0, 20.0)), "size", 0.5, 20.0)
    np.testing.assert_allclose(found, 0.15 * np.exp([-2, -1]))


def test_a_contrast_is_a_difference_of_means_and_as_a_share_has_no_gain():
    short = response((10.0, 20.0))
    assert float(Contrast(NONE, FULL, match="long")(short, None)) == pytest.approx(0.3)
    shares = [Contrast(NONE, FULL, relative=True)(g * short, None) for g in (1.0, 7.0)]
    np.testing.assert_allclose(shares, 0.3 / np.mean(PROBES))
    assert float(Contrast(NONE)(short, None).mean()) == pytest.approx(np.mean(PROBES))


def test_conditions_that_are_not_there_have_no_contrast():
    assert Contrast({"size": 3.0})(response((10.0, 20.0)), None).isnull().all()


def test_a_mean_between_times_takes_the_bins_in_between():
    course = xr.DataArray(
        np.arange(10.0), dims="time", coords={"time": 0.005 + np.arange(10) / 100}
    )
    assert float(MeanBetween(0.02, 0.05)(course)) == 3.0
