"""Measures of time courses: the early excess of an adapting rate, and the first spike."""

import numpy as np
import pytest
import xarray as xr

import bioann as ba
from bioann.base.errors import DescriptionError

BIN = 0.002
TIME = np.arange(BIN / 2, 0.6, BIN)


def make_course(values):
    return xr.DataArray(values[None], dims=("condition", "time"), coords={"time": TIME})


def test_the_excess_of_an_exponential_decay_is_the_mean_of_its_early_part():
    tau, early = 0.05, (0.1, 0.14)
    excess = ba.metrics.EarlyExcess(early, (0.5, 0.6))
    decay = 2.0 * (1 + 0.3 * np.exp(-(TIME - 0.1) / tau))
    expected = 0.3 * tau / 0.04 * (1 - np.exp(-0.04 / tau))
    assert float(excess(make_course(decay), None)) == pytest.approx(expected, rel=2e-3)
    assert float(excess(make_course(0 * TIME + 3), None)) == 0.0
    assert np.isnan(excess(make_course(0 * TIME), None))


def test_windows_of_the_excess_have_to_hold_some_time():
    with pytest.raises(DescriptionError, match=r"start 0\.2 s, stop 0\.1 s"):
        ba.metrics.EarlyExcess((0.0, 0.1), (0.2, 0.1))


@pytest.mark.parametrize("activation", [0.3, 1.0, 2.5])
def test_a_unit_has_fired_half_a_spike_after_half_its_interval(activation):
    first = ba.metrics.FirstSpikeTime(onset=0.1, scale=80.0)
    course = make_course(activation * (TIME > 0.1))
    expected = 1e3 * 0.5 / (80.0 * activation)
    assert float(first(course, None)) == pytest.approx(expected, rel=1e-6)


def test_the_median_cell_has_fired_when_its_spike_has():
    spikes = np.zeros((3, len(TIME)))
    spikes[np.arange(3), [70, 75, 200]] = 1 / BIN  # after the onset at bin 50
    first = ba.metrics.FirstSpikeTime(onset=0.1, scale=1.0)
    time = float(first(make_course(spikes.mean(axis=0)), None))
    assert 50 < time <= 52  # in the bin of the second cell, from 50 to 52 ms after the onset
