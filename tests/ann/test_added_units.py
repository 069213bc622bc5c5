"""Adaptation and depression of rate units, against their closed forms."""

import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms, second
from hypothesis import given, settings, strategies as st

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError

TAU = 100 * ms
#: Length of a bin and of the stimulus step, in seconds.
STEP = 1e-3


def adapting_unit(gain, strength, tau=None):
    """A unit with the slope `gain` between input and output."""
    unit = ba.RateNetwork(
        ("E",),
        W_in=[[1.0]],
        activation=ba.activations.Scaled(ba.activations.Relu(), gain=gain),
        tau=tau,
    )
    return unit.add_adaptation("E", strength, TAU)


def time_course(network, level=1.0, duration=1 * second):
    stimulus = ba.steps({"E": [level]}, duration=duration, dt=STEP * second)
    recording = network.run(stimulus, trials=1, seed=0, bin_width=STEP * second)
    return recording.activation.isel(trial=0, condition=0)


@settings(max_examples=10)
@given(st.floats(0.2, 3), st.floats(0, 3))
def test_a_step_decays_to_1_over_1_plus_G_b_with_the_time_constant_over_the_same(gain, strength):
    course = time_course(adapting_unit(gain, strength)).sel(unit="E").values
    factor = 1 + gain * strength
    t = STEP * np.arange(1, len(course) + 1)
    closed_form = gain * (1 + (factor - 1) * np.exp(-t * factor / 0.1)) / factor
    # The relaxation is a sequence of steps of 1 ms: off by half a step, h (1 + G b) / 2 tau.
    np.testing.assert_allclose(course, closed_form, atol=gain * STEP * factor / 0.1)


def test_adaptation_is_a_self_weight_of_its_own_time_constant():
    """A unit with W = -G b on itself has the same steady state, without the time course."""
    steady = time_course(adapting_unit(1.0, 1.5)).sel(unit="E").values[-1]
    loop = ba.RateNetwork(("E",), W=[[-1.5]], tau=5 * ms)
    assert steady == pytest.approx(float(time_course(loop).values[-1, 0]), rel=1e-4)


def test_adaptation_lasts_when_the_input_is_over():
    stimulus = ba.steps({"E": [1.0]}, duration=1 * second, offset=500 * ms)
    network = adapting_unit(1.0, 1.0, tau=5 * ms)
    a = network.run(stimulus, trials=1, seed=0).activation.sel(unit="E_adaptation").values.ravel()
    assert a[75] / a[55] == pytest.approx(np.exp(-0.2 / 0.1), rel=0.01)  # the unit is silent


def depressing_synapse(utilisation=0.5, tau=800 * ms, rate=100 * Hz):
    """A source, whose output depresses, and its target."""
    network = ba.RateNetwork(
        ("pre", "post"), W=[[0, 0], [1, 0]], W_in=[[1], [0]], channels=("E",), activation="linear"
    )
    return network.add_depression("pre", utilisation, tau, rate)


@settings(max_examples=10)
@given(st.floats(0.05, 1), st.floats(1, 200))
def test_the_steady_state_and_the_approach_to_it(utilisation, rate):
    course = time_course(depressing_synapse(utilisation, 200 * ms), rate / 100, 2 * second)
    x = course.sel(unit="pre_resources").values
    decay = 1 / 0.2 + utilisation * rate  # per second
    t = STEP * np.arange(1, len(x) + 1)
    steady = 1 / (1 + utilisation * 0.2 * rate)
    closed_form = steady + (1 - steady) * np.exp(-decay * t)
    np.testing.assert_allclose(x, closed_form, atol=STEP * decay)  # off by half a step and more
    np.testing.assert_allclose(course.sel(unit="post"), x * rate / 100, atol=1e-12)


def test_above_the_limiting_frequency_what_is_transmitted_does_not_depend_on_the_rate():
    """What is transmitted approaches the limiting frequency 1 / (U tau), 2.5 Hz."""
    rates = np.array([0.25, 2.5, 25, 250])
    stimulus = ba.steps({"E": rates / 100}, duration=4 * second, dt=5 * ms)
    last = depressing_synapse().run(stimulus, trials=1, seed=0).activation.isel(trial=0, time=-1)
    transmitted = 100 * last.sel(unit="post").values
    np.testing.assert_allclose(transmitted, 2.5 * rates / (2.5 + rates), rtol=0.01)


def test_resources_recover_with_their_own_time_constant():
    stimulus = ba.steps({"E": [0.2]}, duration=2 * second, offset=1 * second)
    network = depressing_synapse(tau=300 * ms)
    run = network.run(stimulus, trials=1, seed=0)
    depletion = run.activation.sel(unit="pre_depletion").values.ravel()
    assert depletion[150] / depletion[120] == pytest.approx(np.exp(-0.3 / 0.3), rel=1e-3)


def test_a_network_with_these_units_goes_to_onnx(tmp_path):
    pytest.importorskip("onnx")
    from tests.ann.interop.oracle import evaluate_graph

    network = depressing_synapse(tau=100 * ms).add_adaptation("post", 0.5, TAU)
    stimulus = ba.steps({"E": [0.2, 1.0]}, duration=60 * ms)
    ba.to_onnx(network, tmp_path / "depressing.onnx", dt=1 * ms)
    inputs = stimulus.transpose("time", "condition", "channel").values
    rates = evaluate_graph(tmp_path / "depressing.onnx", inputs, "input")
    recording = network.run(stimulus, trials=1, seed=0, bin_width=1 * ms).activation
    expected = recording.isel(trial=0).transpose("time", "condition", "unit")
    np.testing.assert_allclose(rates, expected, atol=1e-5)  # single precision


def test_divisive_weights_and_other_units_stay_as_they_are():
    network = ba.RateNetwork(("a", "b"), W=[[0, 0.5], [0, 0]], divisive=[[0, 1.0], [0, 0]])
    stimulus = ba.steps({"a": [1.0], "b": [0.5]}, duration=100 * ms)
    runs = [
        n.run(stimulus, trials=1, seed=0).activation.sel(unit=["a", "b"])
        for n in (network, network.add_adaptation("b", 0.0, TAU))
    ]
    xr.testing.assert_allclose(*runs)


def test_units_that_are_missing_or_doubled_and_shares_out_of_range_are_errors():
    with pytest.raises(UnknownNameError, match=r"add_adaptation.*'F'"):
        adapting_unit(1, 1).add_adaptation("F", 1.0, TAU)
    with pytest.raises(DescriptionError, match="all different"):
        adapting_unit(1, 1).add_adaptation("E", 1.0, TAU)
    with pytest.raises(DescriptionError, match="strength"):
        adapting_unit(1, -1)
    for utilisation in (0, 1.5):
        with pytest.raises(DescriptionError, match="add_depression, utilisation"):
            depressing_synapse(utilisation)


class TestRegionalGain:
    """One unit multiplies all weights of a region."""

    @staticmethod
    def scaled(factor):
        """The region is x to u and v, u to v; the connection of y stays."""
        return ba.RateNetwork(
            ("u", "v", "m"),
            W=[[0, 0, 0], [0.5 * factor, 0, 0], [0, 0, 0]],
            W_in=[[2.0 * factor, 1.0, 0], [-1.0 * factor, 0, 0], [0, 0, 1]],
            channels=("x", "y", "drug"),
            tau=(5 * ms, 8 * ms, None),
        )

    @pytest.mark.parametrize("factor", [0.0, 0.4, 1.0, 2.5])
    def test_it_is_the_network_whose_weights_are_multiplied(self, factor):
        region = {"x": ["u", "v"], "u": ["v"]}
        network = self.scaled(1.0).add_regional_gain("cortex", region, "m")
        assert network.units[3:] == ("x_cortex", "u_cortex")
        stimulus = ba.steps({"x": [1.0], "y": [0.7], "drug": [factor]}, duration=50 * ms)
        one, other = (
            n.run(stimulus, trials=1, seed=0).activation.sel(unit=["u", "v"])
            for n in (network, self.scaled(factor))
        )
        np.testing.assert_allclose(one, other, atol=1e-9)

    @pytest.mark.parametrize(
        ("region", "gain", "kind", "message"),
        [
            ({}, "m", DescriptionError, "region 'cortex': wanted at least one connection"),
            ({"x": ["w"]}, "m", UnknownNameError, "wanted the name of a unit, got 'w'"),
            ({"xx": ["u"]}, "m", UnknownNameError, "name of a unit or channel, got 'xx'"),
            ({"x": ["u"]}, "n", UnknownNameError, "wanted the name of a unit, got 'n'"),
            ({"y": ["v"]}, "m", DescriptionError, "with a weight, got none of y to v"),
        ],
    )
    def test_a_region_that_is_not_there_is_refused(self, region, gain, kind, message):
        with pytest.raises(kind) as error:
            self.scaled(1.0).add_regional_gain("cortex", region, gain)
        assert message in str(error.value)
