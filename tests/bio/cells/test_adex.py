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


def test_tonic_intervals_are_all_alike(trains):
    found = np.diff(trains["tonic"])
    assert len(found) > 20
    assert found.std() < 0.05 * found.mean()


def test_adapting_intervals_grow(trains):
    found = np.diff(trains["adapting"])
    assert (np.diff(found[:4]) > 0).all()
    assert found[-1] > 3 * found[0]


def test_an_initial_burst_is_followed_by_single_spikes(trains):
    found = np.diff(trains["initial burst"])
    assert found[0] < 12e-3
    assert (found[-3:] > 3 * found[0]).all()
    assert found[-3:].std() < 0.1 * found[-3:].mean()


def test_bursts_repeat(trains):
    found = np.diff(trains["regular bursting"])
    long = found > 30e-3
    assert 3 <= long.sum() < len(found) / 1.5
    assert found[long].min() > 4 * found[~long].max() or found[~long].mean() < 15e-3
    assert found[long][1:].std() < 0.2 * found[long][1:].mean()


def test_the_accelerating_cell_waits_and_speeds_up(trains):
    times = trains["delayed accelerating"]
    assert times[0] > 30e-3
    found = np.diff(times)
    assert found[-1] < 0.6 * found[0]


def test_the_delayed_bursting_cell_waits_and_bursts(trains):
    times = trains["delayed regular bursting"]
    found = np.diff(times)
    assert times[0] > 20e-3
    assert found.max() > 3 * np.median(found[found < found.mean()])


def test_the_transient_cell_fires_once_and_is_still(trains):
    times = trains["transient"]
    assert 1 <= len(times) <= 3
    assert times[-1] < 0.1


def test_the_irregular_cell_is_irregular_without_noise(trains):
    found = np.diff(trains["irregular"])
    late = found[len(found) // 3 :]
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
