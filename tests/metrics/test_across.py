"""Functions of one response related to another: of two matches, of two models, of two functions."""

import numpy as np
import pytest
import xarray as xr

import bioann as ba

X = np.linspace(0, 1, 11)


def make_curves(**curves):
    """Responses of the matches over the input x, which is also the channel."""
    response = xr.DataArray(
        np.stack(list(curves.values()), axis=-1),
        dims=("condition", "match"),
        coords={"match": list(curves), "x": ("condition", X)},
    )
    return response, xr.DataArray(X[:, None], dims=("condition", "channel")).assign_coords(
        channel=["x"], x=("condition", X)
    )


def fall_at(midpoint):
    return 1 / (1 + np.exp((X - midpoint) / 0.01))


def test_a_window_is_longer_by_the_distance_of_the_midpoints_of_two_matches():
    response, stimulus = make_curves(short=fall_at(0.25), long=fall_at(0.65))
    midpoint = ba.metrics.TransitionMidpoint("x")
    longer = ba.metrics.Difference(
        ba.metrics.OfMatch(midpoint, "long"), ba.metrics.OfMatch(midpoint, "short")
    )
    assert float(longer(response, stimulus)) == pytest.approx(0.4)
    assert longer.measure_options() == {"estimator": "resampled", "per": "pair"}


def test_the_slope_of_a_threshold_linear_unit_above_threshold_is_its_weight():
    response, stimulus = make_curves(unit=2.5 * X + 3, flat=0 * X)
    np.testing.assert_allclose(
        ba.metrics.ResponseSlope("x")(response, stimulus), [2.5, 0], atol=1e-12
    )
    one_level = response.isel(condition=[0, 0]), stimulus.isel(condition=[0, 0])
    assert np.isnan(ba.metrics.ResponseSlope("x")(*one_level)).all()


def test_models_are_compared_by_the_difference_or_the_ratio_of_one_function():
    curves, stimulus = make_curves(unit=3 * X)
    response = curves.sel(match="unit")
    other = response / 2
    slope = ba.metrics.ResponseSlope("x")
    assert float(ba.metrics.ModelRatio(slope)(response, other, stimulus)) == pytest.approx(2)
    difference = ba.metrics.ModelDifference(slope)
    assert float(difference(response, other, stimulus)) == pytest.approx(1.5)
    change = ba.metrics.ModelDifference(slope, from_first=True)
    assert float(change(response, other, stimulus)) == pytest.approx(-1.5)


def test_options_of_what_is_combined_follow_from_its_functions():
    latency = ba.metrics.Latency("x", 1.0, 0.1)
    declared = latency.measure_options()
    assert ba.metrics.Difference(latency, latency).measure_options() == {
        "estimator": "plug-in",
        **declared,
    }
    ratio = ba.metrics.Ratio(latency, ba.metrics.DecayTime(0, 1)).measure_options()
    assert ratio == {"estimator": "plug-in", "over": "time"}  # no unit, and two notes
    assert ba.metrics.ModelDifference(latency).measure_options()["unit"] == "ms"
    assert "unit" not in ba.metrics.ModelRatio(latency).measure_options()


def test_a_ratio_of_contrasts_does_not_depend_on_the_scale_of_the_response():
    response, stimulus = make_curves(a=1 + X**2, b=1 + 2 * X**2)
    effect = {m: ba.metrics.Contrast({"x": 1.0}, {"x": 0.0}, match=m) for m in "ab"}
    ratio = ba.metrics.Ratio(effect["a"], effect["b"])
    assert float(ratio(response, stimulus)) == pytest.approx(1 / 2)
    assert float(ratio(7 * response, stimulus)) == pytest.approx(1 / 2)
    assert ratio.measure_options()["per"] == "pair"


def test_one_match_minus_another_is_antisymmetric():
    response, stimulus = make_curves(a=X, b=0.5 * X)
    difference = ba.metrics.DifferenceOfMatches
    assert float(difference("a", "b")(response, stimulus)) == pytest.approx(0.25)
    assert float(difference("b", "a")(response, stimulus)) == pytest.approx(-0.25)


def test_the_highest_and_the_lowest_response_above_a_baseline():
    response, stimulus = make_curves(a=np.abs(X - 0.5), b=1 - np.abs(X - 0.5))
    baseline = {"x": 0.5}
    np.testing.assert_allclose(ba.metrics.PeakResponse()(response, stimulus), [0.5, 1])
    peak = ba.metrics.PeakResponse(100.0, minus=baseline)
    np.testing.assert_allclose(peak(response, stimulus), [50, 0])
    lowest = ba.metrics.LowestResponse(100.0, minus=baseline)
    np.testing.assert_allclose(lowest(response, stimulus), [0, -50])


def test_the_centre_of_a_symmetric_curve_is_its_peak_and_not_that_of_the_response():
    response, stimulus = make_curves(
        narrow=np.exp(-((X - 0.4) ** 2) / 0.005), low=7 * np.exp(-((X - 0.6) ** 2) / 0.005)
    )
    centre = ba.metrics.TuningCentre("x")
    np.testing.assert_allclose(centre(response, stimulus), [0.4, 0.6], atol=1e-4)
    assert np.isnan(centre(0 * response, stimulus)).all()


@pytest.mark.parametrize("w", [0.0, 0.2, 0.6])
def test_the_jacobian_of_two_linear_units_predicts_their_contrast_gain(w):
    inverse = np.linalg.inv([[1, w], [w, 1]])  # r = x - w r_other
    contrasts = np.array([0.0, 0.1, 0.2])
    pairs = np.stack([1 + contrasts, 1 - contrasts], axis=1)
    inputs = np.concatenate([pairs, [[1.1, 1.0], [1.0, 1.1]]])
    coords = {
        "contrast": ("condition", [*contrasts, 0, 0]),
        "probe": ("condition", [0, 0, 0, 1, 2]),
    }
    stimulus = xr.DataArray(inputs, dims=("condition", "channel"), coords=coords)
    stimulus = stimulus.assign_coords(channel=["x", "y"])
    response = xr.DataArray(inputs @ inverse.T, dims=("condition", "match"), coords=coords)
    response = response.assign_coords(match=["a", "b"])
    expected = (1 + w) / (1 - w)
    at_equal = {"contrast": 0, "probe": (0, 2)}
    predict = ba.metrics.AtLevels(ba.metrics.LinearContrastGain({"a": "x", "b": "y"}), at_equal)
    assert float(predict(response, stimulus)) == pytest.approx(expected)
    measured = ba.metrics.AtLevels(ba.metrics.ContrastGain("a", "b", "contrast"), {"probe": 0})
    assert float(measured(response, stimulus)) == pytest.approx(expected)
    assert np.isnan(ba.metrics.AtLevels(predict.function, {"probe": 7})(response, stimulus))


def test_a_sum_explains_what_depends_on_it_alone():
    x, y = (levels.ravel() for levels in np.meshgrid(X, X))
    stimulus = xr.DataArray(np.stack([x, y], axis=1), dims=("condition", "channel"))
    stimulus = stimulus.assign_coords(channel=["x", "y"])
    explained = ba.metrics.SumExplained({"x": 1.0, "y": 1.0})
    of_sum = xr.DataArray(np.exp(np.round(x + y, 9)), dims="condition")
    assert float(explained(of_sum, stimulus)) == pytest.approx(1)
    # Of the difference of two independent inputs with equal variance their sum explains nothing.
    of_difference = xr.DataArray(x - y, dims="condition")
    assert float(explained(of_difference, stimulus)) == pytest.approx(0, abs=1e-9)
    weighted = ba.metrics.SumExplained({"x": 1.0, "y": -1.0})
    assert float(weighted(of_difference, stimulus)) == pytest.approx(1)
