"""Cells on the grid of time steps spike like Brian2's, by closed forms of their intervals."""

import numpy as np
import pytest
from brian2 import ms, mV, nA, nS, pA, pF

import bioann as ba

CURRENT = 0.3 * nA
#: Passage from -60 to -50 mV of the default membrane under this current, in ms: tau is 20 ms, and
#: the potential would settle at -65 + 30 mV.
PASSAGE = 20 * np.log((-35 + 60) / (-35 + 50))


def list_steps(cell, dt=0.1 * ms, duration=150 * ms, current=CURRENT):
    population = ba.Population("a", 1, "glutamate", cell, initial_potential=-60 * mV)
    injections = (ba.Injection("a", current),)
    network = ba.SpikingNetwork((population,), injections=injections, dt=dt)
    stimulus = ba.steps({"x": [0.0]}, onset=0 * ms, duration=duration)
    data = network.run(stimulus, trials=1, seed=1, engine="numpy")
    return np.round(data.spike_time.values / float(dt)).astype(int)


@pytest.mark.parametrize(("refractory", "held_steps"), [(0, 0), (2, 19), (5, 49)])
def test_intervals_are_the_passage_time_rounded_up_to_whole_steps(refractory, held_steps):
    cell = ba.cells.GridLIF(method="exponential_midpoint", V_r=-60 * mV, t_ref=refractory * ms)
    intervals = np.diff(list_steps(cell))
    assert len(intervals) > 5
    assert set(intervals.tolist()) == {held_steps + int(np.ceil(PASSAGE / 0.1))}


def test_the_noise_free_rate_knows_no_steps():
    (interval,) = np.unique(np.diff(list_steps(ba.cells.GridLIF(t_ref=0 * ms, V_r=-60 * mV))))
    kinds = ba.cells.LIF, ba.cells.GridLIF
    rates = [kind(t_ref=0 * ms, V_r=-60 * mV).rate(CURRENT) for kind in kinds]
    assert rates[0] == rates[1] == pytest.approx(1e3 / PASSAGE)
    assert 0 <= interval * 0.1 - PASSAGE < 0.1


def test_other_parameters_keep_the_positions_that_they_have_in_the_interpolating_cells():
    for grid, cell in (("GridLIF", "LIF"), ("GridEIF", "EIF"), ("GridAdEx", "AdEx")):
        one, two = (getattr(ba.cells, name)(150 * pF, 8 * nS) for name in (grid, cell))
        assert (one.C, one.g_L) == (two.C, two.g_L) == (150 * 1e-12, 8 * 1e-9)


@pytest.mark.parametrize("kind", [ba.cells.GridLIF, ba.cells.GridEIF, ba.cells.GridAdEx])
def test_an_unknown_method_is_an_error(kind):
    with pytest.raises(ba.BioannError, match="integration method"):
        kind(method="magic")


@pytest.mark.slow
def test_adaptation_and_exponential_are_those_of_the_interpolating_cell():
    slow = {"C": 200 * pF, "g_L": 10 * nS, "b": 20 * pA, "tau_w": 50 * ms}
    cells = ba.cells.AdEx(**slow), ba.cells.GridAdEx(**slow, method="rk2")
    steps = [list_steps(cell, 0.025 * ms, 60 * ms, 0.8 * nA) for cell in cells]
    # Rounding up delays each spike by at most a step; spikes that come later adapt no less.
    assert len(steps[0]) == len(steps[1]) > 3
    assert np.abs(steps[0] - steps[1]).max() <= len(steps[0])
