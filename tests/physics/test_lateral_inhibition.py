"""Closed forms of units that inhibit their neighbours, and cells that do."""

import numpy as np
import pytest
from brian2 import ms, nS

import bioann as ba
from bioann.models import lateral_inhibition


def settle(W, inputs, activation="relu", duration=400 * ms):
    """Return the responses of rate units to constant inputs, after 40 time constants."""
    units = tuple(f"u{k}" for k in range(len(W)))
    network = ba.RateNetwork(
        units, W=W, channels=units, W_in=np.eye(len(W)), tau=10 * ms, activation=activation
    )
    names = dict(zip(units, np.transpose(inputs), strict=True))
    run = network.run(ba.steps(names, duration=duration), trials=1, seed=1)
    return run.activation.isel(time=-1, trial=0).values


@pytest.mark.parametrize("n", [2, 5])
@pytest.mark.parametrize("w", [0.0, 0.2, 0.4])
def test_inhibition_amplifies_differences_and_divides_means(n, w):
    """All-to-all: eigenvalue 1 - w of differences, 1 + (n - 1) w of the mean.

    The slowest mode is exp(-40 * 0.6) < 1e-10 from its end.
    """
    W = -w * (1 - np.eye(n))
    pattern = np.linspace(-1, 1, n)
    mean, pair = settle(W, [np.full(n, 2.0), 2 + 0.1 * pattern])
    np.testing.assert_allclose(mean, 2 / (1 + (n - 1) * w), rtol=1e-6)
    np.testing.assert_allclose(pair - mean, 0.1 * pattern / (1 - w), atol=1e-6)


@pytest.mark.parametrize("self_weight", [0.0, 0.3])
@pytest.mark.parametrize("excess", [-0.1, 0.1])
def test_one_of_two_silences_the_other_from_a_weight_of_one_on(self_weight, excess):
    w = 1 - self_weight + excess
    W = [[self_weight, -w], [-w, self_weight]]
    ((strong, weak),) = settle(W, [[1.001, 0.999]], duration=1500 * ms)
    if excess > 0:
        assert weak < 1e-9  # a silent unit decays as exp(-t / tau)
        assert strong == pytest.approx(1.001 / (1 - self_weight))
    else:
        assert weak > 0
        # The contrast of the responses is that of the inputs times (1 - a + w) / (1 - a - w).
        gain = (1 - self_weight + w) / (1 - self_weight - w)
        assert (strong - weak) / (strong + weak) == pytest.approx(1e-3 * gain, rel=1e-4)


def test_an_edge_has_the_bands_of_the_continuum():
    r"""Exponential kernel of total weight k: r(0+-) = I+- - k (I1 + I2) / (2 (1 + k)).

    For y = K * r with K = exp(-|x| / l) / (2 l), l^2 y'' = (1 + k) y - I, so that y is continuous
    and half way between its plateaus at the edge. I = 1, 2 and k = 0.8 give +20 % and -40 %. The
    sum over units lies above the integral by about 1 / (12 l^2), and the edge between two units is
    half a step from each: an error of the order 1 / l, halved by doubling l.
    """
    k, errors = 0.8, []
    for length in (5, 10):
        n = 40 * length
        distance = np.abs(np.arange(n)[:, None] - np.arange(n))
        distance = np.minimum(distance, n - distance)
        kernel = np.exp(-distance / length)
        kernel /= kernel[0].sum()
        light = np.repeat([2.0, 1.0], n // 2)
        (r,) = settle(-k * kernel, [light])
        assert r[n // 4] == pytest.approx(2 / (1 + k), rel=1e-3)
        assert r[3 * n // 4] == pytest.approx(1 / (1 + k), rel=1e-3)
        over, under = r[n // 2 - 1] * (1 + k) / 2 - 1, r[n // 2] * (1 + k) - 1
        errors.append((over - 0.2, under + 0.4))
    assert np.abs(errors[0]).max() < 0.1
    np.testing.assert_allclose(np.array(errors[1]) / errors[0], 0.5, atol=0.1)


def test_a_chain_of_three_disinhibits():
    """Two minus signs: dr_1 / dx_3 = w^2 / (1 - 2 w^2)."""
    w = 0.4
    W = -w * np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    base, probed = settle(W, [[1.0, 1.0, 1.0], [1.0, 1.0, 1.1]])
    change = (probed - base) / 0.1
    np.testing.assert_allclose(change, np.array([w**2, -w, 1 - w**2]) / (1 - 2 * w**2), rtol=1e-5)


@pytest.mark.slow
def test_cells_feel_their_neighbours_through_inhibition_alone():
    """With the same noise, light on a neighbour moves no spike unless I inhibits E."""
    light = np.zeros((2, 12))
    light[:, 6] = 0.5
    light[1, 4] = 0.5
    stimulus = ba.stimuli.patterns(light, duration=150 * ms)
    options = {"trials": 1, "seed": 1, "engine": "numpy", "noise_keys": ["same", "same"]}
    counts = {}
    for weight in (0, 0.5):
        run = lateral_inhibition.build_ring(weight * nS).run(stimulus, **options)
        cells = (run.spike_unit == 0) & (run.spike_neuron // 10 == 6)
        per_condition = [
            run.spike_time.values[(cells & (run.spike_condition == c)).values] for c in (0, 1)
        ]
        counts[weight] = per_condition
    np.testing.assert_array_equal(*counts[0])
    assert len(counts[0][0]) > 50
    assert len(counts[0.5][1]) < 0.95 * len(counts[0.5][0])


def test_each_cell_is_inhibited_by_the_four_nearest_positions():
    network = lateral_inhibition.build_ring(0.5 * nS)
    to_inhibitory, to_excitatory = (
        network.draw_conductances(p, seed=1).reshape(12, -1, 12, p_size).sum(axis=(1, 3)) > 0
        for p, p_size in zip(network.projections, (10, 5), strict=True)
    )
    np.testing.assert_array_equal(to_inhibitory, np.eye(12))
    np.testing.assert_array_equal(to_excitatory, lateral_inhibition.NEIGHBOURS)
