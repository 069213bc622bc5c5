"""
Add a cell, a receptor, a measure, a layer, a rule
==================================================

*For whoever needs something that bioann does not have: each is one class in a file of your own.*

Nothing is registered: an object of the class is handed in where those that ship are. Each section
writes one and draws what it does.
"""

import dataclasses

import bioann as ba
import matplotlib.pyplot as plt
import numpy as np
from brian2 import nS, second

# %%
# 1. A cell
# ---------
# The fields are the parameters of the Brian2 equations, by the same names. `I_syn` is the current
# of all receptors and `I_inj` the injected one, both positive into the cell. This one is the
# quadratic integrate-and-fire cell. Its f-I curve follows from the equations: near rheobase it
# rises like a square root, that of the leaky cell is steeper.


@dataclasses.dataclass(frozen=True)
class QuadraticIF(ba.cells.Cell):
    capacitance: ba.SI = ba.quantity("pF", 200, above=0)
    k: ba.SI = ba.quantity("nS", 10, above=0)
    resting_potential: ba.SI = ba.quantity("mV", -65)
    firing_threshold: ba.SI = ba.quantity("mV", -50)
    reset_potential: ba.SI = ba.quantity("mV", -70)

    refractory_period = 0.0
    leak_conductance = property(lambda cell: cell.k)  # slope at rest
    spike_onset_width = 3e-3
    model = """
    dv/dt = (k*(v - resting_potential)*(v - firing_threshold)
             /(firing_threshold - resting_potential)
             + I_syn + I_inj)/capacitance : volt (unless refractory)
    """
    threshold = "v > 0*mV"
    reset = "v = reset_potential"


currents = np.linspace(0, 400e-12, 41)  # ampere
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
for cell in (QuadraticIF(), ba.cells.LIF()):
    axes.plot(currents * 1e12, cell.steady_rate(currents, 0.0, 0.0), label=type(cell).__name__)
axes.set(xlabel="injected current [pA]", ylabel="firing rate [Hz]")
axes.legend()

# %%
# 2. A receptor
# -------------
# Where a receptor has the kinetics of one that ships, a subclass with other numbers is enough.
# Glycine opens a chloride channel that closes faster than GABA_A; the values here are examples.
# Sign is not a field: it follows from the reversal potential and that of the membrane.


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Glycine(ba.receptors.GABA_A):
    tau: ba.SI = ba.quantity("ms", 5, above=0)
    reversal: ba.SI = ba.quantity("mV", -70)
    name = "glycine"


times = np.linspace(0, 40e-3, 200)
figure, (course, sign) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
potentials = np.linspace(-90e-3, -50e-3, 50)
for receptor in (Glycine(), ba.receptors.GABA_A()):
    course.plot(times * 1e3, receptor.time_course(times), label=receptor.name)
    sign.plot(potentials * 1e3, [receptor.driving_force(v) * 1e3 for v in potentials])
sign.axhline(0, color="black", linewidth=0.5)
course.set(xlabel="time after a spike [ms]", ylabel="open conductance [of its peak]")
course.legend()
sign.set(xlabel="membrane potential [mV]", ylabel="driving force [mV]")

# %%
# An object of it stands where the name of a receptor would:

brake = ba.Afferent("x", "cell", 1 * nS, fibres=10, transmitter="GABA", receptor=Glycine())

# %%
# A receptor with kinetics of its own is a subclass of `ba.receptors.Receptor`, whose docstring
# lists what it declares: equations, the response to a spike, time course and driving force.
#
# 3. A measure
# ------------
# A measure with parameters is a dataclass that is called with a response, dimensions
# ``(condition, ...)``, and the stimulus. It must keep dimensions that it does not know: bioann
# calls it with resampled trials for the interval.


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CentreOfMass(ba.metrics.ParametricMetric):
    """Mean level of a channel, weighted with the response to it."""

    channel: str

    def __call__(self, response, stimulus):
        weighted_sum = (response * response[self.channel]).sum("condition")
        return weighted_sum / response.sum("condition")

    def measure_options(self):
        return {"unit": "activation"}


noisy_bio = ba.FunctionModel(
    lambda stimulus, rng: (
        1 / (1 + np.exp(-10 * (stimulus.values - 0.5))) + rng.normal(0, 0.02, stimulus.shape)
    ),
    units=("unit",),
    channels=("x",),
    random=True,
)
sigmoid = ba.RateNetwork(("unit",), channels=("x",), W_in=[[8.0]], bias=-4.0, activation="sigmoid")
centre = ba.measure(CentreOfMass("x"), "centre of mass")


def make_pair(*rules):
    return ba.Pair(
        "centre_of_mass",
        noisy_bio,
        sigmoid,
        ba.Correspondence((ba.Match("unit", "unit"),)),
        stimulus=ba.steps({"x": np.linspace(0, 1, 11)}, duration=1 * second),
        claims=(ba.Claim("1", "The cell prefers high levels.", "ours", *rules),),
    )


comparison = ba.compare(make_pair(centre.of("bio") >= 0.7).run(trials=10, seed=1))
print(comparison.claims[0].because)
comparison.figure("responses")

# %%
# 4. A layer
# ----------
# ``forward`` computes with the array namespace `xp`, so that the same line runs in NumPy and, for
# training, in JAX; its last axis is that of the units. Divisive normalisation (Carandini and
# Heeger 2012) saturates with contrast and keeps the ratio of its inputs.


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DivisiveNormalisation(ba.layers.Layer):
    half_level: float = 0.2

    def output_shape(self, shape):
        return shape

    def forward(self, p, x, xp=np, dt=None):
        return x / (self.half_level + x.sum(axis=-1, keepdims=True))


network = ba.LayeredNetwork((ba.layers.Dense(np.eye(2)), DivisiveNormalisation()))
contrast = np.linspace(0, 1, 50)
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
responses = network.predict(np.stack([0.75 * contrast, 0.25 * contrast], axis=1))
axes.plot(contrast, responses, label=["three quarters of the contrast", "one quarter"])
axes.set(xlabel="contrast", ylabel="activation")
axes.legend()

# %%
# With ``to_rate_units``, ``to_onnx`` and ``explain`` a layer can also be translated, exported and
# shown in reports. Without them the network runs and trains, and the errors of the others say so.
#
# 5. A rule
# ---------
# A rule states its scores and its text, and decides from a 95 % interval. This one says that a
# score differs from a value: the opposite of an equivalence test.


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Differs(ba.rules.IntervalRule):
    score: ba.Score
    value: float

    @property
    def scores(self):
        return (self.score,)

    @property
    def text(self):
        return f"{self.score.text} differs from {self.value:g}"

    def decide(self, low, high, evidence):
        return "undecided" if low <= self.value <= high else "supported"


rule = Differs(centre.of("bio"), 0.5)
verdict = ba.compare(make_pair(rule).run(trials=10, seed=1)).claims[0]
print(verdict.outcome, "-", verdict.because)

figure, axes = plt.subplots(figsize=(5, 2), layout="constrained")
for y, (low, high) in enumerate([(0.30, 0.40), (0.45, 0.60), (0.64, 0.80)]):
    axes.plot([low, high], [y, y], linewidth=3)
    axes.text((low + high) / 2, y + 0.15, rule.decide(low, high, None), ha="center")
axes.axvline(rule.value, color="black", linestyle="--", linewidth=1)
axes.set(xlabel="centre of mass [activation]", yticks=[], ylim=(-0.4, 2.7), xlim=(0.25, 0.85))
figure

# %%
# ``bioann check my_pair.py`` tests a pair with such parts as it tests those that ship. The page on
# extending has the rest: connectivity, kernels, studies, models of another kind.
