"""What holds for every figure of a comparison: readable, captioned, in units, in hard cases."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from bioann.reporting import style
from bioann.reporting.figures import summaries
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.responses import draw_responses
from bioann.reporting.figures.scores import draw_scores
from bioann.reporting.figures.tuning import draw_tuning


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


@pytest.fixture
def drawn_texts(monkeypatch):
    """Collect the texts that are really drawn: matplotlib keeps tick labels that are not."""
    texts, draw = [], Text.draw

    def note(text, renderer, *args, **kwargs):
        if text.get_visible() and text.get_text().strip():
            texts.append((text, text.get_window_extent(renderer)))
        return draw(text, renderer, *args, **kwargs)

    monkeypatch.setattr(Text, "draw", note)
    return texts


@pytest.mark.parametrize("draw", DRAWERS)
@pytest.mark.parametrize("case", HARD)
def test_no_text_is_cut_off_or_tiny_or_on_top_of_another(draw, case, drawn_texts, make_comparison):
    figure = draw(make_comparison(**HARD[case])).figure
    with style.house_style():
        figure.draw(FigureCanvasAgg(figure).get_renderer())
    assert drawn_texts
    for text, box in drawn_texts:
        assert text.get_fontsize() >= 8
        assert figure.bbox.padded(1).contains(*box.min), text
        assert figure.bbox.padded(1).contains(*box.max), text
    # Slanted labels run beside one another; their upright boxes say nothing about that.
    upright = [(text, box) for text, box in drawn_texts if text.get_rotation() % 90 == 0]
    for (a, box), (b, other) in combinations(upright, 2):
        # Line spacing makes neighbouring boxes touch by a pixel where no ink does.
        assert not box.padded(-1).overlaps(other.padded(-1)), (a, b)


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
