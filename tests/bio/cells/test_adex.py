"""The firing patterns of Naud et al. (2008), told apart by their interspike intervals."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA, second

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.bio.cells.adex import PATTERNS
from bioann.stimuli.waveforms import steps

ONSET = 0.1


@pytest.fixture(scope="module")
def trains():
    """Spike times after the onset of the current step, by pattern."""
    names = {pattern: pattern.replace(" ", "_") for pattern in PATTERNS}
    network = ba.SpikingNetwork(
        tuple(
            ba.Population(names[p], 1, "GABA", cell=ba.cells.AdEx.with_pattern(p)) for p in PATTERNS
        ),
        tuple(ba.CurrentAfferent("I", names[p], ba.cells.AdEx.step_current(p)) for p in PATTERNS),
    )
    stimulus = steps({"I": [1]}, onset=ONSET * second, duration=(ONSET + 0.5) * second)
    run = network.run(stimulus, trials=1, seed=1, dt=0.1 * ms)
    return {
        p: run.spike_time.values[(run.spike_unit.values == k) & (run.spike_time.values > ONSET)]
        - ONSET
        for k, p in enumerate(PATTERNS)
    }


@pytest.mark.slow
def test_tonic_intervals_are_all_alike(trains):
    intervals = np.diff(trains["tonic"])
    assert len(intervals) > 20
    assert intervals.std() < 0.05 * intervals.mean()


@pytest.mark.slow
def test_adapting_intervals_grow(trains):
    intervals = np.diff(trains["adapting"])
    assert (np.diff(intervals[:4]) > 0).all()
    assert intervals[-1] > 3 * intervals[0]


@pytest.mark.slow
def test_an_initial_burst_is_followed_by_single_spikes(trains):
    intervals = np.diff(trains["initial burst"])
    assert intervals[0] < 12e-3
    assert (intervals[-3:] > 3 * intervals[0]).all()
    assert intervals[-3:].std() < 0.1 * intervals[-3:].mean()


def test_bursts_repeat(trains):
    intervals = np.diff(trains["regular bursting"])
    long = intervals > 30e-3
    assert 3 <= long.sum() < len(intervals) / 1.5
    assert intervals[long].min() > 4 * intervals[~long].max() or intervals[~long].mean() < 15e-3
    assert intervals[long][1:].std() < 0.2 * intervals[long][1:].mean()


def test_the_accelerating_cell_waits_and_speeds_up(trains):
    times = trains["delayed accelerating"]
    assert times[0] > 30e-3
    intervals = np.diff(times)
    assert intervals[-1] < 0.6 * intervals[0]


def test_the_delayed_bursting_cell_waits_and_bursts(trains):
    times = trains["delayed regular bursting"]
    intervals = np.diff(times)
    assert times[0] > 20e-3
    assert intervals.max() > 3 * np.median(intervals[intervals < intervals.mean()])


def test_the_transient_cell_fires_once_and_is_still(trains):
    times = trains["transient"]
    assert 1 <= len(times) <= 3
    assert times[-1] < 0.1


def test_the_irregular_cell_is_irregular_without_noise(trains):
    intervals = np.diff(trains["irregular"])
    late = intervals[len(intervals) // 3 :]
    assert len(late) > 5
    assert late.std() > 0.25 * late.mean()
    assert len(np.unique(np.round(late, 3))) > 4


def test_patterns_are_named_and_their_currents_given():
    assert ba.cells.AdEx.step_current("tonic") == 500 * pA
    assert float(ba.cells.AdEx.with_pattern("delayed accelerating").a) == -10e-9
    with pytest.raises(UnknownNameError, match="Did you mean 'adapting'"):
        ba.cells.AdEx.with_pattern("adaptin")


def test_an_amplification_beyond_the_leak_is_refused():
    with pytest.raises(DescriptionError, match=r"at least -g_L = -30 nS, got -31 nS.*outweighs"):
        ba.cells.AdEx(a=-31 * nS)
    with pytest.raises(DescriptionError, match="The cut-off has to lie above"):
        ba.cells.AdEx(V_cut=-60 * mV)
