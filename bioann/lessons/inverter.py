"""Lesson: an inverter needs a negative weight, or an inhibitory synapse."""

from __future__ import annotations

from dataclasses import replace

from brian2 import nS

from bioann.base.text import format_setting
from bioann.lessons.axis import LessonAxis
from bioann.lessons.effects import EffectiveWeight
from bioann.lessons.lesson import AtlasVerdict, Lesson, Position, Prediction
from bioann.pair import Pair
from bioann.sweeps.change_pair import change_pair

#: The pair has the weight -10 for a synapse of 0.6 nS, and a control with excitatory interneurons.
WEIGHT_PER_NS, EXCITATORY_CONTROL = -10 / 0.6, "glutamate_interneurons"
#: Below zero: of synapses from interneurons that release glutamate, as in the control of the pair.
SIGNED_CONDUCTANCES_NS = (-1.2, -0.6, -0.3, 0.0, 0.15, 0.3, 0.6, 1.2)


def change_synapse(pair: Pair, position: Position) -> Pair:
    """Return the pair with a synapse of another strength, and of the other sign below zero."""
    weight = position["weight"]
    conductance = abs(weight / WEIGHT_PER_NS)
    if weight > 0:
        pair = replace(pair, bio=pair.controls[EXCITATORY_CONTROL])
    values = {
        "projection interneurons -> output, weight": conductance * nS,
        "unit output, weight from channel input": weight,
    }
    return change_pair(pair, values)


def describe_synapse(pair: Pair, position: Position) -> tuple[str, str]:
    """Return the synapse of the interneurons, and the weight of the unit."""
    weight = position["weight"]
    conductance = format_setting(abs(weight / WEIGHT_PER_NS), "nS")
    rate_weight = f"weight {format_setting(weight)}"
    if weight == 0:
        return "no synapse (0 nS)", rate_weight
    transmitter = "glutamate (excitatory)" if weight > 0 else "GABA (inhibitory)"
    return f"{transmitter}, {conductance}", rate_weight


LESSON = Lesson(
    name="inverter",
    title="The inverter",
    question="Can a circuit answer 1 to input 0, and 0 to input 1, without inhibition?",
    pair="inverter",
    introduction="Spiking model: a population that fires by itself at about 100 Hz, and "
    "interneurons that the input excites and that act on this population through one kind of "
    "synapse. Rate model: one sigmoid unit with a positive bias and one weight from the input. "
    "Activation 1 of the input is 100 Hz in each of 20 fibres.",
    predictions=(
        Prediction(
            "Yes: a strong excitatory synapse can do it",
            False,
            "More excitation only raises the rate: with a positive weight neither model inverts.",
        ),
        Prediction(
            "No: it needs a negative weight or an inhibitory synapse",
            True,
            "In both models the response falls with the input only where the weight is negative.",
        ),
        Prediction(
            "The unit needs a negative weight, but the circuit of cells does not",
            False,
            "The circuit needs it as well: with interneurons that release glutamate it does not "
            "invert.",
        ),
    ),
    axes=(
        LessonAxis("input", "input", "", (0, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1), 5),
        LessonAxis(
            "weight",
            "signed weight of the connection",
            "",
            tuple(sorted(round(WEIGHT_PER_NS * g, 9) + 0.0 for g in SIGNED_CONDUCTANCES_NS)),
            4,
            varies_network=True,
        ),
    ),
    horizontal="input",
    curves=("output",),
    matches=("output",),
    response="rate of the output",
    unit="Hz",
    effect=EffectiveWeight("effective weight of the input", "Hz per activation", "output", "input"),
    choose_levels=lambda position: {"input": position["input"]},
    describe_connection=describe_synapse,
    change_pair=change_synapse,
    steps=(
        "Set the weight to 0 and move the input from 0 to 1: neither response moves. In the "
        "spiking model the output keeps firing because of its background input.",
        "Set the weight to −10 and move the input again: both responses fall from about 100 Hz "
        "to almost 0. Note at which input each of them turns over.",
        "Set the weight to 10: the interneurons now release glutamate. The spiking response rises; "
        "that of the unit cannot, because its sigmoid is at its top already. Neither of them falls "
        "at any positive weight.",
    ),
    meaning=(
        "A negative weight and an inhibitory synapse do the same here: they make the response fall "
        "as the input rises. A conductance itself is never negative. What makes a synapse "
        "inhibitory is its reversal potential, −80 mV, below the threshold of the cell.",
        "The curves differ in shape: the unit is symmetric about an input of 0.5, whereas the "
        "interneurons are silent below an input of about 0.3 and the output falls steeply beyond "
        "it. And with a positive weight the spiking output "
        "rises above 100 Hz, where the sigmoid ends.",
    ),
    evidence=(AtlasVerdict("A7a", "supported"), AtlasVerdict("A7b", "supported")),
)
