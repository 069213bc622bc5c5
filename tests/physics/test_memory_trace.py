"""How a recurrent network retains and forgets: closed forms of the rate model, and slow synapses.

A unit that excites itself with weight w decays with tau / (1 - w) (Seung 1996). The bistable one is
at rest, or at a root of r = w a r / (1 + a r) - theta, where a r / (1 + a r) is the share of bound
receptors under Poisson spikes.
"""

import numpy as np
import pytest
from brian2 import ms, nS

import bioann as ba
from bioann.models import memory_trace

PAIR = ba.load("memory_trace")
TAU = 10.0


def decay_time(weight):
    """Time constant in ms of a unit that excites itself, from the ratio of two late responses."""
    ann = ba.RateNetwork(units=("r",), W=[[weight]], tau=TAU * ms, activation="linear")
    expected = TAU / (1 - weight)
    duration, bin_width = np.ceil(5 * expected) * ms, np.ceil(expected / 10) * ms
    pulse = ba.steps({"r": [1.0]}, duration=duration, offset=np.ceil(expected) * ms)
    r = ann.run(pulse, trials=1, seed=1, bin_width=bin_width, dt=0.1 * ms).activation.squeeze()
    late = r.where(r.time > 2e-3 * expected, drop=True)
    slope = np.polyfit(late.time, np.log(late), 1)[0]
    return -1e3 / slope


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.9, 0.99])
def test_a_self_weight_multiplies_the_time_constant(weight):
    # The integrator holds the unit's own input over a step: at most dt / 2 tau = 0.5 % too long.
    assert decay_time(weight) == pytest.approx(TAU / (1 - weight), rel=0.006)


def test_a_graded_memory_has_to_be_tuned_finely():
    # 1 % less of a weight of 0.99 halves the memory.
    assert decay_time(0.99) / decay_time(0.9801) == pytest.approx(0.0199 / 0.01, rel=0.02)


def settle(r, cue=0.0):
    """Return the rate to which `persistent` goes from a rate, or under a cue."""
    (w, bias), gain = (PAIR.ann.W[0, 1], PAIR.ann.bias[0]), PAIR.ann.W[1, 0]
    s = gain * r / (1 + gain * r)
    for _ in range(4000):  # Euler steps of the slow unit; its input follows at once
        r = max(w * s + bias + cue, 0.0)
        s += 0.01 * (gain * r / (1 + gain * r) - s)
    return r


def test_the_bistable_unit_goes_to_rest_or_to_the_upper_root():
    w, theta, a = PAIR.ann.W[0, 1], -PAIR.ann.bias[0], PAIR.ann.W[1, 0]
    low, high = np.sort(np.roots([a, 1 + a * theta - w * a, theta]))
    assert settle(low - 0.01) == 0.0
    assert settle(low + 0.01) == pytest.approx(high, rel=1e-6)
    run = PAIR.ann.run(PAIR.stimulus, trials=1, seed=1).activation.sel(unit="persistent")
    assert float(run[0, 0, -1]) == 0.0, "no cue"
    assert float(run[1, 0, -1]) == pytest.approx(high, rel=0.02)  # it is still 4 tau from there


def test_only_the_clearing_input_and_the_pool_inhibit():
    assert (PAIR.ann.W >= 0).all()
    assert (PAIR.ann.W_in < 0).sum() == 1
    table = PAIR.controls["without_inhibition"].connections().set_index(["source", "target"])
    assert table.strength["pool", "persistent"] == 0.0


def test_fast_synapses_of_the_control_carry_the_charge_of_the_slow_ones():
    slow, fast = ba.receptors.NMDA(), ba.receptors.AMPA()
    unblocked = 1 / (1 + np.exp(55 * 0.062) / 3.57)
    decay, p = np.exp(-25 / 100), 0.63  # 25 ms apart: b before a spike is q = decay (q + p (1 - q))
    bound = p * decay / (1 - (1 - p) * decay)
    integral = slow.time_integral() / fast.time_integral()
    expected = float(memory_trace.WEIGHT / nS) * integral * unblocked * (1 - bound)
    assert float(memory_trace.FAST_WEIGHT / nS) == pytest.approx(expected, rel=0.01)


@pytest.mark.slow
def test_fast_synapses_of_no_weight_retain_a_cue_at_10_to_50_hz():
    stimulus = PAIR.stimulus.isel(condition=[1])
    rates = []
    for factor in (0.8, 0.95, 1.0, 1.03, 1.06, 1.1, 1.3):
        circuit = memory_trace.build_circuit(factor * memory_trace.FAST_WEIGHT, receptor="AMPA")
        rate = circuit.run(stimulus, trials=4, seed=3).rate.sel(unit="persistent")
        rates += list(rate.sel(time=slice(1.25, None)).mean("time").values[0])
    assert all(rate < 10 or rate > 50 for rate in rates), rates
    assert min(rates) < 10 < 50 < max(rates)
