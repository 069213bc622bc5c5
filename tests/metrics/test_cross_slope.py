"""The Jacobian off its diagonal, against the inverse matrix of a linear network."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.metrics.cross_slope import CrossSlope

NAMES = ("a", "b", "c")
OWN = {f"unit {name}": name for name in NAMES}


def steady_responses(W):
    """Responses of static linear units about an operating point, one input changed at a time."""
    network = ba.RateNetwork(NAMES, W=W, activation="linear")
    levels = np.concatenate([np.ones((1, 3)), 1 + 0.1 * np.eye(3)])
    stimulus = ba.steps(dict(zip(NAMES, levels.T, strict=True)), duration=10 * ms)
    rates = network.run(stimulus, trials=1, seed=1).activation.isel(trial=0, time=-1).values
    response = xr.DataArray(rates, dims=("condition", "match"), coords={"match": list(OWN)})
    return response, stimulus.mean("time")


def test_lateral_weights_give_the_inverse_of_one_minus_the_weights():
    W = -0.1 * np.array([[0, 1, 2], [1, 0, 3], [0.5, 1, 0]])
    jacobian = np.linalg.inv(np.eye(3) - W)
    others = jacobian[~np.eye(3, dtype=bool)]
    response, stimulus = steady_responses(W)
    assert float(CrossSlope(OWN)(response, stimulus)) == pytest.approx(others.mean())
    largest = float(CrossSlope(OWN, largest=True)(response, stimulus))
    assert largest == pytest.approx(others[abs(others).argmax()])
    assert largest < 0


def test_units_side_by_side_do_not_affect_each_other():
    response, stimulus = steady_responses(np.diag([0.5, -0.3, 0]))
    assert abs(float(CrossSlope(OWN, largest=True)(response, stimulus))) < 1e-12


def test_without_conditions_that_differ_in_one_channel_it_is_nan():
    response, stimulus = steady_responses(np.zeros((3, 3)))
    few = {"condition": [0, 1]}
    assert np.isnan(CrossSlope(OWN)(response.isel(few), stimulus.isel(few)))
    assert np.isnan(CrossSlope(OWN, largest=True)(response.isel(few), stimulus.isel(few)))
