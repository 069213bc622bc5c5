"""What a description prints is the Python expression that makes it again."""

import importlib.util

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA, pF

import bioann as ba
from bioann.base.units import Description, fingerprint
from bioann.metrics import agreement, psychometric, single_index

IMPORTS = """
import brian2
import numpy
from brian2 import amp, farad, Hz, inf, mM, ms, mV, nan, nS, pA, pF, second, siemens, uM, volt

import bioann.metrics.agreement
import bioann.metrics.signs
from bioann import *
from bioann.metrics.psychometric import PsychometricDifference
from bioann.metrics.single_index import IndexRatio
"""

NETWORK = ba.SpikingNetwork(
    (
        ba.Population(
            "e",
            4,
            "glutamate",
            cell=ba.AdEx(b=0.1 * 3 * pA),
            background=(ba.Background(3 * nS), ba.Background(1 / 3 * nS, "GABA_A")),
        ),
        ba.Population("i", 2, "GABA", cell=ba.LIF(C=1e-10 / 3 * 1e12 * pF), background=2 * nS),
    ),
    (
        ba.Afferent("x", "e", 0.7 * nS, kind="regular", coding="baseline", baseline=0.1 + 0.2),
        ba.CurrentAfferent("x", "i", -30 * pA),
    ),
    (
        ba.Projection("e", "i", 1 * nS, connectivity=ba.FixedProbability(1 / 3), delay=1.7 * ms),
        ba.Projection("i", "e", 1 * nS, connectivity=ba.ExplicitMatrix(np.ones((4, 2)) / 3)),
        ba.Projection("e", "e", 1 * nS, connectivity=ba.OneToOne(), receptor=ba.AMPA(tau=2 * ms)),
    ),
    (ba.Injection("e", 1 / 7 * pA, 2 * nS, ba.GABA_A(reversal=-60 * mV)),),
)

RATES = ba.RateNetwork(
    ("u", "v"),
    W=[[0, -1 / 3], [0.1, 0]],
    W_in=[[1e-17], [-2]],
    bias=(0.1, -1),
    channels=("x",),
    tau=(None, 10 / 3 * ms),
    activation=(ba.LeakyRelu(0.2), ba.Softplus(0.3)),
)

LAYERS = ba.LayeredNetwork(
    (
        ba.Conv2d(np.full((2, 1, 2, 2), -1 / 3), 1e-17, "tanh", stride=(1, 2)),
        ba.MaxPool(2, stride=1),
        ba.AveragePool((2, 1)),
        ba.Flatten(),
        ba.Softmax(),
        ba.Dense([[1 / 7] * 4, [-0.1] * 4], activation=ba.LeakyRelu(0.2), tau=10 / 3 * ms),
    ),
    shape=(1, 5, 6),
    outputs=("no", "yes"),
)

SAME = ba.Correspondence(
    (ba.Match({"e": 1, "i": -0.5}, "u", scale=70 * Hz, name="both"),), ann_only=("v",)
)

RULES = ba.AllOf(
    (
        ba.at_least("gain", 1 / 3, match="y"),
        ba.at_most("RMSE", -2),
        ba.Same("y"),
        ba.WithinCeiling("RMSE", "y"),
        ba.Between("gain", 0, 1, column="chance"),
    )
)

DESCRIPTIONS = [
    *NETWORK.populations,
    *NETWORK.afferents,
    *NETWORK.projections,
    *NETWORK.injections,
    ba.ElectrodeArray(("x", "y"), "e", 30 / 7 * pA, np.ones((4, 2)) / 3, [0.1, -2, 0, 1e-17]),
    ba.AllToAll(),
    NETWORK,
    ba.Record(spikes=False, counts=True, voltage={"e": (0, 3)}),
    ba.Potential(NETWORK, 10 / 3 * mV, 2),
    *(ba.Relu(), ba.Linear(), ba.Tanh(), ba.Sigmoid(), ba.Threshold()),
    *(ba.PowerLaw(1 / 3), ba.Exponential(), ba.Scaled(ba.LIFRate(0.1, 1 / 3), 0.1 + 0.2)),
    ba.Tabulated((0, 1 / 3), (0, 0.1)),
    *(ba.AdaptingLIF(), ba.EIF(), ba.TwoCompartment(), ba.WangBuzsaki(), ba.TraubMiles()),
    *(ba.NMDA(), ba.GABA_B(), ba.CurrentSynapse(), ba.DeltaSynapse()),
    *(ba.TsodyksMarkram(), ba.PairSTDP(), ba.TripletSTDP(), ba.InhibitorySTDP()),
    *(ba.RewardSTDP("reward"), ba.Consolidation()),
    ba.Modulation(ba.dopamine(), ba.SITES["D1"], ba.Excitability("e")),
    *(ba.SynapticGain("e", 2.0), ba.PlasticityGate("e")),
    RATES,
    LAYERS,
    ba.Dropout(1 / 3),
    ba.Recurrent([[1 / 3]], [[-1 / 7]], tau=10 / 3 * ms),
    *(kind(np.full((4, 2), 1 / 3), [[0.1]] * 4, 1e-17) for kind in (ba.LSTM, ba.SubLSTM)),
    *(ba.RadialBasis([[1 / 3, -1]], 0.1), ba.SelfOrganisingMap([[[1 / 3, -1], [0, 1]]])),
    ba.ExcitatoryInhibitory([[1 / 3, 0]], [[0.1, 2]], [[1]], activation="tanh", shunting=False),
    *(ba.Free(), ba.NonNegative(by="reparametrisation"), ba.NonPositive(), ba.SignFrozen()),
    *(ba.DaleColumns(1 / 3), ba.SeparateUnits(0.2, shunting=False)),
    *(ba.Zero(), ba.RandomNormal(0.1), ba.RandomUniform(0.1), ba.He("uniform"), ba.Glorot()),
    ba.Training("sgd", 1 / 3, regime=ba.DaleColumns(), initialisation=ba.DaleBalanced(0.3)),
    ba.Training(initialisation=None, clip=1),
    SAME,
    RULES,
    ba.Boundary("turn", 1 / 3, 2, "below", match="y"),
    ba.Claim("A1", 'It\'s "so".', "somebody", RULES),
    *agreement.COMMON,
    psychometric.psychometric_difference("left", "contrast"),
    single_index.IndexRatio("I", "E", -1, 0),
    ba.CallableHalf(np.tanh, "u", "x"),
    ba.BrianNetwork(np.tanh, {"a": 3}, "x"),
    ba.Pair("p", NETWORK, RATES, SAME, question="Why?", claims=(ba.Claim("A", "So.", "", RULES),)),
]


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=lambda d: type(d).__name__)
def test_its_text_makes_it_again(description, tmp_path):
    file = tmp_path / "described.py"
    file.write_text(f"{IMPORTS}\nmade = {description!r}\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("described", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert type(module.made) is type(description)
    assert module.made == description
    assert repr(module.made) == repr(description)
    assert fingerprint(module.made) == fingerprint(description)


def test_every_public_description_is_among_them():
    def parts(thing):
        if isinstance(thing, Description):
            yield type(thing)
            for value in vars(thing).values():
                yield from parts(value)
        elif isinstance(thing, (tuple, dict)):
            for value in thing.values() if isinstance(thing, dict) else thing:
                yield from parts(value)

    covered = {kind for d in DESCRIPTIONS for kind in parts(d)}
    public = [getattr(ba, name) for name in ba.__all__]
    described = {k for k in public if isinstance(k, type) and issubclass(k, Description)}
    # Other tests make subclasses of their own.
    own = {
        k: [s for s in k.__subclasses__() if s.__module__.startswith("bioann.")] for k in described
    }
    bases = {k for k in described if own[k]}
    assert described - covered == bases


def test_the_stimulus_of_a_pair_counts_by_its_content():
    def pair(level):
        stimulus = ba.steps({"x": [level]}, duration=500 * ms)
        return ba.Pair("p", NETWORK, RATES, SAME, stimulus=stimulus)

    assert fingerprint(pair(0.5)) == fingerprint(pair(0.5))
    assert fingerprint(pair(0.5)) != fingerprint(pair(0.6))
