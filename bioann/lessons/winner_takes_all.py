"""Lesson: from contrast enhancement to winner takes all."""

from __future__ import annotations

from bioann.base.text import format_setting
from bioann.lessons.axis import LessonAxis
from bioann.lessons.effects import LossPerRate
from bioann.lessons.lesson import AtlasVerdict, Lesson, Position, Prediction
from bioann.pair import Pair

#: The five circuits of the pair: conductance of the inhibition in nS, and weight of the units.
CONDUCTANCES_NS, WEIGHTS = (0.0, 0.3, 0.6, 1.2, 2.4), (0.0, -0.3, -0.6, -0.8, -0.85)


def name_circuit(position: Position) -> tuple[str, str]:
    """Return the two matches of the circuit that has a coupling."""
    k = CONDUCTANCES_NS.index(position["coupling"])
    return f"a{k}", f"b{k}"


def choose_contrast(position: Position) -> dict[str, float]:
    """Return the inputs of both neighbours, whose mean is 1."""
    return {"a": 1 + position["contrast"], "b": 1 - position["contrast"]}


def describe_coupling(pair: Pair, position: Position) -> tuple[str, str]:
    """Return the inhibition between the neighbours in both models."""
    k = CONDUCTANCES_NS.index(position["coupling"])
    conductance = format_setting(CONDUCTANCES_NS[k], "nS")
    return f"GABA through interneurons, {conductance}", f"weight {format_setting(WEIGHTS[k])}"


LESSON = Lesson(
    name="winner_takes_all",
    title="The winner takes all",
    question="Two neighbours inhibit each other. How strong must the inhibition be for the one "
    "with slightly more input to silence the other?",
    pair="winner_take_all",
    introduction="Spiking model: two populations a and b of excitatory cells; each excites "
    "inhibitory cells of its own, which inhibit the other. Rate model: two threshold-linear units "
    "with a negative weight between them. The contrast of the inputs is their difference over "
    "their sum; their mean does not change.",
    predictions=(
        Prediction(
            "Any inhibition: the stronger one always silences the other in the end",
            False,
            "With weak inhibition both go on responding; the difference between them only grows.",
        ),
        Prediction(
            "A certain strength: below it both respond, above it a small difference decides",
            True,
            "Inhibition amplifies the difference between the neighbours more and more, until the "
            "weaker one is silent even if the inputs hardly differ.",
        ),
        Prediction(
            "No strength suffices while both receive input",
            False,
            "With the strongest inhibition a contrast of 0.2 of the inputs silences the weaker one "
            "in both models.",
        ),
    ),
    axes=(
        LessonAxis(
            "contrast",
            "contrast of the inputs",
            "",
            (-0.3, -0.2, -0.1, -0.05, 0, 0.05, 0.1, 0.2, 0.3),
            5,
        ),
        LessonAxis("coupling", "conductance of the inhibition", "nS", CONDUCTANCES_NS, 0),
    ),
    horizontal="contrast",
    curves=("a", "b"),
    name_matches=name_circuit,
    response="firing rate",
    unit="Hz",
    effect=LossPerRate("effective weight from b to a", "Hz per Hz", "a", "b", "coupling"),
    choose_levels=choose_contrast,
    trials=6,
    describe_connection=describe_coupling,
    steps=(
        "Without inhibition (0 nS) move the contrast from −0.3 to 0.3: the rates of a and b cross "
        "gently.",
        "Set the contrast to 0.05 and raise the inhibition step by step. In the spiking model a "
        "goes on firing while b falls. In the rate model both fall at first; then a recovers while "
        "b falls on.",
        "At 2.4 nS move the contrast across 0: now a small difference decides which of the two "
        "fires. Note that both curves are steepest there.",
    ),
    meaning=(
        "Each neighbour that fires a little more inhibits the other a little more, which reduces "
        "the inhibition that it receives itself. This loop amplifies differences. With weak "
        "inhibition it enhances contrast, as in the eye of the horseshoe crab; with strong "
        "inhibition one of the two is silenced.",
        "Both models pass from one regime to the other, at a strength that is measured in nS in "
        "one of them and is a weight near −0.8 in the other. The effective weight from b to a is "
        "the change of a's rate by the coupling over the rate of b; it counts the whole loop "
        "through interneurons, and does not exist where b is silent or there is no coupling. In "
        "the spiking model the interneurons of the loser fall silent before the loser does, so "
        "that the winner is hardly inhibited.",
    ),
    evidence=(AtlasVerdict("B4i", "supported"), AtlasVerdict("B4j", "depends")),
)
