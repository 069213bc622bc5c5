"""Cells that fire by themselves: a leak that reverses above threshold is a leak and a current.

``g_L (E_L - v)`` with ``E_L`` 20 mV higher is the same leak with an injected current of
``g_L * 20 mV``: both descriptions must give the same results everywhere.
"""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA, second

import bioann as ba
from bioann.bio.network_flags import find_receptor_flags
from bioann.stimuli.waveforms import steps
from bioann.translate.target import find_rheobase, target_population
from bioann.translate.to_bio.integrator_cell import measure_cell

#: Leak in nS, and a cell with rest 20 mV below the first: it is silent.
CELLS = {
    "lif": (10, ba.cells.LIF(E_L=-65 * mV)),
    "adapting lif": (10, ba.cells.AdaptingLIF(E_L=-65 * mV)),
    "eif": (20, ba.cells.EIF(E_L=-75 * mV)),
    "adex": (30, ba.cells.AdEx(E_L=-66 * mV, a=0 * nS, tau_w=50 * ms)),
}


def make_spontaneous(cell):
    """Return the cell with a leak that reverses 20 mV higher."""
    return dataclasses.replace(cell, E_L=(cell.E_L * 1e3 + 20) * mV)


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_the_leak_of_a_spontaneous_cell_is_a_leak_and_a_current(name):
    leak, cell = CELLS[name]
    spontaneous = make_spontaneous(cell)
    drive = np.array([-150, 0, 300]) * pA
    conductance = [(4 * nS, -75 * mV)]
    for conductances in ((), conductance):
        np.testing.assert_allclose(
            spontaneous.rate(drive, conductances),
            cell.rate(drive + leak * 20 * pA, conductances),
            rtol=1e-6,
        )
    assert cell.rate() == 0
    assert spontaneous.rate() > 5
    expected = find_rheobase(cell) - leak * 20e-12
    assert find_rheobase(spontaneous) == pytest.approx(expected, abs=1e-16)
    assert find_rheobase(spontaneous) < 0


def test_a_cell_whose_leak_reverses_at_threshold_never_reaches_it():
    assert ba.cells.LIF(E_L=-50 * mV).rate() == 0
    assert ba.cells.LIF(E_L=-49.999 * mV).rate() > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "cell", [ba.cells.TwoCompartment(g_N=0 * nS), ba.cells.BranchedCell()], ids=["two", "branched"]
)
def test_a_spontaneous_cell_with_dendrites_is_driven_by_all_its_compartments(cell):
    spontaneous = dataclasses.replace(cell, E_L=-45 * mV)
    network = ba.SpikingNetwork(
        (ba.Population("a", 1, "GABA", cell=cell),),
        injections=tuple(
            ba.Injection("a", (3 if c.startswith("branch") else 5) * 25 * pA, compartment=c)
            for c in cell.compartments
        ),
    )
    stimulus = steps({"unused": [0]}, duration=0.6 * second)
    run = network.run(stimulus, trials=1, seed=1, engine="numpy")
    late = np.diff(run.spike_time.values)[-8:]
    # Eight intervals, known to within a time step; and see test_branched_cell.
    expected = float(spontaneous.rate())
    assert 1 / late.mean() == pytest.approx(expected, rel=4e-3)
    assert expected > 20


def test_the_rate_of_a_spontaneous_cell_in_closed_form(compiled):
    cell = ba.cells.LIF(E_L=-45 * mV)
    network = ba.SpikingNetwork((ba.Population("a", 3, "GABA", cell=cell),))
    run = network.run(
        steps({"unused": [0]}, duration=1 * second), trials=2, seed=1, engine=compiled
    )
    interval = 2e-3 + 20e-3 * np.log((-45 + 60) / (-45 + 50))
    assert float(cell.rate()) == pytest.approx(1 / interval, rel=1e-12)
    # It starts below threshold, so that no interval is skipped: 41.7 of them in a second.
    counts = run.rate.sum("time").values * 0.01
    assert np.abs(counts - 1 / interval).max() <= 1
    times = run.spike_time.values[(run.spike_neuron.values == 0) & (run.spike_trial.values == 0)]
    np.testing.assert_allclose(np.diff(times), interval, atol=1.01e-4)
    assert times[0] <= interval


def test_theories_see_the_same_cell():
    cell, inputs = ba.cells.LIF(E_L=-65 * mV), []
    for rate, reversal in ((300 * Hz, 0 * mV), (900 * Hz, -80 * mV)):
        inputs.append(ba.theory.PoissonInput(rate, 0.3 * nS, 5 * ms, reversal))
    for theory in (ba.theory.adiabatic_rate, ba.theory.siegert_rate_of_cell):
        expected = theory(cell, inputs, 200 * pA)
        np.testing.assert_allclose(theory(make_spontaneous(cell), inputs), expected, rtol=1e-9)
        assert expected > 1


def make_driven(cell, **members):
    """Return a network of one population with excitatory and inhibitory fibres."""
    afferents = (
        ba.Afferent("x", "a", 1 * nS, fibres=20),
        ba.Afferent("y", "a", 1 * nS, transmitter="GABA", fibres=20),
    )
    return ba.SpikingNetwork(
        (ba.Population("a", 10, "glutamate", cell=cell),), afferents, **members
    )


def test_it_is_translated_like_a_cell_with_an_injected_current():
    cell = ba.cells.LIF(E_L=-65 * mV)
    spontaneous = ba.to_ann(make_driven(make_spontaneous(cell)), seed=1)
    injected = ba.to_ann(make_driven(cell, injections=(ba.Injection("a", 200 * pA),)), seed=1)
    # The effective potential is found to within 0.01 mV, of a driving force of at least 30 mV.
    for name in ("W", "W_in", "bias"):
        np.testing.assert_allclose(
            getattr(spontaneous.network, name), getattr(injected.network, name), rtol=3e-4
        )
    assert spontaneous.network.bias[0] > 0


def test_a_rheobase_near_zero_is_no_scale_of_currents():
    """Perturbations that measure weights would vanish with it."""
    for E_L in (-50, -49.99, -51, -30):
        target = target_population(make_driven(ba.cells.LIF(E_L=E_L * mV)), "a", seed=1)
        expected = {-50: 100e-12, -49.99: 100e-12, -51: 10e-12, -30: 200e-12}[E_L]
        assert target.current_scale == pytest.approx(expected, rel=1e-6)


def test_units_are_translated_into_it_like_into_a_silent_cell():
    """Its negative rheobase is injected, so that a unit without input is silent."""
    silent = ba.cells.LIF(g_L=2 * nS, E_L=-61 * mV, V_r=-51 * mV, t_ref=0 * ms)
    properties = measure_cell(silent, 100.0, 0 * mV, -90 * mV)
    other = measure_cell(make_spontaneous(silent), 100.0, 0 * mV, -90 * mV)
    assert properties.rheobase == pytest.approx(22e-12, abs=1e-16)
    assert other.rheobase == pytest.approx(-18e-12, abs=1e-16)
    assert other.spike_charge == pytest.approx(properties.spike_charge, rel=1e-5)


@pytest.mark.parametrize(
    ("receptor", "problem"),
    [
        (ba.receptors.AMPA(reversal=-48 * mV), ""),  # above threshold, though below E_L
        (ba.receptors.AMPA(reversal=-55 * mV), "between reset and threshold: the sign"),
        (ba.receptors.AMPA(reversal=-60 * mV), "at reset or below: it inhibits at every rate"),
        (ba.receptors.GABA_A(reversal=-48 * mV), "above threshold: it excites at every rate"),
        (ba.receptors.GABA_A(), ""),
    ],
)
def test_the_sign_of_its_synapses_is_judged_between_reset_and_threshold(receptor, problem):
    afferent = ba.Afferent("x", "a", 1 * nS, transmitter=receptor.transmitter, receptor=receptor)
    cell = ba.cells.LIF(E_L=-45 * mV)
    network = ba.SpikingNetwork((ba.Population("a", 1, "GABA", cell=cell),), (afferent,))
    flags = find_receptor_flags(network)
    assert len(flags) == bool(problem)
    assert problem in " ".join(flags)
