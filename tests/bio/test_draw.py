"""Point processes: what statistics says about them, and that no spike is lost on the way."""

from collections import Counter

import numpy as np
import pytest
from brian2 import Hz, ms, nS
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bioann.bio import draw, order, points
from bioann.bio.afferent import Afferent
from bioann.bio.draw import (
    Lanes,
    afferent_events,
    background_events,
    initial_states,
    ported,
)
from bioann.bio.points import inverse
from bioann.bio.population import Background, Population

DT = 1e-3
#: Two-sided chance of a false alarm of each statistical test; all seeds are fixed.
ALPHA = 1e-4
rates_of_steps = st.lists(st.floats(0, 2000), min_size=1, max_size=20).filter(any)


def expected(rates):
    return np.concatenate([[0.0], np.cumsum(rates) * DT])


def rng(seed=1):
    return np.random.default_rng(seed)


def poisson(*arguments):
    return together(points.poisson(*arguments))


def regular(*arguments):
    return together(points.regular(*arguments))


def together(spikes):
    nothing = [(np.zeros(0), np.zeros(0, np.int64))]
    times, neurons = zip(*[*spikes, *nothing], strict=True)
    return np.concatenate(times), np.concatenate(neurons)


def lanes(conditions=("a", "b"), trials=2, seed=1, dt=1e-4):
    return Lanes(tuple(conditions), trials, seed, dt)


class TestPoisson:
    """An inhomogeneous Poisson process."""

    def test_counts_are_poisson(self):
        n, fibres, rate = 4000, 3, 20.0
        times, neurons = poisson(expected([rate] * 500), DT, n, fibres, rng())
        counts = np.bincount(neurons, minlength=n)
        mean = rate * 0.5 * fibres
        # Fisher's dispersion test: (n - 1) * Fano factor is chi-square; the total is Poisson.
        low, high = stats.chi2.ppf([ALPHA, 1 - ALPHA], n - 1) / (n - 1)
        assert low < counts.var(ddof=1) / counts.mean() < high
        low, high = stats.poisson.ppf([ALPHA, 1 - ALPHA], n * mean)
        assert low < len(times) < high

    def test_the_total_is_poisson_too(self):
        source = rng()
        totals = [len(poisson(expected([100.0] * 200), DT, 3, 1, source)[0]) for _ in range(400)]
        low, high = stats.chi2.ppf([ALPHA, 1 - ALPHA], 399) / 399
        assert low < np.var(totals, ddof=1) / 60 < high

    def test_intervals_are_exponential(self):
        times, _ = poisson(expected([500.0] * 4000), DT, 1, 1, rng())
        assert stats.kstest(np.diff(np.sort(times)), "expon", (0, 1 / 500)).pvalue > ALPHA

    def test_times_follow_the_rate(self):
        ramp = np.linspace(0, 400, 200)
        times, _ = poisson(expected(ramp), DT, 300, 1, rng())
        up_to = np.interp(times, np.arange(201) * DT, expected(ramp)) / expected(ramp)[-1]
        assert len(times) == pytest.approx(300 * expected(ramp)[-1], rel=0.05)
        assert stats.kstest(up_to, "uniform").pvalue > ALPHA

    @given(rates_of_steps)
    def test_nothing_fires_where_the_rate_is_zero(self, rates):
        times, neurons = poisson(expected(rates), DT, 5, 2, rng())
        assert all(rates[int(t / DT)] > 0 for t in times)
        assert ((neurons >= 0) & (neurons < 5)).all()

    def test_neurons_and_halves_of_time_are_independent(self):
        n = 5000
        times, neurons = poisson(expected([40.0] * 100), DT, n, 1, rng())
        early = np.bincount(neurons[times < 0.05], minlength=n)
        late = np.bincount(neurons[times >= 0.05], minlength=n)
        for a, b in ((early, late), (early[:-1], early[1:])):
            assert stats.pearsonr(a, b).pvalue > ALPHA

    def test_fibres_add_up(self):
        # Superposition: 10 fibres at 5 Hz are one at 50 Hz, in law.
        many = poisson(expected([5.0] * 1000), DT, 2000, 10, rng(1))[1]
        fast = poisson(expected([50.0] * 1000), DT, 2000, 1, rng(2))[1]
        counts = [np.bincount(x, minlength=2000) for x in (many, fast)]
        assert stats.ks_2samp(*counts).pvalue > ALPHA

    @pytest.mark.parametrize("left", [False, True])
    def test_spikes_that_come_some_at_a_time_are_those_of_one_draw(self, monkeypatch, left):
        total, one, many = expected([40.0] * 50), rng(), rng()
        for source in (one, many) if left else ():
            source.integers(0, 9)  # of which half a random number is left over
        count = one.poisson(total[-1] * 300 * 2)
        times = np.interp(one.uniform(0, total[-1], count), total, np.arange(51) * DT)
        monkeypatch.setattr(points, "BLOCK", 100)
        found = poisson(total, DT, 300, 2, many)
        np.testing.assert_array_equal(found[0], times)
        np.testing.assert_array_equal(found[1], one.integers(0, 300, count))
        assert many.integers(0, 2**60) == one.integers(0, 2**60)


shapes = st.one_of(
    rates_of_steps,
    st.builds(lambda rate, n: [rate] * n, st.floats(1, 500), st.integers(1, 300)),
    st.builds(lambda early, late: [0] * early + [50] + [0] * late, *[st.integers(0, 30)] * 2),
)


@given(shapes, st.integers(0, 2**32))
def test_times_of_expected_counts_are_those_of_interpolation(rates, seed):
    total = expected(rates)
    within = rng(seed).uniform(0, total[-1], 4000)
    edges = [np.nextafter(total, way) for way in (-np.inf, np.inf)]
    at = np.clip(np.concatenate([within, total, *edges]), 0, total[-1])
    exact = np.interp(at, total, np.arange(len(total)) * DT)
    np.testing.assert_array_equal(inverse(total, DT, len(at))(at), exact)
    np.testing.assert_array_equal(inverse(total, DT, 1)(at), exact)


class TestRegular:
    """Evenly spaced spikes with a random phase per fibre."""

    @given(st.integers(1, 300), st.floats(1, 400), st.integers(1, 4), st.integers(1, 3))
    def test_each_fibre_fires_its_expected_number_rounded_up_or_down(self, n, rate, cells, fibres):
        total = expected([rate] * n)
        times, neurons = regular(total, DT, cells, fibres, rng())
        counts = np.bincount(neurons, minlength=cells)
        assert (counts >= fibres * int(total[-1])).all()
        assert (counts <= fibres * (int(total[-1]) + 1)).all()
        assert (times <= n * DT + 1e-12).all()

    def test_spikes_are_one_period_apart(self):
        times, neurons = regular(expected([40.0] * 1000), DT, 20, 1, rng())
        for i in range(20):
            np.testing.assert_allclose(np.diff(np.sort(times[neurons == i])), 1 / 40)

    def test_phases_are_uniform_and_differ(self):
        times, neurons = regular(expected([10.0] * 100), DT, 3000, 1, rng())
        assert np.bincount(neurons).tolist() == [1] * 3000  # one whole period
        assert stats.kstest(times, "uniform", (0, 0.1)).pvalue > ALPHA

    def test_the_spacing_follows_the_rate(self):
        # After a doubling of the rate the period halves.
        times, _ = regular(expected([20.0] * 500 + [40.0] * 500), DT, 1, 1, rng())
        early, late = np.diff(times[times < 0.5]), np.diff(times[times > 0.5])
        np.testing.assert_allclose(early, 1 / 20)
        np.testing.assert_allclose(late, 1 / 40)


events_in_lanes = st.lists(
    st.lists(st.tuples(st.integers(0, 999), st.integers(0, 3)), max_size=30),
    min_size=2,
    max_size=2,
)


#: Constants that let many parts, and what is wider than they are, be tried on few spikes.
SMALL = {"MANY": 5, "PART": 3, "BLOCK": 2}


@pytest.mark.parametrize("sizes", [{}, SMALL, SMALL | {"RANGE": 40}], ids=["one", "many", "wide"])
@given(events_in_lanes)
def test_no_spike_is_lost_on_the_grid(sizes, lists):
    """Every (lane, step, neuron) keeps its number of spikes, each on a slot of its own."""
    two = lanes(trials=1)
    found = [
        [(np.array([s]) * two.dt, np.array([n], dtype=np.int64)) for s, n in one] for one in lists
    ]
    with pytest.MonkeyPatch.context() as patch:
        for name, size in sizes.items():
            patch.setattr(order, name, size)
            patch.setattr(draw, name, size, raising=False)
        events = ported(found, 4, two, 0.1, sum(map(len, lists)))
        ports = events.port
    total = 4 * two.n
    assert events.total == total
    given_ = Counter((s, k * 4 + n) for k, one in enumerate(lists) for s, n in one)
    steps = events.step.tolist()
    assert Counter(zip(steps, events.neuron.tolist(), strict=True)) == given_
    assert Counter(zip(steps, (ports % total).tolist(), strict=True)) == given_
    assert (np.diff(events.step) >= 0).all()
    assert events.slots == max(given_.values(), default=1)
    assert len(set(zip(steps, ports.tolist(), strict=True))) == len(ports)
    assert (ports < total * events.slots).all()
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
        for name, value in {**SMALL, "RANGE": source.integers(1, 2 * total * steps + 2)}.items():
            patch.setattr(order, name, value)
        blocks = np.array_split(key, 7)
        shared = order.Shared([part.copy() for part in blocks], total, steps, about)
        neuron, counts = map(np.concatenate, zip(*shared.pieces(), strict=True))
        port = order.ports(neuron, counts, total)
    step = key // total
    np.testing.assert_array_equal(neuron, (key % total)[np.argsort(step, kind="stable")])
    np.testing.assert_array_equal(counts, np.bincount(step, minlength=steps))
    # Slots, one by one.
    seen, slots = Counter(), []
    for one in np.sort(key).tolist():
        slots.append(seen[one])
        seen[one] += 1
    np.testing.assert_array_equal(port, np.sort(key) % total + total * np.array(slots, dtype=int))
    assert (neuron.dtype, counts.dtype, port.dtype) == (np.uint16, np.int32, np.int32)


@pytest.mark.parametrize(("total", "kind"), [(2**16, np.uint16), (2**16 + 1, np.int32)])
def test_neurons_have_16_bits_where_that_will_do(total, kind):
    # 40,000 steps of so many do not fit into 32 bits.
    ends = np.array([0, 0, total - 1, total - 1]), np.array([2.0, 0.0, 2.0, 0.0])
    events = ported([[ends[::-1]]], total, lanes(("a",), 1), 4.0, 4)
    assert events.neuron.dtype == kind
    assert events.neuron.tolist() == [0, total - 1] * 2
    assert np.flatnonzero(events.counts).tolist() == [0, 20_000]
    assert events.port.tolist() == [0, total - 1] * 2


def test_few_spikes_in_a_million_steps_are_found():
    times = np.array([99.9, 3.0, 3.0, 50.0])
    events = ported([[(times, np.array([4, 1, 1, 0]))]], 5, lanes(("a",), 1), 100.0, 4)
    assert len(events.counts) >= 10**6
    assert events.step.tolist() == [30_000, 30_000, 500_000, 999_000]
    assert events.neuron.tolist() == [1, 1, 0, 4]
    assert (events.port.tolist(), events.slots) == ([1, 6, 0, 4], 2)


def test_pieces_are_the_whole_before_and_after_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(order, "PART", 3)
    times, who = rng(1).uniform(0, 1, 50), rng(2).integers(0, 4, 50)
    events = ported([[(times, who)]], 4, lanes(("a",), 1), 1.0, 50)

    def joined():
        return [np.concatenate(part).tolist() for part in zip(*events.pieces(), strict=True)]

    assert len([*events.pieces()]) > 10
    before = joined()
    assert before == [events.neuron.tolist(), events.counts.tolist()] == joined()
    assert len([*events.pieces()]) == 1
    assert events.size == sum(before[1]) == 50


def test_what_all_get_cannot_be_written_into():
    events = ported([[(np.array([0.1, 0.1]), np.array([1, 1]))]], 2, lanes(("a",), 1), 1.0, 2)
    assert events.port is events.port
    for array in (events.neuron, events.counts, events.port, events.step):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_time_on_an_edge_belongs_to_the_step_that_starts_there():
    one = Lanes(("a",), 1, 1, 1e-4)
    ticks = np.arange(10_000)
    events = ported([[(ticks * 1e-4, np.zeros(10_000, np.int64))]], 1, one, 1.0, 1e4)
    np.testing.assert_array_equal(events.step, ticks)


def test_lanes_are_conditions_by_trials():
    four = lanes()
    assert four.n == 4
    drawn = [four.generator(lane, "x").random() for lane in range(4)]
    assert len(set(drawn)) == 4
    # Lane 3 is the second trial of the second condition, alone or not.
    assert lanes(("b",)).generator(1, "x").random() == drawn[3]


class TestEvents:
    """What afferents and backgrounds ask for."""

    AFFERENT = Afferent("x", "a", 1 * nS, fibres=5, rate=80 * Hz)

    def events(self, conditions=("lo", "hi"), trials=3, index=0):
        level = {"lo": 0.25, "hi": 1.0}
        activation = np.repeat([[level[c]] for c in conditions], 500, axis=1)
        rates = self.AFFERENT.rates(activation, list(conditions))
        return afferent_events(self.AFFERENT, index, rates, 40, lanes(conditions, trials), DT)

    def test_each_lane_has_the_rate_of_its_condition(self):
        events = self.events()
        lane = events.neuron // 40
        for k, level in enumerate([0.25] * 3 + [1.0] * 3):
            mean = 80 * level * 0.5 * 5 * 40
            low, high = stats.poisson.ppf([ALPHA, 1 - ALPHA], mean)
            assert low < (lane == k).sum() < high

    def test_a_lane_alone_draws_what_it_draws_in_company(self):
        both, alone = self.events(), self.events(("hi",))

        def trains(events, first):
            mine = (events.neuron >= 40 * first) & (events.neuron < 40 * (first + 3))
            return list(zip(events.step[mine], events.neuron[mine] - 40 * first, strict=True))

        # In the same order, too.
        assert trains(both, 3) == trains(alone, 0)

    def test_equal_afferents_are_independent(self):
        one, other = self.events(index=0), self.events(index=1)
        assert not np.array_equal(one.step[:50], other.step[:50])

    def test_a_background_has_its_rate(self):
        background = Background(6 * nS, quantum=2 * nS)  # 6 / (2 * 5 ms) = 600 Hz
        assert background.rate == pytest.approx(600)
        population = Population("a", 30, "glutamate", background=background)
        events = background_events(population, 0, background, 0.5, lanes())
        low, high = stats.poisson.ppf([ALPHA, 1 - ALPHA], 600 * 0.5 * 30 * 4)
        assert low < len(events.step) < high
        assert events.step.max() < 5000
        assert stats.kstest(events.step * 1e-4, "uniform", (0, 0.5)).pvalue > ALPHA

    def test_silence_has_no_events(self):
        silent = afferent_events(self.AFFERENT, 0, np.zeros((2, 500)), 40, lanes(), DT)
        assert len(silent.neuron) == len(silent.port) == len(silent.step) == 0
        assert silent.slots == 1


def test_potentials_start_evenly_between_rest_and_threshold():
    population = Population("a", 1000, "glutamate")
    drawn = initial_states(population, lanes())["v"]
    assert drawn.shape == (4000,)
    assert stats.kstest(drawn, "uniform", (-0.065, 0.015)).pvalue > ALPHA
    assert len(set(drawn[::1000])) == 4  # lanes differ
    assert (initial_states(population, lanes(("b",)))["v"] == drawn[2000:]).all()


def test_delays_and_weights_do_not_change_what_is_drawn():
    rates = np.full((1, 100), 50.0)
    plain, other = Afferent("x", "a", 1 * nS), Afferent("x", "a", 2 * nS, delay=3 * ms)
    drawn = [afferent_events(a, 0, rates, 5, lanes(("a",)), DT) for a in (plain, other)]
    np.testing.assert_array_equal(drawn[0].step, drawn[1].step)
