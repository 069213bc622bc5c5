"""The scatter: a point per condition, and honest bars, band and chance level."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from bioann.reporting import style
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.tuning import draw_tuning
from bioann.reporting.svg import to_svg


@pytest.mark.parametrize("n", [1, 7, 221])
def test_the_scatter_has_a_point_per_condition(n, make_comparison, find, window_mean):
    comparison = make_comparison(n)
    left, right = find.panels(draw_agreement(comparison).figure)
    for axes, match in ((left, "left"), (right, "right")):
        points = find.line(axes, "condition").get_xydata()
        assert len(points) == n
        of = comparison.responses.sel(match=match)
        np.testing.assert_allclose(points[:, 0], window_mean(of["ann"]))
        np.testing.assert_allclose(points[:, 1], window_mean(of["bio"]).mean("trial"))


def test_the_ceiling_band_holds_95_percent_of_what_biology_differs_from_itself(
    make_comparison, find, window_mean
):
    comparison = make_comparison(200, matches=("only",))
    axes = find.panels(draw_agreement(comparison).figure)[0]
    of = comparison.responses.isel(match=0)
    apart = abs(window_mean(of["ceiling"] - of["bio"]).mean("trial")).values
    band = find.area(axes, "noise ceiling").get_paths()[0].vertices
    half_width = np.abs(band[:, 1] - band[:, 0]).max()
    assert (apart <= half_width).mean() == pytest.approx(0.95, abs=0.01)


def test_many_matches_may_share_a_row(make_comparison, find):
    comparison = make_comparison(matches=tuple("abc"))
    low, high = (draw_agreement(comparison, single_row=row).figure for row in (True, False))
    panels = find.panels(low)
    assert len({panel.get_subplotspec().rowspan.start for panel in panels}) == 1
    assert len(panels) == len(find.panels(high)) == 3
    assert low.get_figheight() < high.get_figheight() / 2


@pytest.mark.parametrize("n", [2, 3, 4])
def test_no_label_is_cut_off_when_it_is_drawn_once(n, make_comparison, find):
    figure = draw_agreement(make_comparison(matches=tuple("abcd"[:n])), single_row=True).figure
    with style.house_style():
        to_svg(figure, "once")
        figure.set_layout_engine("none")
        renderer = FigureCanvasAgg(figure).get_renderer()
        for panel in find.panels(figure):
            box = panel.get_tightbbox(renderer)
            assert figure.bbox.contains(*box.min)
            assert figure.bbox.contains(*box.max)


def test_error_bars_of_the_scatter_are_the_sd_over_trials(make_comparison, find, window_mean):
    comparison = make_comparison(4, matches=("only",))
    drawing = draw_agreement(comparison)
    bars = find.area(find.panels(drawing.figure)[0], "SD").get_segments()
    sd = window_mean(comparison.responses["bio"].isel(match=0)).std("trial", ddof=1)
    np.testing.assert_allclose([bar[1, 1] - bar[0, 1] for bar in bars], 2 * sd)
    assert "SD over trials" in drawing.caption


def test_of_many_matches_the_worst_four_are_drawn_and_it_says_so(make_comparison, find):
    comparison = make_comparison(matches=tuple("abcdef"))
    for draw in (draw_agreement, draw_tuning):
        drawing = draw(comparison)
        titles = [ax.get_title(loc="left") for ax in find.panels(drawing.figure)]
        letters = [style.format_letter(letter) for letter in "abcd"]
        assert all(
            title.startswith(letter + name)
            for title, letter, name in zip(titles, letters, "cdef", strict=True)
        )
        assert "4 of 6 responses" in drawing.caption


def test_a_wild_chance_level_does_not_squeeze_the_data(make_comparison, find):
    comparison = make_comparison(matches=("only",))
    comparison.responses["chance"] *= 1e4
    drawing = draw_agreement(comparison)
    low, high = find.panels(drawing.figure)[0].get_xlim()
    assert high - low < 3
    assert "Crosses outside the axes" in drawing.caption
