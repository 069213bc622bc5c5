"""The dot plot: scores of every unit on one axis from chance level to noise ceiling."""

import numpy as np
import pandas as pd
import pytest

from bioann.reporting.figures.reference_scale import draw_scale, has_scale, place_on_scale
from bioann.reporting.figures.scores import AXIS_LIMITS, MAX_ROWS, draw_scores


@pytest.fixture
def scores(make_comparison):
    return make_comparison().scores


def find_dots(figure, find):
    (panel,) = find.panels(figure)
    return {line.get_marker(): line.get_xydata().tolist() for line in panel.lines[2:]}, panel


def test_a_score_at_chance_is_0_and_at_its_ceiling_1_whatever_its_direction(scores):
    rmse, correlation = scores.iloc[[0]], scores.iloc[[1]]
    for row in (rmse, correlation):
        low, high = (row.assign(value=row[name]) for name in ("chance", "ceiling"))
        assert place_on_scale(low).value.item() == 0
        assert place_on_scale(high).value.item() == 1
    places = place_on_scale(rmse)
    np.testing.assert_allclose(places.value, (2.0 - 0.1) / (2.0 - 0.02))
    assert (places.low < places.value).all()
    assert (places.value < places.high).all()


def test_a_scale_needs_two_references_that_differ(scores):
    row = scores.iloc[0]
    assert has_scale(row)
    for change in ({"chance": np.nan}, {"ceiling": np.nan}, {"value": np.nan}, {"chance": 0.025}):
        assert not has_scale(pd.Series(dict(row) | change))


def test_the_scale_has_the_better_end_at_the_right(scores):
    rmse, correlation = (draw_scale(scores.iloc[k], "95 % CI") for k in (0, 1))
    assert rmse.figure.axes[0].xaxis_inverted()
    assert not correlation.figure.axes[0].xaxis_inverted()
    assert "chance level 2.00, noise ceiling 0.0200" in rmse.alt


def test_scores_without_references_are_counted_not_drawn(make_comparison, scores, find):
    drawing = draw_scores(make_comparison(), scores)
    _, panel = find_dots(drawing.figure, find)
    n_drawn = int(scores.value.notna().sum())
    assert len(panel.get_yticklabels()) == n_drawn
    assert "in the table alone: 1." in drawing.caption


def test_nothing_is_drawn_for_one_score_alone(make_comparison, scores):
    assert draw_scores(make_comparison(), scores.iloc[:1]) is None
    assert draw_scores(make_comparison(), scores.assign(chance=np.nan)) is None


def test_a_score_beyond_the_axis_is_a_triangle_at_its_end(make_comparison, scores, find):
    scores.loc[0, "value"] = 900.0
    dots, panel = find_dots(draw_scores(make_comparison(), scores).figure, find)
    ((x, y),) = dots["<"]
    assert AXIS_LIMITS[0] < x < 0
    assert y == 0
    assert panel.get_xlim() == AXIS_LIMITS


def test_of_many_scores_those_furthest_from_the_ceiling_are_drawn(make_comparison, find):
    comparison = make_comparison(matches=[f"m{i}" for i in range(MAX_ROWS + 2)])
    drawing = draw_scores(comparison, comparison.scores)
    _, panel = find_dots(drawing.figure, find)
    names = [label.get_text() for label in panel.get_yticklabels()]
    assert len(names) == MAX_ROWS
    assert f"RMSE (m{MAX_ROWS + 1})" in names
    assert "RMSE (m1)" not in names
    assert f"{MAX_ROWS} of {2 * MAX_ROWS + 4} scores" in drawing.caption
