"""The figures that pairs choose draw the numbers of the run, with units, n and clear legends."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

import bioann as ba
from bioann.claims.rules.score import Score
from bioann.metrics.agreement import CORRELATION_OVER_CONDITIONS, RMSE
from bioann.reporting import style

#: A grid of two inputs.
A, B = (levels.ravel() for levels in np.meshgrid([0.0, 0.5, 1.0], [0.0, 1.0], indexing="ij"))
BY_B = ba.figures.ResponseCurves("a", by="b", message="They agree.")
FIGURES = {
    "one curve a model": dataclasses.replace(BY_B, by="", where={"b": 1.0}),
    "a family": BY_B,
    "a panel a match": dataclasses.replace(BY_B, match=("left", "right")),
    "a panel a model": dataclasses.replace(
        BY_B, models=("bio", "no_GABA", "ann"), has_model_panels=True
    ),
    "a difference": dataclasses.replace(
        BY_B, models=("no_GABA",), minus="bio", x_lines={"threshold": 0.5}, heading="lesion"
    ),
    "effects": ba.figures.EffectCurves("a", input_name="b"),
    "a sum": dataclasses.replace(BY_B, along={"a": 1.0, "b": 0.5}, relative_to={"a": 0.0}, by=""),
    "choices": ba.figures.PsychometricCurves("a", "left"),
    "decision times": ba.figures.ChronometricCurves(
        "a", decision=ba.metrics.DecisionTime("left", "right", 0.3)
    ),
    "time": ba.figures.TimeCourses(by="b", models=("bio",)),
    "maps": ba.figures.ResponseMap("a", "b"),
    "bars": ba.figures.ConditionBars("left", ("a", "b"), models=("bio", "no_GABA", "ann")),
    "bars of each match": ba.figures.ConditionBars({"left": "one", "right": "other"}, ("a", "b")),
    "profiles": ba.figures.ResponseProfile(
        {"forward": ("left", "right"), "back": ("right", "left")}, (3, 5), {"b": 1.0}
    ),
    "a family of profiles": ba.figures.ResponseProfile(
        ("left", "right"), (3, 5), curves={"off": {"b": 0.0}, "on": {"b": 1.0}}, is_relative=True
    ),
    "scores at numbers": ba.figures.ScoreCurves(
        {"left": {0.5: Score(RMSE, "left"), 2.0: Score(CORRELATION_OVER_CONDITIONS, "left")}},
        xlabel="x [1]",
    ),
    "scores at words": ba.figures.ScoreCurves(
        {
            m: {"error": Score(RMSE, m), "correlation": Score(CORRELATION_OVER_CONDITIONS, m)}
            for m in ("left", "right")
        }
    ),
    "activity": ba.figures.ActivityMap(("bio", "no_GABA", "ann"), condition=2, start=0.1),
    "points": ba.figures.ComputedPoints(
        lambda _: {"free": {1: [3, 1], 2: [5, 5]}, "fixed": {1: [0, 0]}},
        xlabel="layers [1]",
        ylabel="right [1]",
    ),
    "measures": ba.figures.MeasureCurves(
        {"b off": {0.0: ba.metrics.Contrast({"a": 0.0}, match="left")}}, model="bio", xlabel="a [1]"
    ),
    "panels": ba.figures.Panels(
        (BY_B, ba.figures.ComputedCurves(lambda _: {"": ([1, 2], [3, 4])}, xlabel="step [1]")),
        "They agree.",
    ),
    "spikes": ba.figures.Panels(
        (
            ba.figures.SpikeRaster({"b": 1.0}, ylabel=""),
            ba.figures.TimeCourses(match=("left", "right"), where={"a": 1.0, "b": 1.0}),
        ),
        "They agree.",
        row_heights=(1, 1, 1),
        share_x=True,
        height=6.0,
    ),
}


@pytest.fixture
def comparison(make_comparison):
    """Make a comparison over a grid of two channels, with a control that is 0.3 above biology."""
    comparison = make_comparison(len(A), trials=3, a=A, b=B)
    levels = np.stack([A, B], axis=-1)[:, None].repeat(60, axis=1)
    stimulus = xr.DataArray(
        levels,
        dims=("condition", "stimulus_time", "input"),
        coords={"stimulus_time": comparison.responses.time.values},
    )
    responses = comparison.responses.drop_vars("channel")
    responses = responses.assign(stimulus=stimulus.rename(input="channel"))
    responses = responses.assign_coords(channel=["left", "right"])
    comparison.responses = responses.assign(no_GABA=responses["bio"] + 0.3)
    comparison.pair.controls = {"no_GABA": None}
    return comparison


def values_of(line):
    return np.asarray(line.get_ydata(), dtype=float)


@pytest.mark.parametrize("name", FIGURES)
def test_legends_stand_beside_the_data_and_every_axis_has_a_unit(name, comparison):
    figure = FIGURES[name](comparison).figure
    with style.house_style():
        figure.draw(renderer := FigureCanvasAgg(figure).get_renderer())
    legends = [*figure.legends, *filter(None, (panel.get_legend() for panel in figure.axes))]
    boxes = [panel.get_window_extent(renderer).padded(-2) for panel in figure.axes]
    for legend in legends:
        assert not any(legend.get_window_extent(renderer).overlaps(box) for box in boxes)
    labels = [text for ax in figure.axes for text in (ax.get_xlabel(), ax.get_ylabel()) if text]
    assert labels
    assert all("[" in text for text in labels)


@pytest.mark.parametrize("name", FIGURES)
def test_captions_say_how_many_and_what_a_band_is(name, comparison):
    drawing = FIGURES[name](comparison)
    assert "50 neurons, 6 conditions, 3 trials each" in drawing.caption
    assert drawing.caption.startswith(FIGURES[name].message)
    if any(collection.get_label() for panel in drawing.figure.axes for collection in panel.patches):
        assert "Band" in drawing.caption or "Lines" in drawing.caption or "Grey" in drawing.caption
    assert drawing.alt
    assert "nan" not in drawing.alt


def test_curves_of_a_family_differ_by_more_than_their_colour(comparison):
    for models in (("bio", "ann"), ("bio",)):
        (panel,) = dataclasses.replace(BY_B, models=models)(comparison).figure.axes
        curves = [line for line in panel.lines if len(line.get_xdata()) == 3]
        looks = {
            (line.get_marker(), line.get_fillstyle(), str(line._dash_pattern)) for line in curves
        }
        assert len(looks) == len(curves) == 2 * len(models)


def test_a_curve_is_the_window_mean_at_each_level(comparison, window_mean, find):
    (panel,) = FIGURES["one curve a model"](comparison).figure.axes
    bio = window_mean(comparison.responses["bio"]).mean("trial").sel(match="left").values[B == 1]
    np.testing.assert_allclose(values_of(find.line(panel, "spiking model")), bio)
    ann = window_mean(comparison.responses["ann"]).sel(match="left").values[B == 1]
    np.testing.assert_allclose(values_of(find.line(panel, "rate model")), ann)


def test_a_family_by_levels_is_the_family_by_the_channel(comparison):
    by_levels = dataclasses.replace(BY_B, by="", curves={"off": {"b": 0.0}, "on": {"b": 1.0}})
    curves = dict(by_levels.curves, on=ba.metrics.ResponseCurve("left", {"b": 1.0}))
    own_match = dataclasses.replace(by_levels, match="left", curves=curves)
    expected = [values_of(line) for line in BY_B(comparison).figure.axes[0].lines]
    for figure in (by_levels, own_match):
        (panel,) = figure(comparison).figure.axes
        assert "on" in panel.get_legend_handles_labels()[1]
        for line, values in zip(panel.lines, expected, strict=True):
            np.testing.assert_array_equal(values_of(line), values)


def test_a_family_may_have_a_curve_for_each_match(comparison, find):
    (panel,) = dataclasses.replace(FIGURES["one curve a model"], by="match")(comparison).figure.axes
    assert panel.get_legend_handles_labels()[1][:2] == ["left", "right"]
    (alone,) = FIGURES["one curve a model"](comparison).figure.axes
    left = values_of(find.line(panel, "left"))
    np.testing.assert_array_equal(left, values_of(find.line(alone, "spiking model")))


def test_panels_of_models_have_the_curves_of_the_models_together(comparison):
    (together,) = dataclasses.replace(BY_B, models=("bio",))(comparison).figure.axes
    figure = FIGURES["a panel a model"]
    headings = [panel.heading for panel in figure.split()]
    assert headings == ["spiking model", "no GABA", "rate model"]
    first, *_ = figure(comparison).figure.axes
    for line, expected in zip(first.lines, together.lines, strict=True):
        np.testing.assert_array_equal(values_of(line), values_of(expected))


def test_a_profile_has_the_response_of_each_match_at_its_position(comparison, window_mean, find):
    forward, back = FIGURES["profiles"](comparison).figure.axes
    ann = window_mean(comparison.responses["ann"]).values[B == 1].mean(axis=0)
    line = find.line(forward, "rate model")
    np.testing.assert_array_equal(line.get_xdata(), [3, 5])
    np.testing.assert_allclose(values_of(line), ann)
    np.testing.assert_allclose(values_of(find.line(back, "rate model")), ann[::-1])


def test_relative_profiles_have_the_mean_one_and_the_shape_of_the_response(
    comparison, window_mean, find
):
    (panel,) = FIGURES["a family of profiles"](comparison).figure.axes
    (plain,) = dataclasses.replace(FIGURES["a family of profiles"], is_relative=False)(
        comparison
    ).figure.axes
    for line, response in zip(panel.lines[:4], plain.lines[:4], strict=True):
        np.testing.assert_allclose(values_of(line).mean(), 1, rtol=1e-5)  # single precision
        ratio = values_of(line) / values_of(response)
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)
    ann = window_mean(comparison.responses["ann"]).values[B == 0].mean(axis=0)
    np.testing.assert_allclose(values_of(plain.lines[1]), ann)


def test_scores_stand_at_their_places_with_their_intervals_and_what_was_expected(comparison):
    rows = [
        score.find_row(comparison.scores)
        for score in (Score(RMSE, "left"), Score(CORRELATION_OVER_CONDITIONS, "left"))
    ]
    drawing = FIGURES["scores at numbers"](comparison)
    (panel,) = drawing.figure.axes
    (container,) = panel.containers
    np.testing.assert_array_equal(container[0].get_xdata(), [0.5, 2.0])
    np.testing.assert_allclose(values_of(container[0]), [row.value for row in rows])
    bars = [segment[:, 1] for segment in container[2][0].get_segments()]
    np.testing.assert_allclose(bars, [(row.low, row.high) for row in rows])
    expected = panel.lines[-1]
    assert expected.get_label() == "expected"
    np.testing.assert_allclose(values_of(expected), [0, 1])
    assert "Bars: 95 %" in drawing.caption
    (panel,) = FIGURES["scores at words"](comparison).figure.axes
    assert [tick.get_text() for tick in panel.get_xticklabels()] == ["error", "correlation"]
    left, right = (np.asarray(container[0].get_xdata(), float) for container in panel.containers)
    np.testing.assert_allclose((left + right) / 2, [0, 1])
    assert (left < right).all()


def test_a_map_of_activity_is_the_first_trial_from_the_start_on(comparison):
    panel = FIGURES["activity"](comparison).figure.axes[0]
    (mesh,) = (c for c in panel.collections if hasattr(c, "get_coordinates"))
    late = comparison.responses["bio"].isel(condition=2, trial=0)
    late = late.isel(time=np.flatnonzero(late.time > 0.1)).transpose("match", "time")
    np.testing.assert_allclose(mesh.get_array(), late)


def test_panels_of_one_figure_stand_in_rows(comparison):
    in_rows = dataclasses.replace(FIGURES["a panel a match"], row_heights=(1.0, 1.0))
    above, below = in_rows(comparison).figure.axes
    assert above.get_position().y0 > below.get_position().y1
    assert above.get_position().x0 == below.get_position().x0


def test_bars_of_several_matches_have_a_panel_each(comparison, window_mean):
    _, other = FIGURES["bars of each match"](comparison).figure.axes
    headings = [panel.heading for panel in FIGURES["bars of each match"].split()]
    assert headings == ["one", "other"]
    right = window_mean(comparison.responses["ann"]).sel(match="right").values
    heights = [bar.get_height() for bar in other.containers[1]]
    np.testing.assert_allclose(heights, right)


def test_a_difference_is_that_of_the_models_and_its_band_the_ceiling(comparison, window_mean):
    (panel,) = FIGURES["a difference"](comparison).figure.axes
    curves = [values_of(line) for line in panel.lines if len(line.get_xdata()) == 3]
    np.testing.assert_allclose(curves, np.full((2, 3), 0.3))
    means = {name: window_mean(comparison.responses[name]).mean("trial") for name in
             ("bio", "ceiling")}  # fmt: skip
    limit = float(abs(means["ceiling"] - means["bio"]).max())
    assert panel.patches[0].get_extents().height > 0
    np.testing.assert_allclose(panel.patches[0].get_xy()[1], -limit)


def test_an_effect_is_the_response_with_minus_that_without(comparison, window_mean, find):
    (panel,) = FIGURES["effects"](comparison).figure.axes
    ann = window_mean(comparison.responses["ann"]).sel(match="left").values
    np.testing.assert_allclose(values_of(find.line(panel, "rate model")), ann[B == 1] - ann[B == 0])


def test_a_choice_is_the_larger_of_the_matches(comparison, window_mean, find):
    (panel,) = FIGURES["choices"](comparison).figure.axes
    left, right = (window_mean(comparison.responses["ann"]).sel(match=m) for m in ("left", "right"))
    wins = (left > right) + 0.5 * (left == right)
    expected = [float(wins.values[level == A].mean()) for level in np.unique(A)]
    np.testing.assert_allclose(values_of(find.line(panel, "rate model")), expected)


def test_a_map_has_each_condition_at_its_inputs(comparison, window_mean):
    response_panel, error_panel = FIGURES["maps"](comparison).figure.axes[:2]
    bio = window_mean(comparison.responses["bio"]).mean("trial").sel(match="left").values
    ann = window_mean(comparison.responses["ann"]).sel(match="left").values
    (mesh,) = (c for c in response_panel.collections if hasattr(c, "get_coordinates"))
    np.testing.assert_allclose(mesh.get_array(), bio.reshape(3, 2).T)
    (mesh,) = (c for c in error_panel.collections if hasattr(c, "get_coordinates"))
    np.testing.assert_allclose(mesh.get_array(), (bio - ann).reshape(3, 2).T)


@pytest.mark.parametrize("name", ["one curve a model", "choices", "effects"])
def test_a_model_has_one_colour_in_all_figures(name, comparison, find):
    (panel,) = FIGURES[name](comparison).figure.axes
    assert to_hex(find.line(panel, "spiking model").get_color()).upper() == style.SPIKING_COLOUR
    assert to_hex(find.line(panel, "rate model").get_color()).upper() == style.RATE_COLOUR


@pytest.mark.parametrize(
    ("name", "xlabel", "ylabel"),
    [
        ("a family", "a [activation]", "response [activation]"),
        ("a sum", "a + 0.5 b [activation]", "effect [activation]"),
        ("a difference", "a [activation]", "no GABA minus spiking model [activation]"),
        ("effects", "a [activation]", "effect of b [activation]"),
        ("choices", "a [activation]", "probability that left wins [1]"),
        ("time", "time [s]", "response [activation]"),
        ("maps", "a [activation]", "b [activation]"),
        ("bars", "a, b [activation]", "left [activation]"),
    ],
)
def test_axes_are_named_after_what_is_drawn(name, xlabel, ylabel, comparison):
    panel = FIGURES[name](comparison).figure.axes[0]
    labels = tuple(label.replace("\n", " ") for label in (panel.get_xlabel(), panel.get_ylabel()))
    assert labels == (xlabel, ylabel)


def test_controls_are_named_with_spaces_unless_the_pair_names_them(comparison):
    own = dataclasses.replace(FIGURES["bars"], models={"no_GABA": "without GABA"})
    for figure, names in (
        (FIGURES["bars"], ["spiking model", "no GABA", "rate model"]),
        (own, ["without GABA"]),
    ):
        (panel,) = figure(comparison).figure.axes
        assert panel.get_legend_handles_labels()[1] == names


def test_only_values_of_both_signs_get_a_line_at_zero(comparison):
    def list_levels(figure):
        (panel,) = figure(comparison).figure.axes
        return [line.get_ydata()[0] for line in panel.lines if len(line.get_xdata()) == 2]

    assert list_levels(dataclasses.replace(FIGURES["a difference"], x_lines={})) == [0.0]
    only_positive = ba.figures.ComputedCurves(lambda _: {"": ([1, 2, 3], [0, 3, 4])})
    assert list_levels(only_positive) == []
    signed = dataclasses.replace(only_positive, compute=lambda _: {"": ([1, 2, 3], [-1, 3, 4])})
    assert list_levels(dataclasses.replace(signed, y_lines=(2.0,))) == [2.0, 0.0]


def test_computed_curves_may_get_trial_means_and_the_stimulus(comparison):
    def subtract(bio, other, stimulus):
        assert stimulus.dims == ("condition", "channel")
        np.testing.assert_array_equal(stimulus, np.stack([A, B], axis=-1))
        return {"": (bio.time.values, (other - bio).mean(["condition", "match"]).values)}

    figure = ba.figures.ComputedCurves(subtract, responses=("bio", "no_GABA"), xlabel="time [s]")
    (panel,) = figure(comparison).figure.axes
    np.testing.assert_allclose(values_of(panel.lines[0]), 0.3)


def test_measures_are_those_of_the_trial_means_in_the_window(comparison, window_mean):
    functions = {a: ba.metrics.Contrast({"a": a, "b": 1.0}, match="left") for a in (0.0, 0.5, 1.0)}
    (panel,) = ba.figures.MeasureCurves({"": functions}, model="no_GABA")(comparison).figure.axes
    steady = window_mean(comparison.responses["no_GABA"]).mean("trial").sel(match="left").values
    np.testing.assert_array_equal(panel.lines[0].get_xdata(), list(functions))
    np.testing.assert_allclose(values_of(panel.lines[0]), steady[B == 1])


def test_figures_in_a_list_are_those_in_a_tuple():
    figures, options = (BY_B, FIGURES["measures"]), {"height": 4.0, "share_y": True}
    flat = ba.figures.Panels.of_figures("They agree.", *figures, **options)
    assert repr(flat) == repr(ba.figures.Panels(figures, "They agree.", **options))


def test_measures_of_time_courses_get_them_and_theory_is_drawn_beside(comparison):
    left = comparison.responses["bio"].mean("trial").sel(match="left")
    end = float(left.time[-1]) + 1.0
    functions = {
        a: ba.metrics.OfMatch(ba.metrics.ResponseBetween(0.0, end, {"a": a, "b": 1.0}), "left")
        for a in (0.0, 0.5, 1.0)
    }
    theory = {"closed form": ([0.0, 1.0], [0.25, 0.75])}
    figure = ba.figures.MeasureCurves({"measured": functions}, y_scale=2.0, theory=theory)
    drawing = figure(comparison)
    (panel,) = drawing.figure.axes
    measured, expected = panel.lines[:2]
    np.testing.assert_allclose(values_of(measured), 2 * left.mean("time").values[B == 1])
    np.testing.assert_array_equal(values_of(expected), [0.25, 0.75])
    assert "closed form: 0.250, 0.750" in drawing.alt


def test_points_of_one_position_stand_in_order_beside_each_other(comparison):
    (panel,) = FIGURES["points"](comparison).figure.axes
    free, fixed = panel.lines
    np.testing.assert_array_equal(values_of(free), [1, 3, 5, 5])
    x = np.asarray(free.get_xdata())
    assert (np.diff(x) > 0).all()
    assert np.round(x).tolist() == [1, 1, 2, 2]
    assert x[1] < np.asarray(fixed.get_xdata())[0] < x[2]


def test_no_band_is_described_where_there_is_one_trial(comparison):
    comparison.responses = comparison.responses.isel(trial=[0])
    assert "Band" not in BY_B(comparison).caption


def test_a_caption_quotes_scores_with_their_intervals(comparison):
    figure = dataclasses.replace(BY_B, scores=(Score(RMSE, match="right"),))
    assert "Scores: RMSE (right) 1.10 [1.05," in figure(comparison).caption
