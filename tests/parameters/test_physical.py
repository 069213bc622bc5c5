"""Physical parameters change by factors: potentials as distances from rest, in their order."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pF

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.base.randomness import make_rng
from bioann.parameters import (
    collect_physical_parameters,
    get_parameter,
    replace_parameters,
    scale_parameters,
)
from bioann.parameters.physical import keep_order

SMALL_CELL = ba.cells.LIF(C=100 * pF, E_L=-70 * mV)
NETWORK = ba.SpikingNetwork(
    (
        ba.Population("left", 4, "glutamate", background=ba.Background(3 * nS)),
        ba.Population("right", 4, "glutamate", background=ba.Background(3 * nS)),
        ba.Population("pool", 2, "GABA", cell=SMALL_CELL),
    ),
    (ba.Afferent("x", "left", 0.7 * nS), ba.Afferent("x", "right", 0.7 * nS)),
    (
        ba.Projection("left", "pool", 2 * nS),
        ba.Projection("right", "pool", 2 * nS),
        ba.Projection("pool", "left", 2 * nS, connectivity=ba.FixedProbability(0.9)),
        ba.Projection("pool", "right", 2 * nS, delay=0 * ms),
    ),
    dt=0.1 * ms,
)
PARAMETERS = collect_physical_parameters(NETWORK)
ADDRESSES = [p.parameter.address for p in PARAMETERS]


def scale_all(factor, network=NETWORK):
    parameters = collect_physical_parameters(network)
    return scale_parameters(network, parameters, [factor] * len(parameters))


def test_factors_of_one_leave_an_equal_network():
    assert scale_all(1.0) == NETWORK


def test_counts_the_step_the_resting_potential_and_zeros_are_left_alone():
    fields = {address.rsplit(", ", 1)[-1] for address in ADDRESSES}
    assert fields.isdisjoint({"n", "fibres", "dt", "baseline", "E_L", "rise"})
    assert "projection pool -> right, delay" not in ADDRESSES
    assert {"C", "g_L", "V_th", "V_r", "t_ref", "weight", "rate", "tau", "reversal", "p"} <= fields


def test_conductances_times_and_rates_are_multiplied():
    copy = scale_all(1.2)
    for address, value in {
        "afferent x -> left, weight": 0.84,
        "afferent x -> left, rate": 120.0,
        "population pool, cell, C": 120.0,
        "population left, cell, t_ref": 2.4,
        "projection pool -> left, receptor, tau": 12.0,
        "projection left -> pool, delay": 1.2,
    }.items():
        assert get_parameter(copy, address).value_in_unit == pytest.approx(value)


def test_potentials_change_as_distances_from_the_rest_of_the_target():
    copy = scale_all(1.2)
    for address, value in {
        "population left, cell, V_th": -65 + 1.2 * 15,
        "population left, cell, V_r": -65 + 1.2 * 5,
        "afferent x -> left, receptor, reversal": -65 + 1.2 * 65,
        "projection pool -> left, receptor, reversal": -65 - 1.2 * 15,
        "projection left -> pool, receptor, reversal": -70 + 1.2 * 70,
        "population pool, cell, V_th": -70 + 1.2 * 20,
    }.items():
        assert get_parameter(copy, address).value_in_unit == pytest.approx(value)
    assert get_parameter(copy, "population left, cell, E_L").value_in_unit == -65


def test_a_common_factor_of_leak_and_synapses_and_capacitance_leaves_the_rate():
    """With C and all conductances 1.2 times as large, the membrane equation is the same."""
    factors = [1.2 if p.parameter.path[-1] in ("C", "g_L") else 1.0 for p in PARAMETERS]
    large_cell = scale_parameters(NETWORK, PARAMETERS, factors).populations[0].cell
    rate = NETWORK.populations[0].cell.steady_rate(0.0, 5e-9, 0.0)
    assert rate > 0
    assert large_cell.steady_rate(0.0, 6e-9, 0.0) == pytest.approx(rate)
    assert large_cell.steady_rate(0.0, 5e-9, 0.0) < rate


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ([1.1], f"wanted one factor for each of {len(PARAMETERS)} parameters, got 1 factor"),
        ([0.0] * len(PARAMETERS), "wanted factors above 0, got 0.0 for 'population left, cell, C'"),
    ],
)
def test_factors_that_do_not_fit_are_errors(factors, message):
    with pytest.raises(DescriptionError) as caught:
        scale_parameters(NETWORK, PARAMETERS, factors)
    assert message in str(caught.value)


def test_a_share_does_not_exceed_one():
    (p,) = [q for q in PARAMETERS if q.parameter.address.endswith("connectivity, p")]
    assert p.change_by(1.05) == pytest.approx(0.945)
    assert p.change_by(1.2) == 0.9


def test_parameters_of_equal_objects_and_of_like_pathways_have_one_role():
    roles = dict(zip(ADDRESSES, (p.role for p in PARAMETERS), strict=True))
    for a, b in (
        ("population left, cell, C", "population right, cell, C"),
        ("afferent x -> left, weight", "afferent x -> right, weight"),
        ("projection left -> pool, weight", "projection right -> pool, weight"),
        ("afferent x -> left, receptor, tau", "projection left -> pool, receptor, tau"),
    ):
        assert roles[a] == roles[b], (a, b)
    for a, b in (
        ("population left, cell, C", "population pool, cell, C"),
        ("projection left -> pool, weight", "projection pool -> left, weight"),
        ("population left, cell, V_th", "population left, cell, V_r"),
    ):
        assert roles[a] != roles[b], (a, b)


@pytest.mark.parametrize("change", [0.2, 0.9])
def test_the_order_of_the_potentials_in_a_population_is_kept(change):
    addresses = {p.parameter.address: k for k, p in enumerate(PARAMETERS)}
    before = {a: get_parameter(NETWORK, a).value for a in addresses}
    populations = {}
    for p in PARAMETERS:
        if p.population:
            populations.setdefault(p.population, []).append(p.parameter.address)
    assert len(populations) == 3
    rng = make_rng(1, "test", "order")
    for _ in range(20):
        factors = keep_order(PARAMETERS, rng.uniform(1 - change, 1 + change, len(PARAMETERS)))
        copy = scale_parameters(NETWORK, PARAMETERS, factors)
        for members in populations.values():
            rest = PARAMETERS[addresses[members[0]]].reference
            old = np.array([rest, *(before[a] for a in members)])
            new = np.array([rest, *(get_parameter(copy, a).value for a in members)])
            is_below = old[:, None] < old[None]
            assert (new[:, None] < new[None])[is_below].all()


def test_factors_that_keep_the_order_are_not_changed():
    factors = tuple(np.linspace(0.95, 1.05, len(PARAMETERS)))
    assert keep_order(PARAMETERS, factors) == factors


def test_potentials_that_would_cross_change_less_and_the_others_as_drawn():
    factors = [
        {"V_r": 3.9, "V_th": 1.2}.get(p.parameter.address.rsplit(", ", 1)[-1], 1.1)
        for p in PARAMETERS
    ]
    kept = dict(zip(ADDRESSES, keep_order(PARAMETERS, factors), strict=True))
    # In the pool V_r = -70 + 10 f and V_th = -70 + 20 f': the factors 3.9 and 1.2 cross, and so do
    # 2.45 and 1.1 with half the change; 1.725 and 1.05 do not.
    assert kept["population left, cell, V_r"] == pytest.approx(1.725)
    assert kept["population left, cell, V_th"] == pytest.approx(1.05)
    assert kept["afferent x -> left, weight"] == 1.1


def test_networks_inside_other_models_have_the_same_parameters():
    potential = ba.Potential(NETWORK)
    parameters = collect_physical_parameters(potential)
    assert [p.parameter.address for p in parameters] == ADDRESSES
    assert scale_all(1.1, potential).network == scale_all(1.1)


def test_rate_models_and_functions_have_no_physical_parameters():
    rates = ba.RateNetwork(("u",), channels=("x",), W_in=[[1.0]], tau=10 * ms)
    assert collect_physical_parameters(rates) == ()
    assert collect_physical_parameters(len) == ()


def test_several_parameters_are_replaced_at_once():
    values = {
        "population left, cell, V_r": -45 * mV,  # above the threshold that it had
        "population left, cell, V_th": -40 * mV,
        "afferent x -> left, rate": 50 * Hz,
    }
    copy = replace_parameters(NETWORK, values)
    assert get_parameter(copy, "population left, cell, V_r").value_in_unit == -45
    assert copy.afferents[1] == NETWORK.afferents[1]
    assert copy.populations[1] == NETWORK.populations[1]
    back = {a: getattr(NETWORK.populations[0].cell, a.rsplit(", ", 1)[-1]) for a in [*values][:2]}
    assert replace_parameters(copy, back).populations == NETWORK.populations


def test_weights_of_one_matrix_are_replaced_at_once():
    rates = ba.RateNetwork(("u", "v"), W=[[0, 1], [2, 0]], channels=("x",), W_in=[[1.0], [1.0]])
    values = {"unit u, weight from unit v": 3, "unit v, weight from unit u": -4}
    assert replace_parameters(rates, values).W.tolist() == [[0, 3], [-4, 0]]


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (
            {"population left, cell, Vth": -40 * mV},
            UnknownNameError,
            "got 'population left, cell, Vth'. Did you mean 'population left, cell, V_th'",
        ),
        (
            {"population left, cell, V_r": -45 * mV},
            DescriptionError,
            "A cell that resets above threshold never stops firing.",
        ),
    ],
)
def test_an_unknown_address_or_a_value_that_is_not_allowed_is_an_error(values, error, message):
    with pytest.raises(error) as caught:
        replace_parameters(NETWORK, values)
    assert message in str(caught.value)


def test_a_population_whose_neurons_differ_in_rest_has_no_potentials_to_change():
    cell = ba.cells.LIF(E_L=[-65, -66, -67, -68] * mV)
    left = dataclasses.replace(NETWORK.populations[0], cell=cell)
    network = dataclasses.replace(NETWORK, populations=(left, *NETWORK.populations[1:]))
    addresses = [p.parameter.address for p in collect_physical_parameters(network)]
    assert "population left, cell, V_th" not in addresses
    assert "population right, cell, V_th" in addresses
    assert "population left, cell, C" in addresses
