"""Networks with half the step, and with exponential cells of the same rheobase."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA, pF

import bioann as ba
from bioann.robustness.replace_networks import (
    explain_same_cell,
    halve_step,
    list_networks,
    make_exponential,
    match_exponential_cell,
    replace_networks,
)

NETWORK = ba.SpikingNetwork(
    (ba.Population("out", 1, "glutamate"),), (ba.CurrentAfferent("in", "out", 300 * pA),)
)


@pytest.mark.parametrize(
    "cell", [ba.cells.LIF(), ba.cells.LIF(C=100 * pF, g_L=5 * nS, V_th=-45 * mV, V_r=-55 * mV)]
)
def test_the_exponential_cell_fires_above_the_same_current(cell):
    exponential = match_exponential_cell(cell)
    rheobase = cell.g_L * (cell.V_th - cell.E_L)
    for one in (cell, exponential):
        assert one.steady_rate(rheobase * (1 - 1e-6), 0.0, 0.0) == 0
        assert one.steady_rate(rheobase * (1 + 1e-3), 0.0, 0.0) > 0
    for name in ("C", "g_L", "E_L", "V_r", "t_ref"):
        assert getattr(exponential, name) == getattr(cell, name)


def test_half_the_step_gives_the_rate_of_the_closed_form():
    network = halve_step(NETWORK)
    assert network.default_step == NETWORK.default_step / 2
    stimulus = ba.steps({"in": [1.0]}, duration=400 * ms)
    run = network.run(stimulus, trials=1, seed=1, engine="numpy")
    assert run.attrs["dt"] == pytest.approx(NETWORK.default_step / 2)
    rate = float(run["rate"].sel(time=slice(0.1, None)).mean())
    expected = float(ba.cells.LIF().steady_rate(np.array(300e-12), 0.0, 0.0))
    assert rate == pytest.approx(expected, abs=1.5 / 0.3)  # a spike more or less in 0.3 s


def test_half_of_half_the_step_is_a_quarter():
    assert halve_step(halve_step(NETWORK)).default_step == NETWORK.default_step / 4


def test_networks_inside_other_models_are_replaced(tiny_pair):
    potential = ba.Potential(NETWORK)
    assert list(list_networks(potential)) == [NETWORK]
    assert replace_networks(potential, halve_step).network == halve_step(NETWORK)
    assert replace_networks(tiny_pair.ann, halve_step) is tiny_pair.ann
    assert not list(list_networks(tiny_pair.ann))


def test_only_lif_cells_are_replaced():
    populations = (
        ba.Population("a", 1, "glutamate"),
        ba.Population("b", 1, "GABA", cell=ba.cells.AdEx()),
    )
    network = make_exponential(ba.SpikingNetwork(populations))
    assert [type(p.cell).__name__ for p in network.populations] == ["EIF", "AdEx"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ((ba.cells.LIF(), ba.cells.LIF(C=100 * pF)), ""),
        ((ba.cells.AdEx(), ba.cells.AdEx()), "its cells are AdEx, not LIF"),
        ((ba.cells.LIF(), ba.cells.EIF()), "its cells differ (EIF, LIF), so it is about the cells"),
        ((ba.cells.LIF(), ba.cells.LIF(C=[90, 110] * pF)), "the parameters of its neurons differ"),
    ],
)
def test_the_reason_why_another_cell_does_not_apply(cells, reason, tiny_pair):
    names = ("out", "other")
    network = ba.SpikingNetwork(
        tuple(ba.Population(n, 2, "glutamate", cell=c) for n, c in zip(names, cells, strict=True)),
        (ba.Afferent("in", "out", 1 * nS),),
    )
    same = dataclasses.replace(tiny_pair.correspondence, bio_only=("other",))
    pair = dataclasses.replace(tiny_pair, bio=network, correspondence=same)
    assert explain_same_cell(pair) == reason


def test_a_network_that_needs_the_cell_that_it_has_says_so(tiny_pair):
    rule = ba.plasticity.IntrinsicPlasticity
    population = dataclasses.replace(
        tiny_pair.bio.populations[0], intrinsic_plasticity=rule(5 * mV, tau=1000 * ms)
    )
    bio = dataclasses.replace(tiny_pair.bio, populations=(population,))
    reason = explain_same_cell(dataclasses.replace(tiny_pair, bio=bio))
    assert reason.startswith("something needs the LIF cell (Population 'out', intrinsic_plast")


def test_a_pair_of_functions_has_no_cells(tiny_pair):
    assert "no bioann network" in explain_same_cell(
        dataclasses.replace(tiny_pair, bio=tiny_pair.ann)
    )
