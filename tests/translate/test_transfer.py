"""Transfer curves: three ways to the rate of a population."""

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA
from hypothesis import given, settings, strategies as st

import bioann as ba
from bioann.base.errors import SimulationError, UnknownNameError
from bioann.bio.theory.presynaptic_inputs import presynaptic_inputs
from bioann.bio.theory.synaptic_input import equivalent_exponential

CELL = ba.Population("cell", 2, "glutamate")
EXCITATION = ba.Afferent("E", "cell", 3 * nS, fibres=80, rate=40 * Hz)
INHIBITION = ba.Afferent("I", "cell", 6 * nS, fibres=20, rate=40 * Hz, transmitter="GABA")
LEVELS = {"E": [0.0, 0.3, 0.6, 1.0], "I": [0.0, 0.5, 1.0]}


def r2(rates, expected):
    return 1 - ((rates - expected) ** 2).sum() / ((expected - expected.mean()) ** 2).sum()


def test_without_noise_it_is_the_rate_of_the_cell_at_the_mean_conductances():
    rates = ba.translate.measure_transfer(CELL, (EXCITATION, INHIBITION), LEVELS, "noise-free")
    for e in LEVELS["E"]:
        for i in LEVELS["I"]:
            g_e, g_i = 3 * 80 * 40 * e * 5e-3 * nS, 6 * 20 * 40 * i * 10e-3 * nS
            expected = CELL.cell.rate(0 * pA, [(g_e, 0 * mV), (g_i, -80 * mV)])
            assert rates.sel(E=e, I=i).item() == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("cell", [ba.cells.LIF(), ba.cells.EIF()], ids=["LIF", "EIF"])
@pytest.mark.parametrize("reversal", [-80, -65])
def test_the_adiabatic_theory_is_near_what_is_measured(cell, reversal):
    population = ba.Population("cell", 4, "glutamate", cell=cell)
    brake = ba.Afferent(
        "I", "cell", 6 * nS, fibres=20, rate=40 * Hz, transmitter="GABA",
        receptor=ba.receptors.GABA_A(reversal=reversal * mV),
    )  # fmt: skip
    arguments = (population, (EXCITATION, brake), LEVELS)
    measured = ba.translate.measure_transfer(*arguments, "measured", trials=1, seed=1).mean("trial")
    assert r2(ba.translate.measure_transfer(*arguments, "adiabatic"), measured) > 0.99
    # Siegert's limit is the wrong one here: the synapse is as slow as the driven membrane.
    if isinstance(cell, ba.cells.LIF):
        assert r2(ba.translate.measure_transfer(*arguments, "siegert"), measured) < 0.9


def test_a_measured_curve_has_trials_and_is_drawn_by_its_seed():
    arguments = (CELL, (EXCITATION,), {"E": [0.2, 1.0]}, "measured")
    one, same, other = (
        ba.translate.measure_transfer(*arguments, trials=2, seed=s) for s in (1, 1, 2)
    )
    assert one.dims == ("trial", "E")
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_a_constant_conductance_only_shifts_the_cell():
    g = 4 * nS
    network = ba.SpikingNetwork((CELL,), (EXCITATION,), (), ba.Injection("cell", 50 * pA, g))
    inputs = presynaptic_inputs(network, "cell", seed=0)
    e = np.linspace(0, 1, 5)
    rates = inputs.steady_rate("noise-free", {"E": e}, {})
    expected = CELL.cell.rate(50 * pA, [(g, -80 * mV), (e * 48 * nS, 0 * mV)])
    np.testing.assert_allclose(rates, expected, rtol=1e-9)
    # It has no noise of its own: 21 nodes for excitation, one for the constant conductance.
    assert (inputs.poisson_inputs({"E": e}, {})[1].variance < 1e-30).all()


def test_the_synapses_of_a_projection_are_told_by_mean_and_variance():
    strengths = np.array([[1.0, 0.0, 3.0], [2.0, 2.0, 0.0]])
    network = ba.SpikingNetwork(
        (ba.Population("a", 3, "GABA"), ba.Population("b", 2, "GABA")),
        projections=(ba.Projection("a", "b", 1 * nS, connectivity=ba.ExplicitMatrix(strengths)),),
    )
    (synaptic_input,) = presynaptic_inputs(network, "b", seed=0).synaptic_inputs
    assert synaptic_input.weight * synaptic_input.n_synapses == pytest.approx(
        4e-9
    )  # mean over targets of the sum
    assert synaptic_input.weight**2 * synaptic_input.n_synapses == pytest.approx(
        9e-18
    )  # of the squares


@given(tau=st.floats(2, 50), rise=st.floats(0.05, 0.9))
@settings(max_examples=15)
def test_a_rising_conductance_is_read_with_its_mean_and_variance(tau, rise):
    receptor = ba.receptors.AMPA(tau=tau * ms, rise=rise * tau * ms)
    decay, factor = equivalent_exponential(receptor)
    assert factor * decay == pytest.approx(receptor.time_integral(), rel=1e-6)
    t = np.linspace(0, 20 * receptor.tau, 400_001)
    assert factor**2 * decay / 2 == pytest.approx(
        np.trapezoid(receptor.time_course(t) ** 2, t), rel=1e-3
    )


def test_a_theory_needs_a_reversal_potential():
    afferent = ba.Afferent("E", "cell", 30 * pA, receptor=ba.receptors.CurrentSynapse())
    with pytest.raises(ba.BioannError, match="one without a reversal potential"):
        ba.translate.measure_transfer(CELL, (afferent,), {"E": [1.0]}, "adiabatic")


def test_another_method_is_an_error_that_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'adiabatic'"):
        ba.translate.measure_transfer(CELL, (EXCITATION,), {"E": [1.0]}, "diabatic")


def test_a_measurement_must_be_longer_than_what_is_not_counted():
    with pytest.raises(SimulationError, match="more than the 300 ms that are discarded"):
        ba.translate.measure_transfer(
            CELL, (EXCITATION,), {"E": [1.0]}, "measured", duration=200 * ms
        )
