"""Connectivity by distance: its law, its symmetries, and what it shares with other rules.

Each test with random numbers has fixed seeds and a false alarm rate of about 1e-4 over all seeds.
"""

import dataclasses

import numpy as np
import pytest
from brian2 import ms, nS
from scipy import stats

import bioann as ba
from bioann.base.errors import DescriptionError

RNG = np.random.default_rng
TAIL = 1e-4
C = ba.connectivity


def draw_matrix(rule, n, positions=None, recurrent=True, seed=1, n_post=None, target=None):
    """Draw the matrix of a projection between populations at these positions."""
    source = positions or C.Ring()
    placed = rule.with_positions(source, target or source)
    return placed.draw_matrix(n, n_post or n, recurrent, RNG(seed))


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class OwnKernel(C.Kernel):
    """A kernel of a user, which may break its promises."""

    slope: float
    largest: float = 1.0

    def __call__(self, distance):
        return self.largest - self.slope * distance

    @property
    def maximum(self):
        return self.largest


def arc(n):
    """Distance of all pairs of n neurons on a ring of circumference 1, by angles."""
    angle = 2 * np.pi * np.arange(n) / n
    return np.arccos(np.clip(np.cos(angle[:, None] - angle), -1, 1)) / (2 * np.pi)


@pytest.mark.parametrize("cutoff", [None, 0.2, 0.7])
@pytest.mark.parametrize(
    "kernel",
    [
        C.GaussianKernel(0.1, 0.8),
        C.ExponentialKernel(0.2),
        C.TabulatedKernel([0, 0.1, 0.5], [0.2, 0.9, 0.05]),
    ],
)
def test_strengths_on_a_ring_are_the_kernel_of_the_arc(kernel, cutoff):
    n = 24
    rule = C.DistanceDependent(strength=kernel, cutoff=cutoff, self_connections=True)
    matrix = draw_matrix(rule, n)
    expected = kernel(arc(n))
    if cutoff is not None:
        expected[arc(n) > cutoff + 1e-9] = 0
    np.testing.assert_allclose(matrix, expected, rtol=1e-9, atol=1e-9)
    assert not rule.is_drawn
    # Every row is the first one, shifted: the ring has no preferred neuron.
    for k in range(n):
        np.testing.assert_allclose(np.roll(matrix[0], k), matrix[k], rtol=1e-9)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-12)
    without = draw_matrix(dataclasses.replace(rule, self_connections=False), n)
    np.testing.assert_array_equal(without, matrix * (1 - np.eye(n)))


def test_a_ring_of_neighbours_is_a_circulant_matrix():
    """Two neighbours on each side, at exactly the cutoff: rounding must not leave any out."""
    for n in (7, 30, 100, 363):
        matrix = draw_matrix(C.DistanceDependent(cutoff=2 / n), n)
        row = np.zeros(n)
        row[[1, 2, -1, -2]] = 1
        np.testing.assert_array_equal(matrix, [np.roll(row, k) for k in range(n)])
        box = draw_matrix(C.DistanceDependent(strength=C.BoxKernel(2 / n)), n)
        np.testing.assert_array_equal(box, matrix)


def test_a_line_has_ends_and_a_ring_has_none():
    rule = C.DistanceDependent(cutoff=0.1 + 1e-6)
    ring, line = (draw_matrix(rule, 10, space) for space in (C.Ring(), C.Line()))
    assert (ring.sum(axis=1) == 2).all()
    assert line.sum(axis=1).tolist() == [1, *[2] * 8, 1]


def test_the_sheet_is_the_product_of_its_axes():
    """Torus distances by hand: the shorter way along each axis, then Pythagoras."""
    rows, columns, height, width = 5, 8, 2.0, 1.5
    row, column = np.divmod(np.arange(40), columns)
    by_axis = []
    for index, n, length in ((row, rows, height), (column, columns, width)):
        steps = np.abs(index[:, None] - index)
        by_axis.append(np.minimum(steps, n - steps) * length / n)
    distance = np.hypot(*by_axis)
    kernel = C.GaussianKernel(0.5)
    for cutoff in (None, 0.8):
        sheet = C.Sheet(rows, columns, height, width, "periodic")
        rule = C.DistanceDependent(strength=kernel, cutoff=cutoff, self_connections=True)
        near = distance <= (cutoff or np.inf)
        np.testing.assert_allclose(draw_matrix(rule, 40, sheet), kernel(distance) * near)
    open_sheet = C.Sheet(rows, columns, height, width)
    flat = np.hypot(
        (row[:, None] - row) * height / rows, (column[:, None] - column) * width / columns
    )
    rule = C.DistanceDependent(strength=kernel, self_connections=True)
    np.testing.assert_allclose(draw_matrix(rule, 40, open_sheet), kernel(flat))


@pytest.mark.parametrize("cutoff", [None, 0.3])
@pytest.mark.parametrize("positions", [C.Ring(), C.Line(), C.Sheet(12, 12, boundary="periodic"),
                                       C.Coordinates(RNG(9).random((144, 2)))])  # fmt: skip
def test_each_pair_is_connected_with_the_probability_of_its_distance(positions, cutoff):
    """400 draws: standardised counts of all pairs have the mean 0 and the variance 1."""
    n, n_draws = 144, 400
    kernel = C.GaussianKernel(0.15, 0.6)
    full = C.DistanceDependent(strength=kernel, cutoff=cutoff)
    probability = draw_matrix(full, n, positions)
    rule = C.DistanceDependent(kernel, cutoff=cutoff).with_positions(positions, positions)
    counts, rng = np.zeros((n, n)), RNG(11)
    for _ in range(n_draws):
        post, pre, _ = rule.draw_synapses(n, n, True, rng)
        counts[post, pre] += 1
    assert (counts[probability == 0] == 0).all()
    often = probability > 0.02
    p = probability[often]
    deviations = (counts[often] - n_draws * p) / np.sqrt(n_draws * p * (1 - p))
    z = stats.norm.ppf(1 - TAIL)
    assert abs(deviations.mean()) < z / np.sqrt(deviations.size)
    # The variance of z^2 of a binomial is 2 + (1 - 6 p q) / (n p q), at most 2.13 here.
    assert abs((deviations**2).mean() - 1) < z * np.sqrt(2.13 / deviations.size)


def test_pairs_are_independent():
    """The number of synapses varies as a sum of independent Bernoulli variables does."""
    n, n_draws, kernel = 60, 600, C.ExponentialKernel(0.1, 0.9)
    probability = draw_matrix(C.DistanceDependent(strength=kernel), n)
    rng = RNG(3)
    placed = C.DistanceDependent(kernel).with_positions(C.Ring(), C.Ring())
    counts = [len(placed.draw_synapses(n, n, True, rng)[0]) for _ in range(n_draws)]
    variance = (probability * (1 - probability)).sum()
    low, high = stats.chi2.ppf([TAIL, 1 - TAIL], n_draws - 1) / (n_draws - 1)
    assert low < np.var(counts, ddof=1) / variance < high
    z = stats.norm.ppf(1 - TAIL)
    assert abs(np.mean(counts) - probability.sum()) < z * np.sqrt(variance / n_draws)


def test_a_constant_probability_is_that_of_a_fixed_probability():
    n = 200
    for cutoff in (None, 10.0):
        rule = C.DistanceDependent(0.1, cutoff=cutoff)
        low, high = stats.binom.ppf([TAIL, 1 - TAIL], n * (n - 1), 0.1)
        assert low < draw_matrix(rule, n).sum() < high
        assert rule.is_drawn
    # Without a cutoff the candidates are the synapses, with the same random numbers.
    np.testing.assert_array_equal(
        draw_matrix(C.DistanceDependent(0.1), n),
        ba.FixedProbability(0.1).draw_matrix(n, n, True, RNG(1)),
    )
    np.testing.assert_array_equal(
        draw_matrix(C.DistanceDependent(), 9), ba.AllToAll().draw_matrix(9, 9, True, RNG(1))
    )


def test_populations_of_different_size_cover_the_same_ring():
    """A target lies in the middle of its four sources: two on each side are equally far."""
    matrix = draw_matrix(
        C.DistanceDependent(strength=C.GaussianKernel(0.1)), 32, recurrent=False, n_post=8
    )
    assert matrix.shape == (8, 32)
    np.testing.assert_allclose(np.roll(matrix[0], 4), matrix[1])
    np.testing.assert_allclose(matrix[0], np.roll(matrix[0][::-1], 4), rtol=1e-9)


@pytest.mark.parametrize("cutoff", [None, 0.21])
@pytest.mark.parametrize("n", [50, 400])
def test_as_many_synapses_are_expected_as_the_probabilities_add_up_to(cutoff, n):
    kernel = C.GaussianKernel(0.1, 0.5)
    options = {"cutoff": cutoff, "self_connections": True}
    placed = C.DistanceDependent(kernel, **options).with_positions(C.Ring(), C.Ring())
    expected = draw_matrix(C.DistanceDependent(strength=kernel, **options), n).sum()
    assert placed.expected_synapse_count(n, n) == pytest.approx(expected)


def test_many_neurons_take_memory_for_their_neighbours_only():
    """40,000 neurons on a sheet have 1.6e9 pairs; each has 12 neighbours at up to two steps."""
    sheet = C.Sheet(200, 200, boundary="periodic")
    rule = C.DistanceDependent(cutoff=2 / 200).with_positions(sheet, sheet)
    post, pre, _ = rule.draw_synapses(40_000, 40_000, True, RNG(1))
    assert (np.bincount(post, minlength=40_000) == 12).all()
    assert (np.diff(post.astype(np.int64) * 40_000 + pre) > 0).all()


def make_ring_network(connectivity, n=30):
    kernel = ba.Population("e", n, "glutamate", positions=C.Ring(), background=4 * nS)
    return ba.SpikingNetwork(
        (kernel, ba.Population("i", n, "GABA", positions=C.Ring())),
        (ba.Afferent("x", "e", 2 * nS, fibres=20),),
        (
            ba.Projection("e", "i", 3 * nS, connectivity=connectivity),
            ba.Projection("i", "e", 2 * nS, connectivity=connectivity),
        ),
    )


@pytest.mark.slow
def test_a_kernel_and_its_matrix_are_the_same_network():
    rule = C.DistanceDependent(strength=C.GaussianKernel(0.1), cutoff=0.3, self_connections=True)
    network = make_ring_network(rule)
    matrix = draw_matrix(rule, 30, recurrent=False)
    written = make_ring_network(ba.ExplicitMatrix(matrix))
    stimulus = ba.steps({"x": [0.5, 1.0]}, duration=100 * ms)
    spikes = [model.run(stimulus, trials=2, seed=1, engine="numpy") for model in (network, written)]
    assert len(spikes[0].spike_time) > 200
    for name in ("spike_time", "spike_neuron", "spike_unit"):
        np.testing.assert_array_equal(spikes[0][name], spikes[1][name])


def test_the_seed_decides_and_a_network_says_that_it_is_drawn():
    network = make_ring_network(C.DistanceDependent(C.GaussianKernel(0.1, 0.5)))
    first, second = (network.draw_conductances(network.projections[0], s) for s in (1, 2))
    assert (first != second).any()
    np.testing.assert_array_equal(first, network.draw_conductances(network.projections[0], 1))
    assert network.has_drawn_wiring
    assert not make_ring_network(C.DistanceDependent(cutoff=0.1)).has_drawn_wiring


def test_a_report_says_who_is_connected():
    rules = {
        C.FixedInDegree(5): "each neuron receives 5 synapses",
        C.FixedOutDegree(1): "each neuron makes 1 synapse",
        C.FixedTotalNumber(1200): "1,200 synapses between random pairs",
        ba.FixedProbability(0.25): "connection probability 0.25",
        ba.OneToOne(): "one to one",
        ba.ExplicitMatrix(np.eye(30)): "30 synapses of a matrix",
        C.DistanceDependent(C.GaussianKernel(0.1, 0.3), cutoff=0.4):
            "probability 0.3 at distance 0, a Gaussian of width 0.1, up to a distance of 0.4",
    }  # fmt: skip
    for rule, text in rules.items():
        mechanisms = make_ring_network(rule).connections().mechanism
        assert f"glutamate on AMPA, E_rev 0 mV, {text}" in set(mechanisms)
    assert set(make_ring_network(ba.AllToAll()).connections().mechanism) == {
        "glutamate on AMPA, E_rev 0 mV", "GABA on GABA_A, E_rev −80 mV",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: C.DistanceDependent(C.GaussianKernel(0.1, 1.2)),
         "DistanceDependent, probability: wanted at most 1 at all distances, got 1.2"),
        (lambda: C.DistanceDependent(strength=-1.0), "strength: wanted finite numbers >= 0.*-1"),
        (lambda: C.DistanceDependent(cutoff=0), "cutoff: wanted a finite number > 0, got 0"),
        (lambda: C.GaussianKernel(0.1, -1), "GaussianKernel, peak: wanted finite numbers >= 0, got "
         "-1. A kernel gives the size of a conductance: for a kernel of both signs use two"),
        (lambda: C.ExponentialKernel(-0.1), "ExponentialKernel, length: wanted a finite"),
        (lambda: C.BoxKernel(np.inf), "BoxKernel, radius: wanted a finite number > 0, got inf"),
        (lambda: C.TabulatedKernel([0, 1], [1, -0.5]), "TabulatedKernel, values: .* got -0.5"),
        (lambda: C.TabulatedKernel([1, 0], [1, 1]), "Kernel, distances: .*ascending order"),
        (lambda: C.TabulatedKernel([0, 1], [1]), "one number for each of 2 distance"),
        (lambda: draw_matrix(C.DistanceDependent(strength=OwnKernel(3.0)), 10),
         "OwnKernel: wanted finite numbers >= 0, got -"),
        (lambda: draw_matrix(C.DistanceDependent(OwnKernel(-1.0)), 10),
         "OwnKernel: wanted values up to its maximum, 1, got 1"),
        (lambda: C.DistanceDependent().draw_synapses(3, 3, False, RNG(1)),
         "DistanceDependent: wanted populations with positions, got no positions of both"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_where_it_is_written(make, message):
    with pytest.raises(DescriptionError, match=message):
        make()


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ((C.Ring(), None), "Projection 'a' -> 'b', DistanceDependent: wanted populations with "
         r"positions, got no positions of target. Write Population\(..., positions="),
        ((None, None), "no positions of source and target"),
        ((C.Ring(), C.Line()), "source and target in the same space"),
        ((C.Ring(), C.Ring(2.0)), "source and target in the same space"),
        ((C.Line(), C.Sheet(2, 2)), "source and target in the same space"),
    ],
)  # fmt: skip
def test_a_network_whose_populations_share_no_space_is_refused(positions, message):
    populations = [
        ba.Population(name, 4, "glutamate", positions=space)
        for name, space in zip("ab", positions, strict=True)
    ]
    projection = ba.Projection("a", "b", 1 * nS, connectivity=C.DistanceDependent())
    with pytest.raises(DescriptionError, match=message):
        ba.SpikingNetwork(populations, projections=(projection,))
