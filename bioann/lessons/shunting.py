"""Lesson: what a shunt does, an inhibitory conductance that reverses at the resting potential."""

from __future__ import annotations

from brian2 import mV, nS

from bioann.base.text import format_number, format_setting
from bioann.lessons.axis import LessonAxis
from bioann.lessons.effects import EffectiveWeight
from bioann.lessons.lesson import AtlasVerdict, Lesson, Position, Prediction
from bioann.pair import Pair
from bioann.sweeps.change_pair import change_pair

#: Current of the drive at activation 1 in pA, and the middle of threshold and reset in mV.
DRIVE_PA, MIDDLE_MV = 2400.0, -57.5


def change_conductance(pair: Pair, position: Position) -> Pair:
    """Return the pair with another constant conductance in the cell ``shunted``.

    The bias of its unit is what such a conductance subtracts from the driving current far from
    rheobase, g (middle - E_rev) (Holt and Koch 1997), as in the pair.
    """
    conductance, reversal = position["conductance"], position["reversal"]
    bias = -conductance * (MIDDLE_MV - reversal) / DRIVE_PA  # nS x mV is pA
    values = {
        "injection -> shunted, conductance": conductance * nS,
        "injection -> shunted, receptor, reversal": reversal * mV,
        "unit shunted, bias": bias,
    }
    return change_pair(pair, values)


def describe_conductance(pair: Pair, position: Position) -> tuple[str, str]:
    """Return the conductance of the cell, and the bias of the unit as a current."""
    conductance = format_setting(position["conductance"], "nS")
    reversal = format_setting(position["reversal"], "mV")
    bias = float(pair.ann.bias[list(pair.ann.units).index("shunted")]) * DRIVE_PA
    return f"{conductance} that reverse at {reversal}", f"bias {format_number(bias, 'pA')}"


LESSON = Lesson(
    name="shunting",
    title="Shunting inhibition",
    question="At rest, a conductance that reverses at the resting potential passes no current. "
    "Does it inhibit, and how does it change the f-I curve?",
    pair="inhibition_modes",
    introduction="Spiking model: a leaky integrate-and-fire cell with a driving current and a "
    "constant conductance (leak 10 nS, rest −65 mV, threshold −50 mV), compared with a cell "
    "without that conductance. Rate model: a unit with the f-I curve of the cell without noise; "
    "the conductance is replaced by a bias, a constant current.",
    predictions=(
        Prediction(
            "It divides: the f-I curve becomes flatter",
            False,
            "It divides potentials below threshold, but the f-I curve keeps its slope: between "
            "spikes the mean potential of a firing cell hardly depends on the drive.",
        ),
        Prediction(
            "It subtracts: the f-I curve shifts to the right",
            True,
            "While the cell fires, its potential lies between reset and threshold, above the "
            "reversal potential: the conductance takes a nearly constant current.",
        ),
        Prediction(
            "It does nothing: no current flows through it",
            False,
            "No current flows at rest only. A depolarised cell loses current through it.",
        ),
    ),
    axes=(
        LessonAxis(
            "reversal",
            "reversal potential of the conductance",
            "mV",
            (-80, -72, -65, -57.5, -50, -40),
            2,
            varies_network=True,
        ),
        LessonAxis(
            "conductance",
            "conductance",
            "nS",
            (0, 2, 4, 6, 8, 10),
            0,
            varies_network=True,
        ),
        LessonAxis(
            "drive",
            "driving current",
            "pA",
            (0, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1400, 1600),
            9,
            is_slider=False,
        ),
    ),
    horizontal="drive",
    curves=("with the conductance", "without it"),
    matches=("shunted", "control"),
    response="firing rate",
    unit="Hz",
    effect=EffectiveWeight(
        "effective weight of the conductance", "Hz per nS", "with the conductance", "conductance"
    ),
    choose_levels=lambda position: {"drive": position["drive"] / DRIVE_PA},
    describe_connection=describe_conductance,
    change_pair=change_conductance,
    duration_ms=1100.0,
    trials=1,  # nothing is random
    steps=(
        "Leave the reversal potential at −65 mV, the resting potential, and raise the conductance "
        "to 10 nS: the curve of the cell shifts to the right. Far from threshold it stays parallel "
        "to the one without conductance.",
        "Set the reversal potential to −80 mV: far from threshold the shift is three times as "
        "large. Move it up to −57.5 mV, the middle of reset and threshold: at high currents the "
        "shift disappears.",
        "Move it on to −40 mV: the same conductance now excites, although it is still positive. "
        "Compare the two models near threshold, below 300 pA, where they differ most.",
    ),
    meaning=(
        "While a cell fires, its mean potential stays near the middle of reset and threshold, "
        "−57.5 mV here. A conductance then takes about conductance × (−57.5 mV − reversal "
        "potential) from the driving current: it subtracts, as a negative bias does, and does not "
        "divide. Its sign follows from the reversal potential alone.",
        "Near threshold the bias is wrong: there the potential stays close to −50 mV for most of "
        "the time, so the conductance takes more current. And a shunt does divide the small "
        "potentials of a cell that does not fire. With strong random input, which this page does "
        "not show, conductances lower the gain as well (A4d).",
    ),
    evidence=(
        AtlasVerdict("A4b", "supported"),
        AtlasVerdict("A4c", "supported"),
        AtlasVerdict("A4d", "supported"),
    ),
)
