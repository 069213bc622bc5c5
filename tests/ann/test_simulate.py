"""Rate networks against closed forms and against linear algebra."""

import dataclasses
import tracemalloc

import numpy as np
import pytest
from brian2 import ms, second
from hypothesis import given, settings, strategies as st
from scipy.linalg import expm

from bioann.ann import evaluation_order
from bioann.ann.activations.activation import ACTIVATIONS_BY_NAME, Softplus
from bioann.ann.evaluation_order import sort_into_levels
from bioann.ann.network import RateNetwork
from bioann.ann.simulate import simulate_rates
from bioann.base.errors import SimulationError
from bioann.stimuli.waveforms import noise, sines, steps

RNG = np.random.default_rng(1)
DT = 1e-3


def constant(levels, n=200):
    """Inputs that do not change, shape (condition, time, channel)."""
    levels = np.atleast_2d(levels)
    return np.repeat(levels[:, None, :], n, axis=1)


def contraction(n, rng, radius=0.8):
    """A random matrix of signed weights with a given spectral norm."""
    w = rng.normal(size=(n, n))
    return radius * w / np.linalg.norm(w, 2)


def test_a_network_without_channels_runs_on_its_bias():
    """Two linear units at (1 - W)^-1 b, whatever the stimulus of the other model is."""
    W, bias = np.array([[0.0, -0.5], [0.8, 0.2]]), np.array([1.0, 0.5])
    network = RateNetwork(
        ("a", "b"), W=W, W_in=np.zeros((2, 0)), channels=(), bias=bias, tau=5 * ms,
        activation="linear",
    )  # fmt: skip
    data = network.run(steps({"unused": [0.0, 1.0]}, duration=500 * ms), trials=1, seed=1)
    expected = np.linalg.solve(np.eye(2) - W, bias)
    np.testing.assert_allclose(data.activation[:, 0, -1], [expected, expected], rtol=1e-9)


@pytest.mark.parametrize("tau", [2, 20, 300])
def test_a_linear_unit_relaxes_exponentially_exactly(tau):
    network = RateNetwork(
        "a", channels="x", W_in=[[2]], bias=0.5, tau=tau * ms, activation="linear"
    )
    course = simulate_rates(network, constant([[1.0], [-3.0]]), DT)[..., 0]
    t = (np.arange(200) + 1) * DT  # a value is that at the end of its step
    for row, level in zip(course, (2.5, -5.5), strict=True):
        np.testing.assert_allclose(row, level * -np.expm1(-t / (tau * 1e-3)), rtol=1e-10)


@pytest.mark.parametrize("dt", [1, 0.1])
def test_a_unit_follows_any_staircase_exactly(dt):
    stair = RNG.normal(size=(1, 60, 1))
    network = RateNetwork("a", channels="x", W_in=[[1]], tau=7 * ms, activation="linear")
    course = simulate_rates(network, stair, DT, dt * 1e-3)[0, :, 0]
    value, keep = 0.0, np.exp(-1 / 7)
    for now, rate in zip(stair[0, :, 0], course, strict=True):
        value = keep * value + (1 - keep) * now
        assert rate == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_steady_state_solves_the_linear_equations_whatever_the_step(seed):
    rng = np.random.default_rng(seed)
    n = 6
    network = RateNetwork(
        tuple("abcdef"),
        W=contraction(n, rng),
        W_in=rng.normal(size=(n, 3)),
        bias=rng.normal(size=n),
        tau=tuple(t * ms for t in rng.uniform(1, 8, n)),
        activation="linear",
        channels=tuple("xyz"),
    )
    levels = rng.normal(size=(4, 3))
    expected = np.linalg.solve(np.eye(n) - network.W, (levels @ network.W_in.T + network.bias).T).T
    for max_step in (None, 1e-3, 1e-4):
        # Slowest rate at least (1 - 0.8) / 8 ms: after 1 s, e^-25 of a state of size 10 is left.
        course = simulate_rates(network, constant(levels, 1000), DT, max_step)
        np.testing.assert_allclose(course[:, -1], expected, atol=1e-9)


def test_the_error_is_of_first_order_in_the_step():
    """Recurrent input is held over a step; against the matrix exponential, the error halves."""
    network = RateNetwork(
        ("a", "b"),
        W=[[0.3, -0.9], [1.1, 0.2]],
        W_in=np.eye(2),
        tau=(10 * ms, 15 * ms),
        activation="linear",
    )
    drive = np.array([1.0, 0.5])
    rate = np.diag(1 / network.time_constants())
    m = rate @ (network.W - np.eye(2))
    fixed_point = np.linalg.solve(m, -rate @ drive)
    exact = np.array([fixed_point - expm(m * (k + 1) * DT) @ fixed_point for k in range(60)])
    errors = []
    for max_step in (1e-3, 5e-4, 2.5e-4):
        errors.append(
            np.abs(simulate_rates(network, constant(drive, 60), DT, max_step)[0] - exact).max()
        )
    # Per step of h the recurrent term misses at most h |W r'| / tau; over the 60 ms of a stable
    # system with |r'| <= |drive| / tau these add up to less than h / tau times 3.
    assert errors[0] < 3 * 1e-3 / 10e-3
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.1)


def test_no_step_is_longer_than_a_twentieth_of_the_fastest_time_constant_by_default():
    network = RateNetwork(("a", "b"), W=[[0, -2], [2, 0]], tau=(4 * ms, 9 * ms), activation="tanh")
    inputs = constant([0.7, -0.2], 40)
    np.testing.assert_array_equal(
        simulate_rates(network, inputs, DT), simulate_rates(network, inputs, DT, 4e-3 / 20)
    )


class TestStatic:
    """Units without a time constant are a feed-forward function of the moment."""

    LAYERS = RateNetwork(
        units=("h1", "h2", "y"),
        W=[[0, 0, 0], [0, 0, 0], [1.5, -2.0, 0]],
        W_in=[[1, -1], [-0.5, 2], [0, 0]],
        bias=[0.1, -0.2, 0.3],
        channels=("x1", "x2"),
        activation=("relu", "tanh", "sigmoid"),
    )

    def test_levels_are_matrix_products(self):
        x = RNG.normal(size=(5, 30, 2))
        h = x @ np.array([[1, -1], [-0.5, 2]]).T + [0.1, -0.2]
        h1, h2 = np.maximum(h[..., 0], 0), np.tanh(h[..., 1])
        y = 1 / (1 + np.exp(-(1.5 * h1 - 2 * h2 + 0.3)))
        rates = simulate_rates(self.LAYERS, x, DT)
        np.testing.assert_allclose(rates, np.stack([h1, h2, y], axis=-1), atol=1e-13)

    def test_levels_are_found_whatever_the_order_of_units(self):
        chain = RateNetwork(
            ("last", "first", "middle"),
            W=[[0, 0, 2], [0, 0, 0], [0, 3, 0]],
            channels="x",
            W_in=[[0], [1], [0]],
        )
        assert [level.tolist() for level in sort_into_levels(chain)] == [[1], [2], [0]]
        np.testing.assert_allclose(simulate_rates(chain, constant(1.0, 2), DT)[0, 0], [6, 1, 3])

    def test_a_loop_settles_at_the_fixed_point(self):
        """Linear units: r = W r + u, so (I - W) r = u; a unit behind the loop reads the result."""
        W = np.array([[0.3, -0.5, 0], [-0.4, 0.2, 0], [2.0, 1.0, 0]])
        loop = RateNetwork(("a", "b", "out"), W=W, activation="linear")
        assert [level.tolist() for level in sort_into_levels(loop)] == [[0, 1], [2]]
        x = RNG.normal(size=(4, 3, 3))
        expected = np.linalg.solve(np.eye(3) - W, x[..., None])[..., 0]
        # The search stops at a residual of 1e-12; (I - W) is far from singular.
        np.testing.assert_allclose(simulate_rates(loop, x, DT), expected, atol=1e-10)

    def test_a_loop_is_where_the_same_loop_with_time_constants_ends(self):
        static = RateNetwork(("a", "b"), W=[[0.3, -0.9], [-0.9, 0.3]])
        slow = dataclasses.replace(static, tau=5 * ms)
        x = constant([1.0, 0.8], 400)
        final_rates = [simulate_rates(net, x, DT)[:, -1] for net in (static, slow)]
        np.testing.assert_allclose(final_rates[0], final_rates[1], atol=1e-6)

    def test_a_loop_that_grows_is_refused_with_the_way_out(self):
        loop = RateNetwork(("a", "b"), W=[[0, 2], [2, 0]])
        with pytest.raises(SimulationError, match=r"static units \['a', 'b'\].*Give tau=10 \* ms"):
            simulate_rates(loop, constant([1.0, 1.0], 2), DT)

    def test_a_very_fast_unit_is_nearly_static(self):
        fast = dataclasses.replace(self.LAYERS, tau=0.01 * ms)
        x = constant(RNG.normal(size=(4, 2)), 3)
        # After 1 ms, 100 time constants; two layers.
        np.testing.assert_allclose(
            simulate_rates(fast, x, DT), simulate_rates(self.LAYERS, x, DT), atol=1e-12
        )

    def test_static_and_slow_units_mix(self):
        """A static relu between two slow units is the same as that relu on the slow unit."""
        mixed = RateNetwork(
            ("slow", "gate", "out"),
            W=[[0, 0, -0.5], [1, 0, 0], [0, 2, 0]],
            W_in=[[1], [0], [0]],
            channels="x",
            tau=(5 * ms, None, 8 * ms),
            activation=("linear", "relu", "linear"),
        )
        inputs = RNG.normal(size=(2, 80, 1))
        rates = simulate_rates(mixed, inputs, DT, 5e-4)
        np.testing.assert_allclose(rates[..., 1], np.maximum(rates[..., 0], 0), atol=1e-15)
        slow = out = np.zeros(2)
        g = -np.expm1(-5e-4 / np.array([5e-3, 8e-3]))
        for k in range(160):
            to_slow, to_out = inputs[:, k // 2, 0] - 0.5 * out, 2 * np.maximum(slow, 0)
            slow, out = slow + g[0] * (to_slow - slow), out + g[1] * (to_out - out)
        np.testing.assert_allclose(rates[:, -1, 0], slow, atol=1e-12)
        np.testing.assert_allclose(rates[:, -1, 2], out, atol=1e-12)

    def test_networks_with_non_negative_weights_are_monotone(self):
        """Wang et al. 2023: without negative weights no response falls, so no XOR."""
        w, w_in = np.tril(RNG.random((5, 5)), -1), RNG.random((5, 3))
        for name in ACTIVATIONS_BY_NAME:
            network = RateNetwork(
                tuple("abcde"), W=w, W_in=w_in, channels=tuple("xyz"), activation=name
            )
            low = RNG.normal(size=(50, 1, 3))
            rise = simulate_rates(network, low + RNG.random((50, 1, 3)), DT) - simulate_rates(
                network, low, DT
            )
            assert (rise >= -1e-12).all()


signed = st.floats(-2, 2)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.permutations(range(5)))
def test_the_names_of_units_carry_no_meaning(seed, places):
    """Permuting units, weights and channels permutes the response."""
    rng = np.random.default_rng(seed)
    phis = ["relu", "tanh", "sigmoid", Softplus(0.3), "leaky_relu"]
    taus = [5 * ms, 8 * ms, 20 * ms, 11 * ms, None]
    names, w, w_in, b = (
        list("abcde"),
        rng.normal(size=(5, 5)),
        rng.normal(size=(5, 2)),
        rng.normal(size=5),
    )
    w[4, 4] = 0
    network = RateNetwork(names, w, w_in, b, taus, phis, ("x", "y"))
    p = list(places)
    moved = RateNetwork(
        [names[i] for i in p],
        w[np.ix_(p, p)],
        w_in[p][:, ::-1],
        b[p],
        [taus[i] for i in p],
        [phis[i] for i in p],
        ("y", "x"),
    )
    inputs = rng.normal(size=(2, 15, 2))
    one, other = simulate_rates(network, inputs, DT), simulate_rates(moved, inputs[..., ::-1], DT)
    np.testing.assert_allclose(other, one[..., p], atol=1e-10)


def test_a_lane_alone_answers_as_in_the_batch():
    n = 40
    network = RateNetwork(
        tuple(f"u{i}" for i in range(n)),
        W=contraction(n, RNG, 1.5),
        W_in=RNG.normal(size=(n, 2)),
        tau=10 * ms,
        activation="tanh",
        channels=("x", "y"),
    )
    stimulus = noise(
        {"x": [0.1, 0.5], "y": [0, -1]}, std=0.5, samples=8, seed=1, duration=0.2 * second
    )
    whole = network.run(stimulus, trials=1, seed=1)
    for c in (0, 7, 15):
        alone = network.run(stimulus.isel(condition=[c]), trials=1, seed=1)
        np.testing.assert_allclose(alone.activation, whole.activation[[c]], atol=1e-10)


def test_a_slow_unit_is_a_low_pass_filter():
    """Gain 1 / sqrt(1 + (2 pi f tau)^2), up to the half step by which a value is read late."""
    network = RateNetwork("a", channels="x", W_in=[[1]], tau=20 * ms, activation="linear")
    for f in (2, 8, 20):
        wave = sines({"x": [1]}, frequency=f / second, duration=1.5 * second)
        tail = network.run(wave, trials=1, seed=1, bin_width=1 * ms).activation.values[
            0, 0, 500:, 0
        ]
        # The largest of values 1 ms apart misses the peak by (2 pi f dt / 2)^2 / 2; a staircase
        # has (2 pi f dt)^2 / 24 less of the fundamental than the sine.
        missed = (2 * np.pi * f * 1e-3) ** 2 / 4
        expected = 1 / np.sqrt(1 + (2 * np.pi * f * 20e-3) ** 2)
        assert tail.max() == pytest.approx(expected, rel=missed + 1e-4)


def test_bins_hold_means():
    network = RateNetwork("a", channels="x", W_in=[[1]], tau=20 * ms)
    stimulus = steps({"x": [1, 2]}, duration=100 * ms)
    course = simulate_rates(network, stimulus.values, DT)[..., 0]
    binned = network.run(stimulus, trials=1, seed=1).activation.values[:, 0, :, 0]
    np.testing.assert_allclose(binned, course.reshape(2, 10, 10).mean(axis=2))


def large(*taus):
    """Eighty units, every second of another kind, with the two time constants in turn."""
    n = 80
    w = np.tril(contraction(n, RNG), -1)  # no loop, so that static units need no search
    return RateNetwork(
        tuple(f"u{i}" for i in range(n)),
        W=w,
        W_in=RNG.normal(size=(n, 2)),
        tau=taus * (n // 2),
        activation=("relu", "tanh") * (n // 2),
        channels=("x", "y"),
    )


@pytest.mark.parametrize("taus", [(None, None), (None, 10 * ms), (15 * ms, 10 * ms)])
def test_how_much_is_made_at_a_time_does_not_show(monkeypatch, taus):
    network, inputs = large(*taus), RNG.normal(size=(5, 33, 2))
    whole = simulate_rates(network, inputs, DT)
    monkeypatch.setattr(
        evaluation_order, "CHUNK_SIZE", 5 * 80 * 4
    )  # four steps, and one is left over
    # Products of other shapes may differ in their last digit; nothing here amplifies it.
    np.testing.assert_allclose(simulate_rates(network, inputs, DT), whole, atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("taus", [(None, None), (None, 10 * ms), (15 * ms, 10 * ms)])
def test_memory_does_not_grow_with_duration(monkeypatch, taus):
    network, inputs = large(*taus), RNG.normal(size=(10, 2000, 2))
    monkeypatch.setattr(evaluation_order, "CHUNK_SIZE", 10 * 80 * 20)
    tracemalloc.start()
    answer = simulate_rates(network, inputs, DT, steps_per_bin=1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.shape == (10, 2, 80)
    assert peak < 1e6  # all 2,000 steps would be 13 MB
