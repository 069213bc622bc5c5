"""Fibres that neurons share: the same spikes, a rule of connectivity, several wirings."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.bio.engines.cpp import compiler
from bioann.bio.theory.presynaptic_inputs import presynaptic_inputs

STIMULUS = ba.steps({"x": [0.6, 1.0]}, duration=100 * ms)


@pytest.fixture
def needs_compiler():
    if compiler.find_compiler() is None:
        pytest.skip("needs a C++ compiler")


def pool(n=6, connectivity=None, **options):
    """A population whose neurons see a pool of fibres."""
    options = {"weight": 0.9 * nS, "fibres": 40} | options
    weight = options.pop("weight")
    return ba.SpikingNetwork(
        (ba.Population("a", n, "glutamate"),),
        (ba.Afferent("x", "a", weight, connectivity=connectivity, **options),),
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["poisson", "regular"])
def test_neurons_that_share_all_fibres_have_the_same_conductance(probe, kind):
    shared, _ = probe(pool(connectivity=ba.AllToAll(), kind=kind), STIMULUS, "a", "g_AMPA")
    g = shared.g_AMPA.values.reshape(2, 6, -1)
    assert g.any()
    np.testing.assert_array_equal(g, np.repeat(g[:, :1], 6, axis=1))
    own, _ = probe(pool(kind=kind), STIMULUS, "a", "g_AMPA")
    assert (own.g_AMPA.values[0] != own.g_AMPA.values[1]).any()


@pytest.mark.slow
def test_a_pool_delivers_the_mean_conductance_of_own_fibres(probe):
    """40 fibres at 100 Hz, tau = 5 ms: 18 nS; all neurons see one sample of it."""
    long = ba.steps({"x": [1.0]}, duration=1000 * ms)
    recording, _ = probe(pool(1, ba.AllToAll(), weight=0.9 * nS), long, "a", "g_AMPA")
    g = recording.g_AMPA.values[0, 500:]
    # Campbell: variance 40 * 100 Hz * q^2 * tau / 2, correlated over tau: 950 ms hold T / (2 tau)
    # independent values. No spike is lost where fibres fire twice in a step.
    mean, variance = 18e-9, 40 * 100 * (0.9e-9) ** 2 * 5e-3 / 2
    assert g.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / (0.95 / 10e-3)))


def test_spikes_of_one_fibre_in_one_step_all_arrive(probe):
    """A pool of one fibre at 20 kHz: two spikes per step of 0.1 ms on average."""
    fast = pool(3, ba.AllToAll(), fibres=1, rate=20_000 * Hz, weight=0.01 * nS)
    recording, _ = probe(fast, ba.steps({"x": [1.0]}, duration=300 * ms), "a", "g_AMPA")
    g = recording.g_AMPA.values
    mean = 0.01e-9 * 20_000 * 5e-3
    variance = 20_000 * (0.01e-9) ** 2 * 5e-3 / 2
    assert g[0, 500:].mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / (0.25 / 10e-3)))
    np.testing.assert_array_equal(g, np.repeat(g[:1], 3, axis=0))


def test_one_to_one_gives_neuron_i_the_spikes_of_fibre_i(probe):
    """Permuting the rows of an explicit matrix permutes the neurons."""
    rng = np.random.default_rng(1)
    order = rng.permutation(40)
    identity = pool(40, ba.OneToOne())
    permuted = pool(40, ba.ExplicitMatrix(np.eye(40)[order]))
    g, permuted_g = (
        probe(network, STIMULUS, "a", "g_AMPA")[0].g_AMPA.values.reshape(2, 40, -1)
        for network in (identity, permuted)
    )
    np.testing.assert_array_equal(permuted_g, g[:, order])


def test_unequal_strengths_scale_the_weight(probe):
    matrix = np.array([[1.0, 0.0], [0.5, 0.0], [0.0, 2.0]])
    recording, _ = probe(
        pool(3, ba.ExplicitMatrix(matrix), fibres=2, rate=300 * Hz), STIMULUS, "a", "g_AMPA"
    )
    g = recording.g_AMPA.values
    assert g[0].any()
    np.testing.assert_allclose(g[1], g[0] / 2, rtol=1e-12)
    assert (g[2] != 2 * g[0]).any()


def make_many_pools():
    """Pools with unequal strengths, saturating receptors, correlation and plasticity."""
    matrix = ba.ExplicitMatrix(np.random.default_rng(3).random((6, 40)))
    correlated = {"kind": "single_interaction", "correlation": 0.1}
    learning = {"plasticity": (ba.plasticity.TsodyksMarkram(), ba.plasticity.PairSTDP(0.05, 0.05))}
    options = ({}, {"receptor": "NMDA"}, correlated, learning, learning)
    rules = (matrix, matrix, ba.AllToAll(), matrix, None)
    networks = [pool(6, r, weight=3 * nS, **o) for r, o in zip(rules, options, strict=True)]
    names = [f"p{k}" for k in range(len(networks))]
    members = list(zip(names, networks, strict=True))
    times = {
        str(c): [np.arange(5 + k, 90, 20 - k) * ms for k in range(4)]
        for c in STIMULUS.condition.values
    }
    scheduled = ba.ScheduledAfferent(times, "p5", 9 * nS, name="p5", delay=2 * ms, **learning)
    afferents = [dataclasses.replace(x.afferents[0], target=name, name=name) for name, x in members]
    return ba.SpikingNetwork(
        tuple(
            dataclasses.replace(networks[0].populations[0], name=name) for name in (*names, "p5")
        ),
        (*afferents, scheduled),
    )


@pytest.fixture(scope="module")
def numpy_run():
    return make_many_pools().run(STIMULUS, trials=2, seed=1, engine="numpy")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["cpp", "cpp_standalone"])
def test_every_engine_delivers_fibres_alike(engine, numpy_run, needs_compiler):
    run = make_many_pools().run(STIMULUS, trials=2, seed=1, engine=engine)
    assert set(np.unique(run.spike_unit)) == set(range(6))
    for field in ("spike_time", "spike_neuron", "spike_unit"):
        np.testing.assert_array_equal(run[field], numpy_run[field])
    for name in ("weight_p3", "weight_p4", "weight_p5"):
        assert (run[name] != run[name][0, 0, 0]).any()
        np.testing.assert_allclose(run[name], numpy_run[name], rtol=1e-9)


def test_drawn_pools_differ_between_wirings_and_targets_do_not_otherwise():
    drawn = pool(6, ba.FixedProbability(0.3), weight=6 * nS)
    assert drawn.has_drawn_wiring
    assert not pool(6, ba.AllToAll()).has_drawn_wiring
    assert not pool(6).has_drawn_wiring
    run = drawn.run(STIMULUS, trials=2, seed=1, wirings=2, engine="numpy")
    np.testing.assert_array_equal(run.wiring, [0, 1])
    first, second = (drawn.afferents[0].draw_fibre_synapses(0, 6, 1, w) for w in (0, 1))
    assert len(first[0]) != len(second[0]) or (first[1] != second[1]).any()
    other = drawn.afferents[0].draw_fibre_synapses(1, 6, 1)
    assert len(other[0]) != len(first[0]) or (other[1] != first[1]).any()


def test_a_pool_learns_on_the_synapses_of_each_wiring():
    rule = ba.plasticity.PairSTDP()
    network = pool(6, ba.FixedProbability(0.3), plasticity=rule)
    run = network.run(STIMULUS, trials=2, seed=1, wirings=2, engine="numpy")
    for trial in (0, 1):
        post, fibre, _ = network.afferents[0].draw_fibre_synapses(0, 6, 1, trial)
        exists = run.weight_afferent_x_to_a[0, trial].notnull()
        np.testing.assert_array_equal(run.post_afferent_x_to_a[exists], post)
        np.testing.assert_array_equal(run.pre_afferent_x_to_a[exists], fibre)


@pytest.mark.parametrize(
    ("connectivity", "message"),
    [
        (ba.OneToOne(), "'x' -> 'a', OneToOne"),
        (ba.ExplicitMatrix(np.ones((2, 2))), "'x' -> 'a', ExplicitMatrix"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(connectivity, message):
    with pytest.raises(DescriptionError, match=message):
        pool(6, connectivity)


def test_a_rule_is_an_object():
    with pytest.raises(DescriptionError, match=r"connectivity: wanted a .*AllToAll\(\)"):
        ba.Afferent("x", "a", 1 * nS, connectivity="AllToAll")


def test_theory_sees_the_variance_of_correlated_fibres():
    """Weight and number of equivalent fibres keep mean and variance of the summed weights."""
    correlated = {"kind": "multiple_interaction", "correlation": 0.25}
    for rule in (None, ba.AllToAll()):
        network = pool(6, rule, **correlated)
        (synapse,) = presynaptic_inputs(network, "a", seed=1).synaptic_inputs
        assert synapse.weight * synapse.n_synapses == pytest.approx(40 * 0.9e-9)
        variance = 40 * (0.9e-9) ** 2 * (1 + 39 * 0.25)
        assert synapse.weight**2 * synapse.n_synapses == pytest.approx(variance)


def test_theory_counts_the_synapses_of_a_drawn_pool():
    network = pool(50, ba.FixedProbability(0.3))
    (synapse,) = presynaptic_inputs(network, "a", seed=1).synaptic_inputs
    post, _, _ = network.afferents[0].draw_fibre_synapses(0, 50, 1)
    assert synapse.n_synapses == pytest.approx(len(post) / 50)
    assert synapse.weight == pytest.approx(0.9e-9)
    (expected,) = presynaptic_inputs(network, "a", seed=None).synaptic_inputs
    assert expected.n_synapses == pytest.approx(40 * 0.3)


def test_the_report_names_a_pool_of_fibres():
    rows = pool(6, ba.AllToAll()).connections()
    assert "pool of fibres" in rows.mechanism[0]
    assert "pool" not in pool(6).connections().mechanism[0]
    correlated = pool(6, kind="multiple_interaction", correlation=0.25)
    assert "count correlation 0.25" in correlated.connections().mechanism[0]
    own = dataclasses.replace(pool(6).afferents[0], plasticity=ba.plasticity.TsodyksMarkram())
    network = dataclasses.replace(pool(6), afferents=own)
    assert "TsodyksMarkram" in network.connections().mechanism[0]
