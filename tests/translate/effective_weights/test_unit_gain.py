"""The gain of a unit with the loops around it."""

import dataclasses

import numpy as np
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.translate.effective_weights.unit_gain import compute_unit_gains

POINT = xr.DataArray(
    [[1.0, 0.5]], dims=("condition", "channel"), coords={"condition": ["a"], "channel": ["x", "y"]}
)


def steady_activation(network):
    stimulus = ba.steps({"x": [1.0], "y": [0.5]}, duration=1000 * ms)
    return network.run(stimulus, trials=1, seed=0)["activation"][0, 0, -1].values


def test_a_gain_is_what_a_change_of_the_bias_does():
    network = ba.RateNetwork(
        units=("a", "b", "c"),
        W=[[0.4, -0.8, 0], [0.6, 0, 0.3], [0, 0.2, -0.5]],
        W_in=[[1, 0], [0, 1], [0.3, 0.3]],
        channels=("x", "y"),
        tau=10 * ms,
        activation=("softplus", "sigmoid", "tanh"),
    )
    unit_gains = compute_unit_gains(network, POINT)
    for k in range(3):
        step = np.zeros(3)
        step[k] = 1e-3
        perturbed_network = dataclasses.replace(network, bias=step)
        change = (steady_activation(perturbed_network) - steady_activation(network))[k] / 1e-3
        np.testing.assert_allclose(unit_gains[k], change, rtol=2e-3)


def test_a_network_without_channels_has_the_gain_of_one_that_ignores_them():
    arguments = {"W": [[0.4, -0.8], [0.6, 0]], "bias": [0.5, 0.2], "tau": 10 * ms}
    units = {"units": ("a", "b"), "activation": "sigmoid"}
    deaf = ba.RateNetwork(**units, **arguments, W_in=np.zeros((2, 2)), channels=("x", "y"))
    without = ba.RateNetwork(**units, **arguments, W_in=np.zeros((2, 0)), channels=())
    gains = compute_unit_gains(without, POINT)
    np.testing.assert_allclose(gains, compute_unit_gains(deaf, POINT), rtol=1e-12)


def test_inhibition_that_stabilises_has_a_gain_below_zero():
    # e excites itself by 2, i holds it: dr_i / db_i = (1 - 2) / ((1 - 2)(1) + 2 * 2) = -1 / 3.
    network = ba.RateNetwork(
        units=("e", "i"), W=[[2, -2], [2, 0]], W_in=[[4, 0], [0, 1]], channels=("x", "y"),
        tau=(10 * ms, 2 * ms),
    )  # fmt: skip
    np.testing.assert_allclose(compute_unit_gains(network, POINT), [1 / 3, -1 / 3], rtol=1e-6)


def test_a_silent_unit_has_none():
    network = ba.RateNetwork(units=("a", "b"), channels=("x", "y"), W_in=[[1, 0], [-1, 0]])
    np.testing.assert_allclose(compute_unit_gains(network, POINT), [1, 0], atol=1e-12)
