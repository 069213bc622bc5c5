"""Lesson: what a negative weight is in a brain."""

from __future__ import annotations

from bioann.base.text import format_number
from bioann.lessons.axis import LessonAxis
from bioann.lessons.effects import EffectiveWeight
from bioann.lessons.lesson import AtlasVerdict, Lesson, Position, Prediction
from bioann.pair import Pair

#: Rate of every fibre at activation 1 of its channel, in Hz, as in the pair.
TOP_RATE_HZ = 40.0
FIBRE_RATES_HZ = tuple(5.0 * k for k in range(9))


def choose_fibre_rates(position: Position) -> dict[str, float]:
    """Return the activations of both channels."""
    return {name: position[name] / TOP_RATE_HZ for name in ("excitation", "inhibition")}


def describe_inhibition(pair: Pair, position: Position) -> tuple[str, str]:
    """Return the inhibitory synapses of the cell, and the weight of the unit that follows."""
    weight = float(pair.ann.W_in[0, 1])
    return "20 GABA synapses of 6 nS, reversal −80 mV", f"weight {format_number(weight)}"


LESSON = Lesson(
    name="negative_weight",
    title="What is a negative weight in a brain?",
    question="A unit multiplies one of its inputs by a negative number. What does a neuron do "
    "instead?",
    pair="weighted_sum",
    introduction="Spiking model: one conductance-based cell that receives 80 excitatory and 20 "
    "inhibitory fibres with random spikes. Rate model: one unit with a positive and a negative "
    "weight and the f-I curve of the cell, computed by theory from the same conductances; nothing "
    "is fitted to the simulation.",
    predictions=(
        Prediction(
            "The inhibitory conductance is negative",
            False,
            "A conductance is never negative: opening channels can only add conductance. What is "
            "negative is the driving force, the reversal potential minus the membrane potential.",
        ),
        Prediction(
            "The conductance is positive, but it pulls the potential down, which acts like a "
            "negative weight",
            True,
            "The current through the inhibitory synapses has the sign of their driving force. "
            "Multiplied by conductance and duration, it is the negative weight of the unit.",
        ),
        Prediction(
            "Nothing in a neuron corresponds to a negative weight",
            False,
            "The rate of the cell falls with the inhibitory rate as the response of the unit does, "
            "although no number in the cell is a negative weight.",
        ),
    ),
    axes=(
        LessonAxis("excitation", "excitatory rate per fibre", "Hz", FIBRE_RATES_HZ, 4),
        LessonAxis("inhibition", "inhibitory rate per fibre", "Hz", FIBRE_RATES_HZ, 2),
    ),
    horizontal="inhibition",
    curves=("cell",),
    matches=("cell",),
    response="firing rate",
    unit="Hz",
    effect=EffectiveWeight(
        "effective weight of inhibition", "Hz per Hz of each fibre", "cell", "inhibition"
    ),
    choose_levels=choose_fibre_rates,
    describe_connection=describe_inhibition,
    steps=(
        "Set the excitatory rate to 20 Hz and raise the inhibitory rate from 0: both models fire "
        "less and less. The effective weight in the table is negative in both.",
        "Watch the effective weight while you move both sliders: the weight of the unit stays the "
        "same, the effective weight does not. It is small where a model hardly fires, and smaller "
        "at high rates than in the middle of the range.",
        "Set both rates to 0: the cell is silent, and the unit is not. Its f-I curve depends on "
        "the signed sum alone and cannot know that there is no noise without input. Find other "
        "settings where the curves differ: most of them lie near threshold.",
    ),
    meaning=(
        "A negative weight stands for a positive conductance whose reversal potential lies below "
        "the membrane potential. Per presynaptic spike it takes away a charge of about conductance "
        "× duration × driving force; divided by the charge that one spike costs, this is the "
        "weight of the unit.",
        "The weight is a fixed number in the unit, whereas its effect depends on the operating "
        "point in both models: a model that does not fire cannot fire less. The rate of the cell "
        "is close to a function of one signed sum of its inputs (A1a), but not at all inputs to "
        "within 5 % of the highest rate (A1b).",
    ),
    evidence=(AtlasVerdict("A1a", "supported"), AtlasVerdict("A1b", "refuted")),
)
