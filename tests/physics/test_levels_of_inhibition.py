"""Inhibition at several levels: closed forms of adaptation, and of the pair's rate model."""

import numpy as np
import pytest
from brian2 import ms, nS, pA, second

import bioann as ba
from bioann.models import levels_of_inhibition as levels

CURRENTS = np.array([300.0, 400.0, 500.0])  # pA


def spike_intervals(cell):
    """Intervals of one cell without noise, for each current."""
    network = ba.SpikingNetwork(
        (ba.Population("E", 1, "glutamate", cell),), (ba.CurrentAfferent("I", "E", 100 * pA),)
    )
    stimulus = ba.steps({"I": CURRENTS / 100}, duration=0.7 * second)
    run = network.run(stimulus, trials=1, seed=0, engine="numpy")
    condition, time = run.spike_condition.values, run.spike_time.values
    return [np.diff(time[condition == c]) for c in range(len(CURRENTS))], time, condition


@pytest.mark.slow
def test_an_adapting_cell_follows_the_linear_theory():
    """Slopes of onset and steady f-I curves, and the time constant, from G and b."""
    plain, _, _ = spike_intervals(ba.cells.AdaptingLIF(delta_g=0 * nS))
    adapting, time, condition = spike_intervals(ba.cells.AdaptingLIF())
    gain = np.polyfit(CURRENTS, [1 / interval[-1] for interval in plain], 1)[0]
    b = 0.6 * 0.1 * 25  # nS * s * mV: pA per Hz
    steady = np.polyfit(CURRENTS, [1 / interval[-1] for interval in adapting], 1)[0]
    # The conductance also shunts, and the curve is concave: 20 % of the ratio, 10 % of the time.
    assert steady / gain == pytest.approx(1 / (1 + gain * b), rel=0.2)
    rates, times = 1 / adapting[1], time[condition == 1][1:]
    excess = rates / rates[-1] - 1
    early = (excess > 0.05) & (times > 0)
    decay = -1 / np.polyfit(times[early], np.log(excess[early]), 1)[0]
    assert decay * 1e3 == pytest.approx(100 / (1 + gain * b), rel=0.1)


def run_rate_model(levels_by_channel):
    network = levels.build_rate_model()
    stimulus = ba.steps(levels_by_channel, duration=700 * ms)
    return network.run(stimulus, trials=1, seed=0).activation.isel(trial=0)


def test_all_kinds_of_units_have_the_steady_gain_of_their_loop():
    steady = run_rate_model({"drive": [0.5, 1.0], "other": [0.0, 0.0]}).isel(time=-1)
    gains = (steady.isel(condition=1) - steady.isel(condition=0)) / 0.5
    loops = {"inside": levels.GAIN * levels.STRENGTH, "local": 0.5, "blanket": 0.5}
    for kind, loop in loops.items():
        assert float(gains.sel(unit=kind)) == pytest.approx(levels.GAIN / (1 + loop), rel=2e-4)
    # One weight gives the static unit the same steady response, at all times.
    static, inside = (steady.sel(unit=unit) for unit in ("static", "inside"))
    np.testing.assert_allclose(static, inside, rtol=2e-4)


def test_only_the_blanket_carries_input_from_group_to_group():
    """Input e to one of two units that share a pool: the other loses c e / (1 + 2 c)."""
    steady = run_rate_model({"drive": [0.85, 0.85], "other": [0.0, 1.0]}).isel(time=-1)
    change = steady.isel(condition=1) - steady.isel(condition=0)
    excitation, c = levels.GAIN * 200 / 300, 0.25
    expected = -excitation * c / (1 + 2 * c)
    assert float(change.sel(unit="blanket")) == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(change.sel(unit=["inside", "local", "static"]), 0, atol=1e-12)


def test_the_unit_that_inhibits_itself_adapts_with_the_time_constant_of_the_loop():
    course = run_rate_model({"drive": [1.0], "other": [0.0]}).isel(condition=0)
    excess = (course / course.isel(time=-1) - 1).sel(unit="inside").values[:20]
    tau = 100 / (1 + levels.GAIN * levels.STRENGTH)  # ms; a bin is 10 ms
    decay = -10 / np.polyfit(np.arange(20), np.log(excess), 1)[0]
    # What is left at the end of 700 ms, and steps of 1 ms, take about 2 %.
    assert decay == pytest.approx(tau, rel=0.03)
    assert np.abs((course / course.isel(time=-1) - 1).sel(unit="static")).max() < 1e-12
