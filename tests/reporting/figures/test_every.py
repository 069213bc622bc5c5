"""What holds for every figure of a comparison: readable, captioned, in units, in hard cases."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from bioann.reporting.figures import summaries
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.responses import draw_responses
from bioann.reporting.figures.scores import draw_scores
from bioann.reporting.figures.tuning import draw_tuning
from tests.reporting.figures.laws import choose_figure, find_broken_laws


def draw_all_scores(comparison):
    return draw_scores(comparison, comparison.scores)


DRAWERS = (draw_responses, draw_tuning, draw_agreement, draw_all_scores)

HARD = {
    "plain": {},
    "one of all": {"conditions": 1, "trials": 1, "matches": ("cell",), "populations": {"cell": 1}},
    "221 conditions": {"conditions": 221, "trials": 2, "rate": 1.0},
    "silent": {"level": 0.0, "rate": 0.0},
    "long names": {
        "conditions": 6,
        "label": "excitation=0.{}33333, inhibition_of_the_surround=0.666667",
        "matches": tuple(f"a_really_quite_long_name_of_match_{i}" for i in range(5)),
        "populations": {f"a_really_quite_long_name_of_population_{i}": 200 for i in range(5)},
    },
}


@pytest.mark.parametrize("draw", DRAWERS)
@pytest.mark.parametrize(
    ("case", "medium"), [*((case, "print") for case in HARD), ("long names", "phone")]
)
def test_a_figure_can_be_read(draw, case, medium, make_comparison):
    drawing = draw(make_comparison(**HARD[case]))
    assert not find_broken_laws(*choose_figure(drawing, medium))


@pytest.mark.parametrize("draw", DRAWERS)
def test_a_response_that_is_no_number_is_left_out_and_counted(draw, make_comparison):
    comparison = make_comparison(4)
    comparison.responses["bio"][0] = np.nan
    comparison.responses["ann"][3, 40] = np.nan
    drawing = draw(comparison)
    drawing.figure.draw(FigureCanvasAgg(drawing.figure).get_renderer())
    assert "nan" not in drawing.alt
    if draw in (draw_agreement, draw_tuning):
        assert "2 conditions without a finite value" in drawing.caption


@pytest.mark.parametrize("draw", DRAWERS)
def test_captions_give_the_numbers_behind_the_figure(draw, make_comparison):
    drawing = draw(make_comparison(5, trials=8))
    assert "50 neurons, 5 conditions, 8 trials each" in drawing.caption
    assert drawing.alt


@pytest.mark.parametrize("draw", DRAWERS)
def test_every_axis_has_a_unit(draw, make_comparison):
    figure = draw(make_comparison(5, contrast=np.arange(5.0))).figure
    shared = [t for t in (figure.get_supxlabel(), figure.get_supylabel()) if t]
    labels = shared + [t for ax in figure.axes for t in (ax.get_xlabel(), ax.get_ylabel()) if t]
    assert labels
    assert all("[" in text for text in labels)


def test_evenly_keeps_both_ends():
    assert summaries.choose_evenly(221, 4) == [0, 73, 147, 220]
    assert summaries.choose_evenly(3, 4) == [0, 1, 2]
    assert summaries.choose_evenly(1, 4) == [0]
