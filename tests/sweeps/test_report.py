import numpy as np
import pytest
import xarray as xr
from brian2 import nS

import bioann as ba
from bioann.reporting.html import render_html
from bioann.sweeps.document import find_extremes, make_sweep_document
from bioann.sweeps.sensitivity import estimate_sensitivity


def make_grid(function, n=21):
    x, y = np.linspace(-1, 1, n), np.linspace(-1, 1, n)
    values = function(x[:, None], y[None, :]) + np.zeros((n, n))
    return xr.DataArray(values, {"x": x, "y": y}, ("x", "y"))


def test_an_additive_score_has_equal_first_and_total_order_that_sum_to_one():
    table = estimate_sensitivity(make_grid(lambda x, y: 2 * x + y), ["x", "y"]).set_index(
        "parameter"
    )
    assert table.loc["x", "first"] == pytest.approx(0.8)
    assert table.loc["y", "first"] == pytest.approx(0.2)
    assert table["total"].values == pytest.approx(table["first"].values)


def test_a_pure_interaction_has_no_first_order_and_all_of_the_total_order():
    table = estimate_sensitivity(make_grid(lambda x, y: x * y), ["x", "y"])
    assert table["first"].values == pytest.approx([0, 0], abs=1e-12)
    assert table["total"].values == pytest.approx([1, 1])


def test_a_constant_or_incomplete_grid_has_no_indices():
    constant = make_grid(lambda x, y: 3.0)
    incomplete = make_grid(lambda x, y: x)
    incomplete[0, 0] = np.nan
    for values in (constant, incomplete):
        assert estimate_sensitivity(values, ["x", "y"])[["first", "total"]].isna().all(axis=None)


def test_the_first_order_of_a_sample_approaches_that_of_the_function():
    rng = np.random.default_rng(1)
    x, y, z = rng.uniform(-1, 1, (3, 4000))
    values = xr.DataArray(
        2 * x + y, {k: ("point", v) for k, v in zip("xyz", (x, y, z), strict=True)}, ("point",)
    )
    table = estimate_sensitivity(values, ["x", "y", "z"])
    # Of 250 points in each part the standard error of a mean is 0.06 of the scatter inside it.
    assert table["first"].values == pytest.approx([0.8, 0.2, 0], abs=0.03)
    assert table["total"].isna().all()


@pytest.fixture(scope="module")
def results(swept_file, tmp_path_factory):
    space = {"projection inh -> out, weight": [-1, 0.5, 1] * nS, "unit out, bias": [0.0, 0.2]}
    out = tmp_path_factory.mktemp("report") / "a"
    return ba.sweep(swept_file, space, out=out, seed=1, engine="numpy", references=False)


@pytest.mark.slow
def test_the_report_has_maps_claims_indices_extremes_and_errors(results):
    page = render_html(make_sweep_document(results, {"best": "best.html"}))
    for text in ("4 of 6 points finished. 2 points could not be run.", "Sensitivity indices",
                 "Best and worst agreement", 'href="best.html"', "Errors", "T1"):  # fmt: skip
        assert text in page


def test_extremes_are_the_smallest_and_largest_difference(results):
    best, worst = find_extremes(results)
    ratio = (results.rmse / results.margin).max("match")
    assert best.difference == pytest.approx(float(ratio.min()))
    assert worst.difference == pytest.approx(float(ratio.max()))
    assert float(ratio.sel(best.parameters)) == pytest.approx(best.difference)


@pytest.mark.slow
@pytest.mark.parametrize("selection", [{"unit out, bias": [0.2]}, {}])
def test_one_parameter_or_a_sweep_without_results_has_a_report(results, selection):
    chosen = results.sel(selection)
    assert "Agreement" in render_html(make_sweep_document(chosen))
    pending = results[["status", "error"]].copy(deep=True)
    pending["status"][:] = "pending"
    assert "No point has finished" in render_html(make_sweep_document(pending))
