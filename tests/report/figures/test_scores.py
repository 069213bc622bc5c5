"""The forest plot: every number of the table at its place."""

import numpy as np
from matplotlib.text import Text

from bioann.report.figures.scores import draw_scores


def test_scores_stand_with_interval_ceiling_floor_and_best(compared, find):
    axes = find.panels(draw_scores(compared()).figure)[0]
    assert [float(a.get_xdata()[0]) for a in axes.lines if a.get_label() == "value"] == [0.1, 1.1]
    assert [float(a.get_xdata()[0]) for a in axes.lines if a.get_label() == "floor"] == [2.0, 2.0]
    ceiling = find.area(axes, "ceiling").get_segments()[0]
    np.testing.assert_allclose(ceiling[:, 0], (0.01, 0.03))
    interval = next(c for c in axes.collections if c.get_zorder() == 3).get_segments()[0]
    np.testing.assert_allclose(interval[:, 0], (0.05, 0.2))
    assert axes.lines[-1].get_xdata()[0] == 0.0  # the best possible error


def test_a_score_that_does_not_apply_says_why(compared):
    texts = [t.get_text() for t in draw_scores(compared()).figure.findobj(Text)]
    assert "one read-out" in texts


def test_of_many_scores_those_furthest_from_the_best_are_drawn(compared, find):
    drawing = draw_scores(compared(matches=tuple("abcdef")))
    axes = find.panels(drawing.figure)[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["c", "d", "e", "f"]
    assert "of 13 scores" in drawing.caption
