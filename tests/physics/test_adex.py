"""Adaptive exponential cells against their limits."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA, second
from scipy.integrate import quad

from bioann.bio.afferent import CurrentAfferent
from bioann.bio.cells.adex import AdEx
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.stimuli.waveforms import steps
from bioann.translate.target import find_rheobase

NO_ADAPTATION = {"a": 0 * nS, "b": 0 * pA}


def run(cells, currents, duration, dt=0.1):
    """Spike times of each cell and current."""
    network = SpikingNetwork(
        tuple(Population(f"c{k}", 1, "GABA", cell=cell) for k, cell in enumerate(cells)),
        tuple(CurrentAfferent("I", f"c{k}", 1 * pA) for k in range(len(cells))),
    )
    stimulus = steps({"I": currents}, duration=duration * second)
    recorded = network.run(stimulus, trials=1, seed=1, dt=dt * ms)
    unit, condition = recorded.spike_unit.values, recorded.spike_condition.values
    return [
        [recorded.spike_time.values[(unit == k) & (condition == c)] for c in range(len(currents))]
        for k in range(len(cells))
    ]


def test_without_adaptation_an_interval_is_an_integral_of_one_over_the_speed():
    cells = [
        AdEx(**NO_ADAPTATION, t_ref=2 * ms),
        AdEx(Delta_T=0.5 * mV, **NO_ADAPTATION, t_ref=2 * ms),
    ]
    currents = [650, 800, 1200, 2000]
    for cell, spikes in zip(cells, run(cells, currents, 0.2), strict=True):
        for current, times in zip(currents, spikes, strict=True):

            def slowness(v, cell=cell, current=current):
                pull = np.exp(min((v - cell.V_T) / cell.Delta_T, 10))
                total = cell.g_L * (cell.E_L - v + cell.Delta_T * pull) + current * 1e-12
                return cell.C / total

            expected = 2e-3 + quad(slowness, cell.V_r, cell.V_cut, points=[cell.V_T], limit=200)[0]
            # The grid takes up to a step (see test_lif); in the upswing, which lasts 0.1 to 0.2 ms,
            # rk2 at 0.1 ms lags behind by up to another.
            np.testing.assert_allclose(np.diff(times), expected, atol=2e-4)


def test_with_a_sharp_onset_and_no_adaptation_it_is_an_integrate_and_fire_cell():
    sharp = AdEx(Delta_T=0.05 * mV, t_ref=2 * ms, **NO_ADAPTATION)
    currents = [1200, 2000, 3000]
    tau = sharp.C / sharp.g_L
    for current, times in zip(currents, run([sharp], currents, 0.1)[0], strict=True):
        end = sharp.E_L + current * 1e-12 / sharp.g_L
        lif = 2e-3 + tau * np.log((end - sharp.V_r) / (end - sharp.V_T))
        # Past V_T the drive has to carry v until the exponential has outgrown it, by Delta_T times
        # the logarithm of their ratio at V_T; then 2 steps of upswing, and 1 for the grid.
        drive = current * 1e-12 - sharp.g_L * (sharp.V_T - sharp.E_L)
        late = sharp.Delta_T * np.log(drive / (sharp.g_L * sharp.Delta_T)) * sharp.C / drive
        intervals = np.diff(times)
        assert len(intervals) > 5
        assert (intervals > lif - 1e-4).all()
        assert (intervals < lif + late + 3e-4).all()


@pytest.mark.parametrize("a", [0, 1])
def test_the_rheobase_is_the_saddle_node(a):
    """Where the steady current (g_L + a)(v - E_L) - g_L Delta_T e^((v - V_T) / Delta_T) peaks.

    With a / g_L below tau_m / tau_w (0.065 here) rest is lost in a saddle-node, at
    (g_L + a)(V_T - E_L - Delta_T + Delta_T ln(1 + a / g_L)) (Touboul 2008).
    """
    cell = AdEx(a=a * nS, b=0 * pA)
    total = 30 + a
    rheobase = total * (-50.4 + 70.6 - 2 + 2 * np.log(1 + a / 30))
    times = run([cell], [0.995 * rheobase, 1.005 * rheobase], 0.8)[0]
    # What fires at the start, from a potential above the saddle, does not fire for long.
    assert not (times[0] > 0.4).any()
    assert (times[1] > 0.4).any()


def test_adaptation_slows_firing_down():
    plain, jump, both = AdEx(**NO_ADAPTATION), AdEx(a=0 * nS), AdEx()
    times = run([plain, jump, both], [900], 0.5)
    intervals = [np.diff(t[0]) for t in times]
    np.testing.assert_allclose(intervals[0], intervals[0][0], atol=1.1e-4)  # the grid
    for adapting in intervals[1:]:
        assert (np.diff(adapting[:4]) > 0).all()
        assert adapting[-1] > 1.5 * adapting[0]
    counts = [len(t[0]) for t in times]
    assert counts[0] > counts[1] >= counts[2]


def test_the_adaptation_current_jumps_and_decays(probe):
    cell = AdEx(a=0 * nS)
    network = SpikingNetwork(
        (Population("c", 1, "GABA", cell=cell),), (CurrentAfferent("I", "c", 1 * pA),)
    )
    stimulus = steps({"I": [1500]}, offset=20 * ms, duration=200 * ms)
    w = probe(network, stimulus, "c", "w")[0]
    jumps = np.flatnonzero(np.diff(w) > 40e-12)
    assert len(jumps) >= 2
    # rk2 of a decay: each step multiplies w by 1 - x + x^2 / 2 with x = dt / tau_w.
    x = 1e-4 / 144e-3
    np.testing.assert_allclose(w[jumps + 1], w[jumps] * (1 - x + x**2 / 2) + 80.5e-12, rtol=1e-9)
    tail = w[jumps[-1] + 1 :]
    np.testing.assert_allclose(tail, tail[0] * np.exp(-np.arange(len(tail)) * x), rtol=1e-6)


@pytest.mark.slow
def test_subthreshold_adaptation_is_a_second_conductance(probe):
    """Far below threshold, v settles at E_L + I / (g_L + a)."""
    network = SpikingNetwork(
        (Population("c", 1, "GABA", cell=AdEx()),), (CurrentAfferent("I", "c", 1 * pA),)
    )
    v = probe(network, steps({"I": [-100]}, duration=1.2 * second), "c", "v", start={"v": -70.6e-3})
    # 1.2 s is 8 tau_w; the exponential adds g_L Delta_T e^-11.7, 0.5 pA of the 100.
    assert v[0, -1] == pytest.approx(-70.6e-3 - 100e-12 / 34e-9, abs=0.02e-3)


@pytest.mark.slow
def test_halving_the_step_leaves_the_rate():
    cell = AdEx(b=20 * pA)
    coarse, fine = (run([cell], [800], 0.3, dt=dt)[0][0] for dt in (0.1, 0.05))
    assert len(coarse) == len(fine)
    # A crossing is seen up to one step late, each time: the first spikes stay within a few steps.
    np.testing.assert_allclose(coarse[:5], fine[:5], atol=5e-4)


def test_adaptation_that_only_spikes_feed_leaves_the_rheobase_of_the_ledger():
    cell = AdEx(a=0 * nS, b=40 * pA, tau_w=40 * ms)
    saddle = float(cell.g_L * (cell.V_T - cell.Delta_T - cell.E_L))
    assert find_rheobase(cell) == pytest.approx(saddle, rel=1e-5)
