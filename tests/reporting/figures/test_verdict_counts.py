"""The figure of the atlas: bars as long as the counts, and numbers where there is room."""

import itertools

import pytest

from bioann.claims.claim import OUTCOMES
from bioann.reporting.figures.verdict_counts import draw_verdict_counts
from tests.reporting.figures.laws import find_broken_laws

COUNTS = {
    "AI Stack Exchange 2019": {"supported": 4, "refuted": 3},
    "'Can Weights Be Negative?'": {"supported": 23, "refuted": 19, "depends": 2, "undecided": 2},
    "this project": {"supported": 105, "refuted": 25, "depends": 5, "undecided": 9, "failed": 1},
}


def test_segments_are_as_long_as_the_counts_and_follow_each_other():
    (panel,) = draw_verdict_counts(COUNTS).figure.axes
    for k, counts in enumerate(COUNTS.values()):
        bars = [container[k] for container in panel.containers]
        assert [bar.get_width() for bar in bars] == [counts.get(o, 0) for o in OUTCOMES]
        for one, following in itertools.pairwise(bars):
            assert following.get_x() == one.get_x() + one.get_width()


@pytest.mark.parametrize("is_narrow", [False, True])
def test_every_number_stands_inside_its_segment(is_narrow):
    drawing = draw_verdict_counts(COUNTS)
    figure = drawing.narrow() if is_narrow else drawing.figure
    assert list(find_broken_laws(figure, 1.0)) == []
    figure.draw_without_rendering()
    (panel,) = figure.axes
    segments = [bar.get_window_extent() for c in panel.containers for bar in c]
    numbers = [text for text in panel.texts if text.get_text()]
    assert {"105"} <= {text.get_text() for text in numbers}
    for text in numbers:
        box = text.get_window_extent()
        assert any(s.x0 <= box.x0 and box.x1 <= s.x1 and s.y0 < box.y0 < s.y1 for s in segments)


def test_the_description_has_every_number_and_leaves_failures_out():
    alt = draw_verdict_counts(COUNTS).alt
    assert "this project: 144, 105 supported, 25 refuted, 5 depends and 9 undecided" in alt
    assert "failed" not in alt
