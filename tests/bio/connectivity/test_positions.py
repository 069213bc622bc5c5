import numpy as np
import pytest

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.bio.connectivity.distances import compute_distances

C = ba.connectivity


@pytest.mark.parametrize("n", [1, 2, 5, 1000])
def test_neurons_cover_a_line_and_a_ring_evenly(n):
    for space in (C.Line(3.0), C.Ring(3.0)):
        coordinates = space.make_coordinates(n)
        assert coordinates.shape == (n, 1)
        np.testing.assert_allclose(np.diff(coordinates[:, 0]), 3.0 / n)
        assert coordinates.mean() == pytest.approx(1.5)
        assert coordinates.min() > 0
        assert coordinates.max() < 3


def test_neurons_of_a_sheet_are_numbered_row_by_row():
    coordinates = C.Sheet(2, 3, height=2.0, width=6.0).make_coordinates(6)
    np.testing.assert_allclose(
        coordinates, [[0.5, 1], [0.5, 3], [0.5, 5], [1.5, 1], [1.5, 3], [1.5, 5]]
    )


def test_distances_are_a_metric_and_those_of_the_nearest_image():
    points = np.random.default_rng(1).random((40, 2)) * (2, 3)
    for period in (None, (2.0, 3.0)):
        distance = compute_distances(points[:, None], points, period)
        np.testing.assert_array_equal(distance, distance.T)
        assert (np.diag(distance) == 0).all()
        assert (distance[:, :, None] <= distance[:, None] + distance.T[None] + 1e-12).all()
    images = [points + np.array([a, b]) * (2, 3) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    nearest = np.min([np.hypot(*(points[:, None] - image).T).T for image in images], axis=0)
    np.testing.assert_allclose(distance, nearest)


def test_an_array_is_coordinates():
    population = ba.Population("a", 3, "GABA", positions=[0.1, 0.2, 0.4])
    assert population.positions == C.Coordinates([0.1, 0.2, 0.4])
    np.testing.assert_array_equal(population.positions.make_coordinates(3), [[0.1], [0.2], [0.4]])
    assert ba.Population("a", 3, "GABA").positions is None
    ring = C.Coordinates([0.1, 0.9], 1.0)
    assert compute_distances(*ring.make_coordinates(2), ring.period) == pytest.approx(0.2)


def test_neurons_that_share_places_of_a_ring_have_its_whole_distances():
    ring = C.Ring(6.0, places=6)
    distances = C.make_distance_matrix(ring, 12)
    steps = abs(np.subtract.outer(np.arange(12) // 2, np.arange(12) // 2))
    np.testing.assert_array_equal(distances, np.minimum(steps, 6 - steps))
    one_each = C.make_distance_matrix(C.Ring(6.0), 6)
    np.testing.assert_allclose(one_each, distances[::2, ::2], atol=1e-12)


def test_weights_of_units_and_of_synapses_follow_the_same_kernel():
    ring, kernel = C.Ring(12.0), C.GaussianKernel(1.6)
    rule = C.DistanceDependent(strength=kernel, self_connections=True).with_positions(ring, ring)
    matrix = rule.draw_matrix(12, 12, True, np.random.default_rng(1))
    np.testing.assert_allclose(kernel(C.make_distance_matrix(ring, 12)), matrix)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ba.Population("a", 3, "GABA", positions=[0.1, 0.2]),
         "Population 'a', positions: wanted coordinates of 3 neurons, got 2"),
        (lambda: ba.Population("a", 7, "GABA", positions=C.Ring(places=3)),
         "Population 'a', positions: wanted a multiple of 3 neurons, as many at each place, got 7"),
        (lambda: ba.Population("a", 7, "GABA", positions=C.Sheet(2, 3)),
         "Population 'a', positions: wanted a sheet of 7 neurons, got 2 x 3 = 6"),
        (lambda: ba.Population("a", 2, "GABA", positions="ring"), "Coordinates, values"),
        (lambda: C.Coordinates(np.zeros((4, 3))), r"\(n, 2\), got shape \(4, 3\)"),
        (lambda: C.Coordinates([0, np.nan]), "1 not finite"),
        (lambda: C.Coordinates([0.0, 1.0], 1.0), "above all coordinates of its axis"),
        (lambda: C.Coordinates([0.0, 0.5], (1.0, 1.0)), r"1 number\(s\), each above"),
        (lambda: C.Coordinates([0.0, 0.5], -1), "circumference: wanted a finite number > 0"),
        (lambda: C.Line(0), "Line, length: wanted a finite number > 0, got 0"),
        (lambda: C.Ring(-2.0), "Ring, circumference: wanted a finite number > 0"),
        (lambda: C.Sheet(0, 2), "Sheet, rows: wanted a whole number >= 1"),
        (lambda: C.Sheet(2, 2, width=np.inf), "Sheet, width"),
    ],
)  # fmt: skip
def test_positions_that_do_not_fit_are_refused_where_they_are_written(make, message):
    with pytest.raises(DescriptionError, match=message):
        make()


def test_an_unknown_boundary_is_named_with_those_there_are():
    with pytest.raises(UnknownNameError, match=r"Sheet.*boundary.*'torus'.*open.*periodic"):
        C.Sheet(2, 2, boundary="torus")
