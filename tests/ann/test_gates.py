"""Gates of rate units: products, against what they are by arithmetic."""

import numpy as np
import pytest
from brian2 import ms
from hypothesis import given, strategies as st

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.translate.effective_weights.unit_gain import compute_unit_gains
from tests.ann.interop.oracle import evaluate_graph

LEVELS = np.array([0.0, 0.3, 1.0, 2.5])
STIMULUS = ba.steps({"x": LEVELS, "g": LEVELS[::-1]}, duration=200 * ms)


def gated_network(tau=None, gate_tau=None, names=("x", "g", "y"), gates=None):
    """A unit y that receives x and is gated by g."""
    return ba.RateNetwork(
        names,
        W=[[0, 0, 0], [0, 0, 0], [1, 0, 0]],
        W_in=[[1, 0], [0, 1], [0, 0]],
        channels=("x", "g"),
        tau=(tau, gate_tau, tau),
        gates={"y": "g"} if gates is None else gates,
    )


def final_rates(network, stimulus=STIMULUS):
    return network.run(stimulus, trials=1, seed=0).activation.isel(trial=0, time=-1)


@pytest.mark.parametrize("tau", [None, 5 * ms])
@pytest.mark.parametrize("gate_tau", [None, 5 * ms])
def test_the_output_is_the_product(tau, gate_tau):
    # exp(-200 / 5) is left of the transient.
    rates = final_rates(gated_network(tau, gate_tau))
    np.testing.assert_allclose(rates.sel(unit="y"), LEVELS * LEVELS[::-1], atol=1e-9)


def test_a_gate_of_0_closes_and_a_gate_of_1_changes_nothing():
    ungated = gated_network(gates={})
    for gate in (0.0, 1.0):
        stimulus = ba.steps({"x": LEVELS, "g": [gate] * 4}, duration=200 * ms)
        open_or_closed = final_rates(gated_network(), stimulus).sel(unit="y")
        free = final_rates(ungated, stimulus).sel(unit="y")
        np.testing.assert_array_equal(open_or_closed, gate * free)


def test_the_order_of_the_units_does_not_matter():
    network = gated_network()
    order = [2, 0, 1]
    mixed = ba.RateNetwork(
        ("y", "x", "g"),
        W=network.W[np.ix_(order, order)],
        W_in=network.W_in[order],
        channels=("x", "g"),
        gates=network.gates,
    )
    rates = final_rates(mixed).sel(unit=list(network.units))
    np.testing.assert_array_equal(rates, final_rates(network))


@pytest.mark.slow
@given(st.floats(0.05, 2), st.floats(0, 0.9))
def test_a_unit_that_gates_a_unit_that_excites_it_is_at_the_fixed_point(u, w):
    """y = u g and g = 1 - w y, so that y = u / (1 + u w)."""
    network = ba.RateNetwork(
        ("y", "g"), W=[[0, 0], [-w, 0]], W_in=[[1], [0]], bias=[0, 1], channels=("x",),
        tau=(5 * ms, None), gates={"y": "g"},
    )  # fmt: skip
    rates = final_rates(network, ba.steps({"x": [u]}, duration=300 * ms)).values[0]
    np.testing.assert_allclose(rates, [u / (1 + u * w), 1 / (1 + u * w)], rtol=1e-6)


def test_gains_of_gated_units_are_what_a_change_of_the_bias_does():
    """r_y = g (x + b_y): the gain of y is g; of g, whose bias counts in y, it is its own, 1."""
    points = STIMULUS.mean("time").isel(condition=[2])
    gains = compute_unit_gains(gated_network(10 * ms), points)
    np.testing.assert_allclose(gains, [1, 1, LEVELS[::-1][2]], rtol=1e-6)


@pytest.mark.parametrize("taus", [(None, None), (5 * ms, None), (None, 5 * ms), (5 * ms, 8 * ms)])
def test_onnx_writes_the_product(tmp_path, taus):
    network = gated_network(*taus)
    ba.to_onnx(network, tmp_path / "gated.onnx", dt=1 * ms)
    inputs = STIMULUS.transpose("time", "condition", "channel").values[:50]
    expected = network.run(STIMULUS.isel(time=slice(50)), trials=1, seed=0, bin_width=1 * ms)
    expected = expected.activation.isel(trial=0).transpose("time", "condition", "unit").values
    if taus == (None, None):
        inputs, expected = inputs[0], expected[0]
    rates = evaluate_graph(tmp_path / "gated.onnx", inputs, "input")
    np.testing.assert_allclose(rates, expected, atol=1e-5)  # single precision


def test_the_equation_and_its_symbols_name_the_gate():
    equation = gated_network().explain()[0]
    assert "r_(g(i))" in equation.typst
    assert "unit that multiplies the output of y" in [s.meaning for s in equation.symbols]
    assert "g(i)" not in gated_network(gates={}).explain()[0].typst


def test_unknown_units_and_a_unit_that_gates_itself_are_errors():
    with pytest.raises(UnknownNameError, match=r"RateNetwork, gates.*'gate'"):
        gated_network(gates={"y": "gate"})
    with pytest.raises(DescriptionError, match=r"gate of 'y'.*the unit itself"):
        gated_network(gates={"y": "y"})


def test_where_only_sums_have_a_place_a_gate_is_an_error():
    with pytest.raises(DescriptionError, match=r"to_bio: wanted .* signed sums, got gates of"):
        ba.to_bio(gated_network())
