"""The search for neighbours against the distances of all pairs."""

import numpy as np
from hypothesis import example, given, settings, strategies
from scipy import stats

from bioann.bio.connectivity.distances import compute_distances
from bioann.bio.connectivity.neighbours import draw_neighbours

RNG = np.random.default_rng


@settings(max_examples=60, deadline=None)
@given(
    n_axes=strategies.integers(1, 2),
    n_targets=strategies.integers(1, 40),
    n_sources=strategies.integers(1, 40),
    radius=strategies.floats(0.01, 3.0),
    is_periodic=strategies.booleans(),
    spread=strategies.sampled_from([0.0, 1e-9, 0.3, 1.0]),
    seed=strategies.integers(0, 1000),
)
@example(2, 30, 40, 0.12, True, 1.0, 3)
@example(2, 30, 40, 0.12, False, 1.0, 3)
@example(1, 1, 1, 0.25, True, 0.0, 3)
@example(1, 1, 1, 0.5, False, 0.0, 1)
def test_all_neighbours_are_listed_once(
    n_axes, n_targets, n_sources, radius, is_periodic, spread, seed
):
    rng = RNG(seed)
    period = (1.0, 1.5)[:n_axes] if is_periodic else None
    scale = np.array((1.0, 1.5))[:n_axes]
    targets = rng.random((n_targets, n_axes)) * scale
    sources = rng.random((n_sources, n_axes)) * scale * spread
    if not is_periodic:
        targets = targets * 3 - 1
    nothing = (np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    pairs = [nothing, *draw_neighbours(targets, sources, period, radius, 1.0, rng)]
    post, pre, distance = (np.concatenate(column) for column in zip(*pairs, strict=True))
    expected = compute_distances(targets[:, None], sources, period)
    assert (np.diff(post) >= 0).all()
    counts = np.zeros(expected.shape)
    np.add.at(counts, (post, pre), 1)
    np.testing.assert_array_equal(counts, expected <= radius)
    np.testing.assert_array_equal(distance, expected[post, pre])


def test_neighbours_are_drawn_independently_with_the_probability():
    rng = RNG(5)
    points = rng.random((300, 2))
    near = compute_distances(points[:, None], points, (1.0, 1.0)) <= 0.2
    counts = np.zeros(near.shape)
    n_draws, p = 300, 0.07
    sizes = []
    for _ in range(n_draws):
        pairs = list(draw_neighbours(points, points, (1.0, 1.0), 0.2, p, rng))
        post, pre, _ = (np.concatenate(column) for column in zip(*pairs, strict=True))
        counts[post, pre] += 1
        sizes.append(len(post))
    assert (counts[~near] == 0).all()
    # Counts of pairs, and numbers of synapses in a draw, are binomial.
    for values, n in ((counts[near], n_draws), (np.array(sizes), near.sum())):
        k = len(values)
        z = (values - n * p) / np.sqrt(n * p * (1 - p))
        assert abs(z.mean()) < 3.8 / np.sqrt(k)
        low, high = stats.norm.ppf([1e-4, 1 - 1e-4]) * np.sqrt(2.2 / k) + 1
        assert low < (z**2).mean() < high
