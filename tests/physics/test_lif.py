"""Leaky integrate-and-fire cells against their closed forms, at the default step.

A spike is recorded at the start of its step, but what follows is timed from where the potential
crossed (`bioann.bio.integration.spike_timing`): single intervals are whole numbers of steps around
the closed form, and their mean over n of them is within dt / n of it. Crossing and release are
interpolated, each wrong by at most dt^2 / (8 tau): the curvature of an exponential.
"""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA, pF, second

from bioann.bio.afferent import CurrentAfferent
from bioann.bio.cells.lif import LIF
from bioann.bio.injection import Injection
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.receptors import AMPA, GABA_A
from bioann.stimuli.waveforms import steps

CELL = LIF()
DT = 1e-4


def interval(cell, current=0.0, conductance=0.0, reversal=0.0):
    """Time between spikes in seconds under constant current and conductance; inf if silent."""
    total = cell.g_L + conductance
    end = (cell.g_L * cell.E_L + conductance * reversal + current) / total
    if end <= cell.V_th:
        return np.inf
    return cell.t_ref + cell.C / total * np.log((end - cell.V_r) / (end - cell.V_th))


def intervals(recorded, unit=0):
    """Intervals of the one neuron of a unit, per condition."""
    mine = recorded.spike_unit.values == unit
    condition, time = recorded.spike_condition.values[mine], recorded.spike_time.values[mine]
    return [np.diff(time[condition == c]) for c in range(recorded.sizes["condition"])]


def assert_rhythm(intervals_of_run, expected, dt=DT, tau=5e-3):
    assert len(intervals_of_run) >= 2
    assert (np.abs(intervals_of_run - expected) <= dt + 1e-9).all()  # nothing is random
    assert intervals_of_run.mean() == pytest.approx(
        expected, abs=dt / len(intervals_of_run) + dt**2 / (4 * tau)
    )


@pytest.mark.parametrize(
    "cell",
    [
        LIF(),
        LIF(C=100 * pF, t_ref=5 * ms),
        LIF(V_r=-70 * mV, t_ref=0 * ms),
        LIF(t_ref=1.234 * ms),  # no whole number of steps
        LIF(t_ref=0.04 * ms),  # shorter than one
    ],
)
def test_the_f_i_curve_is_the_closed_form(cell):
    network = SpikingNetwork(
        (Population("a", 1, "GABA", cell=cell),), (CurrentAfferent("I", "a", 1 * pA),)
    )
    currents = [100, 149.9, 152, 170, 200, 300, 500, 1000]
    run = network.run(steps({"I": currents}, duration=0.4 * second), trials=1, seed=1)
    for current, actual in zip(currents, intervals(run), strict=True):
        expected = interval(cell, current * 1e-12)
        if np.isinf(expected):
            assert len(actual) == 0
        else:
            assert_rhythm(actual, expected)


def test_a_spike_is_recorded_at_the_start_of_the_step_in_which_it_happens():
    network = SpikingNetwork(
        (Population("a", 1, "GABA", cell=CELL),), (CurrentAfferent("I", "a", 1 * pA),)
    )
    currents = np.arange(180, 400, 7.3)
    run = network.run(steps({"I": currents}, duration=0.2 * second), trials=1, seed=1)
    for c, current in enumerate(currents):
        times = run.spike_time.values[run.spike_condition.values == c]
        # All from the first crossing, which is not known better than its step: dt / 2 around it.
        exact = times[0] + np.arange(len(times)) * interval(CELL, current * 1e-12)
        assert np.ptp(times - exact) <= DT + 2e-7 * len(times)


@pytest.mark.parametrize("receptor", [GABA_A(), GABA_A(reversal=-65 * mV), AMPA()])
@pytest.mark.parametrize("conductance", [2, 8])
def test_the_f_i_curve_under_constant_conductance(receptor, conductance):
    network = SpikingNetwork(
        (Population("a", 1, "GABA", cell=CELL),),
        (CurrentAfferent("I", "a", 1 * pA),),
        injections=(Injection("a", conductance=conductance * nS, receptor=receptor),),
    )
    currents = [0, 200, 400, 900]
    run = network.run(steps({"I": currents}, duration=0.3 * second), trials=1, seed=1)
    fired = 0
    for current, actual in zip(currents, intervals(run), strict=True):
        expected = interval(CELL, current * 1e-12, conductance * 1e-9, receptor.reversal)
        if np.isinf(expected):
            assert len(actual) == 0
        else:
            assert_rhythm(actual, expected)
            fired += 1
    assert fired >= 2


def test_an_injected_current_is_a_current_afferent_that_never_changes():
    populations = (Population("a", 1, "GABA"), Population("b", 1, "GABA"))
    network = SpikingNetwork(
        populations, (CurrentAfferent("I", "a", 250 * pA),), (), (Injection("b", 250 * pA),)
    )
    run = network.run(steps({"I": [1]}, duration=0.3 * second), trials=1, seed=1)
    one, other = (intervals(run, unit)[0] for unit in (0, 1))
    # The two begin apart, so their intervals are rounded to the grid apart.
    assert one.mean() == pytest.approx(other.mean(), abs=DT / len(one))


def test_injections_add_up():
    network = SpikingNetwork(
        (Population("a", 1, "GABA"),),
        injections=(
            Injection("a", 500 * pA),
            Injection("a", -100 * pA, 3 * nS),
            Injection("a", conductance=2 * nS, receptor="AMPA"),
        ),
    )
    total = interval(LIF(g_L=15 * nS, E_L=(10 * -65 + 3 * -80 + 0) / 15 * mV), 400e-12)
    run = network.run(steps({"I": [1]}, duration=0.3 * second), trials=1, seed=1)
    assert_rhythm(intervals(run)[0], total)


def test_a_shunt_at_rest_subtracts_current_and_leaves_the_gain():
    """Holt and Koch 1997: far above rheobase, a shunt costs g (V_th - E - (V_th - V_r) / 2)."""
    cell = LIF(V_r=-65 * mV, t_ref=0 * ms)
    shift = 5e-9 * 15e-3 / 2
    for current in (1.5e-9, 2e-9):
        # Expanding the logarithm, what is left is of second order in the shunt's share,
        # (g (V_th - V_r) / I)^2 / 12: below 0.1% here.
        shunted = interval(cell, current, 5e-9, -65e-3)
        assert shunted == pytest.approx(interval(cell, current - shift), rel=3e-3)
    network = SpikingNetwork(
        (Population("a", 1, "GABA", cell=cell), Population("b", 1, "GABA", cell=cell)),
        (CurrentAfferent("I", "a", 1 * pA), CurrentAfferent("I", "b", 1 * pA)),
        (),
        (
            Injection("a", conductance=5 * nS, receptor=GABA_A(reversal=-65 * mV)),
            Injection("b", -shift * 1e12 * pA),
        ),
    )
    run = network.run(steps({"I": [1500, 2000]}, duration=0.1 * second), trials=1, seed=1)
    for actual, same in zip(intervals(run, 0), intervals(run, 1), strict=True):
        # The closed forms are 0.3% apart at most (above); the grid adds dt over their number.
        assert actual.mean() == pytest.approx(same.mean(), rel=3e-3, abs=DT / len(actual))


def test_a_potential_relaxes_exponentially(probe):
    network = SpikingNetwork((Population("a", 1, "GABA"),), (CurrentAfferent("I", "a", 1 * pA),))
    stimulus = steps({"I": [100, -60]}, onset=10 * ms, duration=80 * ms)
    v = probe(network, stimulus, "a", "v", start={"v": -65e-3})
    t = np.arange(800) * DT
    for potential, current in zip(v, (100e-12, -60e-12), strict=True):
        expected = -65e-3 + current / 10e-9 * -np.expm1(-np.maximum(t - 10e-3, 0) / 20e-3)
        np.testing.assert_allclose(potential, expected, atol=1e-12)


def test_the_step_does_not_matter_for_a_constant_current():
    network = SpikingNetwork((Population("a", 1, "GABA"),), (CurrentAfferent("I", "a", 1 * pA),))
    stimulus = steps({"I": [300]}, duration=0.1 * second)
    for dt in (1, 0.5, 0.1, 0.05):
        run = network.run(stimulus, trials=1, seed=1, dt=dt * ms)
        assert_rhythm(intervals(run)[0], interval(CELL, 300e-12), dt * 1e-3, tau=20e-3)
