"""Compiled steps and steps in blocks give what the operations on all units one by one give."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms
from hypothesis import assume, given, settings, strategies as st

import bioann as ba
from bioann.ann import simulate
from bioann.ann.evaluation_order import EvaluationOrder
from bioann.ann.recurrent import compiled_steps, matrix_steps
from bioann.ann.recurrent.compiled_steps import integrate_compiled
from bioann.ann.recurrent.matrix_steps import has_only_weights, integrate_in_blocks
from bioann.base import shared_library
from bioann.base.cores import CORES_VARIABLE
from bioann.base.errors import SimulationError

DT = 1e-3
act = ba.activations
ACTIVATIONS = (
    act.Linear(),
    act.Relu(),
    act.LeakyRelu(0.2),
    act.Clip(-0.5, None),
    act.Absolute(),
    act.Softsign(),
    act.Tanh(),
    act.Sigmoid(),
    act.Softplus(0.3),
    act.Elu(0.7),
    act.Exponential(),
    act.LIFRate(0.2, 0.1),
    act.Tabulated([-1, 0, 0.5, 2], [0, 0.3, -0.2, 1]),
    act.Scaled(act.Tanh(), 2.0, 0.5, -0.3),
    act.Scaled(act.Tabulated([0, 1], [0, 2]), 0.5, 3.0, 0.1),
)
#: With these, and channels of 0 or more, a divisor is at least 1. Near 0 it magnifies roundings.
POSITIVE = tuple(
    phi
    for phi in ACTIVATIONS
    if isinstance(phi, (act.Relu, act.Sigmoid, act.Softplus, act.Absolute, act.LIFRate))
)


@pytest.fixture
def _compiled(monkeypatch):
    """Use the compiled steps however short a run is."""
    if shared_library.find_compiler_version() is None:
        pytest.skip("no compiler")
    monkeypatch.setattr(compiled_steps, "MIN_SAVED_SECONDS", -np.inf)


def draw_network(seed, n_units=7, n_static=2, with_division=False, with_gate=False):
    """Draw dynamic units in loops, and static ones that follow each other, in a random order."""
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(n_units, n_units)) * (rng.random((n_units, n_units)) < 0.6)
    w *= 0.9 / max(np.linalg.norm(w, 2), 0.9)
    w[:n_static, :n_static] = np.tril(w[:n_static, :n_static], -1)
    taus = [None] * n_static + [
        rng.choice([4.0, 10.0, 35.0]) * ms for _ in range(n_static, n_units)
    ]
    order, units = rng.permutation(n_units), tuple(f"u{k}" for k in range(n_units))
    options = {}
    if with_division:
        options["divisive"] = np.abs(w)[np.ix_(order, order)]
        options["divisive_in"] = rng.random((n_units, 2))
        w = w / 2
    if with_gate:  # a dynamic unit gates another, and the first static one
        where = {int(k): units[place] for place, k in enumerate(order)}
        gate = where[n_units - 1]
        options["gates"] = {where[n_units - 2]: gate} | ({where[0]: gate} if n_static else {})
    phis = POSITIVE if with_division else ACTIVATIONS
    return ba.RateNetwork(
        units=units,
        channels=("a", "b"),
        W=w[np.ix_(order, order)],
        W_in=rng.normal(size=(n_units, 2)) / 2,
        bias=rng.normal(size=n_units) / 2,
        tau=tuple(taus[k] for k in order),
        activation=tuple(phis[k] for k in rng.integers(len(phis), size=n_units)),
        **options,
    )


def prepare(network, substeps):
    order = EvaluationOrder.of_network(network)
    taus = network.time_constants()[order.unit_order]
    return order, np.where(
        taus > 0, 1 - np.exp(-DT / substeps / np.where(taus > 0, taus, 1.0)), 1.0
    )


def integrate_one_by_one(order, inputs, factors, substeps):
    """Return the course of the rates (condition, time, unit), in the order of evaluation."""
    dynamic = factors[order.groups[-1].columns]
    steps = simulate._integrate_dynamic_units(order, inputs, dynamic, substeps)
    return np.stack([rates.copy() for rates in steps], axis=1)


def average_bins(course, steps_per_bin):
    n_bins = course.shape[1] // steps_per_bin
    course = course[:, : n_bins * steps_per_bin]
    return course.reshape(len(course), n_bins, steps_per_bin, -1).mean(axis=2)


@given(
    seed=st.integers(0, 2**32),
    n_static=st.integers(0, 3),
    with_division=st.booleans(),
    with_gate=st.booleans(),
    substeps=st.sampled_from([1, 3]),
    steps_per_bin=st.sampled_from([1, 4]),
    n_lanes=st.sampled_from([1, 3, 16, 17, 40]),
)
@settings(max_examples=60, deadline=None)
def test_compiled_steps_are_those_of_numpy(
    seed, n_static, with_division, with_gate, substeps, steps_per_bin, n_lanes
):
    if shared_library.find_compiler_version() is None:
        pytest.skip("no compiler")
    network = draw_network(seed, 7, n_static, with_division, with_gate)
    inputs = np.random.default_rng(seed).normal(size=(n_lanes, 22, 2))
    if with_division:
        inputs = np.abs(inputs)
    order, factors = prepare(network, substeps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_steps, "MIN_SAVED_SECONDS", -np.inf)
        means = integrate_compiled(order, inputs, factors, substeps, steps_per_bin)
    expected = average_bins(integrate_one_by_one(order, inputs, factors, substeps), steps_per_bin)
    # e^x in a loop: roundings grow with the rates.
    assume(np.isfinite(expected).all() and np.abs(expected).max() < 1e6)
    assert means is not None
    np.testing.assert_allclose(means, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("phi", ACTIVATIONS, ids=repr)
@pytest.mark.usefixtures("_compiled")
def test_a_compiled_activation_is_that_of_numpy(phi):
    """One step from 0 towards phi(x), for inputs of all sizes and at the knots of tables."""
    small = np.logspace(-12, 1.5, 200)
    x = np.concatenate([-small, small, np.linspace(-3, 3, 301), [0.0, 700.0, -800.0]])
    network = ba.RateNetwork("a", channels="x", W=[[0]], W_in=[[1]], tau=5 * ms, activation=phi)
    order, factors = prepare(network, 1)
    rates = integrate_compiled(order, x[:, None, None], factors, 1, 1)
    # Relative to the output, but for functions that are 0 somewhere: a few roundings of numbers of
    # the size of the input there.
    expected = phi(x)
    tolerance = 1e-13 * np.abs(expected) + 1e-15 * (1 + np.minimum(np.abs(x), 3))
    assert (np.abs(rates[:, 0, 0] / factors[0] - expected) <= tolerance).all()


@given(seed=st.integers(0, 2**32), block=st.sampled_from([1, 14, 10**6]), n_lanes=st.integers(1, 9))
@settings(max_examples=30, deadline=None)
def test_blocks_of_lanes_are_all_lanes_at_once(seed, block, n_lanes):
    network = draw_network(seed, n_static=0)
    inputs = np.random.default_rng(seed).normal(size=(n_lanes, 12, 2))
    order, factors = prepare(network, 2)
    assert has_only_weights(order)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matrix_steps, "BLOCK_SIZE", block)
        steps = integrate_in_blocks(order, inputs, factors, 2)
        course = np.stack([rates.copy() for rates in steps], axis=1)
    expected = integrate_one_by_one(order, inputs, factors, 2)
    size = np.abs(expected).max()
    np.testing.assert_allclose(course, expected, rtol=1e-10, atol=1e-12 * size)


@pytest.mark.usefixtures("_compiled")
def test_the_layout_of_the_stimulus_does_not_matter():
    network = draw_network(3)
    order, factors = prepare(network, 1)
    inputs = np.random.default_rng(1).normal(size=(20, 11, 2))
    expected = integrate_compiled(order, inputs, factors, 1, 1)
    assert (expected != 0).any()
    transposed = np.ascontiguousarray(inputs.T).T
    spaced = np.repeat(inputs, 2, axis=1)[:, ::2]
    for same in (transposed, spaced):
        np.testing.assert_array_equal(integrate_compiled(order, same, factors, 1, 1), expected)
    backwards = integrate_compiled(order, inputs[::-1], factors, 1, 1)
    np.testing.assert_array_equal(backwards[::-1], expected)


@pytest.mark.usefixtures("_compiled")
@pytest.mark.parametrize("n_lanes", [1, 16, 33, 100])
def test_threads_give_the_bits_of_one(n_lanes, monkeypatch):
    monkeypatch.setattr(compiled_steps, "MIN_THREAD_SECONDS", 1e-12)
    network = draw_network(7)
    order, factors = prepare(network, 1)
    inputs = np.random.default_rng(1).normal(size=(n_lanes, 40, 2))
    courses = []
    for n_cores in ("1", "2", "3"):
        monkeypatch.setenv(CORES_VARIABLE, n_cores)
        courses.append(integrate_compiled(order, inputs, factors, 1, 1))
    assert np.ptp(courses[0]) > 0
    np.testing.assert_array_equal(courses[1:], courses[:1] * 2)


@given(n_lanes=st.integers(1, 500), n_cores=st.integers(1, 9), seconds=st.floats(0, 1))
def test_every_lane_has_one_thread(n_lanes, n_cores, seconds):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CORES_VARIABLE, str(n_cores))
        stops = compiled_steps._share_lanes(n_lanes, seconds)
    sizes = np.diff([0, *stops])
    assert stops[-1] == n_lanes
    assert (sizes > 0).all()
    assert len(stops) <= n_cores
    assert all(stop % compiled_steps.LANES == 0 for stop in stops[:-1])
    assert sizes.max() - sizes.min() < 2 * compiled_steps.LANES


@pytest.mark.usefixtures("_compiled")
def test_adaptation_and_depression_are_compiled_too():
    network = ba.RateNetwork(("a", "b"), W=[[0.4, -0.6], [0.8, 0]], tau=8 * ms, channels=("a", "b"))
    network = network.add_adaptation("a", 0.5, 60 * ms)
    network = network.add_depression("b", 0.4, 90 * ms, 100 * Hz)
    order, factors = prepare(network, 4)
    inputs = np.random.default_rng(2).uniform(0, 1, size=(5, 60, 2))
    means = integrate_compiled(order, inputs, factors, 4, 10)
    expected = average_bins(integrate_one_by_one(order, inputs, factors, 4), 10)
    np.testing.assert_allclose(means, expected, rtol=1e-10, atol=1e-12)


def grow(**options):
    network = ba.RateNetwork(("a", "b"), W=[[0, 3.0], [3.0, 0]], tau=1 * ms, **options)
    inputs = np.ones((20, 3000, 2))
    return network, inputs


@pytest.mark.usefixtures("_compiled")
def test_rates_without_bound_are_those_of_numpy(monkeypatch):
    network, inputs = grow(activation="linear")
    with np.errstate(over="ignore", invalid="ignore"):
        result = simulate.simulate_rates(network, inputs, DT)
        monkeypatch.setattr(simulate, "integrate_compiled", lambda *arguments: None)
        expected = simulate.simulate_rates(network, inputs, DT)
    assert not np.isfinite(expected).all()
    np.testing.assert_array_equal(result, expected)


@pytest.mark.usefixtures("_compiled")
@pytest.mark.parametrize("phi", [act.Threshold(), act.LIFRate(0.1), act.PowerLaw(2), act.Power(2)])
def test_other_activations_stay_with_numpy(phi):
    network = dataclasses.replace(draw_network(1, n_static=0), activation=phi)
    order, factors = prepare(network, 1)
    assert integrate_compiled(order, np.ones((3, 4, 2)), factors, 1, 1) is None


@pytest.mark.usefixtures("_compiled")
def test_static_loops_stay_with_numpy_and_its_error():
    loop = ba.RateNetwork(
        ("a", "b", "c"), W=[[0, 2, 0], [2, 0, 0], [1, 0, 0.1]], tau=(None, None, 10 * ms)
    )
    with pytest.raises(SimulationError, match=r"static units \['a', 'b'\]"):
        simulate.simulate_rates(loop, np.ones((3, 4, 3)), DT)
    static = ba.RateNetwork(("a", "b"), W=[[0.3, -0.9], [-0.9, 0.3]])
    rates = simulate.simulate_rates(static, np.ones((2, 3, 2)) * [1.0, 0.8], DT)
    # (1 - W) r = u with a rectified second unit: a = 1 / 0.7.
    np.testing.assert_allclose(rates[..., 0], 1 / 0.7, rtol=1e-9)


def test_without_a_compiler_numpy_integrates(monkeypatch):
    network, inputs = draw_network(5), np.random.default_rng(1).normal(size=(30, 50, 2))
    expected = simulate.simulate_rates(network, inputs, DT)
    monkeypatch.setattr(compiled_steps, "MIN_SAVED_SECONDS", -np.inf)
    monkeypatch.setattr(compiled_steps, "load_library", lambda source: None)
    result = simulate.simulate_rates(network, inputs, DT)
    np.testing.assert_allclose(result, expected, rtol=1e-10, atol=1e-12)


def test_a_library_that_cannot_be_compiled_or_written_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = tmp_path / "wrong.cpp"
    source.write_text("this is not C++")
    assert shared_library.load_library(source) is None
    assert not list(shared_library.libraries_folder().glob("*.so"))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    right = tmp_path / "right.cpp"
    right.write_text('extern "C" int one() { return 1; }')
    assert shared_library.load_library(right) is None
