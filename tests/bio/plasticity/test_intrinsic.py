"""Intrinsic plasticity: a target rate, and a memory in the threshold."""

import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms, mV, pA, second

import bioann as ba
from bioann.base.errors import DescriptionError, SimulationError
from bioann.bio.engines.cpp import compiler

IntrinsicPlasticity = ba.plasticity.IntrinsicPlasticity
CELL = ba.cells.LIF()
STEP = 0.1 * mV


def run(rule, currents, duration, engine="auto", interval=10 * ms, cell=CELL):
    """Constant currents (pA), one per condition, into three neurons with a rule."""
    network = ba.SpikingNetwork(
        (ba.Population("e", 3, "glutamate", cell, intrinsic_plasticity=rule),),
        (ba.CurrentAfferent("x", "e", 1 * pA),),
    )
    stimulus = ba.steps({"x": currents}, duration=duration)
    record = ba.Record(states={"e": {"threshold_shift": [0, 1, 2]}}, interval=interval)
    return network.run(stimulus, trials=1, seed=1, engine=engine, record=record)


@pytest.mark.parametrize("target", [5.0, 20.0])
def test_the_rate_settles_at_its_target_and_the_threshold_where_theory_puts_it(target):
    """Without noise the threshold that gives the target follows from the period of the cell.

    V = V_inf - (V_inf - V_r) exp(-(1/rho - t_ref)/tau_m); the course is a sawtooth of one step.
    """
    recording = run(IntrinsicPlasticity(STEP * 4, target * Hz), [300.0, 400.0], 10 * second)
    late = recording.rate.sel(time=slice(7, None)).mean(["trial", "time", "unit"])
    # In a window of 3 s a count is off by at most one spike.
    np.testing.assert_allclose(late, target, atol=1 / 3)
    shift = recording.state_e_threshold_shift.sel(sample_time=slice(7, None))
    steady = CELL.E_L + np.array([300e-12, 400e-12]) / CELL.g_L
    decay = np.exp(-(1 / target - CELL.t_ref) / (CELL.C / CELL.g_L))
    expected = steady - (steady - CELL.V_r) * decay - CELL.V_th
    mean = shift.mean(["trial", "sample_time", "probe_e_threshold_shift"])
    np.testing.assert_allclose(mean, expected, atol=0.4e-3)


def test_the_target_does_not_depend_on_the_step_and_decay_lifts_the_rate_above_it():
    """With decay the rate is rho + theta/(tau step)."""
    window = slice(6, None)
    for step in (0.2, 0.8):
        recording = run(IntrinsicPlasticity(step * mV, 10 * Hz), [350.0], 9 * second)
        assert float(recording.rate.sel(time=window).mean()) == pytest.approx(10, abs=1 / 3)
    recording = run(IntrinsicPlasticity(0.4 * mV, 10 * Hz, 0.5 * second), [350.0], 9 * second)
    shift = float(recording.state_e_threshold_shift.sel(sample_time=window).mean())
    expected = 10 + shift / (0.5 * 0.4e-3)
    assert expected > 14
    assert float(recording.rate.sel(time=window).mean()) == pytest.approx(expected, abs=1 / 3)


def test_use_lowers_the_threshold_to_its_closed_form_and_is_forgotten_with_its_decay():
    rule = IntrinsicPlasticity(-0.1 * mV, tau=1 * second, bound=4 * mV)
    used = ba.steps({"x": [400.0]}, duration=6 * second)
    rest = used * 0
    stimulus = xr.concat([used, rest.assign_coords(time=rest.time + 6)], "time")
    stimulus.attrs = used.attrs
    network = ba.SpikingNetwork(
        (ba.Population("e", 3, "glutamate", CELL, intrinsic_plasticity=rule),),
        (ba.CurrentAfferent("x", "e", 1 * pA),),
    )
    record = ba.Record(states={"e": {"threshold_shift": [0]}}, interval=10 * ms)
    recording = network.run(stimulus, trials=1, seed=1, record=record)
    course = recording.state_e_threshold_shift.squeeze().values
    rate = float(recording.rate.sel(time=slice(5, 6)).mean())
    pull = 0.1e-3 * rate * 1.0
    # The bound holds just before a step, the sawtooth's mean lies half a step above: 2 % here.
    assert course[500:600].mean() == pytest.approx(-pull * 4e-3 / (pull + 4e-3), rel=0.02)
    np.testing.assert_allclose(course[1100] / course[620], np.exp(-4.8), rtol=1e-9)


def test_without_input_the_drift_is_the_target_times_the_step():
    """A silent neuron becomes more excitable by rho times the step per second."""
    shift = run(IntrinsicPlasticity(STEP, 5 * Hz), [0.0], 1 * second).state_e_threshold_shift
    np.testing.assert_allclose(shift.squeeze()[-1], -0.5e-3 * 0.99, rtol=1e-9)


def test_compiled_code_gives_the_same_spikes():
    if compiler.find_compiler() is None:
        pytest.skip("needs a C++ compiler")
    rule = IntrinsicPlasticity(STEP, 8 * Hz, 2 * second)
    other = run(rule, [300.0, 420.0], 0.2 * second, "cpp")
    expected = run(rule, [300.0, 420.0], 0.2 * second, "numpy")
    np.testing.assert_array_equal(other.spike_time, expected.spike_time)
    np.testing.assert_array_equal(other.spike_neuron, expected.spike_neuron)
    np.testing.assert_allclose(
        other.state_e_threshold_shift, expected.state_e_threshold_shift, rtol=1e-9
    )


@pytest.mark.parametrize("engine", ["numpy", "cpp"])
def test_a_step_that_blows_up_stops_the_run_with_population_and_rule(engine):
    if engine == "cpp" and compiler.find_compiler() is None:
        pytest.skip("needs a C++ compiler")
    with pytest.raises(SimulationError) as error:
        run(IntrinsicPlasticity(2000 * mV, 5 * Hz), [400.0], 0.2 * second, engine)
    message = str(error.value)
    assert "population 'e'" in message
    assert "threshold_shift = 1.799 in neuron 0" in message
    assert "step of IntrinsicPlasticity" in message
    assert "trial 0, within 20 ms before 0.02 s" in message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"step": 0 * mV}, "IntrinsicPlasticity, step: wanted a change other than 0, got '0 mV'"),
        ({}, "target: wanted what stops the rise per spike, got '0 Hz'"),
        ({"step": -1 * mV, "target": 5 * Hz}, "step: wanted above 0 with a target, got '-1 mV'"),
        ({"step": -1 * mV, "bound": 5 * mV}, "tau: wanted a value with a negative step"),
        ({"step": -1 * mV, "tau": 5 * ms}, "bound: wanted a value with a negative step"),
        ({"target": 5 * Hz, "bound": 5 * mV}, "bound: wanted None with a target, got '5 mV'"),
        ({"tau": 5 * ms, "bound": 0.05 * mV}, "bound: wanted more than one step, 0.05 mV"),
    ],
)
def test_a_threshold_that_would_run_away_is_refused(fields, message):
    with pytest.raises(DescriptionError) as error:
        IntrinsicPlasticity(**fields)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("cell", "rule", "message"),
    [
        (
            CELL, IntrinsicPlasticity(STEP, 500 * Hz),
            "Population 'e', intrinsic_plasticity: wanted a target below 1 / refractory period, "
            "500 Hz, got 500 Hz. Lower the target, or shorten t_ref.",
        ),
        (ba.cells.AdEx(), IntrinsicPlasticity(STEP, 5 * Hz), "a cell with a sharp threshold"),
        (ba.cells.WangBuzsaki(), IntrinsicPlasticity(STEP, 5 * Hz), "got WangBuzsaki"),
        (
            CELL, IntrinsicPlasticity(-STEP, tau=1 * second, bound=10 * mV),
            "wanted a bound below threshold - reset, 10 mV, got 10 mV",
        ),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_follow_the_rule_is_refused(cell, rule, message):
    with pytest.raises(DescriptionError) as error:
        ba.Population("e", 3, "glutamate", cell, intrinsic_plasticity=rule)
    assert message in str(error.value)


def test_the_report_explains_the_rule():
    rule = IntrinsicPlasticity(STEP, 5 * Hz)
    network = ba.SpikingNetwork(
        (ba.Population("e", 3, "glutamate", CELL, intrinsic_plasticity=rule),)
    )
    equation = next(e for e in network.explain() if e.caption == "IntrinsicPlasticity: e")
    assert [(s.symbol, s.value, s.unit) for s in equation.symbols] == [
        ("Delta theta", "0.1", "mV"),
        ("rho", "5", "Hz"),
    ]
