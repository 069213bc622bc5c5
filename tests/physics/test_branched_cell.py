"""Branched cell: the passive star circuit in closed form, and NMDA spikes on its branches."""

import numpy as np
import pytest
from brian2 import mmolar, ms, mV, nS, pA, pF, second

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.stimuli.waveforms import steps

#: A cell that cannot fire, so that its equations stay linear.
SILENT = {"V_th": 500 * mV, "V_r": -58 * mV}
#: Every step of a linear cell is exact; what is left is rounding in 10,000 steps of 1e-17 V each.
ROUNDING = 1e-12


def make_network(cell, currents):
    """Return a network of one cell with a current afferent per compartment."""
    return ba.SpikingNetwork(
        (ba.Population("a", 1, "glutamate", cell=cell),),
        tuple(ba.CurrentAfferent(c, "a", 1 * pA, compartment=c) for c in currents),
    )


@pytest.fixture
def depolarise(probe):
    """Return potentials of one compartment relative to rest, in volt, for currents in pA."""

    def run(cell, compartment, currents, seconds=0.8, **times):
        stimulus = steps({c: [i] for c, i in currents.items()}, duration=seconds * second, **times)
        start = dict.fromkeys(cell.compartments.values(), cell.resting_potential)
        variable = cell.compartments[compartment]
        # The step of a linear cell is exact, however long.
        v = probe(make_network(cell, currents), stimulus, "a", variable, start=start, dt=1e-3)
        return v[0] - cell.resting_potential

    return run


@pytest.mark.slow
def test_steady_potentials_are_those_of_the_resistive_star(depolarise):
    """The formulas of the docstring, and the inverse of the matrix of conductances."""
    cell = ba.cells.BranchedCell(branches=3, g_L=7 * nS, g_Lb=2 * nS, g_c=5 * nS, **SILENT)
    share = 5 / (2 + 5)
    at_soma = depolarise(cell, "soma", {"soma": 30})[-1]
    assert at_soma == pytest.approx(30e-3 / (7 + 3 * share * 2), abs=ROUNDING)
    assert depolarise(cell, "branch_2", {"soma": 30})[-1] == pytest.approx(share * at_soma)
    at_branch = depolarise(cell, "branch_2", {"branch_2": 30})[-1]
    from_branch = depolarise(cell, "soma", {"branch_2": 30})[-1]
    assert from_branch / at_branch == pytest.approx(5 / (7 + 5 + 2 * share * 2))
    conductances = np.diag([7 + 3 * 5.0, 7, 7, 7])
    conductances[0, 1:] = conductances[1:, 0] = -5
    potentials = np.linalg.solve(conductances, [0, 0, 30, 0]) * 1e-3
    for k, compartment in enumerate(cell.compartments):
        v = depolarise(cell, compartment, {"branch_2": 30})[-1]
        assert v == pytest.approx(potentials[k], abs=ROUNDING)


def test_a_passive_cell_relaxes_with_the_eigenvalues_of_its_matrix(depolarise):
    """By Cayley-Hamilton, equidistant samples of a decay obey the characteristic polynomial."""
    cell = ba.cells.BranchedCell(**SILENT)
    rates = np.array([[-13, 4, 4], [4, -7, 0], [4, 0, -7]]) / np.array([[100], [60], [60]])
    eigenvalues = np.linalg.eigvals(rates)  # per ms
    apart = -7 / 60  # the branches against each other, which the soma does not see
    assert np.abs(eigenvalues - apart).min() < 1e-12
    together = eigenvalues[np.abs(eigenvalues - apart) > 1e-3]
    pulse = {"seconds": 0.15, "offset": 0.05 * second}
    v = {c: depolarise(cell, c, {"branch_1": 80}, **pulse) for c in cell.compartments}
    after = {c: v[c][60::10] for c in v}  # every 10 ms, from 10 ms after the pulse on
    soma = after["soma"]
    _, sum_, product = np.poly(np.exp(10 * together))
    np.testing.assert_allclose(soma[2:] + sum_ * soma[1:-1] + product * soma[:-2], 0, atol=ROUNDING)
    difference = after["branch_1"] - after["branch_2"]
    np.testing.assert_allclose(difference[1:4], difference[:3] * np.exp(10 * apart), rtol=1e-9)
    assert soma[0] > 1e-3
    assert difference[0] > 1e-3


def test_a_passive_cell_adds_currents_up_and_its_branches_are_alike(depolarise):
    cell = ba.cells.BranchedCell(**SILENT)
    pulse = {"seconds": 0.1, "onset": 0.05 * second}
    one, other = (depolarise(cell, "soma", {f"branch_{k}": 40}, **pulse) for k in (1, 2))
    both = depolarise(cell, "soma", {"branch_1": 30, "branch_2": -70}, **pulse)
    np.testing.assert_allclose(one, other, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(both, (30 - 70) / 40 * one, rtol=0, atol=ROUNDING)
    assert np.ptp(one) > 1e-3


def test_one_branch_is_the_passive_cell_of_two_compartments():
    values = {"C": 90 * pF, "g_L": 4 * nS, "g_c": 6 * nS, "t_ref": 3 * ms}
    branched = ba.cells.BranchedCell(1, C_b=50 * pF, g_Lb=2 * nS, **values)
    other = ba.cells.TwoCompartment(C_d=50 * pF, g_Ld=2 * nS, g_N=0 * nS, **values)
    currents = [100, 200, 500] * pA
    np.testing.assert_allclose(branched.rate(currents), other.rate(currents), rtol=1e-9)
    np.testing.assert_allclose(
        branched.rate(currents, compartment="branch_1"),
        other.rate(currents, compartment="dendrite"),
        rtol=1e-9,
    )


@pytest.mark.parametrize("t_ref", [0, 4])
def test_tightly_coupled_branches_make_one_lif_cell(t_ref):
    """Its capacitance and leak are sums.

    The charge of the branches meets the reset of the soma. Without a refractory period it is
    shared: the cell restarts from the mean of reset and threshold, weighted by capacitance. A
    refractory period of 4 ms, many times the 0.06 ms in which a branch follows the soma, takes
    all compartments to the reset potential.
    """
    cell = ba.cells.BranchedCell(g_c=1e3 * nS, t_ref=t_ref * ms)
    reset = -58 if t_ref else (100 * -58 + 120 * -50) / 220
    lif = ba.cells.LIF(
        C=220 * pF, g_L=11 * nS, E_L=-70 * mV, V_th=-50 * mV, V_r=reset * mV, t_ref=t_ref * ms
    )
    # The soma leads the branches by I/(3 g_c), about 0.1 of the 8 mV between reset and threshold.
    for compartment in ("soma", "branch_2"):
        rates = cell.rate([300, 400] * pA, compartment=compartment)
        np.testing.assert_allclose(rates, lif.rate([300, 400] * pA), rtol=0.05)


def test_the_rate_depends_on_the_sum_of_the_currents_into_the_branches(compiled):
    cell = ba.cells.BranchedCell()
    network = make_network(cell, ["branch_1", "branch_2"])
    stimulus = steps({"branch_1": [250, 500], "branch_2": [250, 0]}, duration=0.6 * second)
    run = network.run(stimulus, trials=1, seed=1, engine=compiled)
    times = [run.spike_time.values[run.spike_condition.values == c] for c in (0, 1)]
    rates = [20 / (t[-1] - t[-21]) for t in times]
    expected = float(cell.rate(500 * pA, compartment="branch_1"))
    # A spike is reset at the end of its time step; until then the branches lose no charge to the
    # reset soma: on average 0.05 ms of 2 g_c (V_th - V_r), 0.2% of the 1.8 pC between spikes.
    np.testing.assert_allclose(rates, expected, rtol=3e-3)


@pytest.fixture
def peaks(probe):
    """Largest depolarisations in volt by volleys on branch 1, on 2, twice on 1, and on both."""

    def run(**block):
        cell = ba.cells.BranchedCell(**SILENT)
        nmda, ampa = ba.receptors.NMDA, ba.receptors.AMPA
        projections = [
            ba.Projection(source, "a", weight, receptor=receptor, name=f"{source}_{receptor.name}")
            for source, branch in (("one", "branch_1"), ("two", "branch_2"), ("again", "branch_1"))
            for weight, receptor in (
                (10 * nS, nmda(tau=50 * ms, rise=3 * ms, compartment=branch, **block)),
                (5 * nS, ampa(tau=2 * ms, compartment=branch)),
            )
        ]
        sources = ("one", "two", "again")
        relay = ba.cells.LIF(t_ref=500 * ms)
        network = ba.SpikingNetwork(
            (
                *(ba.Population(s, 1, "glutamate", cell=relay) for s in sources),
                ba.Population("a", 1, "glutamate", cell=cell),
            ),
            tuple(ba.CurrentAfferent(s, s, 5000 * pA) for s in sources),
            tuple(projections),
        )
        on = {"one": [1, 0, 1, 1], "two": [0, 1, 0, 1], "again": [0, 0, 1, 0]}
        stimulus = steps(on, onset=5 * ms, duration=60 * ms)
        start = dict.fromkeys(cell.compartments.values(), cell.resting_potential)
        v = probe(network, stimulus, "a", "v", start=start)
        return v.max(axis=1) - cell.resting_potential

    return run


@pytest.mark.slow
def test_inputs_on_one_branch_amplify_each_other_and_inputs_on_two_do_not(peaks):
    """NMDA receptors that depolarise their branch lose their block; without it they saturate."""
    one, two, within, between = peaks()
    # The volleys leave their sources within a time step of each other.
    assert one == pytest.approx(two, rel=1e-2)
    assert one > 1e-3
    assert within / (2 * one) > 1.15
    assert between / (one + two) == pytest.approx(1, abs=0.05)
    one, two, within, between = peaks(magnesium=0 * mmolar)
    assert within / (2 * one) < 0.9


def test_a_branch_that_does_not_exist_is_an_error_where_it_is_written():
    cell = ba.cells.BranchedCell(branches=2)
    with pytest.raises(UnknownNameError, match="compartment of BranchedCell, got 'branch_3'"):
        make_network(cell, ["branch_3"])
    with pytest.raises(UnknownNameError, match="compartment of BranchedCell, got 'branch_0'"):
        cell.rate(1 * pA, compartment="branch_0")
    receptor = ba.receptors.NMDA(compartment="branch_3")
    with pytest.raises(DescriptionError, match="'soma', 'branch_1', 'branch_2', got 'branch_3'"):
        ba.SpikingNetwork(
            (ba.Population("a", 1, "glutamate", cell=cell),),
            (ba.Afferent("x", "a", 1 * nS, receptor=receptor),),
        )


def test_the_number_of_branches_is_a_whole_number_above_0():
    for branches in (0, 1.5, True):
        with pytest.raises(DescriptionError, match=r"BranchedCell, branches: wanted a whole numb"):
            ba.cells.BranchedCell(branches=branches)


def test_equal_receptors_on_several_branches_are_explained_once():
    receptors = [ba.receptors.NMDA(compartment=f"branch_{k}") for k in (1, 2)]
    network = ba.SpikingNetwork(
        (ba.Population("a", 1, "glutamate", cell=ba.cells.BranchedCell()),),
        tuple(ba.Afferent("x", "a", 1 * nS, receptor=receptor) for receptor in receptors),
    )
    (equation,) = (e for e in network.explain() if e.caption == "Synapses: NMDA")
    assert len(equation.symbols) == len(set(equation.symbols)) > 5
    mechanisms = list(network.connections().mechanism)
    assert [m.rpartition(", ")[2] for m in mechanisms] == ["at branch 1", "at branch 2"]
