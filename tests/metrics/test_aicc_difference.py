"""A curve that a family made is described best by it, and its margin is that of a fit."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.ann.activation_grids import make_activation_grids
from bioann.metrics.aicc_difference import AiccDifference
from bioann.metrics.information_criteria import CurveFamily

X = np.linspace(-0.5, 1, 31)
T = np.linspace(-0.5, 0.5, 101)
FAMILIES = {
    "step": CurveFamily(
        2,
        [
            ba.activations.Scaled(ba.activations.Threshold(), threshold=t)
            for t in (X[1:] + X[:-1]) / 2
        ],
    ),
    "ReLU": CurveFamily(2, [ba.activations.Scaled(ba.activations.Relu(), threshold=t) for t in T]),
    "exponential": CurveFamily(
        2,
        [
            ba.activations.Scaled(ba.activations.Exponential(), gain=k)
            for k in np.arange(0.1, 9, 0.1)
        ],
    ),
}
MADE = {
    "step": 0.7 * (X > 0.22),
    "ReLU": 2.0 * np.maximum(X - 0.1, 0),
    "exponential": 0.2 * np.exp(3 * X),
}


def margin(family, rates, levels=X):
    stimulus = ba.steps({"drive": levels}, duration=10 * ms).mean("time")
    bio = xr.DataArray(rates, dims=("resample", "condition")[-np.ndim(rates) :])
    return AiccDifference(family, FAMILIES, "drive")(bio, stimulus)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_family_that_made_a_curve_is_the_best(family):
    found = {name: float(margin(name, MADE[family])) for name in FAMILIES}
    assert found[family] < 0
    assert all(value > 0 for name, value in found.items() if name != family)


def test_margins_are_those_of_a_least_squares_fit():
    noisy = MADE["ReLU"] + np.random.default_rng(1).normal(0, 0.1, len(X))
    fitted = (
        ba.translate.fit_activations(X, noisy, families=tuple(FAMILIES)).set_index("family").aicc
    )
    for name in FAMILIES:
        others = min(value for other, value in fitted.items() if other != name)
        # A net of thresholds 0.01 apart misses the least squares by a fraction of one.
        assert float(margin(name, noisy)) == pytest.approx(fitted[name] - others, abs=0.5)


def test_resamples_ride_along():
    rng = np.random.default_rng(2)
    many = MADE["ReLU"] + rng.normal(0, 0.05, (4, len(X)))
    together = margin("ReLU", many)
    assert together.dims == ("resample",)
    alone = [float(margin("ReLU", one)) for one in many]
    np.testing.assert_allclose(together, alone, rtol=1e-9)


def test_too_few_points_have_no_margin():
    assert np.isnan(margin("ReLU", np.array([0.0, 0.1, 0.5]), np.array([0.0, 0.5, 1.0])))


def test_the_nets_hold_the_curves_they_are_named_after():
    levels = np.linspace(0, 1, 11)
    nets = make_activation_grids(thresholds=np.array([0.0, 0.3]), steps=np.array([0.25]))
    assert list(nets) == ["step", "ReLU", "softplus", "power law", "exponential"]
    relu = [curve(levels) for curve in nets["ReLU"].curves]
    np.testing.assert_allclose(relu[1], np.maximum(levels - 0.3, 0))
    sizes = {name: len(family.curves) for name, family in nets.items()}
    assert sizes["softplus"] == 2 * 20
    assert sizes["power law"] == 2 * 28
    # A parameter besides the height spans a net; the softplus and the power law have two.
    assert [family.n_parameters for family in nets.values()] == [2, 2, 3, 3, 2]
