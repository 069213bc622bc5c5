"""Where synapses sit: NMDA receptors favour clusters while they are few, saturation spreads."""

import numpy as np
import pytest
import scipy
from brian2 import Hz, mM, ms, mV, nS, second

import bioann as ba
from bioann.stimuli.waveforms import steps

#: Default cell in nS and mV: leak of soma and branch, coupling, rest.
G_L, G_LB, G_C, E_L = 5.0, 3.0, 4.0, -70.0


def unblock(v, magnesium):
    """Share of NMDA receptors that are not blocked at a potential in mV (Jahr and Stevens 1990)."""
    return 1 / (1 + magnesium / 3.57 * np.exp(-0.062 * v))


def steady_soma(conductances, magnesium):
    """Potential of the silent soma in mV for conductances in nS on both branches that reverse at 0.

    The soma gets from a branch what the branch takes from its synapses and does not leak.
    """

    def excess_current(v_soma):
        total = G_L * (E_L - v_soma)
        for g in conductances:

            def branch_current(v, g=g):
                synaptic = g * unblock(v, magnesium) * (0 - v)
                return synaptic + G_LB * (E_L - v) + G_C * (v_soma - v)

            v_branch = scipy.optimize.brentq(branch_current, E_L - 1, 1)
            total += G_C * (v_branch - v_soma)
        return total

    return scipy.optimize.brentq(excess_current, E_L - 1, 0)


@pytest.mark.parametrize("total", [2, 6, 12, 25, 50, 100, 200])
def test_passive_branches_depolarise_the_soma_most_when_input_is_spread(total):
    """The potential of a passive branch saturates: it is concave in its conductance."""
    clustered, spread = ((total, 0), (total / 2, total / 2))
    assert steady_soma(clustered, 0) < steady_soma(spread, 0)


def test_the_magnesium_block_reverses_that_for_few_inputs_only():
    def gain(total):
        return steady_soma((total, 0), 1) - steady_soma((total / 2, total / 2), 1)

    totals = np.array([4, 10, 15, 20, 60, 100, 200])
    gains = np.array([gain(total) for total in totals])
    assert (gains[:4] > 0).all()
    assert gains.max() > 2
    assert (gains[-3:] < 0).all()
    # Once, and not back.
    assert (np.diff(np.sign(gains)) <= 0).all()


@pytest.mark.parametrize("magnesium", [0.0, 1.0])
@pytest.mark.parametrize("conductances", [(16, 0), (8, 8)])
def test_the_simulated_soma_settles_where_the_currents_balance(magnesium, conductances, compiled):
    receptor = {"tau": 50 * ms, "rise": 3 * ms, "occupancy": 0.0, "magnesium": magnesium * mM}
    afferents = []
    for branch, conductance in zip(("branch_1", "branch_2"), conductances, strict=True):
        nmda = ba.receptors.NMDA(**receptor, compartment=branch)
        # 1,000 fibres at 100 Hz: little noise.
        weight = conductance * 1e-9 / (1e5 * nmda.time_integral())
        afferents.append(
            ba.Afferent(branch, "a", weight * 1e9 * nS, receptor=nmda, fibres=1000, rate=100 * Hz)
        )
    cell = ba.cells.BranchedCell(V_th=500 * mV)
    network = ba.SpikingNetwork((ba.Population("a", 2, "glutamate", cell=cell),), tuple(afferents))
    stimulus = steps({"branch_1": [1], "branch_2": [1]}, duration=0.8 * second)
    record = ba.Record(spikes=False, states={"a": {"v": [0, 1]}}, interval=5 * ms)
    run = network.run(stimulus, trials=1, seed=2, engine=compiled, record=record)
    v = run.state_a_v.sel(sample_time=slice(0.5, None)).values * 1e3
    expected = steady_soma(conductances, magnesium)
    # 100 spikes per ms: the conductance varies by 1 % within 50 ms, the potential by at most 0.3 mV
    # where NMDA receptors amplify; 60 samples in two cells are about 24 independent ones.
    assert v.mean() == pytest.approx(expected, abs=0.25)
    assert expected > E_L + 3
