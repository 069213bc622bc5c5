"""Initial conductances and potentials: they decay by closed forms from t = 0 on."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA

import bioann as ba
from bioann.base.errors import BioannError, DescriptionError, DimensionError, UnknownNameError

DT = 1e-4
STIMULUS = ba.steps({"x": [0.0, 0.5]}, duration=60 * ms)
T = np.arange(600) * DT


def network(cell=None, receptor=None, **options):
    afferents = (ba.Afferent("x", "a", 0 * nS, receptor=receptor),)
    population = ba.Population("a", 2, "GABA", cell or ba.cells.LIF(), **options)
    return ba.SpikingNetwork((population,), afferents)


def test_neurons_may_start_at_potentials_of_their_own(probe):
    potentials = [-52, -70] * mV
    recording, _ = probe(network(initial_potential=potentials), STIMULUS, "a", "v")
    for k, v in enumerate(recording.v.values):
        start = float(potentials[k % 2])
        np.testing.assert_allclose(v, -65e-3 + (start + 65e-3) * np.exp(-T / 20e-3), rtol=1e-9)


def test_initial_potentials_with_a_distribution_are_drawn_once_per_wiring():
    described = network(initial_potential=ba.Uniform(-70 * mV, -60 * mV))
    drawn = [described.draw_parameters(s).populations[0].initial_potential for s in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert ((drawn[0].values >= -0.07) & (drawn[0].values <= -0.06)).all()
    with pytest.raises(DescriptionError, match="initial_potential of Population"):
        network(initial_potential=[-60, -60, -60] * mV)


@pytest.mark.parametrize(
    ("receptor", "tau", "name", "size"),
    [
        ("AMPA", 5e-3, "g_AMPA", 2e-9),
        (ba.receptors.GABA_A(tau=20 * ms), 20e-3, "g_GABA_A", 2e-9),
        (ba.receptors.AMPA(tau=8 * ms, rise=2 * ms), 8e-3, "g_AMPA_2", 2e-9),
        ("NMDA", 100e-3, "g_NMDA", 2e-9),
        (ba.receptors.CurrentSynapse(transmitter="GABA"), 5e-3, "I_current_based", -2e-12),
    ],
)
def test_a_conductance_decays_with_its_time_constant(probe, receptor, tau, name, size):
    value = 2 * pA if name.startswith("I") else 2 * nS
    described = network(ba.cells.LIF(), initial_conductances={receptor: value})
    recording, _ = probe(described, STIMULUS, "a", name)
    for course in recording[name].values:
        np.testing.assert_allclose(course, size * np.exp(-T / tau), rtol=1e-9)


def test_a_name_stands_for_the_receptor_of_the_input(probe):
    fast = ba.receptors.AMPA(tau=1 * ms)
    described = network(receptor=fast, initial_conductances={"AMPA": 3 * nS})
    assert described.receptors_of("a") == (fast,)
    recording, _ = probe(described, STIMULUS, "a", "g_AMPA")
    np.testing.assert_allclose(recording.g_AMPA.values[0], 3e-9 * np.exp(-T / 1e-3), rtol=1e-9)


def test_a_receptor_without_input_belongs_to_the_population():
    described = network(initial_conductances={"GABA_A": 3 * nS})
    assert [r.name for r in described.receptors_of("a")] == ["AMPA", "GABA_A"]


def test_a_passive_cell_relaxes_from_its_initial_potential(probe):
    """Also from above the range that is drawn; v = E_L + (v_0 - E_L) exp(-t / tau_m)."""
    described = network(initial_potential=-52 * mV)
    recording, spikes = probe(described, STIMULUS, "a", "v")
    assert not len(spikes["a"][0])
    for v in recording.v.values:
        np.testing.assert_allclose(v, -65e-3 + 13e-3 * np.exp(-T / 20e-3), rtol=1e-9)


def test_a_conductance_pulls_the_potential_by_its_charge(probe):
    """Small enough for a driving force that stays: exact response of two exponentials."""
    g, tau, tau_m = 1e-3, 5.0, 20.0  # nS, ms
    described = network(initial_potential=-65 * mV, initial_conductances={"AMPA": g * nS})
    v = probe(described, STIMULUS, "a", "v")[0].v.values[0]
    # C dv/dt = -g_L (v - E_L) + g exp(-t / tau) (E - E_L)
    t = T * 1e3
    size = g / 200 * 65 / (1 / tau - 1 / tau_m)
    expected = size * (np.exp(-t / tau_m) - np.exp(-t / tau)) * 1e-3
    # The driving force and the leak change by g / g_L = 1e-4; the step is of second order.
    np.testing.assert_allclose(v + 65e-3, expected, atol=3e-4 * expected.max())


@pytest.mark.parametrize(
    "cell", [ba.cells.WangBuzsaki(), ba.cells.TraubMiles(), ba.cells.TwoCompartment()]
)
def test_all_compartments_start_at_the_potential_and_gates_steady(probe, cell):
    names = [*cell.compartments.values(), *cell.state_at(np.array([-0.06]))]
    one_ms = STIMULUS.isel(time=slice(1))
    recording, _ = probe(
        network(cell, initial_potential=-60 * mV), one_ms, "a", *dict.fromkeys(names), dt=1e-5
    )
    for name, value in cell.state_at(np.array([-60e-3])).items():
        np.testing.assert_allclose(recording[name].values[:, 0], value[0], rtol=1e-12)


def test_the_seed_does_not_matter_where_nothing_is_drawn(probe):
    described = network(initial_potential=-52 * mV, initial_conductances={"NMDA": 4 * nS})
    first, second = (probe(described, STIMULUS, "a", "v", seed=s)[0].v.values for s in (1, 2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.slow
def test_both_engines_start_alike(compiled):
    options = {"initial_potential": -51 * mV, "initial_conductances": {"AMPA": 40 * nS}}
    described = network(**options)
    runs = [described.run(STIMULUS, trials=1, seed=1, engine=e) for e in ("numpy", compiled)]
    assert runs[0].spike_time.size > 0
    np.testing.assert_array_equal(runs[0].spike_time, runs[1].spike_time)
    quiet = network(initial_potential=-51 * mV).run(STIMULUS, trials=1, seed=1, engine=compiled)
    assert quiet.spike_time.size == 0


@pytest.mark.parametrize(
    ("conductances", "kind", "message"),
    [
        ({"AMPA": -1 * nS}, DescriptionError, "initial_conductances, AMPA: wanted a conductance"),
        ({"AMPA": 1 * pA}, DimensionError, "initial_conductances, AMPA: wanted a conductance in"),
        ({"AMPA": 1}, DimensionError, "initial_conductances, AMPA"),
        ({"AMP": 1 * nS}, UnknownNameError, "Did you mean 'AMPA'"),
        ({"GABA_B": 1 * nS}, DescriptionError, "a receptor that declares its initial_state"),
        ({ba.receptors.DeltaSynapse(): 1 * mV}, DescriptionError, "declares its initial_state"),
        (3 * nS, BioannError, "initial_conductances: wanted a mapping"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_written(conductances, kind, message):
    with pytest.raises(kind, match=message):
        network(initial_conductances=conductances)


def test_a_name_of_several_receptors_is_refused():
    population = ba.Population("a", 1, "GABA", initial_conductances={"AMPA": 1 * nS})
    afferents = [
        ba.Afferent("x", "a", 1 * nS, receptor=ba.receptors.AMPA(tau=tau * ms)) for tau in (1, 2)
    ]
    with pytest.raises(DescriptionError, match="one receptor named 'AMPA', got 2 with different"):
        ba.SpikingNetwork((population,), tuple(afferents))


def test_the_report_lists_the_initial_state():
    described = network(initial_potential=-52 * mV, initial_conductances={"GABA_A": 3 * nS})
    rows = [row for equation in described.explain() for row in equation.symbols]
    (potential,) = (row.value for row in rows if row.meaning == "initial potential of a")
    assert float(potential.replace("\N{MINUS SIGN}", "-")) == -52
    assert any("initial conductance of a (GABA_A)" in row.meaning for row in rows)
