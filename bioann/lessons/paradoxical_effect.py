"""Lesson: exciting inhibitory cells can make them fire less."""

from __future__ import annotations

from brian2 import nS

from bioann.base.text import format_number, format_setting
from bioann.lessons.axis import LessonAxis
from bioann.lessons.effects import ResponseItself
from bioann.lessons.lesson import AtlasVerdict, Lesson, Position, Prediction
from bioann.pair import Pair
from bioann.sweeps.change_pair import change_pair

#: The pair has the weight 1.44 for synapses of 0.6 nS from E to E.
WEIGHT_PER_NS = 1.44 / 0.6


def change_recurrence(pair: Pair, position: Position) -> Pair:
    """Return the pair with another strength of the synapses from E to E in both models."""
    conductance = position["recurrence"]
    values = {
        "projection E -> E, weight": conductance * nS,
        "unit E, weight from unit E": WEIGHT_PER_NS * conductance,
    }
    return change_pair(pair, values)


def describe_recurrence(pair: Pair, position: Position) -> tuple[str, str]:
    """Return the connection from E to E in both models."""
    conductance = position["recurrence"]
    weight = format_number(WEIGHT_PER_NS * conductance)
    return f"E to E: {format_setting(conductance, 'nS')}", f"E to E: weight {weight}"


LESSON = Lesson(
    name="paradoxical_effect",
    title="The paradoxical effect",
    question="Somebody excites the inhibitory cells of a network. Do these cells fire more?",
    pair="inhibition_stabilized",
    introduction="Spiking model: 20 excitatory cells (E) and 10 inhibitory ones (I), each "
    "population connected to itself and to the other. Rate model: two units with the same four "
    "connections as signed weights. A drive excites E and sets the operating point. An additional "
    "push excites I alone: the figure shows by how much it changes the rates of I and E.",
    predictions=(
        Prediction(
            "Yes, always: they receive more excitation",
            False,
            "Their own input grows, but E loses rate, and I loses the excitation from E.",
        ),
        Prediction(
            "It depends: they can fire less if the excitatory cells excite each other strongly",
            True,
            "Where E alone would run away, I ends up with less excitation than before the push and "
            "fires less.",
        ),
        Prediction(
            "Never: inhibitory cells also inhibit each other",
            False,
            "Without strong excitation among the cells E, the push raises the rate of I.",
        ),
    ),
    axes=(
        LessonAxis(
            "drive",
            "drive of E",
            "activation",
            (0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8),
            0,
        ),
        LessonAxis(
            "recurrence",
            "conductance of the synapses from E to E",
            "nS",
            (0, 0.2, 0.4, 0.6, 0.75),
            0,
            varies_network=True,
        ),
    ),
    horizontal="drive",
    curves=("I", "E"),
    matches=("I", "E"),
    response="change of the rate by the push",
    unit="Hz",
    effect=ResponseItself("effect of the push on I", "Hz", "I"),
    choose_levels=lambda position: {"drive": position["drive"], "push": 1.0},
    reference_levels=lambda position: {"drive": position["drive"], "push": 0.0},
    describe_connection=describe_recurrence,
    change_pair=change_recurrence,
    trials=10,
    steps=(
        "Leave the synapses from E to E at 0 nS and raise the drive: the push raises the rate of I "
        "at every drive, as expected, and lowers that of E.",
        "Set these synapses to 0.6 nS and raise the drive again: from some drive on the push "
        "lowers the rate of I as well. Read the drive at which the sign changes in each model.",
        "Compare 0.4 and 0.75 nS at high drives: at 0.4 nS the push hardly changes the rate of I, "
        "at 0.75 nS it lowers it most. The push itself is the same everywhere.",
    ),
    meaning=(
        "The push excites I; I inhibits E; E then excites I less. Where the cells E excite each "
        "other so strongly that only inhibition keeps them from running away, this detour "
        "outweighs the push, and I fires less. Such networks are called inhibition-stabilised "
        "(Tsodyks et al. 1997).",
        "So the sign of a connection is not the sign of its effect: no weight and no conductance "
        "changes its sign between the left and the right of the figure. The operating point does: "
        "at low rates the cells E pass on too little of their input to destabilise the network.",
    ),
    evidence=(AtlasVerdict("B12a", "depends"), AtlasVerdict("B12b", "supported")),
)
