"""Noise ceiling and chance level behind the mean responses."""

import numpy as np
import scipy.stats
from matplotlib.figure import Figure

from bioann.reporting.figures.response_references import compute_mean_interval
from bioann.reporting.figures.tuning import draw_tuning


def test_the_band_is_the_interval_of_students_t():
    responses = np.random.default_rng(1).normal(size=(3, 6))
    low, high = compute_mean_interval(responses)
    for k, row in enumerate(responses):
        expected = scipy.stats.t.interval(0.95, 5, row.mean(), scipy.stats.sem(row))
        np.testing.assert_allclose((low[k], high[k]), expected)


def test_a_distant_chance_level_does_not_squeeze_the_responses(make_comparison):
    comparison = make_comparison(contrast=np.arange(5.0))
    comparison.responses["chance"] = comparison.responses["chance"] + 1e3
    drawing = draw_tuning(comparison)
    assert isinstance(drawing.figure, Figure)
    low, high = drawing.figure.axes[0].get_ylim()
    assert high - low < 10
    assert "Chance level: mean over rate models" in drawing.caption


def test_references_that_were_not_run_are_neither_drawn_nor_explained(make_comparison):
    comparison = make_comparison(contrast=np.arange(5.0))
    comparison.responses = comparison.responses.drop_vars(["ceiling", "chance"])
    drawing = draw_tuning(comparison)
    names = drawing.figure.axes[0].get_legend_handles_labels()[1]
    assert not {"noise ceiling", "chance level"} & set(names)
    assert "oise ceiling" not in drawing.caption
