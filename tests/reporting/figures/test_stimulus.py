"""The stimulus figure: every case shows the activations that were given, without wasting space."""

import numpy as np
import pytest
import xarray as xr

from bioann.reporting import style
from bioann.reporting.figures.stimulus import draw_stimulus

TIME = np.arange(0, 1, 0.01)
STEP = (TIME > 0.3).astype(float)


def make_responses(values, **coords):
    """Wrap activations of shape (condition, time, channel)."""
    n, _, channels = values.shape
    names = {"condition": [f"c{i}" for i in range(n)], "channel": list("abcdefgh")[:channels]}
    dims = ("condition", "stimulus_time", "channel")
    array = xr.DataArray(values, dims=dims, coords=names | {"stimulus_time": TIME})
    dataset = array.to_dataset(name="stimulus")
    return dataset.assign_coords({k: ("condition", v) for k, v in coords.items()})


def wandering(n, channels=1):
    return np.random.default_rng(0).normal(size=(n, len(TIME), channels)).cumsum(axis=1)


def test_each_channel_of_a_condition_is_a_line_over_time():
    values = wandering(3, 2)
    panels = draw_stimulus(make_responses(values)).figure.axes
    assert len(panels) == 3
    for panel, value in zip(panels, values, strict=True):
        lines = np.array([line.get_ydata() for line in panel.lines]).T
        np.testing.assert_array_equal(lines, value)
        assert len({str(line.get_linestyle()) for line in panel.lines}) == 2


def test_of_many_conditions_six_are_drawn_evenly_and_it_says_so():
    drawing = draw_stimulus(make_responses(wandering(221)))
    titles = [panel.get_title(loc="left") for panel in drawing.figure.axes]
    names = ["c0", "c44", "c88", "c132", "c176", "c220"]
    letters = map(style.format_letter, "abcdef")
    assert titles == [letter + name for letter, name in zip(letters, names, strict=True)]
    assert "6 of 221 conditions" in drawing.caption
    assert "6 of 221 conditions" in drawing.alt


def test_a_shared_time_course_is_drawn_once_beside_all_levels():
    level = np.random.default_rng(1).uniform(-1, 1, size=(50, 1))
    course, dots = draw_stimulus(
        make_responses(STEP[None, :, None] * level[:, None, :], contrast=np.arange(50.0))
    ).figure.axes
    np.testing.assert_allclose(course.lines[0].get_ydata(), STEP)
    np.testing.assert_allclose(dots.lines[0].get_ydata(), level[:, 0])
    assert "contrast" in dots.get_xlabel()


def test_a_grid_of_two_constant_channels_is_one_plane_of_dots():
    e, i = np.meshgrid(np.linspace(0, 1, 17), np.linspace(0, 1, 13))
    level = np.stack([e.ravel(), i.ravel()], axis=1)
    drawing = draw_stimulus(make_responses(level[:, None, :] * np.ones((1, len(TIME), 1))))
    (panel,) = drawing.figure.axes
    np.testing.assert_allclose(panel.lines[0].get_xydata(), level)
    assert panel.get_xlabel() == "a [activation]"
    assert "constant" in drawing.caption


def test_conditions_that_differ_in_time_course_are_not_taken_for_one():
    values = np.stack([STEP, STEP[::-1]] * 5)[:, :, None]
    assert len(draw_stimulus(make_responses(values)).figure.axes) == 6


def test_many_channels_become_a_map():
    drawing = draw_stimulus(make_responses(wandering(2, 8)))
    meshes = [panel.collections[0] for panel in drawing.figure.axes[:2]]
    assert meshes[0].get_array().shape == (8, len(TIME))
    assert all(mesh.get_rasterized() for mesh in meshes)


@pytest.mark.parametrize(
    "values", [np.zeros((1, len(TIME), 2)), np.full((2, len(TIME), 1), np.nan)]
)
def test_nothing_to_see_is_drawn_without_a_word(values):
    assert draw_stimulus(make_responses(values)).figure.axes


@pytest.mark.parametrize("values", [wandering(4), STEP[None, :, None] * np.ones((9, 1, 1))])
def test_axes_carry_units(values):
    figure = draw_stimulus(make_responses(values)).figure
    texts = [figure.get_supxlabel(), figure.get_supylabel()]
    texts += [text for ax in figure.axes for text in (ax.get_xlabel(), ax.get_ylabel())]
    assert "time [s]" in texts
    assert any("[activation]" in text for text in texts)
