"""Activations that describe the rate of a cell."""

import numpy as np
import pytest
from brian2 import pA
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import bioann as ba
from bioann.base.errors import DescriptionError

ALL = [
    ba.activations.PowerLaw(),
    ba.activations.PowerLaw(0.5),
    ba.activations.Exponential(),
    ba.activations.LIFRate(),
    ba.activations.LIFRate(0.0),
    ba.activations.LIFRate(0.2, width=0.3),
    ba.activations.Scaled(ba.activations.Sigmoid(), 3.0, 2.0, 0.5),
    ba.activations.Tabulated((-1, 0, 2), (0, 0, 1)),
]
numbers = hnp.arrays(float, st.integers(1, 8), elements=st.floats(-40, 40))


@pytest.mark.parametrize("phi", ALL, ids=repr)
@given(numbers)
def test_they_never_decrease_and_keep_the_shape(phi, x):
    y = phi(np.sort(x))
    assert y.shape == x.shape
    assert (np.diff(y) >= -1e-12 * np.abs(y).max()).all()
    np.testing.assert_array_equal(phi(x[:, None])[:, 0], phi(x))


@pytest.mark.parametrize("phi", ALL, ids=repr)
def test_no_number_is_too_large(phi):
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(phi(np.array([-1e6, -1e3, 0.0, 1e3, 1e6]))).all()


@pytest.mark.parametrize("phi", ALL, ids=repr)
def test_they_print_as_the_code_that_makes_them(phi):
    assert eval(repr(phi), {n: getattr(ba.activations, n) for n in dir(ba.activations)}) == phi


def test_the_lif_curve_is_the_closed_form_of_the_cell_without_noise():
    cell = ba.cells.LIF()
    current = np.linspace(0, 2000, 41)
    tau, depth = cell.C / cell.g_L, cell.V_th - cell.V_r
    x = (current * 1e-12 - cell.g_L * (cell.V_th - cell.E_L)) / (cell.g_L * depth)
    rate = ba.activations.LIFRate(cell.t_ref / tau)(x) / tau
    np.testing.assert_allclose(rate, cell.rate(current * pA), rtol=1e-12)


@given(st.floats(0, 1), st.floats(1e-3, 1))
def test_a_narrow_width_is_the_sharp_onset(refractory, x):
    sharp, round_ = (
        ba.activations.LIFRate(refractory),
        ba.activations.LIFRate(refractory, width=1e-5),
    )
    np.testing.assert_allclose(round_(np.array([x])), sharp(np.array([x])), rtol=1e-6)


def test_without_refractory_period_the_lif_curve_becomes_a_straight_line():
    # 1 / ln(1 + 1/x) = x + 1/2 - 1/(12 x) + ...
    x = np.array([50.0, 500.0])
    np.testing.assert_allclose(ba.activations.LIFRate(0.0)(x), x + 0.5, atol=2 / (12 * x[0]))


def test_scaling_is_what_a_weight_and_a_bias_do():
    x = np.linspace(-2, 2, 9)
    np.testing.assert_allclose(
        ba.activations.Scaled(ba.activations.Tanh(), 2.0, 3.0, 0.5)(x), 2 * np.tanh(3 * x - 1.5)
    )


def test_a_table_interpolates_and_keeps_its_end_slopes():
    phi = ba.activations.Tabulated((0, 1, 3), (0, 2, 3))
    np.testing.assert_allclose(phi(np.array([-1, 0, 0.5, 2, 5])), [-2, 0, 1, 2.5, 4])


def test_a_rate_network_explains_the_numbers_of_its_curves():
    phi = ba.activations.Scaled(ba.activations.PowerLaw(2.5), 3.0, threshold=0.5)
    explanations = ba.RateNetwork(units=("a",), activation=phi).explain()
    values = {p.symbol: p.value for p in explanations[0].symbols}
    assert values['p_"a"'] == "2.5"
    assert values['h_"a"'] == "3"
    assert values['theta_"a"'] == "0.5"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ba.activations.PowerLaw(0), "PowerLaw, exponent: wanted a number above 0"),
        (lambda: ba.activations.LIFRate(-1), "LIFRate, refractory: wanted a number >= 0"),
        (lambda: ba.activations.LIFRate(0, width=np.nan), "LIFRate, width: wanted a number >= 0"),
        (
            lambda: ba.activations.Scaled(ba.activations.Relu(), 0.0),
            "Scaled, height: wanted a number above 0",
        ),
        (
            lambda: ba.activations.Scaled(ba.activations.Relu(), gain=-1),
            "Scaled, gain: wanted a number above 0",
        ),
        (
            lambda: ba.activations.Tabulated((0,), (0,)),
            "Tabulated: wanted two or more ascending inputs",
        ),
        (lambda: ba.activations.Tabulated((1, 0), (0, 1)), "not ascending"),
        (lambda: ba.activations.Tabulated((0, 1), (0, 1, 2)), "2 inputs and 3 outputs"),
        (lambda: ba.activations.Tabulated((0, 1), (0, np.nan)), "wanted finite numbers"),
    ],
)
def test_impossible_curves_are_refused(make, message):
    with pytest.raises(DescriptionError, match=message):
        make()
