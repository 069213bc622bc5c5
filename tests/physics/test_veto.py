"""Shunting a pulse: what twice the inhibition is worth in time, in a cell and in a decaying sum."""

import numpy as np
import pytest
from brian2 import ms, mV, nS

import bioann as ba

#: A decay time of which the half-life is 10 ms: a whole number of time steps.
HALF_LIFE_MS = 10
DECAY = HALF_LIFE_MS / np.log(2) * ms
STIMULUS = ba.steps({"x": [0.0]}, duration=80 * ms)
PULSE_MS = 60


def build_cells(reversal, strong=2.0):
    """Cell 0 has a shunt 20 ms before the pulse; cell 1 `strong` times it, a half-life earlier."""
    onset = PULSE_MS - 20
    matrix = np.diag([1.0, strong])
    shunt = ba.receptors.GABA_A(tau=DECAY, reversal=reversal * mV)
    population = ba.Population("a", 2, "glutamate", initial_potential=-65 * mV)
    early = ba.ScheduledAfferent(
        [[onset] * ms, [onset - HALF_LIFE_MS] * ms],
        "a",
        20 * nS,
        "GABA",
        shunt,
        connectivity=ba.ExplicitMatrix(matrix),
    )
    return ba.SpikingNetwork(
        (population,), (ba.ScheduledAfferent([[PULSE_MS] * ms], "a", 12 * nS), early)
    )


def run_cells(probe, network):
    return probe(network, STIMULUS, "a", "v")


def test_twice_the_shunt_a_half_life_earlier_is_the_same_to_a_pulse(probe):
    """A shunt at rest moves no potential, so the cell knows g exp(-t / tau) alone."""
    first, second = run_cells(probe, build_cells(-65))
    np.testing.assert_allclose(first, second, rtol=1e-12)
    assert first.max() > -60e-3  # the pulse arrives


@pytest.mark.parametrize(("reversal", "strong"), [(-65, 1.0), (-80, 2.0)])
def test_otherwise_they_differ(probe, reversal, strong):
    """With the same shunt, or one that hyperpolarises: its potential remembers more than g."""
    first, second = run_cells(probe, build_cells(reversal, strong))
    after = slice(PULSE_MS * 10, None)
    assert abs(first - second)[after].max() > 1e-4


def test_a_unit_whose_inhibition_decays_transmits_half_at_tau_log_of_twice_its_weight():
    """1 - w (1 - exp(-dt / tau)) exp(-t / tau) = 1/2 for a pulse of one step."""
    pair = ba.load("veto")
    lags = np.arange(-60, 1.0)
    time = np.arange(100)
    values = np.array([[time == 80, time == 80 + lag] for lag in lags], float)
    stimulus = ba.stimuli.make_stimulus(
        np.moveaxis(values, 1, 2), channels=("e", "i"), coords={"lag": lags}
    )
    run = pair.ann.run(stimulus, trials=1, seed=1)
    output = run["activation"].isel(trial=0).sum("time")
    midpoints = {}
    for unit, weight in (("single", 17.0), ("double", 34.0)):
        share = (output.sel(unit=unit) / output.sel(unit="static").max()).values
        midpoints[unit] = np.interp(-0.5, -share, lags)
        step = 1 - np.exp(-1 / 10)
        expected = -10 * np.log(2 * weight * step)
        # Linear interpolation between lags of 1 ms, and the end of the pulse against its start.
        assert midpoints[unit] == pytest.approx(expected, abs=1.0)
    assert midpoints["single"] - midpoints["double"] == pytest.approx(10 * np.log(2), abs=0.1)
