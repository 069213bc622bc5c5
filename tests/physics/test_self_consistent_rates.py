"""Self-consistent rates: published networks, closed forms, and the limits of the theory."""

import functools

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA, pF
from scipy import integrate, optimize, special

import bioann as ba
from bioann.base.errors import DescriptionError, UnknownNameError
from bioann.bio.theory.self_consistent_rates import solve_rates

# The cortical microcircuit of Potjans and Diesmann 2014, tables 4 and 5.
POPULATIONS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
PROBABILITIES = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)
EXTERNAL = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
#: Rates in Hz of a simulation of the whole network, distributed with NEST as ``full_mean_rates``.
SIMULATED = np.array([0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523])
#: Mean-field rates in Hz of Bos, Diesmann and Helias 2016, who changed two numbers of synapses.
BOS_RATES = np.array(
    [0.68013078, 2.63644751, 4.29513396, 5.62673594, 6.61057621, 8.26882607, 1.02592735, 7.56832737]
)
CELL = ba.cells.LIF(
    C=250 * pF, g_L=25 * nS, E_L=-65 * mV, V_th=-50 * mV, V_r=-65 * mV, t_ref=2 * ms
)
SYNAPSE = ba.receptors.CurrentSynapse(tau=0.5 * ms)
ALPHA = np.sqrt(2) * abs(special.zeta(0.5))


def in_degrees():
    """Synapses of each kind onto a neuron: pairs are drawn with replacement (their equation 1)."""
    pairs = SIZES[:, None] * SIZES[None, :].astype(float)
    return np.log1p(-PROBABILITIES) / np.log1p(-1 / pairs) / SIZES[:, None]


def relative_weights():
    weights = np.where(np.char.endswith(POPULATIONS, "E"), 1.0, 4.0) * np.ones((8, 1))
    weights[0, 2] = 2.0  # from layer 4 to layer 2/3
    return weights


def microcircuit(synapses, external):
    return ba.SpikingNetwork(
        tuple(
            ba.Population(name, int(n), "glutamate" if name.endswith("E") else "GABA", CELL)
            for name, n in zip(POPULATIONS, SIZES, strict=True)
        ),
        tuple(
            ba.Afferent("outside", name, 87.8 * pA, receptor=SYNAPSE, fibres=int(k), rate=8 * Hz)
            for name, k in zip(POPULATIONS, external, strict=True)
        ),
        tuple(
            ba.Projection(
                source, target, 87.8 * relative_weights()[i, j] * pA, receptor=SYNAPSE,
                connectivity=ba.FixedProbability(synapses[i, j] / SIZES[j]),
            )
            for i, target in enumerate(POPULATIONS)
            for j, source in enumerate(POPULATIONS)
            if synapses[i, j] > 0
        ),
    )  # fmt: skip


@functools.cache
def states():
    """Rates with the published numbers of synapses, and with those of Bos et al."""
    changed, external = in_degrees(), EXTERNAL.copy()
    changed[2, 3], external[2] = 675, 1780
    networks = microcircuit(in_degrees(), EXTERNAL), microcircuit(changed, external)
    return (*(solve_rates(network, {"outside": 1.0}) for network in networks), changed, external)


def jumps_of(synapses, external, rates):
    """Mean and amplitude of the membrane noise in volt, from their definitions."""
    jump = 87.8e-12 * 0.5e-3 / 250e-12
    jumps = jump * relative_weights() * np.where(np.char.endswith(POPULATIONS, "E"), 1, -1)
    mu = 10e-3 * (synapses * jumps @ rates + external * jump * 8)
    return mu, np.sqrt(10e-3 * (synapses * jumps**2 @ rates + external * jump**2 * 8))


def rate_of(mu, sigma, *, shifted, tau=10e-3, tau_s=0.5e-3, t_ref=2e-3, threshold=15e-3):
    """Rate with a shift of the bounds, or to first order in it.

    Fourcaud and Brunel 2002, equations 4.31 and 4.33, with the integral of Siegert's formula by
    adaptive quadrature.
    """
    shift = ALPHA / 2 * np.sqrt(tau_s / tau)
    low, high = np.array([-mu, threshold - mu]) / sigma + shift * shifted
    passage, _ = integrate.quad(lambda x: special.erfcx(-x), low, high, limit=300)
    rate = 1 / (t_ref + tau * np.sqrt(np.pi) * passage)
    slope = np.sqrt(np.pi) * (special.erfcx(-high) - special.erfcx(-low))
    return rate if shifted else rate - shift * tau * slope * rate**2


@pytest.mark.slow
def test_the_inputs_are_those_of_the_published_mean_field():
    """With its expansion to first order the published rates follow to four digits."""
    *_, synapses, external = states()
    inputs = zip(*jumps_of(synapses, external, BOS_RATES), strict=True)
    np.testing.assert_allclose(
        [rate_of(*point, shifted=False) for point in inputs], BOS_RATES, rtol=1e-3
    )


def test_with_these_inputs_the_rates_are_those_of_the_shifted_formula():
    """It differs from the expansion by up to 0.1 Hz: the square of sqrt(tau_s / tau) is 0.05."""
    _, state, synapses, external = states()
    inputs = zip(*jumps_of(synapses, external, state.rates.values), strict=True)
    expected = [rate_of(*point, shifted=True) for point in inputs]
    np.testing.assert_allclose(state.rates, expected, rtol=1e-5)
    np.testing.assert_allclose(state.rates, BOS_RATES, atol=0.11)
    assert state.is_valid.all()


def test_the_microcircuit_fires_as_in_its_simulation():
    state, *_ = states()
    np.testing.assert_allclose(state.rates, SIMULATED, atol=0.25, rtol=0.13)
    # In every layer the inhibitory cells fire more, as published.
    assert (state.rates.values[1::2] > state.rates.values[::2]).all()
    assert state.is_stable


def test_rates_reproduce_themselves_to_all_digits():
    state, *_ = states()
    again = solve_rates(
        microcircuit(in_degrees(), EXTERNAL),
        {"outside": 1.0},
        start=dict(zip(POPULATIONS, 1.1 * state.rates.values, strict=True)),
    )
    np.testing.assert_allclose(again.rates, state.rates, rtol=1e-6)


# Brunel 2000: J = 0.1 mV, 1,000 excitatory and 250 inhibitory synapses, figure 8.
BRUNEL_CELL = ba.cells.LIF(
    C=200 * pF, g_L=10 * nS, E_L=0 * mV, V_th=20 * mV, V_r=10 * mV, t_ref=2 * ms
)


@pytest.mark.parametrize(("g", "external"), [(3, 2), (6, 4), (5, 2), (4.5, 0.9)])
def test_the_panels_of_brunel_have_his_mean_field_rates(g, external):
    delta, wiring = ba.receptors.DeltaSynapse(), ba.FixedProbability(0.1)
    network = ba.SpikingNetwork(
        (
            ba.Population("e", 10_000, "glutamate", BRUNEL_CELL),
            ba.Population("i", 2_500, "GABA", BRUNEL_CELL),
        ),
        tuple(
            ba.Afferent("x", name, 0.1 * mV, receptor=delta, fibres=1000, rate=10 * Hz)
            for name in "ei"
        ),
        tuple(
            ba.Projection(source, target, size * mV, receptor=delta, connectivity=wiring)
            for source, size in (("e", 0.1), ("i", g * 0.1))
            for target in "ei"
        ),
    )

    def deviation(nu):
        mu = 1000 * 1e-4 * 20e-3 * (external * 10 + nu * (1 - 0.25 * g))
        sigma = 1e-4 * np.sqrt(1000 * 20e-3 * (external * 10 + nu * (1 + 0.25 * g**2)))
        bounds = (10e-3 - mu) / sigma, (20e-3 - mu) / sigma
        passage = integrate.quad(lambda u: special.erfcx(-u), *bounds, limit=200)[0]
        return 1 / (2e-3 + 20e-3 * np.sqrt(np.pi) * passage) - nu

    expected = optimize.brentq(deviation, 1e-3, 499.9)
    state = solve_rates(network, {"x": external})
    np.testing.assert_allclose(state.rates, expected, rtol=1e-5)
    published = {(6, 4): 55.1, (5, 2): 37.7}
    if (g, external) in published:
        # The second is that of the published simulation.
        assert expected == pytest.approx(published[g, external], rel=0.05)


def ei_network(weight=0.6, push=0.0, **cell):
    """The two populations of the pair `inhibition_stabilized`, with another push."""
    populations = (("E", 20, "glutamate"), ("I", 10, "GABA"))
    return ba.SpikingNetwork(
        tuple(
            ba.Population(*p, ba.cells.LIF(**cell), background=2 * nS + (p[0] == "I") * push * nS)
            for p in populations
        ),
        (ba.Afferent("drive", "E", 0.5 * nS, fibres=20),),
        (
            *((ba.Projection("E", "E", weight * nS),) if weight else ()),
            ba.Projection("E", "I", 0.5 * nS),
            ba.Projection("I", "E", 1.4 * nS),
            ba.Projection("I", "I", 0.6 * nS),
        ),
    )


@functools.cache
def ei_state(weight=0.6, push=0.0):
    return solve_rates(ei_network(weight, push), {"drive": 0.6}, theory="adiabatic")


def test_the_adiabatic_theory_finds_the_rates_of_a_simulated_network():
    """Measured: 1% off in E and I; finite populations fluctuate, the theory's do not."""
    recording = ei_network().run(
        ba.steps({"drive": [0.6]}, duration=1200 * ms), trials=3, seed=1, bin_width=100 * ms
    )
    rates = recording.rate.sel(time=slice(0.2, None)).mean(("condition", "trial", "time"))
    state = ei_state()
    assert state.is_valid.all()
    assert state.is_stable
    np.testing.assert_allclose(state.rates, rates, rtol=0.05)


@pytest.mark.slow
def test_the_jacobian_tells_how_rates_follow_an_input():
    """Implicit function theorem: (1 - J) dr/dg = d(phi)/dg, here of a background of I."""
    step = 0.02
    state, low, high = ei_state(), ei_state(push=-step), ei_state(push=step)
    change = (high.rates.values - low.rates.values) / (2 * step)
    direct = (np.eye(2) - state.jacobian.values) @ change
    # Only I receives the background.
    assert abs(direct[0]) < 0.05 * abs(direct[1])
    assert direct[1] > 0


@pytest.mark.slow
@pytest.mark.parametrize(("weight", "is_paradoxical"), [(0.6, True), (0.0, False)])
def test_inhibition_falls_with_its_input_if_excitation_alone_would_run_away(weight, is_paradoxical):
    """dr_I/dh_I = (1 - J_EE) / det(1 - J), whose determinant is positive in a stable state."""
    state = ei_state(weight)
    coupling = state.jacobian.sel(unit="E", source="E").item()
    assert (coupling > 1) == is_paradoxical
    change = ei_state(weight, 0.2).rates - state.rates
    assert (change.sel(unit="I") < 0).item() == is_paradoxical
    assert change.sel(unit="E") < 0


def test_a_population_that_excites_itself_has_two_stable_states_and_one_between():
    network = ba.SpikingNetwork(
        (ba.Population("E", 1000, "glutamate", CELL),),
        (ba.Afferent("x", "E", 87.8 * pA, receptor=SYNAPSE, fibres=700, rate=8 * Hz),),
        (ba.Projection("E", "E", 10 * pA, receptor=SYNAPSE,
                       connectivity=ba.FixedProbability(0.999)),),
    )  # fmt: skip
    solved = [
        solve_rates(network, {"x": 1.0}, start=start) for start in (None, {"E": 20.0}, {"E": 100.0})
    ]
    rates = [state.rates.item() for state in solved]
    assert rates == sorted(rates)
    assert rates[0] < 0.01
    assert [state.is_stable for state in solved] == [True, False, True]
    assert solved[1].eigenvalues[0] == pytest.approx(solved[1].jacobian.item())


def test_without_projections_it_is_the_theory_of_the_cell():
    network = ba.SpikingNetwork(
        (ba.Population("a", 3, "GABA"),), (ba.Afferent("x", "a", 1 * nS, fibres=80),)
    )
    state = solve_rates(network, {"x": 0.4}, theory="adiabatic")
    poisson = ba.theory.PoissonInput(80 * 40 * Hz, 1 * nS, 5 * ms, 0 * mV)
    expected = ba.theory.adiabatic_rate(ba.cells.LIF(), (poisson,))
    assert state.rates.item() == pytest.approx(float(expected), rel=1e-9)
    assert not state.jacobian.values.any()


def test_what_the_theory_does_not_cover_is_named():
    network = ei_network()
    with pytest.raises(UnknownNameError, match=r"'driev'.*Did you mean 'drive'"):
        solve_rates(network, {"driev": 1.0})
    with pytest.raises(DescriptionError, match=r"a number for each channel, got none for 'drive'"):
        solve_rates(network, {})
    with pytest.raises(UnknownNameError, match=r"theory, got 'sigert'.*'siegert'"):
        solve_rates(network, {"drive": 1.0}, theory="sigert")
    nmda = ba.SpikingNetwork(
        (ba.Population("a", 3, "glutamate"),), (),
        (ba.Projection("a", "a", 1 * nS, receptor="NMDA"),),
    )  # fmt: skip
    with pytest.raises(DescriptionError, match=r"'NMDA' in population 'a': wanted .* linear"):
        solve_rates(nmda, {})
    plastic = ba.SpikingNetwork(
        (ba.Population("a", 3, "glutamate"),), (),
        (ba.Projection("a", "a", 1 * nS, plasticity=ba.plasticity.TsodyksMarkram()),),
    )  # fmt: skip
    with pytest.raises(DescriptionError, match=r"static .*, got plasticity of Projection 'a'"):
        solve_rates(plastic, {})
    depressing = ba.Afferent("x", "a", 1 * nS, plasticity=ba.plasticity.TsodyksMarkram())
    network = ba.SpikingNetwork((ba.Population("a", 3, "glutamate"),), (depressing,))
    with pytest.raises(DescriptionError, match=r"static .*, got plasticity of Afferent 'x'"):
        solve_rates(network, {"x": 1.0})
    eif = ba.SpikingNetwork((ba.Population("a", 3, "glutamate", ba.cells.EIF()),))
    differing = ba.Population("a", 4, "GABA", ba.cells.LIF(C=ba.LogNormal(200 * pF, 20 * pF)))
    with pytest.raises(
        DescriptionError, match=r"equal parameters, got several values of C in .*'a'"
    ):
        solve_rates(ba.SpikingNetwork((differing,)), {})
    with pytest.raises(DescriptionError, match=r"leaky integrate-and-fire.*adiabatic_rate"):
        solve_rates(eif, {})
    currents = ba.SpikingNetwork(
        (ba.Population("a", 3, "glutamate"),),
        (ba.Afferent("x", "a", 50 * pA, receptor=SYNAPSE),),
    )
    with pytest.raises(DescriptionError, match=r"conductance"):
        solve_rates(currents, {"x": 1.0}, theory="adiabatic")
