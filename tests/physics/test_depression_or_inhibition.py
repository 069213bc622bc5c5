"""A lower weight against a constant inhibitory conductance: equal rates, other EPSPs and delays."""

import numpy as np
import pytest
from brian2 import ms, mV, nS
from scipy.optimize import brentq

import bioann as ba
from bioann.models import depression_or_inhibition as model

CELL = ba.cells.LIF()
C, G_L, E_L, V_TH, V_R, T_REF = 200.0, 10.0, -65.0, -50.0, -60.0, 2.0  # pF, nS, mV, ms
E_I = -80.0
#: Excitatory conductance at input 1, in nS.
G_E = 10.0


def rate(excitation, inhibition=0.0):
    """Noise-free rate in Hz of a cell with constant conductances in nS."""
    conductances = [(excitation * nS, 0 * mV), (inhibition * nS, E_I * mV)]
    return float(CELL.rate(0, conductances))


def match_inhibition(depression):
    """Return the inhibitory conductance that lowers the rate as a lower weight does."""
    return brentq(lambda g: rate(G_E, g) - rate(depression * G_E), 0.1, 40.0)


def relax(excitation, inhibition):
    """Return time constant in ms and steady potential in mV of a cell that does not fire."""
    total = G_L + excitation + inhibition
    return C / total, (G_L * E_L + inhibition * E_I) / total


@pytest.mark.slow
@pytest.mark.parametrize("depression", [0.5, 0.6, 0.8])
def test_at_equal_rates_the_inhibited_cell_fires_first_later(depression):
    """A step from the potential before: tau ln((v_inf - v_0) / (v_inf - V_th))."""
    inhibition = match_inhibition(depression)
    cells = {"depressed": (depression * G_E, 0.0), "inhibited": (G_E, inhibition)}
    starts = {name: relax(0.0, g_i)[1] for name, (_, g_i) in cells.items()}
    network = ba.SpikingNetwork(
        tuple(
            ba.Population(name, 1, "glutamate", CELL, initial_potential=starts[name] * mV)
            for name in cells
        ),
        injections=tuple(
            ba.Injection(name, conductance=g * nS, receptor=receptor)
            for name, conductances in cells.items()
            for g, receptor in zip(conductances, ("AMPA", "GABA_A"), strict=True)
        ),
    )
    run = network.run(
        ba.steps({"x": [0.0]}, duration=300 * ms), trials=1, seed=1, dt=0.05 * ms, engine="numpy"
    )
    latencies, intervals = {}, {}
    for k, (name, conductances) in enumerate(cells.items()):
        times = run.spike_time.values[run.spike_unit.values == k] * 1e3
        tau, v_inf = relax(*conductances)
        latencies[name] = tau * np.log((v_inf - starts[name]) / (v_inf - V_TH))
        assert times[0] == pytest.approx(latencies[name], abs=0.1)
        intervals[name] = np.diff(times).mean()
        expected = T_REF + tau * np.log((v_inf - V_R) / (v_inf - V_TH))
        assert intervals[name] == pytest.approx(expected, rel=1e-3)
    assert intervals["inhibited"] == pytest.approx(intervals["depressed"], rel=1e-3)
    assert latencies["inhibited"] > latencies["depressed"] + 1.0


@pytest.mark.parametrize(("depression", "inhibition"), [(1.0, 0.0), (0.6, 0.0), (1.0, 7.75)])
def test_a_weak_input_depolarises_as_predicted(depression, inhibition):
    """The depolarisation from the potential before, which inhibition has lowered."""
    g = depression * 1.0  # 10 fibres of 0.4 nS at 50 Hz and 5 ms
    before, after = relax(0.0, inhibition)[1], relax(g, inhibition)[1]
    assert after - before == pytest.approx(model.predict_epsp(depression, inhibition), rel=1e-9)
    # To first order in g a shunt at rest would divide by 1 + g_I / g_L; the lower start adds force.
    ratio = model.predict_epsp(1.0, inhibition) / model.predict_epsp()
    force = (0.0 - before) / (0.0 - E_L)
    leak = (G_L + 1.0) / (G_L + inhibition + 1.0)
    assert ratio == pytest.approx(force * leak, rel=1e-9)


def test_inhibition_that_matches_at_one_input_does_not_at_others():
    inhibition = match_inhibition(0.6)
    differences = [rate(0.6 * G_E * x) - rate(G_E * x, inhibition) for x in (0.8, 1.0, 1.4)]
    assert differences[0] > 20
    assert differences[1] == pytest.approx(0, abs=1e-6)
    assert differences[2] < -20
