"""Responses over time: spikes, bands and scales as the data say."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from bioann.reporting import style
from bioann.reporting.figures.responses import MAX_NEURONS, draw_responses


def test_the_band_over_time_is_the_central_95_percent_of_trials(make_comparison, find):
    comparison = make_comparison(1, trials=40, matches=("only",))
    axes = find.panels(draw_responses(comparison).figure)[1]
    bio = comparison.responses["bio"].isel(condition=0, match=0).values
    low, high = np.quantile(bio, (0.025, 0.975), axis=0)
    vertices = find.area(axes, "central").get_paths()[0].vertices
    for time, a, b in zip(comparison.responses["time"].values, low, high, strict=True):
        here = vertices[np.isclose(vertices[:, 0], time), 1]
        assert here.min() == pytest.approx(a)
        assert here.max() == pytest.approx(b)
    np.testing.assert_allclose(find.line(axes, "spiking model").get_ydata(), bio.mean(axis=0))
    np.testing.assert_allclose(
        find.line(axes, "rate model").get_ydata(), comparison.responses["ann"][0, :, 0]
    )


def tick_centres(axes, label):
    """The middle of every upright line of a population's spikes, shape (spike, 2)."""
    (patch,) = [p for p in axes.patches if p.get_label().startswith(label)]
    endpoints = patch.get_path().vertices.reshape(-1, 2, 2)
    np.testing.assert_array_equal(endpoints[:, 0, 0], endpoints[:, 1, 0])
    assert (endpoints[:, 0, 1] < endpoints[:, 1, 1]).all()
    return endpoints.mean(axis=1)


def test_the_raster_shows_the_spikes_of_trial_0_of_its_condition(make_comparison, find):
    comparison = make_comparison(3)
    bio = comparison.run["bio"]
    for i, axes in enumerate(draw_responses(comparison).figure.axes[:3]):
        mine = (bio["spike_condition"] == i) & (bio["spike_trial"] == 0)
        for u, name in enumerate(bio["unit"].values):
            centres = tick_centres(axes, f"spikes of {name}")
            want = bio["spike_time"].values[mine & (bio["spike_unit"] == u)]
            np.testing.assert_array_equal(np.sort(centres[:, 0]), np.sort(want))
            assert ((centres[:, 1] > u) & (centres[:, 1] < u + 1)).all()


def test_spikes_have_the_colour_of_what_their_population_does(make_comparison):
    axes = draw_responses(make_comparison()).figure.axes[0]
    spikes = {p.get_label(): p for p in axes.patches}
    names = ("left", "right", "pool")
    colours = [to_hex(spikes[f"spikes of {n}"].get_edgecolor()) for n in names]
    want = [style.EXCITATORY_COLOUR, style.SPIKING_COLOUR, style.INHIBITORY_COLOUR]
    assert colours == [c.lower() for c in want]


@pytest.mark.parametrize(("rate", "picture"), [(5.0, False), (300.0, True)])
def test_many_marks_are_a_picture_and_few_are_not(rate, picture, make_comparison):
    axes = draw_responses(make_comparison(1, rate=rate)).figure.axes[0]
    rasterized = [p.get_rasterized() for p in axes.patches if "spikes" in p.get_label()]
    assert list(map(bool, rasterized)) == [picture] * 3


def test_of_a_large_population_some_neurons_are_drawn_and_it_says_so(make_comparison):
    drawing = draw_responses(make_comparison(1, populations={"left": 200}, matches=("left",)))
    heights = tick_centres(drawing.figure.axes[0], "spikes")[:, 1]
    assert len(np.unique(heights.round(9))) == MAX_NEURONS
    assert f"At most {MAX_NEURONS}" in drawing.caption


def test_the_right_axis_is_the_rate_at_the_stated_scale(make_comparison):
    figure = draw_responses(make_comparison(1, matches=("only",))).figure
    figure.draw(FigureCanvasAgg(figure).get_renderer())
    axes = figure.axes[1]
    (hertz,) = axes.child_axes
    np.testing.assert_allclose(hertz.get_ylim(), 80 * np.array(axes.get_ylim()))
    assert "Hz" in hertz.get_ylabel()
    assert "activation" in axes.get_ylabel()


def test_without_spikes_there_is_no_raster(make_comparison):
    drawing = draw_responses(make_comparison(2, spikes=False))
    assert len(drawing.figure.axes) == 4  # two conditions, two matches
    assert "spikes" not in drawing.caption


def test_the_window_is_shaded(make_comparison):
    comparison = make_comparison(1)
    for axes in draw_responses(comparison).figure.axes:
        shade = axes.patches[-1]
        span = shade.get_x(), shade.get_x() + shade.get_width()
        assert span == pytest.approx(comparison.window)
