"""Spikes at given times: where they arrive, in which condition, and what is refused."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.errors import (
    BioannError,
    DescriptionError,
    DimensionError,
    SimulationError,
    UnknownNameError,
)
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.input_spikes.schedule import schedule_spikes
from bioann.bio.theory.presynaptic_inputs import presynaptic_inputs
from bioann.translate.effective_weights.measure import tabulate_effective_weights

DT, TAU = 1e-4, 5e-3
STIMULUS = ba.steps({"x": [0.0, 1.0]}, duration=60 * ms)
A, B = (str(c) for c in STIMULUS.condition.values)


def network(times, n=1, **options):
    return ba.SpikingNetwork(
        (ba.Population("a", n, "glutamate"),),
        (ba.ScheduledAfferent(times, "a", 2 * nS, **options),),
    )


def sum_of_exponentials(times, n_steps=600):
    """Conductance at the start of each step: a spike acts at the end of its own step."""
    t = np.arange(n_steps)[:, None] - np.floor(np.asarray(times) / DT + 1e-9)
    return 2e-9 * np.where(t > 0, np.exp(-(t - 1) * DT / TAU), 0).sum(axis=1)


def test_conductances_are_sums_of_exponentials_from_the_times_on(probe):
    times = ([3, 10, 10.1, 41.27], [7], [])
    description = [row * ms for row in times]
    n_fibres = ba.OneToOne()
    recording, _ = probe(network(description, 3, connectivity=n_fibres), STIMULUS, "a", "g_AMPA")
    g = recording.g_AMPA.values.reshape(2, 3, -1)
    for condition in (0, 1):
        for fibre in range(3):
            expected = sum_of_exponentials(np.array(times[fibre]) * 1e-3)
            np.testing.assert_allclose(g[condition, fibre], expected, rtol=1e-9)


def test_every_fibre_reaches_every_neuron_by_default(probe):
    recording, _ = probe(network([[3, 20] * ms, [7] * ms], 3), STIMULUS, "a", "g_AMPA")
    expected = sum_of_exponentials([3e-3, 7e-3, 20e-3])
    for g in recording.g_AMPA.values:
        np.testing.assert_allclose(g, expected, rtol=1e-9)


def test_a_delay_moves_all_spikes(probe):
    g, later = (
        probe(network([[3, 20] * ms], delay=d * ms), STIMULUS, "a", "g_AMPA")[0].g_AMPA.values
        for d in (0, 4)
    )
    np.testing.assert_allclose(later[:, 40:], g[:, :-40], rtol=1e-12)


def test_conditions_have_their_own_times(probe):
    times = {B: [[5] * ms, [] * ms], A: [[] * ms, [30, 31] * ms]}
    recording, _ = probe(network(times), STIMULUS, "a", "g_AMPA")
    for row, expected in zip(recording.g_AMPA.values, ([30e-3, 31e-3], [5e-3]), strict=True):
        np.testing.assert_allclose(row, sum_of_exponentials(expected), rtol=1e-9)


def test_trials_and_seeds_do_not_change_the_spikes():
    afferent = network([[3, 20] * ms, [7] * ms]).fibres[0]
    spikes = [
        schedule_spikes(afferent, 0.06, Lanes((A, B), 3, seed, DT)).source_indices
        for seed in (1, 2)
    ]
    np.testing.assert_array_equal(*spikes)
    counts = np.bincount(spikes[0], minlength=12)
    np.testing.assert_array_equal(counts, [2, 1] * 6)


@given(st.lists(st.integers(0, 599), unique=True, max_size=30))
def test_a_time_is_in_the_step_that_contains_it(steps):
    """Also where the time in floating point is slightly below the start of its step."""
    steps = sorted(steps)
    afferent = network([np.array(steps) * 0.1 * ms]).fibres[0]
    spikes = schedule_spikes(afferent, 0.06, Lanes((A,), 1, 1, DT))
    np.testing.assert_array_equal(spikes.steps, steps)


@pytest.mark.slow
def test_scheduled_spikes_are_those_of_a_population_that_fires_at_these_times(electrodes, compiled):
    """Two ways to build the same synapses: a projection, and its spikes as an afferent."""
    rules = (
        ba.plasticity.TsodyksMarkram(0.4, 30 * ms, 50 * ms),
        ba.plasticity.PairSTDP(A_plus=0.02, A_minus=0.01),
    )
    options = {"plasticity": rules, "delay": 1.5 * ms, "name": "ff"}
    stimulus = ba.steps({"x": [1.0, 1.3]}, duration=100 * ms)
    fired = ba.SpikingNetwork(
        (ba.Population("pre", 4, "glutamate"), ba.Population("post", 3, "glutamate")),
        (ba.Afferent("x", "pre", 3 * nS, fibres=60),),
        (ba.Projection("pre", "post", 12 * nS, **options),),
    )
    first = fired.run(stimulus, trials=1, seed=1, engine=compiled)
    is_pre = first.spike_unit.values == 0
    times = {
        str(label): [
            np.unique(
                first.spike_time.values[
                    is_pre & (first.spike_condition == c) & (first.spike_neuron == fibre)
                ]
            )
            * 1e3
            * ms
            for fibre in range(4)
        ]
        for c, label in enumerate(stimulus.condition.values)
    }
    afferent = ba.ScheduledAfferent(times, "post", 12 * nS, **options)
    given_times = dataclasses.replace(fired, afferents=afferent, projections=())
    second = given_times.run(stimulus, trials=1, seed=1, engine=compiled)
    is_post = [r.spike_unit.values == 1 for r in (first, second)]
    assert is_post[0].sum() > 5
    np.testing.assert_array_equal(
        first.spike_time.values[is_post[0]], second.spike_time.values[is_post[1]]
    )
    assert (first.weight_ff != first.weight_ff[0, 0, 0]).any()
    order = np.lexsort((second.pre_ff, second.post_ff))
    np.testing.assert_allclose(first.weight_ff, second.weight_ff[:, :, order], rtol=1e-12)


@pytest.mark.parametrize(
    ("times", "kind", "message"),
    [
        ([[10, 5] * ms], DescriptionError, "fibre 0: wanted times in ascending order.*5 ms after"),
        ([[] * ms, [5, 5] * ms], DescriptionError, "fibre 1: .*none twice, got 5 ms after 5"),
        ([[-1, 5] * ms], DescriptionError, "times from 0 ms on, got -1 ms. Count times from"),
        ([[1, np.nan] * ms], DescriptionError, "fibre 0: wanted a finite number"),
        ([[1, 5]], DimensionError, "fibre 0: wanted a time in ms"),
        ([[1, 5] * mV], DimensionError, "fibre 0: wanted a time in ms"),
        ([], DescriptionError, "at least one fibre, got none"),
        ("late", DescriptionError, "an array of times per fibre"),
        (7 * ms, DescriptionError, "an array of times"),
        ([7 * ms], DescriptionError, "fibre 0: wanted an array of times"),
        ({A: [[1] * ms], B: [[1] * ms, [2] * ms]}, DescriptionError, "as many fibres in each"),
        ({}, DescriptionError, "at least one condition"),
        ({A: [[2, 1] * ms]}, DescriptionError, "in condition .*, fibre 0: wanted times in ascend"),
    ],
)
def test_times_that_cannot_be_are_refused_where_they_are_written(times, kind, message):
    with pytest.raises(kind, match=message):
        ba.ScheduledAfferent(times, "a", 1 * nS)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([[10, 60] * ms], "before the end of the run, at 60 ms, got one at 60 ms"),
        ([[10, 99] * ms], "got one at 99 ms. Lengthen the stimulus"),
        ([[10, 10.05] * ms], "at most one spike in a time step of 0.1 ms, got spikes at 10 and 10"),
    ],
)
def test_spikes_that_do_not_fit_a_run_are_refused_before_it(times, message):
    with pytest.raises(SimulationError, match=message):
        network(times).run(STIMULUS, trials=1, seed=1, engine="numpy")


def test_a_condition_without_times_is_named():
    with pytest.raises(UnknownNameError, match=f"condition with spike times, got '{A}'"):
        network({B: [[5] * ms]}).run(STIMULUS, trials=1, seed=1, engine="numpy")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"weight": -1 * nS}, "a conductance >= 0"),
        ({"receptor": "GABA_A"}, "receptor for glutamate"),
        ({"delay": -1 * ms}, "delay: wanted a value at least 0 ms"),
        ({"plasticity": "STDP"}, "at most one short-term and one long-term rule"),
        ({"connectivity": "OneToOne"}, "a connectivity rule"),
    ],
)
def test_synapses_are_checked_as_those_of_other_afferents(wrong, message):
    with pytest.raises(BioannError, match=message):
        ba.ScheduledAfferent(**({"times": [[1] * ms], "target": "a", "weight": 1 * nS} | wrong))


def test_a_target_and_a_size_must_fit():
    with pytest.raises(UnknownNameError, match="population, got 'b'"):
        ba.SpikingNetwork(
            (ba.Population("a", 1, "GABA"),), (ba.ScheduledAfferent([[1] * ms], "b", 1 * nS),)
        )
    with pytest.raises(DescriptionError, match="ScheduledAfferent -> 'a', OneToOne"):
        network([[1] * ms, [2] * ms], 3, connectivity=ba.OneToOne())


def test_scheduled_spikes_have_no_steady_rate():
    with pytest.raises(DescriptionError, match="input at a steady rate, got spikes at given times"):
        presynaptic_inputs(network([[1] * ms]), "a", seed=1)


def test_the_report_lists_scheduled_spikes_beside_constant_input():
    inputs = network([[1] * ms, [2] * ms], plasticity=ba.plasticity.TsodyksMarkram())
    assert not len(inputs.connections())
    (row,) = inputs.constant_inputs().itertuples()
    assert (row.source, row.target, row.sign, row.label) == (
        "scheduled spikes",
        "a",
        1,
        "AMPA 2 nS x 2",
    )
    assert "scheduled spikes, TsodyksMarkram" in row.mechanism


def test_learning_afferents_have_names_of_their_own():
    learning = ba.ScheduledAfferent([[1] * ms], "a", 1 * nS, plasticity=ba.plasticity.PairSTDP())
    with pytest.raises(
        DescriptionError, match=r"each afferent that learns, got twice \['scheduled"
    ):
        ba.SpikingNetwork((ba.Population("a", 1, "GABA"),), (learning, learning))
    odd = dataclasses.replace(learning, name="a name")
    with pytest.raises(DescriptionError, match="name: wanted a name of letters, digits"):
        ba.SpikingNetwork((ba.Population("a", 1, "GABA"),), (odd,))


def test_currents_and_fibres_of_both_kinds_go_together():
    both = ba.SpikingNetwork(
        (ba.Population("a", 2, "glutamate"),),
        (
            ba.ScheduledAfferent([[1] * ms], "a", 1 * nS),
            ba.Afferent("x", "a", 1 * nS, rate=50 * Hz),
            ba.CurrentAfferent("y", "a", 10 * pA),
        ),
    )
    assert both.channels == ("x", "y")
    addresses = [p.address for p in ba.parameters.collect_parameters(both)]
    assert "scheduled afferent -> a, weight" in addresses


def test_effective_weights_are_those_of_the_network_without_scheduled_spikes():
    steady = ba.SpikingNetwork(
        (ba.Population("a", 5, "glutamate"),), (ba.Afferent("x", "a", 1 * nS, fibres=40),)
    )
    scheduled = ba.ScheduledAfferent({A: [[5] * ms], B: [[6] * ms]}, "a", 3 * nS)
    both = dataclasses.replace(steady, afferents=(scheduled, *steady.afferents))
    points = STIMULUS.isel(time=0) + 0.5
    tables = [tabulate_effective_weights(x, points, seed=1) for x in (steady, both)]
    # Only the position of the afferent differs, and with it the random numbers.
    assert tables[0].source.tolist() == tables[1].source.tolist() == ["x"]
    low, high = tables[0].effective_low[0], tables[0].effective_high[0]
    width = (high - low) + (tables[1].effective_high[0] - tables[1].effective_low[0])
    assert tables[1].effective[0] == pytest.approx(tables[0].effective[0], abs=width)
    (flag,) = [f for f in both.flags(both.run(STIMULUS, trials=1, seed=1)) if "scheduled" in f]
    assert flag.startswith("Effective weights are measured without the scheduled spikes to 'a',")
