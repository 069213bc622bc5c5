"""Divisive weights: what a shunt does to a rate unit, against closed forms."""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.base.errors import DescriptionError

LEVELS = np.array([0.0, 0.3, 1.0, 2.5])
STIMULUS = ba.steps({"u": LEVELS, "s": LEVELS[::-1]}, duration=200 * ms)


def final_activation(network, stimulus=STIMULUS):
    return network.run(stimulus, trials=1, seed=0).activation.values[:, 0, -1]


def make_shunted_unit(**options):
    return ba.RateNetwork(
        ("r",),
        W_in=[[2.0, -0.5]],
        bias=0.25,
        channels=("u", "s"),
        divisive_in=[[0, 3.0]],
        **options,
    )


@pytest.mark.parametrize("tau", [None, 10 * ms])
def test_the_sum_is_divided_and_the_threshold_stays(tau):
    u, s = LEVELS, LEVELS[::-1]
    expected = np.maximum((2 * u - 0.5 * s + 0.25) / (1 + 3 * s), 0)
    np.testing.assert_allclose(
        final_activation(make_shunted_unit(tau=tau))[:, 0], expected, rtol=1e-6, atol=1e-12
    )


@pytest.mark.parametrize("tau", [None, 5 * ms])
def test_a_unit_that_divides_itself_settles_at_the_root(tau):
    """r (1 + d r) = u."""
    d = 4.0
    network = ba.RateNetwork(("u",), divisive=[[d]], tau=tau)
    expected = (np.sqrt(1 + 4 * d * LEVELS) - 1) / (2 * d)
    np.testing.assert_allclose(final_activation(network)[:, 0], expected, atol=1e-6)


def test_units_that_only_divide_are_waited_for():
    """Static units are set in the order in which they need each other, by divisive weights too."""
    chain = ba.RateNetwork(
        ("a", "b"), W_in=[[1, 0], [0, 1]], channels=("u", "s"), divisive=[[0, 1.0], [0, 0]],
        activation=("tanh", "relu"),
    )  # fmt: skip
    u, s = LEVELS, LEVELS[::-1]
    np.testing.assert_allclose(final_activation(chain), np.column_stack([np.tanh(u / (1 + s)), s]))


def test_without_divisive_weights_nothing_changes():
    plain = ba.RateNetwork(("r",), W_in=[[2.0, -0.5]], bias=0.25, channels=("u", "s"))
    zero = ba.RateNetwork(
        ("r",), W_in=[[2.0, -0.5]], bias=0.25, channels=("u", "s"), divisive=[[0.0]]
    )
    np.testing.assert_array_equal(final_activation(plain), final_activation(zero))
    assert plain.divisive is None


def test_the_sum_of_a_network_is_the_one_that_it_runs_with():
    network = make_shunted_unit()
    inputs = np.column_stack([LEVELS, LEVELS[::-1]])
    rates = final_activation(network)
    np.testing.assert_allclose(np.maximum(network.summed_input(rates, inputs), 0), rates)


def test_a_shunt_below_zero_is_refused():
    with pytest.raises(DescriptionError, match=r"weights of 0 or more, got -1\. A shunt divides"):
        ba.RateNetwork(("r",), divisive=[[-1.0]])


def test_where_only_sums_have_a_place_it_is_refused(tmp_path):
    for caller, call in (
        ("to_bio", lambda: ba.to_bio(make_shunted_unit())),
        ("to_onnx", lambda: ba.to_onnx(make_shunted_unit(), tmp_path / "x.onnx")),
    ):
        with pytest.raises(DescriptionError, match=f"{caller}: wanted a rate network of signed"):
            call()
    assert not (tmp_path / "x.onnx").exists()


def test_the_equation_shows_the_divisor():
    equation = make_shunted_unit().explain()[0].typst
    assert "/ (1 + sum_j D_(i j) r_j" in equation
