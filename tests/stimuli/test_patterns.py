"""Patterns as stimuli, and the shapes: areas, symmetries and profiles that geometry gives."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms
from hypothesis import given, strategies as st

from bioann.base.errors import DescriptionError, StimulusError
from bioann.stimuli.pattern_shapes import (
    join_patterns,
    make_bumps,
    make_discs,
    make_edges,
    make_gratings,
)
from bioann.stimuli.patterns import images, patterns
from bioann.stimuli.waveforms import steps


def test_a_pattern_is_a_step_on_each_of_its_pixels():
    rows = np.arange(6.0).reshape(2, 3)
    times = {"duration": 20 * ms, "onset": 5 * ms, "offset": 15 * ms}
    stimulus = patterns(rows, coords={"contrast": [1, 2]}, **times)
    levels = {f"position_{k}": rows[:, k] for k in range(3)}
    xr.testing.assert_identical(stimulus, steps(levels, coords={"contrast": [1, 2]}, **times))


def test_an_image_has_the_channels_of_images():
    pictures = np.arange(12.0).reshape(2, 2, 3)
    names = ("dark", "light")
    xr.testing.assert_identical(
        patterns(pictures, duration=5 * ms, names=names),
        images(pictures, duration=5 * ms, names=names),
    )


def test_names_and_numbers_of_an_array_label_the_conditions():
    discs = make_discs([1, 2.5], (5, 5))
    stimulus = patterns(discs, duration=5 * ms, coords={"block": [3, 4]})
    assert list(stimulus.condition.values) == ["radius=1", "radius=2.5"]
    assert stimulus.radius.values.tolist() == [1, 2.5]
    assert stimulus.block.values.tolist() == [3, 4]


def test_another_number_of_axes_is_an_error():
    with pytest.raises(StimulusError, match=r"shape \(pattern, position\).*shape \(3,\)"):
        patterns([1, 2, 3], duration=5 * ms)


@given(st.floats(0.5, 7), st.integers(15, 20))
def test_the_light_of_a_disc_is_its_area_and_symmetric(radius, n):
    # A circle crosses fewer than 8 r + 4 sub-pixels, each of which is off by at most one half.
    (disc,) = make_discs([radius], (n, n)).values
    assert disc.sum() == pytest.approx(np.pi * radius**2, abs=(8 * radius * 16 + 4) / 2 / 16**2)
    np.testing.assert_array_equal(disc, disc.T)
    np.testing.assert_array_equal(disc, disc[::-1])


@given(st.lists(st.floats(0, 9), min_size=2, max_size=4))
def test_a_larger_disc_covers_a_smaller_one(radii):
    discs = make_discs(sorted(radii), (9, 9)).values
    assert (np.diff(discs, axis=0) >= 0).all()


def test_a_disc_on_a_line_is_an_interval():
    np.testing.assert_allclose(make_discs([1.5], 5).values, [[0, 1, 1, 1, 0]])


@given(st.floats(-4, 4))
def test_the_light_beyond_an_edge_is_the_distance_from_it(position):
    (edge,) = make_edges([position], 9).values
    assert edge.sum() == pytest.approx(4.5 - position)
    (image,) = make_edges([position], (3, 9)).values
    np.testing.assert_array_equal(image, [edge] * 3)


def test_a_grating_of_whole_cycles_has_mean_one_half_and_one_line_in_its_spectrum():
    (wave,) = make_gratings([3 / 24], 24, phase=0.4).values
    spectrum = np.abs(np.fft.rfft(wave)) / 24
    assert spectrum[0] == pytest.approx(0.5)
    assert spectrum[3] == pytest.approx(0.25)  # half of the amplitude of a cosine of size 1/2
    np.testing.assert_allclose(np.delete(spectrum, [0, 3]), 0, atol=1e-12)


def test_a_bump_on_a_ring_is_the_same_wherever_it_stands():
    centres = np.arange(10) - 4.5
    bumps = make_bumps(centres, 10, width=1.5, on_ring=True).values
    for k in range(10):
        np.testing.assert_allclose(bumps[k], np.roll(bumps[0], k))
    on_line = make_bumps([-4.5], 10, width=1.5).values
    np.testing.assert_allclose(on_line[0], np.exp(-(np.arange(10) ** 2) / (2 * 1.5**2)))


def test_joined_patterns_keep_their_numbers_and_measures_can_tell_them_apart():
    joined = join_patterns(make_discs([1, 2], (5, 5)), make_edges([0.0], (5, 5)))
    stimulus = patterns(joined, duration=5 * ms)
    assert list(stimulus.condition.values) == ["radius=1", "radius=2", "edge=0"]
    np.testing.assert_array_equal(stimulus.radius, [1, 2, np.nan])
    np.testing.assert_array_equal(stimulus.edge, [np.nan, np.nan, 0])
    with pytest.raises(StimulusError, match="join_patterns"):
        join_patterns(make_discs([1], 5), make_discs([1], 6))


def test_a_negative_radius_or_width_is_an_error():
    with pytest.raises(DescriptionError, match="make_discs, radii"):
        make_discs([1, -1], 5)
    with pytest.raises(DescriptionError, match="make_bumps, width"):
        make_bumps([0], 5, width=0)
