"""Inhibition over a detour: when it begins, in closed form."""

import numpy as np
import pytest
from brian2 import ms, nS, pA

import bioann as ba

ONSET, STEP = 400, 0.05  # ms: 20 time constants after the start both cells are at rest
CELL = ba.cells.LIF()  # 20 ms, 10 nS, threshold 15 mV above rest


def circuit(delay):
    """A cell that a current drives, and one that it inhibits at a potential below threshold."""
    return ba.SpikingNetwork(
        (ba.Population("I", 1, "GABA", CELL), ba.Population("T", 1, "glutamate", CELL)),
        (ba.CurrentAfferent("x", "I", 100 * pA),),
        (ba.Projection("I", "T", 2 * nS, delay=delay),),
        (ba.Injection("T", 100 * pA),),
    )


@pytest.mark.parametrize("delay_ms", [1, 3])
@pytest.mark.parametrize("depolarisation_mV", [16, 20, 30])
def test_inhibition_begins_a_delay_after_the_first_spike(depolarisation_mV, delay_ms):
    """tau ln(d / (d - theta)) after the step: 55.5, 27.7, 13.9 ms for d = 16, 20, 30 mV."""
    stimulus = ba.steps({"x": [depolarisation_mV / 10]}, duration=480 * ms, onset=ONSET * ms)
    run = circuit(delay_ms * ms).run(
        stimulus, trials=1, seed=0, dt=STEP * ms, record=ba.Record(voltage={"T": [0]})
    )
    first_ms = float(run.spike_time.values[0]) * 1e3 - ONSET
    expected_ms = 20 * np.log(depolarisation_mV / (depolarisation_mV - 15))
    assert first_ms == pytest.approx(expected_ms, abs=STEP)
    voltage = run["voltage_T"].values.squeeze()[round(ONSET / STEP) :]
    begin_ms = STEP * np.flatnonzero(np.abs(voltage - voltage[0]) > 1e-6)[0]
    # A spike is found at the end of a step, and acts from the next one on.
    assert begin_ms == pytest.approx(first_ms + delay_ms, abs=2 * STEP)
