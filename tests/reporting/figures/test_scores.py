"""The forest plot: every number of the table at its place."""

import numpy as np
import pytest
from matplotlib.text import Text

from bioann.reporting.figures.scores import draw_scores


def test_scores_stand_with_interval_ceiling_chance_level_and_best(make_comparison, find):
    axes = find.panels(draw_scores(make_comparison()).figure)[0]
    assert [float(a.get_xdata()[0]) for a in axes.lines if a.get_label() == "value"] == [0.1, 1.1]
    np.testing.assert_array_equal(find.line(axes, "chance level").get_xydata(), [(2, 0), (2, 1)])
    ceiling = find.area(axes, "ceiling").get_segments()[0]
    np.testing.assert_allclose(ceiling[:, 0], (0.01, 0.03))
    interval = next(c for c in axes.collections if c.get_zorder() == 3).get_segments()[0]
    np.testing.assert_allclose(interval[:, 0], (0.05, 0.2))
    best = [list(a.get_xdata()) for a in axes.lines if a.get_zorder() == 0]
    assert best == [[0.0, 0.0]]


def test_a_chance_level_far_away_is_a_triangle_at_the_edge(make_comparison, find):
    comparison = make_comparison()
    comparison.scores["chance"] = [-300.0, 0.5, 0.2, 1e9, np.nan]
    axes = find.panels(draw_scores(comparison).figure)[0]
    levels = {
        a.get_marker(): a.get_xydata().tolist()
        for a in axes.lines
        if a.get_label() == "chance level"
    }
    assert levels == {"<": [[pytest.approx(-4.8), 0]], "x": [[0.2, 1]]}
    assert axes.get_xlim()[0] > -10


def test_a_metric_without_any_value_is_named_and_not_drawn(make_comparison):
    drawing = draw_scores(make_comparison())
    titles = [t.get_text() for t in drawing.figure.findobj(Text)]
    (missing,) = {
        row.metric for row in make_comparison().scores.itertuples() if not np.isfinite(row.value)
    }
    assert missing not in titles
    assert drawing.caption.endswith(f"Without a value (reasons in the table): {missing}.")


def test_where_nothing_has_a_value_all_is_drawn_and_says_so(make_comparison, find):
    comparison = make_comparison()
    comparison.scores["value"] = np.nan
    drawing = draw_scores(comparison)
    texts = [t.get_text() for t in drawing.figure.findobj(Text)]
    assert texts.count("no value") == len(comparison.scores)
    assert "Without a value" not in drawing.caption


def test_a_row_without_a_value_beside_others_says_so_and_has_no_chance_level(make_comparison, find):
    comparison = make_comparison()
    rmse = comparison.scores.index[comparison.scores["metric"] == "RMSE"]
    comparison.scores.loc[rmse[1], "value"] = np.nan
    axes = find.panels(draw_scores(comparison).figure)[0]
    assert [t.get_text() for t in axes.texts] == ["no value"]
    assert find.line(axes, "chance level").get_ydata().tolist() == [0]


def test_a_value_that_is_zero_but_for_rounding_stands_at_zero(make_comparison, find):
    comparison = make_comparison()
    marks = ["value", "low", "high", "ceiling", "ceiling_low", "ceiling_high", "chance", "best"]
    comparison.scores[marks] = 1e-17
    axes = find.panels(draw_scores(comparison).figure)[0]
    assert axes.get_xlim() == (-0.6, 0.6)


def test_of_many_scores_those_furthest_from_the_best_are_drawn(make_comparison, find):
    drawing = draw_scores(make_comparison(matches=tuple("abcdef")))
    axes = find.panels(drawing.figure)[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["c", "d", "e", "f"]
    assert "of 12 scores" in drawing.caption
