"""Metrics: how the labels of what they compare are aligned."""

import numpy as np
import xarray as xr

import bioann as ba


def subtract_neighbour(response, stimulus):
    """Difference of conditions b and c and conditions a and b: only b is in both."""
    return response.isel(condition=slice(1, None)) - response.isel(condition=slice(None, -1))


def test_labels_that_differ_are_aligned_to_those_in_common():
    response = xr.DataArray([1.0, 2.0, 4.0], {"condition": ["a", "b", "c"]}, "condition")
    metric = ba.metrics.Metric("difference", subtract_neighbour, models=("bio",))
    stimulus = xr.DataArray(np.zeros((3, 1)), dims=("condition", "channel"))
    value = metric.evaluate(response, response, stimulus)
    assert value.condition.values.tolist() == ["b"]
    assert value.values.tolist() == [0.0]
