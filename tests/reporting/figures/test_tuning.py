"""Steady responses per condition: the right axis, both models at the right height."""

import numpy as np
import pytest

from bioann.reporting.figures.tuning import draw_tuning


def test_tuning_runs_over_the_one_number_that_varies(make_comparison, find, window_mean):
    contrast = np.array([0.5, -1, 0, 1, -0.5])
    comparison = make_comparison(5, matches=("only",), contrast=contrast, fixed=np.ones(5))
    axes = find.panels(draw_tuning(comparison).figure)[0]
    order = np.argsort(contrast)
    np.testing.assert_array_equal(find.line(axes, "rate model").get_xdata(), contrast[order])
    want = window_mean(comparison.responses["ann"])[order, 0]
    np.testing.assert_allclose(find.line(axes, "rate model").get_ydata(), want)
    bars = find.area(axes, "central").get_segments()
    bio = window_mean(comparison.responses["bio"]).isel(match=0).values[order]
    want = np.quantile(bio, (0.025, 0.975), axis=1).T
    np.testing.assert_allclose([bar[:, 1] for bar in bars], want)
    assert axes.get_xlabel().startswith("contrast [")


def test_tuning_ranks_conditions_that_have_no_single_number(make_comparison, find):
    coords = {"contrast": np.arange(50.0), "offset": np.arange(50.0)[::-1]}
    axes = find.panels(draw_tuning(make_comparison(50, **coords)).figure)[0]
    assert (np.diff(find.line(axes, "rate model").get_ydata()) >= 0).all()
    assert "rank" in axes.get_xlabel()


def test_tuning_names_a_few_conditions_and_does_not_join_them(make_comparison, find):
    axes = find.panels(draw_tuning(make_comparison(4)).figure)[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["c0", "c1", "c2", "c3"]
    assert find.line(axes, "rate model").get_linestyle() == "None"


def test_tuning_of_many_numbers_is_a_band(make_comparison, find):
    comparison = make_comparison(300, matches=("only",), contrast=np.arange(300.0))
    assert (
        len(find.area(find.panels(draw_tuning(comparison).figure)[0], "central").get_paths()) == 1
    )


@pytest.mark.parametrize("coord", [{"sample": np.arange(9)}, {"group": [0] * 5 + [1] * 4}])
def test_samples_and_groups_of_conditions_have_no_order(make_comparison, coord):
    (panel, *_) = draw_tuning(make_comparison(9, **coord)).figure.axes
    assert panel.get_xlabel() == "condition [rank by rate model]"
