"""What a description prints is the Python expression that makes it again."""

import importlib.util
import inspect

import numpy as np
import pytest
from brian2 import Hz, farad, ms, mV, nS, pA, pF, uM

import bioann as ba
from bioann.base.as_code import hash_description
from bioann.base.description import Description
from bioann.metrics import agreement, psychometric, single_index

IMPORTS = """
import brian2
import numpy
from brian2 import amp, farad, hertz, Hz, inf, mM, ms, mV, nan, nS, pA, pF, second, siemens
from brian2 import uM, volt

import bioann.metrics.agreement
import bioann.metrics.signs
import bioann
from bioann.metrics.psychometric import PsychometricDifference
from bioann.metrics.single_index import WeightRatio

for space in [bioann, *(getattr(bioann, name) for name in dir(bioann))]:
    if type(space).__name__.endswith("Module") or type(space) is type(numpy):
        for name in dir(space):
            globals().setdefault(name, getattr(space, name))
"""

NAMESPACES = [ba, *(x for x in map(ba.__getattr__, dir(ba)) if inspect.ismodule(x))]

SPATIAL = ba.connectivity.DistanceDependent(
    ba.connectivity.GaussianKernel(1 / 3, 0.1),
    ba.connectivity.TabulatedKernel([0, 1 / 3], [0.1, 1 / 7]),
    cutoff=1 / 3,
)
NETWORK = ba.SpikingNetwork(
    (
        ba.Population(
            "e",
            4,
            "glutamate",
            cell=ba.cells.AdEx(b=0.1 * 3 * pA),
            positions=ba.connectivity.Coordinates([0, 0.1, 0.2, 1 / 3], 2 / 3),
            background=(ba.Background(3 * nS), ba.Background(1 / 3 * nS, "GABA_A")),
        ),
        ba.Population(
            "i", 2, "GABA", cell=ba.cells.LIF(C=1e-10 / 3 * 1e12 * pF), background=2 * nS
        ),
        ba.Population("ring", 3, "glutamate", positions=ba.connectivity.Ring(2 / 3, places=3)),
    ),
    (
        ba.Afferent("x", "e", 0.7 * nS, kind="regular", coding="baseline", baseline=0.1 + 0.2),
        ba.CurrentAfferent("x", "i", -30 * pA),
    ),
    (
        ba.Projection("e", "i", 1 * nS, connectivity=ba.FixedProbability(1 / 3), delay=1.7 * ms),
        ba.Projection("i", "e", 1 * nS, connectivity=ba.ExplicitMatrix(np.ones((4, 2)) / 3)),
        ba.Projection(
            "e",
            "i",
            1 * nS,
            connectivity=ba.connectivity.ExplicitSynapses([0, 1], [3, 1], [1 / 3, 2]),
            name="listed",
        ),
        ba.Projection(
            "e", "e", 1 * nS, connectivity=ba.OneToOne(), receptor=ba.receptors.AMPA(tau=2 * ms)
        ),
        ba.Projection(
            "ring", "e", 1 * nS, connectivity=SPATIAL, receptor=ba.receptors.AMPA(tau=2 * ms)
        ),
    ),
    (ba.Injection("e", 1 / 7 * pA, 2 * nS, ba.receptors.GABA_A(reversal=-60 * mV)),),
)

HETEROGENEOUS = ba.SpikingNetwork(
    (
        ba.Population("e", 2, "GABA", ba.cells.LIF(C=ba.LogNormal(200 * pF, 1e-10 / 3 * farad))),
        ba.Population("i", 2, "GABA", ba.cells.LIF(C=[1e-10 / 3 * 1e12, 200] * pF)),
    ),
    projections=(
        ba.Projection(
            "e",
            "i",
            [[1, 1 / 3], [0, 2]] * nS,
            delay=ba.Normal(1 / 3 * ms, 1 * ms, minimum=0 * ms),
        ),
    ),
    injections=(ba.Injection("e", ba.Uniform(-1 / 3 * pA, 1 * pA)),),
)

RATES = ba.RateNetwork(
    ("u", "v"),
    W=[[0, -1 / 3], [0.1, 0]],
    W_in=[[1e-17], [-2]],
    bias=(0.1, -1),
    channels=("x",),
    tau=(None, 10 / 3 * ms),
    activation=(ba.activations.LeakyRelu(0.2), ba.activations.Softplus(0.3)),
    gates={"v": "u"},
)

LAYERS = ba.LayeredNetwork(
    (
        ba.layers.Conv2d(np.full((2, 1, 2, 2), -1 / 3), 1e-17, "tanh", stride=(1, 2)),
        ba.layers.MaxPool(2, stride=1),
        ba.layers.AveragePool((2, 1)),
        ba.layers.Flatten(),
        ba.layers.Softmax(),
        ba.layers.Dense(
            [[1 / 7] * 4, [-0.1] * 4], activation=ba.activations.LeakyRelu(0.2), tau=10 / 3 * ms
        ),
    ),
    shape=(1, 5, 6),
    outputs=("no", "yes"),
)

FOREIGN_LAYERS = ba.LayeredNetwork(
    (
        ba.layers.Rearrange([[0, -1], [2, 1]], 3, 1 / 3),
        ba.layers.Rescale([1 / 3, -0.1], 0.1),
        ba.layers.Pointwise(ba.activations.Clip(None, 1 / 3)),
        ba.layers.Branches(
            ((ba.layers.Pointwise(ba.activations.Elu(1 / 3)),), ()), combination="product"
        ),
        ba.layers.Pointwise(ba.activations.Quantize(1 / 7, -3, 9)),
        ba.layers.Pointwise(ba.activations.Softsign()),
        ba.layers.Pointwise(ba.activations.Absolute()),
        ba.layers.Pointwise(ba.activations.UnlimitedExponential()),
        ba.layers.Pointwise(ba.activations.Logarithm()),
        ba.layers.Pointwise(ba.activations.ErrorFunction()),
        ba.layers.Pointwise(ba.activations.Power(1 / 3)),
        ba.layers.DynamicQuantize(),
        ba.layers.WholeSequence(ba.layers.Recurrent([[1 / 3, 0.1]], [[0.2]]), is_reversed=True),
        ba.layers.LogSoftmax(),
    ),
)

SAME = ba.Correspondence(
    (ba.Match({"e": 1, "i": -0.5}, "u", scale=70 * Hz, name="both"),),
    bio_only=("ring",),
    ann_only=("v",),
)

RULES = ba.rules.AllOf(
    (
        ba.Score(ba.metrics.GAIN, "y") >= 1 / 3,
        ba.Score(ba.metrics.RMSE) <= -2,
        ba.rules.Equivalent(match="y"),
        ba.rules.Equivalent(ba.Score(ba.metrics.GAIN, "y"), margin=ba.Margin(1 / 3, "so")),
        ba.Score(ba.metrics.GAIN).chance.between(0, 1),
    )
)

CURVE = ba.metrics.ResponseCurve("a", {"x": 1 / 3})
BETWEEN = ba.metrics.ResponseBetween(0.1, 1 / 3)
METRICS = [
    ba.metrics.Contrast({"x": 1 / 3}, {"x": 0}, match="a", relative=True),
    ba.metrics.CrossingLevel({1 / 3: ba.metrics.response_loss}),
    ba.metrics.CurveShift(CURVE, ba.metrics.ResponseCurve("b"), "x", 0, 1 / 3),
    ba.metrics.AiccDifference("step", {}, "x"),
    ba.metrics.SignChangePoint({"x": 1 / 3}, {"y": 0}),
    ba.metrics.Latency("x", 1, 1 / 3),
    ba.metrics.Difference(ba.metrics.TaperedMean(1 / 3), ba.metrics.MeanBetween(0, 1 / 3)),
    ba.metrics.Ratio(
        ba.metrics.ResponseBetween(0, 1 / 3, {"x": 1 / 3}), ba.metrics.ResponseBetween(0, 1)
    ),
    ba.metrics.TaperedMean(1 / 3),
    ba.metrics.CV_OF_ISI,
    ba.measure(ba.metrics.TransitionWidth("x"), "width", where={"x": (0.0, 1 / 3)}).of("ann"),
    ba.metrics.MemoryTimeConstant("x", "a"),
    ba.metrics.RelayDelay(RATES, 5, 1 / 3, 100),
    ba.metrics.RatioOfMatches("a", "b"),
    ba.metrics.EffectTurningLevel("x", "y"),
    ba.metrics.LowestEffect("x", "y"),
    ba.metrics.DifferenceOfMatches("a", "b"),
    ba.metrics.PeakResponse(1 / 3, minus={"x": 0.0}),
    ba.metrics.LowestResponse(1 / 3),
    ba.metrics.TuningCentre("x"),
    ba.metrics.ProfileSlope({"a": 0.5, "b": 1 / 3}),
    ba.metrics.ProfileCorrelation({"a": 0.5, "b": 1 / 3}),
    ba.metrics.ResponseSlope("x"),
    ba.metrics.EarlyExcess((0.1, 1 / 3), (0.4, 0.5)),
    ba.metrics.FirstSpikeTime(0.1, 1 / 3),
    ba.metrics.OfMatch(ba.metrics.TransitionMidpoint("x"), "a"),
    ba.metrics.Ratio(ba.metrics.PeakResponse(1 / 3), ba.metrics.MeanResponse()),
    ba.metrics.ModelDifference(ba.metrics.ResponseSlope("x"), from_first=True),
    ba.metrics.ModelRatio(ba.metrics.ResponseSlope("x")),
    ba.metrics.WinnerJumps(on_ring=True),
    ba.metrics.WinnerShare(),
    ba.metrics.AtLevels(ba.metrics.ResponseSlope("x"), {"y": (0.0, 1 / 3)}),
    ba.metrics.LinearContrastGain({"a": "x", "b": "y"}),
    ba.metrics.SumExplained({"x": 1.0, "y": 1 / 3}),
    ba.metrics.InEachTrial(ba.metrics.WinnerShare(), 1 / 3),
    ba.metrics.Constant(1 / 3),
    ba.metrics.MeanResponse(1 / 3, of=ba.metrics.UnsignedContrast("a", "b")),
    ba.metrics.DecayTime(0.1, 1 / 3),
    ba.metrics.DriftDiffusion(ba.metrics.DecisionTime("a", "b", 1 / 3), "contrast"),
    ba.metrics.LowestFailingInput("x", 1 / 3, 40),
    ba.metrics.HighestFailingResponse(1 / 3, 100),
    ba.metrics.ShareCorrect(({"a": 0, "b": 1 / 3},)),
    ba.metrics.CorrectSignProducts({"a": 1, "b": -1}, 1 / 3, 0.1),
    ba.metrics.TransitionHeight("x", relative=True),
    ba.metrics.TransitionWidth("x", 2 / 3),
    ba.metrics.TransitionMidpoint("x"),
    ba.metrics.PreferredSize("x"),
    ba.metrics.RelaxationTime(0.1, 1 / 3),
    ba.metrics.RecoveryTime(ba.metrics.MeanResponse(), {0.1: BETWEEN, 1 / 3: BETWEEN}),
    ba.metrics.Savings(0.1, 2 / 3, 1 / 3, 0.6),
    ba.metrics.DoseRatio(ba.metrics.ResponseCurve("m", {"b": 1 / 3}), CURVE, "a"),
    ba.metrics.SchildSlope((ba.metrics.DoseRatio(CURVE, CURVE, "a"),) * 2, (1.0, 1 / 3)),
    ba.metrics.SuppressionIndex("x"),
    ba.metrics.ContrastGain("a", "b", "x"),
    ba.metrics.ResponseContrast("a", "b", {"x": 1 / 3}),
    ba.metrics.UnsignedContrast("a", "b"),
    ba.metrics.CrossSlope({"a": "x", "b": "y"}, largest=True),
    ba.metrics.DecisionTime("a", "b", 1 / 3, 0.2, 0.01),
    ba.measure(ba.metrics.DecisionTime("a", "b", 1 / 3), "decision time").of("bio"),
    ba.metrics.TopographicError((2, 3), on_ring=True),
    ba.metrics.CoordinateZero("x"),
    ba.metrics.CoordinateSlope("x"),
    ba.metrics.ExponentialLobe("x", "above", is_area=True),
    ba.metrics.MagnificationExponent("x", np.tanh, 2),
]

DESCRIPTIONS = [
    *NETWORK.populations,
    *NETWORK.afferents,
    *NETWORK.projections,
    *NETWORK.injections,
    ba.ElectrodeArray(("x", "y"), "e", 30 / 7 * pA, np.ones((4, 2)) / 3, [0.1, -2, 0, 1e-17]),
    ba.receptors.VariableStep(variable="u", increment="mV"),
    ba.plasticity.CodeRelease("u : 1", "released = u", {"u": 1 / 3}),
    ba.plasticity.CodeRule("a : 1", "released = a", {"a": [0.1, 1 / 3]}, post_code="a += 0.1"),
    ba.AllToAll(),
    ba.Population(
        "e",
        4,
        "glutamate",
        initial_potential=-170 / 3 * mV,
        initial_conductances={"AMPA": 1 / 3 * nS, ba.receptors.GABA_A(tau=7 * ms): 2 * nS},
    ),
    ba.ScheduledAfferent(
        {"a": [[1 / 3, 2] * ms, [] * ms], "b": [[] * ms, [0.1 + 0.2] * ms]},
        "e",
        1 / 3 * nS,
        plasticity=ba.plasticity.TsodyksMarkram(1 / 3),
    ),
    ba.ScheduledAfferent([[1 / 3, 2] * ms], "e", 1 * nS, connectivity=ba.OneToOne()),
    ba.Afferent("x", "e", 1 * nS, kind="single_interaction", correlation=1 / 3),
    NETWORK,
    HETEROGENEOUS,
    ba.Normal(1 / 3 * mV, 1 * mV, maximum=2 * mV),
    ba.LogNormal(1 / 3 * nS, 1 * nS),
    ba.Uniform(-1 / 3 * pA, 1 * pA),
    ba.vary(
        "population i, cell, C", [100, 200 / 3] * pF, linked={"unit u, bias": [1 / 3, 0]}, trials=3
    ),
    ba.Record(spikes=False, counts=True, voltage={"e": (0, 3)}),
    ba.Potential(NETWORK, 10 / 3 * mV, 2),
    ba.figures.Panels(
        (
            ba.figures.ActivationFits("x", families=("step", "ReLU"), where={"noise": (0.0, 0.1)}),
            ba.figures.ChannelEffects("E_rev", channels={"a": -0.1}, x_lines={"rest": -65.0}),
            ba.figures.ChronometricCurves(
                "contrast", decision=ba.metrics.DecisionTime("a", "b", 0.25)
            ),
            ba.figures.ComputedCurves(np.atleast_2d, responses=("bio", "ann")),
            ba.figures.ComputedPoints(np.atleast_2d),
            ba.figures.ConditionBars("cell", ("a", "b")),
            ba.figures.ActivityMap({"bio": "cells"}, condition=1, start=1 / 3),
            ba.figures.ResponseProfile({"all": ("a", "b")}, (1, 1 / 3), {"x": 1 / 3}),
            ba.figures.ScoreCurves({"a": {1 / 3: ba.Score(ba.metrics.RMSE, "a")}}),
            ba.figures.MeasureCurves({"weak": {1 / 3: np.mean}}, model="bio"),
            ba.figures.EffectCurves("drive", ("E", "I"), input_name="push", heading="E"),
            ba.figures.OutputMatrix((8, 8)),
            ba.figures.PsychometricCurves("contrast", "left"),
            ba.figures.ResponseCurves({"plus": 1.0}, curves={"a": ba.metrics.ResponseCurve("a")}),
            ba.figures.ResponseMap("x", "y", x_scale=0.1 + 0.2, message="A map."),
            ba.figures.SpikeRaster({"sample": 1.0}),
            ba.figures.StudyCurves("share", "load", by="signs", where={"inputs": "signed"}),
            ba.figures.TimeCourses(by="depth", xlim=(-0.1, None)),
        ),
        "Many panels.",
        row_heights=(1.0, 2.0),
    ),
    *(
        ba.activations.Relu(),
        ba.activations.Linear(),
        ba.activations.Tanh(),
        ba.activations.Sigmoid(),
        ba.activations.Threshold(),
    ),
    *(
        ba.activations.PowerLaw(1 / 3),
        ba.activations.Exponential(),
        ba.activations.Scaled(ba.activations.LIFRate(0.1, 1 / 3), 0.1 + 0.2),
    ),
    ba.activations.Tabulated((0, 1 / 3), (0, 0.1)),
    *(
        ba.cells.AdaptingLIF(),
        ba.cells.EIF(),
        ba.cells.GridLIF(),
        ba.cells.GridEIF(method="rk4"),
        ba.cells.GridAdEx(),
        ba.cells.TwoCompartment(),
        ba.cells.BranchedCell(3),
        ba.cells.GapJunctions(1 / 3 * nS, ba.FixedProbability(0.1)),
        ba.cells.WangBuzsaki(),
        ba.cells.TraubMiles(),
    ),
    *(
        ba.receptors.NMDA(),
        ba.receptors.GABA_B(),
        ba.receptors.CurrentSynapse(),
        ba.receptors.DeltaSynapse(),
    ),
    *(
        ba.plasticity.TsodyksMarkram(),
        ba.plasticity.PairSTDP(),
        ba.plasticity.TripletSTDP(),
        ba.plasticity.InhibitorySTDP(),
        ba.plasticity.InstarSTDP(1 / 3),
    ),
    *(ba.plasticity.RewardSTDP("reward"), ba.plasticity.Consolidation()),
    ba.plasticity.AdaptationPlasticity(-1 / 3 * nS, tau=1 / 3 * ms, bound=2 * nS),
    ba.plasticity.IntrinsicPlasticity(-1 / 3 * mV, tau=1 / 3 * ms, bound=2 * mV),
    ba.modulation.Modulation(
        ba.modulation.dopamine(), ba.modulation.SITES["D1"], ba.modulation.Excitability("e")
    ),
    *(ba.modulation.SynapticGain("e", 2.0), ba.modulation.PlasticityGate("e")),
    ba.modulation.Modulator("m", clearance=1 / 3 * ms, population="e", release=2 * uM),
    ba.modulation.SynapticGain(ba.modulation.Region("cortex", ("e_to_e",), ("e", "i")), 1 / 3),
    ba.Protocol(
        ba.SpikingNetwork(
            ba.Population("e", 4, "glutamate"),
            (),
            ba.Projection("e", "e", 1 * nS, plasticity=ba.plasticity.PairSTDP()),
        ),
        (
            ba.Phase("train", 100 / 3 * ms),
            ba.Phase("test", 1 * ms, ba.Lesion("weight_e_to_e", factor=1 / 3)),
        ),
        completed=1,
    ),
    ba.LearnedStrength(
        ba.SpikingNetwork(
            ba.Population("e", 4, "glutamate"),
            (),
            ba.Projection("e", "e", 1 * nS, plasticity=ba.plasticity.Consolidation()),
        ),
        {"e": "e_to_e"},
        "hidden",
        1 / 3,
    ),
    ba.LearnedStrength(
        ba.learning.PlasticRateNetwork(
            ba.RateNetwork("u", channels="x", W_in=[[1 / 3]]),
            ba.learning.Hebb("u", channels="x", rate=1 * Hz, name="h"),
        ),
        {"u": "h"},
    ),
    *(
        ba.connectivity.FixedInDegree(3),
        ba.connectivity.FixedOutDegree(4, multapses=True),
        ba.connectivity.FixedTotalNumber(5, self_connections=True),
        ba.connectivity.DistanceDependent(ba.connectivity.BoxKernel(1 / 3)),
        ba.connectivity.ExponentialKernel(1 / 3, 1 / 7),
    ),
    *(ba.connectivity.Line(1 / 3), ba.connectivity.Sheet(2, 3, boundary="periodic")),
    ba.Study(
        "sums",
        np.atleast_1d,
        {"total": ("k",)},
        coordinates={"k": (1 / 3, 0.1)},
        seeds=5,
        measures=(ba.measure(np.sum, "total").at(k=0.1),),
    ),
    RATES,
    LAYERS,
    FOREIGN_LAYERS,
    ba.LayeredNetwork((ba.layers.GRU([[1 / 3]] * 3, [[-0.1]] * 3, 0.1, 1 / 7, False),)),
    ba.layers.Dropout(1 / 3),
    ba.layers.Recurrent([[1 / 3]], [[-1 / 7]], tau=10 / 3 * ms),
    *(
        kind(np.full((4, 2), 1 / 3), [[0.1]] * 4, 1e-17)
        for kind in (ba.layers.LSTM, ba.layers.SubLSTM)
    ),
    *(
        ba.layers.RadialBasis([[1 / 3, -1]], 0.1),
        ba.layers.SelfOrganisingMap([[[1 / 3, -1], [0, 1]]]),
    ),
    ba.layers.ExcitatoryInhibitory(
        [[1 / 3, 0]], [[0.1, 2]], [[1]], activation="tanh", shunting=False
    ),
    *(
        ba.signs.Free(),
        ba.signs.NonNegative(method="reparametrisation"),
        ba.signs.NonPositive(),
        ba.signs.SignFrozen(),
    ),
    *(ba.signs.DaleColumns(1 / 3), ba.signs.SeparateUnits(0.2, shunting=False)),
    *(
        ba.init.Zero(),
        ba.init.RandomNormal(0.1),
        ba.init.RandomUniform(0.1),
        ba.init.He("uniform"),
        ba.init.Glorot(),
    ),
    ba.translate.IdentificationOptions(),
    ba.translate.IdentificationOptions(
        stimuli=20, trials=3, settle=100 * ms, constraint=ba.signs.NonNegative()
    ),
    ba.training.TrainingOptions(
        "sgd", 1 / 3, constraint=ba.signs.DaleColumns(), initialisation=ba.init.DaleBalanced(0.3)
    ),
    ba.training.TrainingOptions(initialisation=None, clip=1),
    ba.training.Snapshots((0, 5), updates=True, gradients=True, max_bytes=1e6),
    *(
        ba.learning.Hebb("u", sources="v", rate=1 / 3 * Hz, update="exponentiated"),
        ba.learning.BCM("u", channels="x", rate=1 * Hz, tau_threshold=10 / 3 * ms),
        ba.learning.Homeostatic("u", channels="x", rate=1 * Hz, goal=1 / 3),
        ba.learning.ThreeFactor("u", channels="x", rate=1 * Hz, factor="reward", name="t"),
        ba.learning.ErrorDriven("u", channels="x", rate=1 * Hz, goals="y"),
        ba.learning.FastSlow("u", channels="x", rate=1 * Hz, goals="y", tau_slow=1e5 / 3 * ms),
        ba.learning.PlasticRateNetwork(
            ba.RateNetwork(("u", "v"), channels="x", W_in=[[1 / 3], [0]]),
            ba.learning.Oja("u", channels="x", rate=1 * Hz),
        ),
    ),
    SAME,
    RULES,
    ba.rules.Boundary(ba.Score(ba.metrics.GAIN, "y"), 1 / 3, 2, "below"),
    ba.Claim("A1", 'It\'s "so".', "somebody", RULES),
    ba.measure(ba.metrics.RatioOfMatches("a", "b"), "ratio").of_each(("bio", "ann")),
    ba.Margin({"y": 10 / 3 * Hz, "z": 1 / 3}, "because"),
    ba.Margin.of_spread(10 / 3 * Hz),
    ba.theory.SlowNoise(
        ba.cells.LIF(), {"x": 1 / 3}, "noise", 0.1, np.linspace(0, 1, 3) / 3, 100 * pA, 50.0
    ),
    *agreement.COMMON_METRICS,
    psychometric.psychometric_metric("left", "contrast"),
    single_index.WeightRatio("I", "E", -1, 0),
    *METRICS,
    ba.FunctionModel(np.tanh, "u", "x"),
    ba.BrianNetwork(np.tanh, {"a": 3}, "x"),
    ba.Pair(
        "p",
        NETWORK,
        RATES,
        SAME,
        question="Why?",
        claims=(ba.Claim("A", "So.", "", ba.Score(ba.metrics.GAIN, "both") >= 1),),
    ),
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
    assert hash_description(module.made) == hash_description(description)


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
    public = [getattr(space, name) for space in NAMESPACES for name in dir(space)]
    described = {k for k in public if isinstance(k, type) and issubclass(k, Description)}
    # Other tests make subclasses of their own.
    own = {
        k: [s for s in k.__subclasses__() if s.__module__.startswith("bioann.")] for k in described
    }
    # The cell of a script is a subclass of a base that has none of its own.
    bases = {k for k in described if own[k]} | {ba.cells.EquationCell}
    assert described - covered == bases - covered


def test_the_stimulus_of_a_pair_counts_by_its_content():
    def pair(level):
        stimulus = ba.steps({"x": [level]}, duration=500 * ms)
        return ba.Pair("p", NETWORK, RATES, SAME, stimulus=stimulus)

    assert hash_description(pair(0.5)) == hash_description(pair(0.5))
    assert hash_description(pair(0.5)) != hash_description(pair(0.6))
