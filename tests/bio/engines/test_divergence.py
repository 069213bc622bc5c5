"""A run that leaves the numbers a computer can hold stops, and says where."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA, pF, second

import bioann as ba
from bioann import quantity
from bioann.base.errors import SimulationError
from bioann.stimuli.waveforms import steps


@dataclasses.dataclass(frozen=True)
class Exploding(ba.cells.Cell):
    """Grows with the square of its depolarisation, and nothing resets it."""

    C: ba.SI = quantity("pF", 100, above=0)
    resting_potential: ba.SI = quantity("mV", -60)
    firing_threshold: ba.SI = quantity("mV", -40)

    refractory_period = 0.0
    model = "dv/dt = (1*nS/mV*(v - resting_potential)**2 + I_syn + I_inj)/C : volt"
    threshold = "v > 1e300*volt"
    method = "euler"

    def time_constants(self):
        return {}

    def draw_initial_state(self, rng, n):
        return {"v": np.full(n, float(self.resting_potential))}


def network(cell):
    return ba.SpikingNetwork(
        (ba.Population("calm", 2, "GABA"), ba.Population("wild", 3, "GABA", cell=cell)),
        (ba.CurrentAfferent("I", "wild", 1 * pA), ba.CurrentAfferent("I", "calm", 1 * pA)),
    )


def test_a_state_that_is_no_number_stops_the_run_and_is_named():
    stimulus = steps({"I": [0, 400]}, onset=0.1 * second, duration=0.4 * second)
    with pytest.raises(SimulationError) as caught:
        network(Exploding()).run(stimulus, trials=2, seed=1)
    message = str(caught.value)
    assert message.startswith("population 'wild': wanted finite states")
    assert "in condition 'I=400', trial 0, within 20 ms before 0.12 s" in message
    assert "Look for runaway excitation" in message
    recording = caught.value.recording
    assert recording.rate.sizes == {"condition": 2, "trial": 2, "time": 12, "unit": 2}
    assert recording.time.values[-1] == pytest.approx(0.115)
    assert np.isfinite(recording.rate).all()


def test_what_was_recorded_before_is_the_run_as_it_would_have_been():
    calm = ba.cells.LIF()
    stimulus = steps({"I": [400]}, onset=0.1 * second, duration=0.3 * second)
    whole = network(calm).run(stimulus, trials=1, seed=1)
    with pytest.raises(SimulationError) as caught:
        network(Exploding()).run(stimulus, trials=1, seed=1)
    recording = caught.value.recording
    until = whole.spike_time[(whole.spike_unit == 0) & (whole.spike_time < 0.12)]
    np.testing.assert_array_equal(recording.spike_time[recording.spike_unit == 0], until)
    assert len(until) > 2


def test_excitation_without_refractory_period_runs_away():
    """Each spike of 50 neurons brings 49 x 20 nS: far over threshold at every step."""
    cell = ba.cells.LIF(t_ref=0 * ms, C=20 * pF)
    wild = ba.SpikingNetwork(
        (ba.Population("e", 50, "glutamate", cell=cell),),
        (ba.CurrentAfferent("I", "e", 300 * pA),),
        (ba.Projection("e", "e", 20 * nS),),
    )
    with pytest.raises(SimulationError, match=r"'e'.*Hz in every neuron.*trial 0, within"):
        wild.run(steps({"I": [1]}, duration=0.2 * second), trials=1, seed=1)


def test_a_saturated_but_refractory_population_is_no_runaway():
    held = ba.SpikingNetwork(
        (ba.Population("e", 5, "glutamate", cell=ba.cells.LIF(t_ref=1 * ms)),),
        (ba.CurrentAfferent("I", "e", 50000 * pA),),
    )
    recorded = held.run(steps({"I": [1]}, duration=0.1 * second), trials=1, seed=1)
    assert recorded.rate.sel(time=slice(0.02, None)).mean() > 600


def test_looking_changes_nothing(monkeypatch):
    stimulus = steps({"I": [300]}, duration=0.2 * second)
    small = network(ba.cells.LIF(V_r=-62 * mV, C=150 * pF))
    recording = small.run(stimulus, trials=1, seed=1)
    monkeypatch.setattr("bioann.bio.engines.divergence.CHECK_INTERVAL", 10.0)
    assert recording.identical(small.run(stimulus, trials=1, seed=1))
