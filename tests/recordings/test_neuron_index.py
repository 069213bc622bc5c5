"""Neurons named one by one: what a name stands for, and what rate is read from it."""

import itertools

import numpy as np
import pytest
from brian2 import Hz, ms, nS
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.errors import CorrespondenceError, UnknownNameError
from bioann.correspondence import read_responses
from bioann.recordings.neuron_index import (
    block_name,
    find_coverage,
    find_neurons,
    group_blocks,
    name_blocks,
    neuron_rates,
    split_name,
)
from bioann.recordings.recording import label_spikes

SIZES = {"a": 3, "b": 5}
CENTRES = np.array([0.005, 0.015])


def make_recording(*events, sizes=SIZES, trials=2):
    """Label spikes given as (condition, trial, unit, neuron, time)."""
    columns = np.array(events, dtype=float).reshape(-1, 5).T
    names = ("condition", "trial", "unit", "neuron", "time")
    spikes = {
        f"spike_{n}": c if n == "time" else c.astype(int)
        for n, c in zip(names, columns, strict=True)
    }
    return label_spikes(spikes, sizes, ["x", "y"], trials, CENTRES, 0.01)


@pytest.mark.parametrize(
    ("name", "population", "neurons"),
    [
        ("left", "left", None),
        ("left[0]", "left", range(1)),
        ("left[12]", "left", range(12, 13)),
        ("left[2:5]", "left", range(2, 5)),
        ("left[-1]", "left[-1]", None),
        ("left[]", "left[]", None),
    ],
)
def test_a_name_is_a_population_and_perhaps_some_of_its_neurons(name, population, neurons):
    assert split_name(name) == (population, neurons)


BLOCKS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)).map(lambda ends: range(*ends)))


@given(BLOCKS, BLOCKS)
def test_what_is_covered_by_no_block_or_by_both_kinds_is_that_of_the_sets(matched, unmatched):
    one, other = (set().union(*blocks) for blocks in (matched, unmatched))
    missing, both = find_coverage(matched, unmatched, 8)
    for blocks, neurons in ((missing, set(range(8)) - one - other), (both, one & other)):
        assert sorted(i for block in blocks for i in block) == sorted(neurons)
        names = name_blocks({"x": blocks}, {"x": 8})
        assert group_blocks(names, {"x": 8}, find_neurons) == {"x": blocks}
        assert all(a.stop < b.start for a, b in itertools.pairwise(blocks)), "not the longest"


def test_a_population_of_any_size_is_checked_at_once():
    n = 10**20
    assert find_coverage([range(n)], [], n) == ([], [])
    ranges = [range(0, 5), range(7, n)], [range(n - 1, n)]
    assert find_coverage(*ranges, n) == ([range(5, 7)], [range(n - 1, n)])


def test_one_neuron_and_a_block_are_written_differently():
    assert block_name("a", 2, 3) == "a[2]"
    assert block_name("a", 1, 3) == "a[1:3]"


def test_spikes_of_one_neuron_are_its_rate_and_of_a_block_the_mean():
    found = make_recording(
        (0, 0, 1, 2, 0.001), (0, 0, 1, 2, 0.002), (0, 1, 1, 2, 0.012), (0, 0, 1, 3, 0.003),
        (1, 0, 0, 2, 0.019),
    )  # fmt: skip
    rates = neuron_rates(found, ["b[2]", "b[3]", "b[2:4]", "a[2]"])
    assert rates.shape == (2, 2, 2, 4)
    np.testing.assert_allclose(rates[0, 0, 0], [200, 100, 150, 0])
    np.testing.assert_allclose(rates[0, 1, 1], [100, 0, 50, 0])
    np.testing.assert_allclose(rates[1, 0, 1], [0, 0, 0, 100])
    assert rates.sum() == pytest.approx(200 + 100 + 150 + 100 + 50 + 100)


@given(st.integers(0, 2**32 - 1))
def test_the_neurons_of_a_population_average_to_its_rate(seed):
    rng = np.random.default_rng(seed)
    n = rng.integers(0, 200)
    unit = rng.integers(0, 2, n)
    neuron = np.where(unit == 0, rng.integers(0, 3, n), rng.integers(0, 5, n))
    lanes = rng.integers(0, 2, (2, n))
    found = make_recording(*np.column_stack([*lanes, unit, neuron, rng.uniform(0, 0.02, n)]))
    for name, size in SIZES.items():
        single = neuron_rates(found, [f"{name}[{i}]" for i in range(size)]).mean(axis=-1)
        whole = found.rate.sel(unit=name).values
        np.testing.assert_allclose(single, whole)
        np.testing.assert_allclose(neuron_rates(found, [f"{name}[0:{size}]"])[..., 0], whole)


def test_a_match_reads_twins_neuron_by_neuron():
    found = make_recording((0, 0, 0, 1, 0.001), (0, 0, 1, 4, 0.002), (0, 0, 1, 4, 0.003))
    same = ba.Correspondence(
        (
            ba.Match({"a[1]": 1, "b[4]": -1}, "signed", scale=50 * Hz),
            ba.Match({"a[0:2]": 1, "b": 0.5}, "mixed", scale=50 * Hz),
        )
    )
    values = read_responses(found, same, "bio")
    assert values.dims == ("condition", "trial", "time", "match")
    assert values.sel(match="signed").values[0, 0, 0] == pytest.approx((100 - 200) / 50)
    assert values.sel(match="mixed").values[0, 0, 0] == pytest.approx((50 + 0.5 * 40) / 50)


def test_neurons_cannot_be_told_apart_without_spikes():
    found = make_recording((0, 0, 0, 1, 0.001)).drop_dims("spike")
    same = ba.Correspondence((ba.Match("a[1]", "x"),))
    with pytest.raises(CorrespondenceError, match=r"'a\[1\]': wanted a model that records spikes"):
        read_responses(found, same, "bio")


def test_a_unit_may_have_brackets_in_its_name():
    network = ba.RateNetwork(units=("h[0]", "h[1]"), W_in=np.eye(2), channels=("p", "q"))
    stimulus = ba.steps({"p": [0.3], "q": [0.7]}, duration=20 * ms)
    same = ba.Correspondence((ba.Match("a[0]", "h[1]"),), ann_only="h[0]")
    values = read_responses(network.run(stimulus, trials=1, seed=1), same, "ann")
    np.testing.assert_allclose(values, 0.7)
    same.check_complete(("a",), network.units, {"a": 1})


class TestCompleteness:
    """Of a population whose neurons are named, each has a partner or is declared to have none."""

    def complete(self, *matches, **alone):
        ba.Correspondence(tuple(ba.Match(m, f"x{m}") for m in matches), **alone).check_complete(
            tuple(SIZES), tuple(f"x{m}" for m in matches), SIZES
        )

    def test_all_neurons_matched_or_declared(self):
        self.complete("a[0]", "a[1:3]", "b[0:4]", bio_only=("b[4]",))
        self.complete("a", "b")

    def test_some_left(self):
        with pytest.raises(CorrespondenceError, match=r"neither for \['a\[0\]', 'b\[1:5\]'\]"):
            self.complete("a[1:3]", "b[0]")

    def test_both(self):
        with pytest.raises(CorrespondenceError, match=r"both for \['b\[3\]'\]"):
            self.complete("a", "b", bio_only=("b[3]",))

    @pytest.mark.parametrize("name", ["b[5]", "b[3:6]", "b[2:2]", "b[3:2]"])
    def test_no_such_neuron(self, name):
        with pytest.raises(CorrespondenceError, match=r"neurons of 'b', which has 5.*b\[0\] to b"):
            self.complete("a", name)

    def test_no_such_population(self):
        with pytest.raises(UnknownNameError, match="name of a population, got 'c'"):
            self.complete("c[0]")

    def test_a_pair_knows_how_many_neurons_there_are(self):
        bio = ba.SpikingNetwork(
            (ba.Population("a", 3, "glutamate"),), (ba.Afferent("in", "a", 1 * nS),)
        )
        ann = ba.RateNetwork(("x",), channels=("in",), W_in=[[1.0]])
        with pytest.raises(CorrespondenceError, match=r"neurons of 'a', which has 3"):
            ba.Pair("p", bio, ann, ba.Correspondence((ba.Match("a[3]", "x"),)))


def test_what_is_not_kept_is_declared():
    same = ba.Correspondence(
        (ba.Match("a", "x"), ba.Match({"b[0]": 1, "b[1]": -1}, "y"), ba.Match("b[2]", "z")),
        bio_only=("b[3:5]",),
    )
    kept = same.keep_matches("z")
    assert [m.name for m in kept.matches] == ["z"]
    assert kept.bio_only == ("b[3:5]", "a", "b[0]", "b[1]")
    assert kept.ann_only == ("x", "y")
    kept.check_complete(tuple(SIZES), ("x", "y", "z"), SIZES)
    with pytest.raises(UnknownNameError, match="name of a match, got 'w'"):
        same.keep_matches("w")
