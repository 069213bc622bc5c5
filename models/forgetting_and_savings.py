"""Forgetting and savings: can what is forgotten be recalled, and what does that take?

Spiking model: the strength s of synapses that pairs of spikes raise and that exchanges with a
hidden strength h (two beakers), ds/dt = (h - s) / tau_f + a, dh/dt = (s - h) / tau_h. They learn
for 2 s, forget for 3 s, are set back to the strength before learning, rest for 2 s, are set back
again, and learn once more. Rate model: a unit whose weights learn from an error and decay
(`decay`), and one with a fast and a slow part of each weight (`fast_slow`). Control `erased`: the
hidden strength is set back as well before the synapses learn again.

Controls for where a memory lies: `in_synapse` has synapses without decay, `in_cell` has fixed
synapses and a threshold that a cell's own spikes lower. Before and after learning a pulse to the
trained synapses, and one to others of the same cells, tests them.
"""

import functools
from collections.abc import Callable

import numpy as np
import xarray as xr
from brian2 import Hz, Quantity, ms, mV, nS, second
from scipy.optimize import brentq, curve_fit

import bioann as ba

TAU_FAST, TAU_SLOW = 0.5, 5.0
TAU = 1 / (1 / TAU_FAST + 1 / TAU_SLOW)
#: Share of the hidden strength in the steady state.
SHARE_SLOW = TAU_SLOW / (TAU_FAST + TAU_SLOW)
#: In seconds: start of learning, its duration, and the ends of the phases.
START, LEARNING = 0.5, 2.0
PHASES = {"learn": 2.5, "forget": 5.5, "rebound": 7.5, "relearn": 9.5}
TRAINED, OTHER = "pulse to the trained synapses", "pulse to others"
TESTS = {TRAINED: ("test_x", (0.1, 2.6)), OTHER: ("test_y", (0.25, 2.75))}
RATES = np.array([50.0, 100.0])
#: Savings are measured at this share of what the first learning reached.
CRITERION = 0.6


def make_stimulus() -> xr.DataArray:
    """Return pairs of pulses on x and, 5 ms later, on the teacher, at two rates."""
    values = np.zeros((len(RATES), round(PHASES["relearn"] * 1e3), 5))
    for row, rate in zip(values, RATES, strict=True):
        # In the middle of each interval, so that their sum is close to the integral.
        times = np.concatenate(
            [(np.arange(LEARNING * rate) + 0.5) / rate + t for t in (START, PHASES["rebound"])]
        )
        steps = np.round(times * 1e3).astype(int)
        row[steps - 5, 0], row[steps, 1] = 1.0, 1.0
        for column, (_, tests) in enumerate(TESTS.values(), start=2):
            row[np.round(np.array(tests) * 1e3).astype(int), column] = 1.0
        row[steps - 5, 4] = 1.0
    return ba.stimuli.make_stimulus(
        values, channels=("x", "teacher", "test_x", "test_y", "goal"), coords={"rate": RATES}
    )


def predict_strength(t: float, hidden: float) -> float:
    """Return the strength of two beakers after learning for a time, at the drive 1.

    The strength starts at 0, the hidden one at `hidden`.
    """
    total = TAU_SLOW * hidden + TAU_FAST * t
    difference = TAU + (-hidden - TAU) * np.exp(-t / TAU)
    return float((total + TAU_SLOW * difference) / (TAU_FAST + TAU_SLOW))


PEAK = predict_strength(LEARNING, 0.0)
ASYMPTOTE = LEARNING * (1 - SHARE_SLOW)
#: What comes back in the time that the synapses rest, and what is hidden then.
REST = 1 - np.exp(-(PHASES["rebound"] - PHASES["forget"]) / TAU)
COMES_BACK = float(SHARE_SLOW * REST)
HIDDEN = ASYMPTOTE * (1 - (1 - SHARE_SLOW) * REST)
FIRST_TIME, SECOND_TIME = (
    brentq(lambda t, h: predict_strength(t, h) - CRITERION * PEAK, 0, LEARNING, args=(h,))
    for h in (0.0, HIDDEN)
)


def strength_between(start: float, stop: float) -> ba.metrics.Difference:
    """Return the strength above that before learning."""
    return ba.metrics.Difference(
        ba.metrics.ResponseBetween(start, stop), ba.metrics.ResponseBetween(0.0, START)
    )


BIN = 0.01
PEAK_STRENGTH, FORGOTTEN, REBOUND = (
    strength_between(stop - BIN, stop)
    for stop in (PHASES[p] for p in ("learn", "forget", "rebound"))
)


def measure_savings(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Return the share of the time to the criterion that the second learning saves."""
    course = response.mean("condition")
    baseline = strength_between(0.0, START).minus(response, stimulus)
    criterion = CRITERION * PEAK_STRENGTH(response, stimulus)
    times = []
    for start in (START, PHASES["rebound"]):
        inside = (course.time > start) & (course.time < start + LEARNING)
        learning = course.isel(time=np.flatnonzero(inside)) - baseline
        learning = learning.assign_coords(time=learning.time - start)
        times.append(ba.metrics.find_first_below(criterion - learning, "time"))
    return 1 - times[1] / times[0]


DECAY = ba.measure(
    ba.metrics.RelaxationTime(PHASES["learn"], PHASES["forget"]),
    "time constant of forgetting",
    best=TAU * 1e3,
)
RETAINED = ba.measure(
    ba.metrics.Ratio(FORGOTTEN, PEAK_STRENGTH),
    "strength that is never forgotten, over what was learned",
    best=ASYMPTOTE / PEAK,
)
RECOVERED = ba.measure(
    ba.metrics.Ratio(REBOUND, FORGOTTEN),
    "strength that comes back after it was wiped, over that before",
    best=COMES_BACK,
)
SAVINGS = ba.measure(
    measure_savings,
    "time saved by learning again, at the strength of the first time",
    over="time",
    estimator="resampled",
    best=1 - SECOND_TIME / FIRST_TIME,
)
#: Ebbinghaus 1885, chapter 7: hours, and share of the work that learning again saves.
HOURS = np.array([1 / 3, 1.0, 8.8, 24.0, 48.0, 144.0, 744.0])
SAVED = np.array([58.2, 44.2, 35.8, 33.7, 27.8, 25.4, 21.1]) / 100
CURVES: dict[str, tuple[Callable[..., np.ndarray], tuple[float, ...]]] = {
    "exponential": (lambda t, a, tau: a * np.exp(-t / tau), (0.4, 500.0)),
    "exponential and constant": (lambda t, a, tau, c: c + a * np.exp(-t / tau), (0.3, 2.0, 0.25)),
    "power law": (lambda t, a, b: a * t**-b, (0.5, 0.1)),
}


@functools.cache
def fit_curve(name: str) -> tuple[np.ndarray, float]:
    """Return the parameters of the least-squares fit to Ebbinghaus' numbers, and its AICc."""
    curve, start = CURVES[name]
    parameters, _ = curve_fit(curve, HOURS, SAVED, p0=start, maxfev=10_000)
    residual = float(((curve(HOURS, *parameters) - SAVED) ** 2).sum())
    return parameters, float(ba.metrics.aicc(residual, len(HOURS), len(parameters) + 1))


def subtract_aicc(name: str) -> float:
    return fit_curve(name)[1] - fit_curve("power law")[1]


AICC = {
    name: ba.measure(
        functools.partial(subtract_aicc, name),
        f"AICc of {label} minus that of a power law, human savings over 31 days",
    )
    for name, label in (
        ("exponential", "an exponential"),
        ("exponential and constant", "an exponential and a constant"),
    )
}
#: Spikes per cell that a test evokes after learning, minus those before.
GAINED = {
    name: ba.measure(
        ba.metrics.Difference(*(ba.metrics.ResponseBetween(t, t + 0.05) for t in reversed(times))),
        f"change of the rate after a {name}",
        unit="Hz",
    )
    for name, (_, times) in TESTS.items()
}
FORUM, PAIR_SAVINGS = "AI Stack Exchange 2018", 0.05
#: Half a spike in 50 ms, and a tenth of one.
MORE, NO_MORE = 10.0, 2.0
CLAIMS = (
    ba.Claim(
        "C4a",
        "Memory attenuates at a roughly inverse exponential rate: an exponential, with or without "
        "a constant, describes how people forget better than a power law.",
        FORUM,
        *(difference.of() <= 0.0 for difference in AICC.values()),
    ),
    ba.Claim(
        "C4b",
        "A strength that exchanges with a hidden one is forgotten exponentially, and not entirely.",
        "Benna and Fusi 2016",
        DECAY.of("bio", match="decay").within(0.03),
        RETAINED.of("bio", match="decay").within(0.03),
    ),
    ba.Claim(
        "C4c",
        "What is forgotten can be recalled: a strength that was wiped comes back from the hidden "
        "one, and a slow part of a weight brings back its sum.",
        FORUM,
        RECOVERED.of("bio", match="decay").within(0.03),
        RECOVERED.of("ann", match="fast_slow") >= 0.5,
    ),
    ba.Claim(
        "C4d",
        "What was learned before is learned faster, from the same strength, if something hidden "
        "is left of it.",
        "Ebbinghaus 1885; Hinton and Plaut 1987",
        SAVINGS.of("bio", match="decay").within(0.05),
        SAVINGS.of("ann", match="fast_slow") >= PAIR_SAVINGS,
        supported="Yes, if something hidden is left: a slow strength brings the visible one "
        "back and makes learning faster. A weight that decays saves nothing",
        refuted="Not as predicted: a hidden strength does not save what it should",
    ),
    ba.Claim(
        "C4e",
        "Without anything hidden nothing is saved: neither by weights that decay, nor by synapses "
        "whose hidden strength is erased.",
        "ours",
        SAVINGS.of("ann", match="decay").between(-0.01, 0.01),
        SAVINGS.of("erased", match="decay").between(-0.01, 0.01),
    ),
    ba.Claim(
        "E22a",
        "A memory may lie inside the cell: a threshold that its own spikes have lowered recalls "
        "what was learned, without a change of any synapse.",
        FORUM,
        GAINED[TRAINED].of("in_cell", match="decay") >= MORE,
    ),
    ba.Claim(
        "E22b",
        "A pulse to other synapses tells where a memory lies: one in synapses does not change the "
        "response to it, one inside the cell does.",
        "ours",
        GAINED[TRAINED].of("in_synapse", match="decay") >= MORE,
        GAINED[OTHER].of("in_synapse", match="decay").between(-NO_MORE, NO_MORE),
        GAINED[OTHER].of("in_cell", match="decay") >= MORE,
    ),
)


def list_human_savings(
    comparison: ba.Comparison,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    hours = np.geomspace(HOURS[0], HOURS[-1], 100)
    fits = {name: (hours, curve(hours, *fit_curve(name)[0])) for name, (curve, _) in CURVES.items()}
    return {"Ebbinghaus 1885": (HOURS, SAVED), **fits}


FIGURE = ba.figures.Panels(
    (
        ba.figures.TimeCourses(
            match="decay",
            models=("bio", "erased"),
            ylabel="strength [activation]",
        ),
        ba.figures.TimeCourses(
            models=("ann",),
            curves={unit: ba.metrics.ResponseCurve(unit, {}) for unit in ("decay", "fast_slow")},
            ylabel="weight [activation]",
        ),
        ba.figures.ComputedCurves(
            list_human_savings,
            xlabel="time since learning [h]",
            ylabel="savings [share]",
            log_x=True,
        ),
    ),
    "Synapses with a hidden strength do not forget everything, recover after they are wiped (at "
    "5.5 s), and learn faster the second time (from 7.5 s); erasing the hidden strength takes that "
    "away. A weight that decays comes back to nothing. People forget by a power law.",
)


def build_circuit(
    weight: Quantity,
    rule: object = (),
    threshold: ba.plasticity.IntrinsicPlasticity | None = None,
    background: Quantity = 0.5 * nS,
) -> ba.SpikingNetwork:
    # A pulse makes each pre cell fire once, and so does the teacher with post cells. Tests of post
    # cells alone are too weak, by about a sixth.
    pulse = {"receptor": ba.receptors.AMPA(tau=2 * ms), "fibres": 20, "rate": 1000 * Hz}
    weights = {"x": 4 * nS, "test_x": 4 * nS, "teacher": 4 * nS, "test_y": 1.1 * nS}
    return ba.SpikingNetwork(
        (
            ba.Population("pre", 5, "glutamate"),
            ba.Population(
                "post", 5, "glutamate", background=background, intrinsic_plasticity=threshold
            ),
        ),
        tuple(
            ba.Afferent(name, "pre" if name.endswith("x") else "post", w, kind="regular", **pulse)
            for name, w in weights.items()
        ),
        (ba.Projection("pre", "post", weight, pulse["receptor"], plasticity=rule),),
    )


def build_protocol(
    learner: ba.SpikingNetwork | ba.learning.PlasticRateNetwork,
    wiped: tuple[ba.Lesion, ...],
    erased: tuple[ba.Lesion, ...] = (),
) -> ba.Protocol:
    lesions = {"rebound": wiped, "relearn": (*wiped, *erased)}
    durations = np.diff([0.0, *PHASES.values()])
    return ba.Protocol(
        learner,
        tuple(
            ba.Phase(name, duration * second, lesions.get(name, ()))
            for name, duration in zip(PHASES, durations, strict=True)
        ),
    )


def pair() -> ba.Pair:
    beakers = ba.plasticity.Consolidation(
        ba.plasticity.PairSTDP(A_plus=0.4, A_minus=0.0, nearest=True),
        tau_fast=TAU_FAST * second,
        tau_slow=TAU_SLOW * second,
    )
    # So weak that only the teacher makes post cells fire: what is learned is the strength alone.
    synapses = build_circuit(0.005 * nS, beakers, background=0 * nS)
    before, hidden_before = (
        ba.Lesion(f"{variable}_pre_to_post", strength=1.0) for variable in ("weight", "hidden")
    )
    units = ("decay", "fast_slow")
    # Connections of no strength, for all that counts, before they learn.
    network = ba.RateNetwork(
        units, channels=("x",), W_in=np.full((2, 1), 1e-6), activation="linear"
    )
    rules = tuple(
        ba.learning.FastSlow(
            (unit,),
            channels=("x",),
            rate=50 * Hz,
            goals=("goal",),
            tau_fast=TAU_FAST * second,
            slow_rate=slow_rate,
            name=unit,
        )
        for unit, slow_rate in zip(units, (0 * Hz, 5 * Hz), strict=True)
    )
    bio, erased = (
        ba.LearnedStrength(
            build_protocol(synapses, (before,), erased),
            {"post": "pre_to_post"},
            scale=20.0,
            silent=("pre",),
        )
        for erased in ((), (hidden_before,))
    )
    return ba.Pair(
        "forgetting_and_savings",
        bio,
        ba.LearnedStrength(
            build_protocol(
                ba.learning.PlasticRateNetwork(network, rules),
                tuple(ba.Lesion(f"weight_{unit}", strength=0.0) for unit in units),
            ),
            {unit: unit for unit in units},
        ),
        ba.Correspondence(
            tuple(ba.Match("post", unit, 1 * Hz, unit) for unit in units), bio_only=("pre",)
        ),
        question="Can what is forgotten be recalled, and what does that take?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018); "
        "Ebbinghaus 1885; Benna and Fusi 2016; Hinton and Plaut 1987",
        stimulus=make_stimulus(),
        settle=PHASES["rebound"] * second,
        margin=ba.Margin(0.1, "a tenth of the strength that is learned"),
        trials=20,
        controls={
            "erased": erased,
            "in_synapse": build_circuit(
                4.4 * nS, ba.plasticity.PairSTDP(A_plus=0.01, A_minus=0.0, upper=1.5)
            ),
            "in_cell": build_circuit(
                4.4 * nS,
                threshold=ba.plasticity.IntrinsicPlasticity(
                    -0.4 * mV, tau=2 * second, bound=5 * mV
                ),
            ),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
