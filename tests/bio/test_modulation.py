"""Neuromodulators: doses, antagonists, and what they do to cells, synapses and learning."""

import numpy as np
import pytest
from brian2 import ms, mV, nS, pA, uM

from bioann.base.errors import (
    DescriptionError,
    DimensionError,
    StimulusError,
    UnknownNameError,
)
from bioann.bio.afferent import CurrentAfferent
from bioann.bio.cells.lif import LIF
from bioann.bio.injection import Injection
from bioann.bio.modulation.effects import Excitability, PlasticityGate, SynapticGain
from bioann.bio.modulation.modulation import Hill, Modulation, Modulator
from bioann.bio.modulation.modulators import SITES, acetylcholine, dopamine, serotonin
from bioann.bio.network import SpikingNetwork
from bioann.bio.plasticity import PairSTDP, RewardSTDP
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.stimuli.waveforms import steps

UM = 1e-3  # micromolar in SI
SITE = Hill(2 * uM, coefficient=1.5)
DRUG = Modulator("drug", concentration=1 * uM)


class TestHill:
    """The dose-response curve."""

    @pytest.mark.parametrize("n", [0.5, 1.0, 2.0, 4.0])
    def test_half_of_the_effect_at_the_ec50_whatever_the_coefficient(self, n):
        assert Hill(2 * uM, n)(2 * UM) == pytest.approx(0.5)

    def test_the_coefficient_is_the_slope_in_logarithmic_coordinates(self):
        doses = np.array([0.1, 1.0, 10.0]) * UM
        effect = SITE(doses)
        logit = np.log(effect / (1 - effect))
        np.testing.assert_allclose(np.diff(logit) / np.log(10), 1.5)

    def test_ten_to_ninety_percent_take_81_to_the_one_over_n(self):
        low, high = 2 * UM * 9 ** (-1 / 1.5), 2 * UM * 9 ** (1 / 1.5)
        np.testing.assert_allclose(SITE([low, high]), [0.1, 0.9])

    def test_nothing_does_nothing_and_much_does_all(self):
        assert SITE(0.0) == 0
        assert SITE(1e6 * UM) == pytest.approx(1, abs=1e-6)

    @pytest.mark.parametrize("against", [1.0, 9.0])
    def test_a_competitive_antagonist_shifts_the_curve_and_keeps_its_top(self, against):
        """Schild: the dose ratio is 1 + [B]/K_B, at every level of effect."""
        site = Hill(2 * uM, 1.5, antagonist=Modulator("b"), k_b=3 * uM)
        doses = np.geomspace(0.01, 100, 9) * UM
        ratio = 1 + against / 3
        np.testing.assert_allclose(site(doses * ratio, against * UM), site(doses))
        assert site(1e7 * UM, against * UM) == pytest.approx(1, abs=1e-6)


class TestConcentration:
    """What is in the tissue."""

    def test_clearance_relaxes_with_its_time_constant(self):
        substance = Modulator("m", 2 * uM, baseline=1 * uM, clearance=50 * ms)
        activation = np.zeros((1, 200))
        activation[0, 100:] = 1.0
        concentration = substance.compute_concentration(activation, 1e-3) / UM
        assert concentration[0, 99] == 1
        t = (np.arange(100) + 0.5) * 1e-3
        np.testing.assert_allclose(concentration[0, 100:], 3 - 2 * np.exp(-t / 0.05), rtol=1e-4)

    def test_its_mean_is_exact_at_any_step(self):
        fine, coarse = (np.repeat([[0.0, 1.0, 0.3]], n, axis=1) for n in (20, 1))
        substance = Modulator("m", clearance=15 * ms)
        mean = substance.compute_concentration(fine, 1e-3).reshape(1, 3, 20).mean(axis=2)
        np.testing.assert_allclose(substance.compute_concentration(coarse, 20e-3), mean, rtol=1e-12)

    def test_it_is_not_negative(self):
        with pytest.raises(StimulusError, match=r"no negative concentration of m, got -0\.5 uM"):
            Modulator("m").compute_concentration(np.array([[-0.5]]), 1e-3)
        dip = Modulator("m", baseline=0.5 * uM).compute_concentration(np.array([[-0.5]]), 1e-3)
        assert dip == 0

    def test_presets_say_where_their_numbers_come_from(self):
        for make in (dopamine, serotonin, acetylcholine):
            assert make().channel == make.__name__
            assert make().source != "the pair"
        assert dopamine(channel="reward").channel == "reward"
        assert SITES["D2"](0.03 * UM) > 0.7 > 0.1 > SITES["D1"](0.03 * UM)


def network(*modulations, injections=(), plasticity=()):
    quiet = LIF(V_th=100 * mV, V_r=-60 * mV)
    return SpikingNetwork(
        (Population("pre", 1, "glutamate"), Population("post", 1, "GABA", cell=quiet)),
        (CurrentAfferent("pre", "pre", 5000 * pA),),
        (Projection("pre", "post", 1 * nS, plasticity=plasticity, name="p"),),
        injections,
        modulations,
    )


def test_excitability_is_a_current_and_a_leak_by_the_dose(probe):
    stimulus = steps({"pre": [0.0], "drug": [2.0]}, duration=100 * ms)  # 2 uM: the EC50
    half = Excitability("post", 60 * pA, 4 * nS, -90 * mV)
    drugged, _ = probe(network(Modulation(DRUG, SITE, half)), stimulus, "post", "v")
    leak = Injection("post", 30 * pA)
    pulled = network(
        Modulation(Modulator("drug", baseline=1e6 * uM), Hill(1e-6 * uM),
                   Excitability("post", 0 * pA, 2 * nS, -90 * mV)),
        injections=(leak,),
    )  # fmt: skip
    injected, _ = probe(pulled, stimulus, "post", "v")
    np.testing.assert_allclose(drugged.v, injected.v, rtol=1e-6)
    steady_v = (10 * -65 + 2 * -90 + 30) / 12
    assert drugged.v.values[0, -1] * 1e3 == pytest.approx(steady_v, abs=0.2)


def test_a_gain_scales_the_conductance_by_the_dose(probe, trains):
    doses = {0.0: 1.0, 2.0: 2.0, 1e9: 3.0}  # factor 3 at full effect
    for dose, expected in doses.items():
        stimulus = trains({"pre": [[0.01]], "drug": [np.full(50, dose)]}, 0.05)
        modulated = network(Modulation(DRUG, SITE, SynapticGain("p", 3.0)))
        recording, _ = probe(modulated, stimulus, "post", "g_AMPA")
        assert recording.g_AMPA.values.max() == pytest.approx(expected * 1e-9, rel=1e-6)


def test_an_antagonist_takes_the_effect_away(probe, trains):
    site = Hill(2 * uM, 1.0, antagonist=Modulator("block"), k_b=1 * uM)
    factors = []
    for block in (0.0, 9.0):
        stimulus = trains(
            {"pre": [[0.01]], "drug": [np.full(50, 2.0)], "block": [np.full(50, block)]}, 0.05
        )
        modulated = network(Modulation(DRUG, site, SynapticGain("p", 0.0)))
        recording, _ = probe(modulated, stimulus, "post", "g_AMPA")
        factors.append(recording.g_AMPA.values.max() / 1e-9)
    np.testing.assert_allclose(factors, [0.5, 1 - 1 / 11], rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pair", "reward"])
def test_a_gate_scales_learning_by_the_dose(kind, trains, electrodes):
    pair = PairSTDP(A_plus=0.01)
    rule = pair if kind == "pair" else RewardSTDP("reward", pair)
    silent = SpikingNetwork(
        (Population("pre", 1, "glutamate"), Population("post", 1, "GABA")),
        electrodes("pre", "post"),
        (Projection("pre", "post", 1e-6 * nS, plasticity=rule, name="p"),),
        (),
        (Modulation(DRUG, SITE, PlasticityGate("p")),),
    )
    doses = [0.0, 2.0, 1e9]
    stimulus = trains(
        {
            "pre": [[0.01]] * 3,
            "post": [[0.02]] * 3,
            "drug": [np.full(60, d) for d in doses],
            "reward": [np.ones(60)] * 3,
        },
        0.06,
    )
    run = silent.run(stimulus, trials=1, seed=1)
    change = run.weight_p.values[:, 0, 0] / 1e-15 - 1
    assert change[0] == pytest.approx(0, abs=1e-12)
    # A neuron's first spike differs by 0.1 ms between conditions.
    assert change[1] / change[2] == pytest.approx(0.5, rel=0.03)
    assert change[2] > 0


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: Hill(1 * uM, 0), DescriptionError, "coefficient: wanted a number above 0, got 0"),
        (lambda: Hill(1 * uM, -2), DescriptionError, "coefficient: .*change the effect"),
        (lambda: Hill(0 * uM), DescriptionError, "ec50: wanted a value above 0 uM"),
        (lambda: Hill(1 * ms), DimensionError, "ec50: wanted a concentration"),
        (lambda: Hill(1 * uM, antagonist="x"), DescriptionError, "Write Modulator"),
        (lambda: Modulator("m", clearance=-1 * ms), DescriptionError, "clearance: wanted a value"),
        (lambda: Modulator(""), DescriptionError, "Modulator, name: wanted a name"),
        (lambda: SynapticGain("p", -1), DescriptionError, "factor: wanted a number >= 0"),
        (lambda: PlasticityGate("p", opened=-1), DescriptionError, "opened: wanted a number >= 0"),
        (lambda: Excitability("e", 1 * mV), DimensionError, "current: wanted a current in pA"),
        (
            lambda: Excitability("e", conductance=-1 * nS),
            DescriptionError,
            "conductance: wanted a value at least 0 nS",
        ),
        (
            lambda: Modulation(DRUG, SITE, "more"),
            DescriptionError,
            "Modulation, effect: wanted",
        ),
        (
            lambda: network(Modulation(DRUG, SITE, Excitability("pots"))),
            UnknownNameError,
            "Did you mean 'post'",
        ),
        (
            lambda: network(Modulation(DRUG, SITE, SynapticGain("q", 2.0))),
            UnknownNameError,
            "name of a projection or afferent",
        ),
        (
            lambda: network(Modulation(DRUG, SITE, PlasticityGate("p"))),
            DescriptionError,
            "'p', which does not learn. Set plasticity",
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_written(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_channels_and_report_know_the_modulators():
    site = Hill(2 * uM, antagonist=Modulator("block"))
    modulated = network(Modulation(dopamine(), site, SynapticGain("p", 2.0)))
    assert modulated.channels == ("pre", "dopamine", "block")
    explanations = {e.caption: e for e in modulated.explain()}
    rows = explanations["Modulator dopamine"].symbols
    assert {r.source for r in rows} == {dopamine().source}
    assert "Modulator block" in explanations
    assert "K_B" in {r.symbol for r in explanations["Modulation of 'p' by dopamine"].symbols}
