"""Input spikes: none is lost on the way, and a lane draws what it draws alone."""

from collections import Counter

import numpy as np
import pytest
from brian2 import Hz, ms, nS
from hypothesis import given, strategies as st
from scipy import stats

from bioann.bio.afferent import Afferent
from bioann.bio.background import Background
from bioann.bio.input_spikes import draw, sorting
from bioann.bio.input_spikes.draw import (
    Lanes,
    draw_afferent_spikes,
    draw_background_spikes,
    draw_initial_states,
    sort_spikes,
)
from bioann.bio.population import Population

DT = 1e-3
#: Two-sided chance of a false alarm of each statistical test; all seeds are fixed.
ALPHA = 1e-4


def rng(seed=1):
    return np.random.default_rng(seed)


def lanes(conditions=("a", "b"), trials=2, seed=1, dt=1e-4):
    return Lanes(tuple(conditions), trials, seed, dt)


events_in_lanes = st.lists(
    st.lists(st.tuples(st.integers(0, 999), st.integers(0, 3)), max_size=30),
    min_size=2,
    max_size=2,
)


#: Constants that let many parts, and what is wider than they are, be tried on few spikes.
SMALL = {"KEYS_PER_SPLIT": 5, "SPIKES_PER_BUCKET": 3, "BLOCK_SIZE": 2}


@pytest.mark.parametrize(
    "sizes", [{}, SMALL, SMALL | {"INT32_RANGE": 40}], ids=["one", "many", "wide"]
)
@given(events_in_lanes)
def test_no_spike_is_lost_on_the_grid(sizes, lists):
    """Every (lane, step, neuron) keeps its number of spikes, each on a slot of its own."""
    two = lanes(trials=1)
    found = [
        [(np.array([s]) * two.dt, np.array([n], dtype=np.int64)) for s, n in one] for one in lists
    ]
    with pytest.MonkeyPatch.context() as patch:
        for name, size in sizes.items():
            patch.setattr(sorting, name, size)
            patch.setattr(draw, name, size, raising=False)
        events = sort_spikes(found, 4, two, 0.1, sum(map(len, lists)))
        ports = events.source_indices
    total = 4 * two.n
    assert events.n_neurons == total
    expected = Counter((s, k * 4 + n) for k, one in enumerate(lists) for s, n in one)
    steps = events.steps.tolist()
    assert Counter(zip(steps, events.neurons.tolist(), strict=True)) == expected
    assert Counter(zip(steps, (ports % total).tolist(), strict=True)) == expected
    assert (np.diff(events.steps) >= 0).all()
    assert events.n_slots == max(expected.values(), default=1)
    assert len(set(zip(steps, ports.tolist(), strict=True))) == len(ports)
    assert (ports < total * events.n_slots).all()
    # Within a step by neuron, those of one neuron in neighbouring slots from the first on.
    ordered = list(zip(steps, ports % total, ports // total, strict=True))
    assert ordered == sorted(ordered)
    assert {(s, n, k - 1) for s, n, k in ordered if k} <= set(ordered)


tables = st.tuples(st.integers(1, 300), st.integers(1, 60), st.integers(0, 400))


@pytest.mark.parametrize("about", [0, 1, 10**9])
@given(tables, st.sampled_from([np.int32, np.int64]), st.integers(0, 2**32))
def test_counting_is_stable_sorting(about, table, kind, seed):
    (total, steps, size), source = table, rng(seed)
    key = source.integers(0, total * steps, size).astype(kind)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            **SMALL,
            "INT32_RANGE": source.integers(1, 2 * total * steps + 2),
        }.items():
            patch.setattr(sorting, name, value)
        blocks = np.array_split(key, 7)
        parts = sorting.BucketSort([part.copy() for part in blocks], total, steps, about)
        neuron, counts = map(np.concatenate, zip(*parts.iter_blocks(), strict=True))
        port = sorting.assign_slots(neuron, counts, total)
    step = key // total
    np.testing.assert_array_equal(neuron, (key % total)[np.argsort(step, kind="stable")])
    np.testing.assert_array_equal(counts, np.bincount(step, minlength=steps))
    # Slots, one by one.
    n_seen, slots = Counter(), []
    for one in np.sort(key).tolist():
        slots.append(n_seen[one])
        n_seen[one] += 1
    np.testing.assert_array_equal(port, np.sort(key) % total + total * np.array(slots, dtype=int))
    assert (neuron.dtype, counts.dtype, port.dtype) == (np.uint16, np.int32, np.int32)


@pytest.mark.parametrize(("total", "kind"), [(2**16, np.uint16), (2**16 + 1, np.int32)])
def test_neurons_have_16_bits_where_that_will_do(total, kind):
    # 40,000 steps of so many do not fit into 32 bits.
    ends = np.array([0, 0, total - 1, total - 1]), np.array([2.0, 0.0, 2.0, 0.0])
    events = sort_spikes([[ends[::-1]]], total, lanes(("a",), 1), 4.0, 4)
    assert events.neurons.dtype == kind
    assert events.neurons.tolist() == [0, total - 1] * 2
    assert np.flatnonzero(events.counts).tolist() == [0, 20_000]
    assert events.source_indices.tolist() == [0, total - 1] * 2


def test_few_spikes_in_a_million_steps_are_found():
    times = np.array([99.9, 3.0, 3.0, 50.0])
    events = sort_spikes([[(times, np.array([4, 1, 1, 0]))]], 5, lanes(("a",), 1), 100.0, 4)
    assert len(events.counts) >= 10**6
    assert events.steps.tolist() == [30_000, 30_000, 500_000, 999_000]
    assert events.neurons.tolist() == [1, 1, 0, 4]
    assert (events.source_indices.tolist(), events.n_slots) == ([1, 6, 0, 4], 2)


def test_pieces_are_the_whole_before_and_after_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(sorting, "SPIKES_PER_BUCKET", 3)
    times, who = rng(1).uniform(0, 1, 50), rng(2).integers(0, 4, 50)
    events = sort_spikes([[(times, who)]], 4, lanes(("a",), 1), 1.0, 50)

    def joined():
        return [np.concatenate(part).tolist() for part in zip(*events.iter_blocks(), strict=True)]

    assert len([*events.iter_blocks()]) > 10
    before = joined()
    assert before == [events.neurons.tolist(), events.counts.tolist()] == joined()
    assert len([*events.iter_blocks()]) == 1
    assert events.n_spikes == sum(before[1]) == 50


def test_what_all_get_cannot_be_written_into():
    events = sort_spikes([[(np.array([0.1, 0.1]), np.array([1, 1]))]], 2, lanes(("a",), 1), 1.0, 2)
    assert events.source_indices is events.source_indices
    for array in (events.neurons, events.counts, events.source_indices, events.steps):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_time_on_an_edge_belongs_to_the_step_that_starts_there():
    one = Lanes(("a",), 1, 1, 1e-4)
    ticks = np.arange(10_000)
    events = sort_spikes([[(ticks * 1e-4, np.zeros(10_000, np.int64))]], 1, one, 1.0, 1e4)
    np.testing.assert_array_equal(events.steps, ticks)


def test_lanes_are_conditions_by_trials():
    four = lanes()
    assert four.n == 4
    numbers = [four.make_lane_rng(lane, "x").random() for lane in range(4)]
    assert len(set(numbers)) == 4
    # Lane 3 is the second trial of the second condition, alone or not.
    assert lanes(("b",)).make_lane_rng(1, "x").random() == numbers[3]


class TestEvents:
    """What afferents and backgrounds ask for."""

    AFFERENT = Afferent("x", "a", 1 * nS, fibres=5, rate=80 * Hz)

    def events(self, conditions=("lo", "hi"), trials=3, index=0):
        level = {"lo": 0.25, "hi": 1.0}
        activation = np.repeat([[level[c]] for c in conditions], 500, axis=1)
        rates = self.AFFERENT.compute_rates(activation, list(conditions))
        return draw_afferent_spikes(self.AFFERENT, index, rates, 40, lanes(conditions, trials), DT)

    def test_each_lane_has_the_rate_of_its_condition(self):
        events = self.events()
        lane = events.neurons // 40
        for k, level in enumerate([0.25] * 3 + [1.0] * 3):
            mean = 80 * level * 0.5 * 5 * 40
            low, high = stats.poisson.ppf([ALPHA, 1 - ALPHA], mean)
            assert low < (lane == k).sum() < high

    def test_a_lane_alone_draws_what_it_draws_in_company(self):
        both, alone = self.events(), self.events(("hi",))

        def trains(spikes, first):
            mine = (spikes.neurons >= 40 * first) & (spikes.neurons < 40 * (first + 3))
            return list(zip(spikes.steps[mine], spikes.neurons[mine] - 40 * first, strict=True))

        # In the same order, too.
        assert trains(both, 3) == trains(alone, 0)

    def test_equal_afferents_are_independent(self):
        one, other = self.events(index=0), self.events(index=1)
        assert not np.array_equal(one.steps[:50], other.steps[:50])

    def test_a_background_has_its_rate(self):
        background = Background(6 * nS, quantum=2 * nS)  # 6 / (2 * 5 ms) = 600 Hz
        assert background.rate == pytest.approx(600)
        population = Population("a", 30, "glutamate", background=background)
        events = draw_background_spikes(population, 0, background, 0.5, lanes())
        low, high = stats.poisson.ppf([ALPHA, 1 - ALPHA], 600 * 0.5 * 30 * 4)
        assert low < len(events.steps) < high
        assert events.steps.max() < 5000
        assert stats.kstest(events.steps * 1e-4, "uniform", (0, 0.5)).pvalue > ALPHA

    def test_silence_has_no_events(self):
        silent = draw_afferent_spikes(self.AFFERENT, 0, np.zeros((2, 500)), 40, lanes(), DT)
        assert len(silent.neurons) == len(silent.source_indices) == len(silent.steps) == 0
        assert silent.n_slots == 1


def test_potentials_start_evenly_between_rest_and_threshold():
    population = Population("a", 1000, "glutamate")
    states = draw_initial_states(population, lanes())["v"]
    assert states.shape == (4000,)
    assert stats.kstest(states, "uniform", (-0.065, 0.015)).pvalue > ALPHA
    assert len(set(states[::1000])) == 4  # lanes differ
    assert (draw_initial_states(population, lanes(("b",)))["v"] == states[2000:]).all()


def test_delays_and_weights_do_not_change_what_is_drawn():
    rates = np.full((1, 100), 50.0)
    plain, other = Afferent("x", "a", 1 * nS), Afferent("x", "a", 2 * nS, delay=3 * ms)
    spikes = [draw_afferent_spikes(a, 0, rates, 5, lanes(("a",)), DT) for a in (plain, other)]
    np.testing.assert_array_equal(spikes[0].steps, spikes[1].steps)
