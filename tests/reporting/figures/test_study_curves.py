"""Curves of a study: numbers along the horizontal axis, texts as rows, with Student's interval."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from scipy import stats

import bioann as ba
from bioann.base.randomness import make_rng

LABELS = {"model": ["spiking model", "rate model"], "kind": ["first", "second", "third"]}


def draw_values(seed):
    values = make_rng(seed, "values").normal(size=(2, 3))
    return xr.Dataset({"value": (("model", "kind"), values)}, LABELS)


@pytest.fixture(scope="module")
def result():
    study = ba.Study("rows", draw_values, {"value": ("model", "kind")}, coordinates=LABELS, seeds=5)
    return ba.run_study(study, cached=False)


def test_labels_in_words_are_rows_with_the_mean_and_the_interval_of_student(result):
    curves = ba.figures.StudyCurves("value", "kind", by="model", ylabel="value [mV]")
    _, panel = plt.subplots()
    text = curves.draw_panel(panel, result)
    assert [tick.get_text() for tick in panel.get_yticklabels()] == LABELS["kind"]
    assert panel.get_xlabel() == "value [mV]"
    values = result.dataset.value.sel(model="rate model")
    points, bars = panel.containers[1][0], panel.containers[1][2][0]
    np.testing.assert_allclose(points.get_xdata(), values.mean("seed"))
    reach = stats.t.ppf(0.975, 4) * values.std("seed", ddof=1) / np.sqrt(5)
    widths = [segment[1, 0] - segment[0, 0] for segment in bars.get_segments()]
    np.testing.assert_allclose(widths, 2 * reach)
    low, high = panel.get_ylim()
    assert low > high  # the first label is at the top
    assert "first, second, third" in text
    plt.close("all")


def test_both_models_have_their_colours(result):
    _, panel = plt.subplots()
    ba.figures.StudyCurves("value", "kind", by="model").draw_panel(panel, result)
    colours = [container[0].get_color() for container in panel.containers]
    assert colours == ["#0072B2", "#C85200"]
    plt.close("all")
