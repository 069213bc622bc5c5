"""Which activation describes a transfer curve best."""

import numpy as np
import pytest
from brian2 import pA

import bioann as ba
from bioann.base.errors import DescriptionError
from bioann.translate.fit_activations import FAMILIES

X = np.linspace(-1, 3, 41)
TRUE = {
    "step": ba.activations.Scaled(ba.activations.Threshold(), 40.0, threshold=0.33),
    "ReLU": ba.activations.Scaled(ba.activations.Relu(), 30.0, threshold=0.5),
    "softplus": ba.activations.Scaled(ba.activations.Softplus(0.4), 20.0, threshold=0.7),
    "power law": ba.activations.Scaled(ba.activations.PowerLaw(2.5), 5.0, threshold=-0.2),
    "exponential": ba.activations.Scaled(ba.activations.Exponential(), 3.0, gain=1.1),
    "sigmoid": ba.activations.Scaled(ba.activations.Sigmoid(), 90.0, gain=2.5, threshold=1.0),
    "LIF curve": ba.activations.Scaled(ba.activations.LIFRate(0.15), 50.0, gain=1.5, threshold=0.2),
    "noisy LIF curve": ba.activations.Scaled(
        ba.activations.LIFRate(0.15, 0.3), 50.0, gain=1.5, threshold=0.2
    ),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_finds_itself(name):
    best = ba.translate.fit_activations(X, TRUE[name](X)).iloc[0]
    assert best.family == name
    assert best.r2 == pytest.approx(1, abs=1e-6)  # the kink stops the descent early
    np.testing.assert_allclose(best.activation(X), TRUE[name](X), atol=1e-3 * TRUE[name](X).max())
    assert (best.low, best.high) == (-1, 3)


def test_the_criteria_are_those_of_the_formulas():
    y = np.maximum(X, 0) + 0.1 * np.sin(9 * X)
    row = ba.translate.fit_activations(X, y, families=["ReLU"]).iloc[0]
    n, k = len(X), 3  # gain, threshold, variance of the residual
    residual = ((row.activation(X) - y) ** 2).sum() / y.max() ** 2
    fit = n * np.log(residual / n)
    assert row.aicc == pytest.approx(fit + 2 * k + 2 * k * (k + 1) / (n - k - 1))
    assert row.bic == pytest.approx(fit + k * np.log(n))


@pytest.mark.slow
def test_a_change_of_units_changes_no_ranking():
    y = np.random.default_rng(0).poisson(np.maximum(X, 0) * 30, (6, X.size))
    one, other = (
        ba.translate.fit_activations(X, y),
        ba.translate.fit_activations(1e-12 * (X - 7), 1e3 * y),
    )
    assert one.family.tolist() == other.family.tolist()
    np.testing.assert_allclose(one.delta, other.delta, atol=0.1)


def test_a_lif_cell_without_noise_is_a_lif_curve():
    current = np.linspace(0, 1000, 41)
    table = ba.translate.fit_activations(current, ba.cells.LIF().rate(current * pA))
    assert table.family[0] == "LIF curve"
    assert table.delta[1] > 10  # no other comes near
    inner = table.activation[0].inner
    assert inner.refractory == pytest.approx(0.1, rel=1e-4)  # 2 ms of 20 ms


def test_more_trials_decide_more_surely():
    rng = np.random.default_rng(1)
    mean = np.maximum(X - 0.2, 0) * 40
    table = ba.translate.fit_activations(
        X, rng.poisson(mean, (12, X.size)), families=["ReLU", "step"]
    )
    assert table.family.tolist() == ["ReLU", "step"]
    assert table.wins.tolist() == [1.0, 0.0]
    assert table.delta_low[1] > 0
    assert table.delta_low[1] < table.delta[1] < table.delta_high[1]


def test_one_trial_has_no_interval():
    table = ba.translate.fit_activations(X, X**2, families=["ReLU"])
    assert np.isnan(table.loc[0, ["delta_low", "delta_high", "wins"]].astype(float)).all()


@pytest.mark.parametrize(
    ("x", "y"),
    [(X[:6], X[:6]), (X, X[:5]), (X, np.full(X.size, np.nan))],
    ids=["few points", "other shape", "not finite"],
)
def test_curves_that_cannot_be_fitted_are_refused(x, y):
    with pytest.raises(DescriptionError, match="fit_activations: wanted finite rates, one per"):
        ba.translate.fit_activations(x, y)
