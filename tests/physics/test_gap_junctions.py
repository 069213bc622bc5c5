"""Gap junctions: coupling in closed form, conservation of charge, and drawn pairs."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms, mV, nS, pA, pF, second
from hypothesis import given, settings, strategies as st

import bioann as ba
from bioann.base.errors import DescriptionError, DimensionError, SimulationError
from bioann.bio.engines.cpp import compiler
from bioann.stimuli.waveforms import steps

GapJunctions = ba.cells.GapJunctions
#: A cell that cannot fire: C 200 pF, g_L 10 nS, so that C / g_L is 20 ms.
PASSIVE = ba.cells.LIF(V_th=900 * mV)


def make_network(gap_junctions, currents, cell=PASSIVE):
    """Return one population with an electrode in each neuron; currents in pA."""
    n = len(currents)
    strengths = np.array(currents, dtype=float)[:, None]
    return ba.SpikingNetwork(
        (ba.Population("a", n, "GABA", cell=cell, gap_junctions=gap_junctions),),
        (ba.ElectrodeArray(("x",), "a", 1 * pA, strengths),),
    )


@pytest.fixture
def depolarise(probe):
    """Return potentials from rest on, relative to rest, in volt, shape (neuron, step)."""

    def run(network, duration=0.6, dt=1e-3, start=None, **times):
        cell = network.populations[0].cell
        start = {"v": cell.resting_potential} if start is None else {"v": start}
        stimulus = steps({"x": [1]}, duration=duration * second, **times)
        return probe(network, stimulus, "a", "v", start=start, dt=dt) - cell.resting_potential

    return run


def test_the_coupling_coefficient_of_two_passive_cells(depolarise):
    """Steady states are exact at any step."""
    v = depolarise(make_network(4 * nS, [100, 0]))[:, -1]
    assert v[1] / v[0] == pytest.approx(4 / (4 + 10), rel=1e-9)
    assert v[0] == pytest.approx(0.1 * (10 + 4) / (10 * (10 + 2 * 4)), rel=1e-9)
    assert v.sum() == pytest.approx(0.1 / 10, rel=1e-9)


def test_a_steady_network_solves_kirchhoffs_equations(depolarise):
    rng = np.random.default_rng(3)
    matrix = np.triu(rng.integers(0, 3, (6, 6)) * rng.random((6, 6)), 1)
    matrix += matrix.T
    currents = rng.normal(0, 50, 6)
    junctions = GapJunctions(2 * nS, ba.ExplicitMatrix(matrix))
    v = depolarise(make_network(junctions, currents), duration=1.0)[:, -1]
    laplacian = np.diag(2 * matrix.sum(axis=1)) - 2 * matrix
    expected = np.linalg.solve(laplacian + 10 * np.eye(6), currents) * 1e-3
    np.testing.assert_allclose(v, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dt", [1e-4, 5e-5])
def test_mean_and_difference_relax_with_their_own_time_constants(depolarise, dt):
    network = make_network(15 * nS, [0, 0])
    start = PASSIVE.resting_potential + np.array([30e-3, -10e-3])
    v = depolarise(network, 0.02, dt, start)
    t = np.arange(v.shape[1]) * dt
    # Currents that leave one neuron reach the other: the mean knows nothing of the junction.
    np.testing.assert_allclose(v.mean(axis=0), 10e-3 * np.exp(-t / 20e-3), rtol=1e-9)
    rate = (10 + 2 * 15) / 200e-3  # per second
    difference = v[0] - v[1]
    measured = -np.log(difference[-1] / difference[0]) / t[-1]
    # With a leak rate a and a junction rate b, both per second, a step multiplies the difference by
    # e^(-a dt) - b (1 - e^(-a dt)) / a, which decays with (a + b) (1 + b dt / 2 + ...).
    assert measured / rate - 1 == pytest.approx(150 * dt / 2, rel=0.05)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 12), p=st.floats(0.05, 1), seed=st.integers(0, 1000))
def test_junctions_have_no_direction(n, p, seed):
    rng = np.random.default_rng(seed)
    junctions = GapJunctions(0.5 * nS, ba.FixedProbability(p))
    post, pre, conductance = junctions.draw_junctions(n, rng)
    matrix = np.zeros((n, n))
    matrix[post, pre] = conductance
    np.testing.assert_array_equal(matrix, matrix.T)
    assert not np.diagonal(matrix).any()
    assert np.isin(matrix, [0, 0.5e-9]).all()
    assert (np.diff(post) >= 0).all()
    v = rng.normal(size=n)
    currents = np.bincount(post, conductance * (v[pre] - v[post]), minlength=n)
    # Rounding of at most n * n sums of currents of 1e-9.
    assert abs(currents.sum()) < n * n * 1e-24


def test_each_pair_is_coupled_with_the_probability_of_the_rule():
    junctions = GapJunctions(1 * nS, ba.FixedProbability(0.3))
    post, _, _ = junctions.draw_junctions(200, np.random.default_rng(1))
    pairs = 200 * 199 / 2
    # Four standard deviations of a binomial.
    assert len(post) / 2 == pytest.approx(0.3 * pairs, abs=4 * (0.21 * pairs) ** 0.5)
    assert junctions.expected_count(200) == pytest.approx(2 * 0.3 * pairs)


def record_spikes(engine, gap_junctions, trials=2, **options):
    cells = {"a": ba.cells.LIF(), "b": ba.cells.AdEx(tau_w=50 * ms)}
    network = ba.SpikingNetwork(
        tuple(
            ba.Population(name, 8, "GABA", cell=cell, gap_junctions=gap_junctions)
            for name, cell in cells.items()
        ),
        (ba.CurrentAfferent("x", "b", 900 * pA), ba.Afferent("x", "a", 3 * nS, fibres=20)),
    )
    record = ba.Record(voltage={"a": [0, 5], "b": [1]})
    stimulus = steps({"x": [0.6, 1.0]}, duration=50 * ms)
    return network.run(stimulus, trials=trials, seed=1, engine=engine, record=record, **options)


def test_engines_agree_and_lanes_are_separate():
    junctions = GapJunctions(0.5 * nS, ba.FixedProbability(0.5))
    run = record_spikes("numpy", junctions)
    one_by_one = record_spikes("numpy", junctions, memory=1.0)
    xr.testing.assert_identical(run, one_by_one)
    plain = record_spikes("numpy", None)
    assert run.sizes["spike"] > 20
    assert np.abs(run.voltage_a - plain.voltage_a).max() > 1e-4
    if compiler.find_compiler() is not None:
        cpp = record_spikes("cpp", junctions)
        np.testing.assert_array_equal(run.spike_time, cpp.spike_time)
        np.testing.assert_array_equal(run.voltage_a, cpp.voltage_a)
        # Exponentials of NumPy and C++ may differ in the last bit.
        np.testing.assert_allclose(run.voltage_b, cpp.voltage_b, rtol=0, atol=1e-9)


@pytest.mark.slow  # Brian2 compiles 30 files
def test_the_standalone_engine_agrees():
    junctions = GapJunctions(0.5 * nS, ba.FixedProbability(0.5))
    runs = [record_spikes(engine, junctions) for engine in ("numpy", "cpp_standalone")]
    np.testing.assert_array_equal(runs[0].spike_time, runs[1].spike_time)


@pytest.mark.parametrize(
    "gap_junctions", [0 * nS, GapJunctions(1 * nS, ba.ExplicitMatrix(np.zeros((8, 8))))]
)
def test_no_junction_is_no_coupling(gap_junctions, compiled):
    run, plain = (record_spikes(compiled, g) for g in (gap_junctions, None))
    np.testing.assert_array_equal(run.spike_time, plain.spike_time)
    np.testing.assert_array_equal(run.voltage_a, plain.voltage_a)


def test_wirings_draw_junctions_anew():
    junctions = GapJunctions(0.5 * nS, ba.FixedProbability(0.5))
    run = record_spikes("numpy", junctions, trials=4, wirings=2)
    assert list(run.wiring) == [0, 1, 0, 1]
    one = record_spikes("numpy", junctions, trials=4, wirings=1)
    np.testing.assert_array_equal(run.voltage_a[:, 0], one.voltage_a[:, 0])
    assert np.abs(run.voltage_a[:, 1] - one.voltage_a[:, 1]).max() > 1e-4


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: GapJunctions(-1 * nS), DescriptionError, "wanted a value at least 0 nS, got -1"),
        (lambda: GapJunctions(1 * mV), DimensionError, "wanted a conductance in nS"),
        (
            lambda: GapJunctions(1 * nS, ba.OneToOne()),
            DescriptionError,
            "different neurons, got On",
        ),
        (lambda: GapJunctions(1 * nS, 0.5), DescriptionError, "different neurons, got 0.5"),
        (
            lambda: GapJunctions(1 * nS, ba.ExplicitMatrix([[0, 1], [2, 0]])),
            DescriptionError,
            "wanted a symmetric matrix .* got a matrix that is not symmetric",
        ),
        (
            lambda: GapJunctions(1 * nS, ba.ExplicitMatrix(np.eye(2))),
            DescriptionError,
            "got a neuron coupled to itself",
        ),
        (
            lambda: make_network(
                GapJunctions(1 * nS, ba.ExplicitMatrix([[0, 1], [1, 0]])), [0, 0, 0]
            ),
            DescriptionError,
            "Population 'a', gap_junctions, ExplicitMatrix",
        ),
    ],
)
def test_what_is_no_gap_junction_is_an_error(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_a_step_in_which_differences_would_overshoot_is_an_error():
    cell = ba.cells.LIF(C=20 * pF, g_L=1 * nS)
    network = make_network(200 * nS, [0, 0], cell)
    with pytest.raises(SimulationError, match=r"gap junction time constant of 'a', 0\.05 ms"):
        network.run(steps({"x": [0]}, duration=10 * ms), trials=1, seed=1)


def test_theories_of_uncoupled_neurons_refuse_them():
    network = make_network(1 * nS, [100, 0])
    with pytest.raises(DescriptionError, match="neurons that are not coupled, got a population"):
        ba.to_ann(network, seed=1)
    captions = [equation.caption for equation in network.explain()]
    assert "Gap junctions within a" in captions


def test_neighbours_on_a_ring_are_coupled():
    rule = ba.connectivity.DistanceDependent(cutoff=1 / 8)
    population = ba.Population(
        "a", 8, "GABA", gap_junctions=GapJunctions(1 * nS, rule), positions=ba.connectivity.Ring()
    )
    post, pre, _ = population.placed_gap_junctions.draw_junctions(8, np.random.default_rng(1))
    assert sorted(zip(post, pre, strict=True)) == sorted(
        (k, (k + step) % 8) for k in range(8) for step in (-1, 1)
    )
    with pytest.raises(DescriptionError, match="'a', gap_junctions, ExplicitMatrix: wanted shape"):
        ba.Population(
            "a", 3, "GABA", gap_junctions=GapJunctions(1 * nS, ba.ExplicitMatrix(np.zeros((2, 2))))
        )
