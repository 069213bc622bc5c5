"""Interneurons that subtract or divide: what signed weights can say, and what a shunt does."""

import numpy as np
import pytest
from brian2 import mV, nS
from hypothesis import given, strategies as st
from scipy.optimize import brentq

import bioann as ba
from bioann.models import feedforward_inhibition as model

CELL = ba.cells.LIF()
seeds = st.integers(0, 2**32 - 1)


def draw_weights(seed):
    rng = np.random.default_rng(seed)
    n_inputs, n_units, n_interneurons = rng.integers(1, 7, 3)
    shapes = ((n_units, n_inputs), (n_interneurons, n_inputs), (n_units, n_interneurons))
    return [rng.exponential(1.0, shape) for shape in shapes], rng.uniform(0, 3, (5, n_inputs))


@given(seeds)
def test_interneurons_that_subtract_are_signed_weights(seed):
    (W_EE, W_IE, W_EI), x = draw_weights(seed)
    layer = ba.layers.ExcitatoryInhibitory(W_EE, W_IE, W_EI, bias=0.1, shunting=False)
    signed = ba.layers.Dense(W_EE - W_EI @ W_IE, 0.1)
    np.testing.assert_allclose(
        model.run_layer(layer, x), model.run_layer(signed, x), rtol=0, atol=1e-11
    )


@given(seeds, st.floats(0.1, 10))
def test_a_divided_layer_without_bias_depends_on_no_scale_of_its_inputs(seed, scale):
    weights, x = draw_weights(seed)
    layer = ba.layers.ExcitatoryInhibitory(*weights, activation="linear")
    x = x + 0.1  # without any input the divisor is the 1e-8 of the layer
    np.testing.assert_allclose(
        model.run_layer(layer, scale * x), model.run_layer(layer, x), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(("divided", "fails"), [(False, False), (True, True)])
def test_the_error_of_the_best_signed_sum_tells_a_division_from_a_subtraction(divided, fails):
    stimulus = model.pair().stimulus.isel(time=-1)
    x, y = (stimulus.sel(channel=name, drop=True) for name in "xy")
    response = np.maximum(3 * x, 0) / (1 + y) if divided else np.maximum(3 * x - 0.9 * y, 0)
    error = float(model.compute_best_error(response, stimulus))
    assert (error > model.NO_CHANGE) == fails


def find_excitation(rate, shunt):
    """Return the excitatory conductance in nS at which a noise-free cell fires at a rate in Hz."""

    def exceed(g):
        return float(CELL.rate(0, [(g * nS, 0 * mV), (shunt * nS, -65 * mV)])) - rate

    return brentq(exceed, 0.01, 200)


def test_a_steady_shunt_shifts_the_response_of_a_spiking_cell():
    """Holt and Koch 1997: the input needed for a rate grows by a constant under a shunt."""
    rates = np.linspace(20, 100, 9)
    without, shunted = (np.array([find_excitation(r, g) for r in rates]) for g in (0.0, 10.0))
    gain = np.polyfit(shunted, without, 1)[0]
    assert gain >= model.LEAST_GAIN_OF_SUBTRACTION
    assert (shunted - without).mean() > 1.0
