import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

from bioann.ann.activations.activation import (
    ACTIVATIONS_BY_NAME,
    Activation,
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Softplus,
    Tanh,
    Threshold,
    resolve_activation,
)
from bioann.base.errors import DescriptionError, UnknownNameError

ALL = [*(kind() for kind in ACTIVATIONS_BY_NAME.values()), LeakyRelu(0.3), Softplus(0.05)]
numbers = hnp.arrays(float, st.integers(1, 8), elements=st.floats(-50, 50))


@pytest.mark.parametrize(
    ("phi", "x", "y"),
    [
        (Linear(), [-2, 0, 3], [-2, 0, 3]),
        (Relu(), [-2, 0, 3], [0, 0, 3]),
        (LeakyRelu(), [-2, 0, 3], [-0.02, 0, 3]),
        (LeakyRelu(0.5), [-2, 0, 3], [-1, 0, 3]),
        (Threshold(), [-2, 0, 1e-9, 3], [0, 0, 1, 1]),
        (Sigmoid(), [0, np.log(3), -np.log(3)], [0.5, 0.75, 0.25]),
        (Tanh(), [0, np.log(2)], [0, 0.6]),
        (Softplus(), [0, np.log(3)], [np.log(2), np.log(4)]),
        (Softplus(0.1), [0], [0.1 * np.log(2)]),
    ],
)
def test_values(phi, x, y):
    np.testing.assert_allclose(phi(np.array(x, float)), y, atol=1e-15)


@pytest.mark.parametrize("phi", ALL)
@given(numbers)
def test_activations_never_decrease_and_keep_the_shape(phi, x):
    y = phi(np.sort(x))
    assert y.shape == x.shape
    assert (np.diff(y) >= -1e-12).all()
    np.testing.assert_array_equal(phi(x[:, None])[:, 0], phi(x))


@pytest.mark.parametrize("phi", ALL)
def test_no_number_is_too_large(phi):
    with np.errstate(all="raise", under="ignore"):
        assert not np.isnan(phi(np.array([-1e300, -1e3, 0.0, 1e3, 1e300]))).any()


@given(numbers)
def test_sigmoid_and_tanh_are_one_curve(x):
    np.testing.assert_allclose(Tanh()(x), 2 * Sigmoid()(2 * x) - 1, atol=1e-14)
    np.testing.assert_allclose(Sigmoid()(x) + Sigmoid()(-x), 1)


@given(numbers, st.floats(1e-3, 10))
def test_softplus_lies_above_relu_by_at_most_its_width_times_log_two(x, width):
    gap = Softplus(width)(x) - Relu()(x)
    # Rounding of the quotient, the logarithm and the product: two units in the last place.
    assert (gap >= -2 * np.spacing(np.abs(x))).all()
    assert (gap <= width * np.log(2) * (1 + 1e-12)).all()


@given(numbers)
def test_softplus_is_the_integral_of_the_sigmoid(x):
    h = 1e-5
    slope = (Softplus()(x + h) - Softplus()(x - h)) / (2 * h)
    # The error of a central difference is h^2 / 6 times a third derivative below 0.1, and rounding
    # of 50 / 2^52 / h.
    np.testing.assert_allclose(slope, Sigmoid()(x), atol=1e-8)


@given(numbers, st.floats(0, 0.99))
def test_leaky_relu_is_a_mixture_of_linear_and_relu(x, slope):
    mixed = slope * Linear()(x) + (1 - slope) * Relu()(x)
    np.testing.assert_allclose(LeakyRelu(slope)(x), mixed, atol=1e-12)


@pytest.mark.parametrize("slope", [-0.1, 1.0, 2, np.nan])
def test_a_leak_is_below_one(slope):
    with pytest.raises(DescriptionError, match="LeakyRelu, slope: wanted 0 <= slope < 1"):
        LeakyRelu(slope)


@pytest.mark.parametrize("width", [0, -1, np.nan])
def test_a_width_is_above_zero(width):
    with pytest.raises(DescriptionError, match="Softplus, width"):
        Softplus(width)


def test_a_name_stands_for_the_default():
    for name, kind in ACTIVATIONS_BY_NAME.items():
        assert resolve_activation(name, "x") == kind()
    assert resolve_activation(Softplus(0.2), "x") == Softplus(0.2)
    with pytest.raises(UnknownNameError, match=r"RateNetwork: .*activation, got 'rely'.*'relu'"):
        resolve_activation("rely", "RateNetwork")


def test_every_activation_has_a_formula():
    assert all(phi.formula for phi in ALL)
    with pytest.raises(DescriptionError, match="Activation: wanted a subclass"):
        Activation()
