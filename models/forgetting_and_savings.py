"""Forgetting and savings: can what is forgotten be recalled, and what does that take?

Spiking model: the strength s of synapses that pairs of spikes raise and that exchanges with a
hidden strength h (two beakers), ds/dt = (h - s) / tau_f + a, dh/dt = (s - h) / tau_h. They learn
for 2 s, forget for 3 s, are set back to the strength before learning, rest for 2 s, are set back
again, and learn once more. Rate model: a unit whose weights learn from an error and decay
(`decay`), and one with a fast and a slow part of each weight (`fast_slow`). Control `erased`: the
hidden strength is set back as well before the synapses learn again.

How people forget is measured by the savings of Ebbinghaus over 31 days.
"""

import functools

import numpy as np
import xarray as xr
from brian2 import Hz, ms, nS, second

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS, Source
from bioann.metrics import Difference, Ratio, RelaxationTime, ResponseBetween, Savings
from bioann.metrics.forgetting_curves import EBBINGHAUS_HOURS, EBBINGHAUS_SAVINGS

BEAKERS = ba.plasticity.Consolidation(
    ba.plasticity.PairSTDP(A_plus=0.4, A_minus=0.0, nearest=True),
    tau_fast=0.5 * second,
    tau_slow=5 * second,
)
#: In seconds: the first learning, the first wipe, the second one and the second learning.
START, LEARNED, FORGOTTEN, AGAIN, STOP = 0.5, 2.5, 5.5, 7.5, 9.5
LEARNING = LEARNED - START
RATES = np.array([50.0, 100.0])
UNITS = ("decay", "fast_slow")
#: Savings are measured at this share of what the first learning reached.
CRITERION = 0.6

#: Strengths after learning at the drive 1, when nothing changes any more, and after a wipe.
PEAK, HIDDEN = BEAKERS.predict_strengths(LEARNING, drive=1.0)
ASYMPTOTE, _ = BEAKERS.predict_strengths(100.0, strength=PEAK, hidden=HIDDEN)
COMES_BACK, STILL_HIDDEN = BEAKERS.predict_strengths(AGAIN - FORGOTTEN, hidden=ASYMPTOTE)
FIRST_TIME, SECOND_TIME = (
    BEAKERS.predict_learning_time(CRITERION * PEAK, drive=1.0, hidden=h)
    for h in (0.0, STILL_HIDDEN)
)


def strength_at(time: float) -> Difference:
    """Return the strength in the bin before a time, above that before learning."""
    return Difference(ResponseBetween(time - 0.01, time), ResponseBetween(0.0, START))


TAU = 1 / (1 / BEAKERS.tau_fast + 1 / BEAKERS.tau_slow)
DECAY = ba.measure(
    RelaxationTime(LEARNED, FORGOTTEN), "time constant of forgetting", best=TAU * 1e3
)
RETAINED = ba.measure(
    Ratio(strength_at(FORGOTTEN), strength_at(LEARNED)),
    "strength that is never forgotten, over what was learned",
    best=ASYMPTOTE / PEAK,
)
RECOVERED = ba.measure(
    Ratio(strength_at(AGAIN), strength_at(FORGOTTEN)),
    "strength that comes back after it was wiped, over that before",
    best=COMES_BACK / ASYMPTOTE,
)
SAVINGS = ba.measure(
    Savings(START, AGAIN, LEARNING, CRITERION),
    "time saved by learning again, at the strength of the first time",
    best=1 - SECOND_TIME / FIRST_TIME,
)
FITS = {
    name: ba.metrics.fit_forgetting_curve(name, EBBINGHAUS_HOURS, EBBINGHAUS_SAVINGS)
    for name in ("exponential", "exponential and constant", "power law")
}
AICC = [
    ba.measure(
        FITS[name].aicc - FITS["power law"].aicc,
        f"AICc of an {name} minus that of a power law, human savings over 31 days",
    ).of()
    for name in ("exponential", "exponential and constant")
]
CLAIMS = (
    FORUM_2018.claim(
        "C4a",
        "Memory attenuates at a roughly inverse exponential rate: an exponential, with or without "
        "a constant, describes how people forget better than a power law.",
        *(difference <= 0.0 for difference in AICC),
    ),
    Source("Benna and Fusi 2016").claim(
        "C4b",
        "A strength that exchanges with a hidden one is forgotten exponentially, and not entirely.",
        DECAY.of("bio", match="decay").within(0.03),
        RETAINED.of("bio", match="decay").within(0.03),
    ),
    FORUM_2018.claim(
        "C4c",
        "What is forgotten can be recalled: a strength that was wiped comes back from the hidden "
        "one, and a slow part of a weight brings back its sum.",
        RECOVERED.of("bio", match="decay").within(0.03),
        RECOVERED.of("ann", match="fast_slow") >= 0.5,
    ),
    ba.Claim(
        "C4d",
        "What was learned before is learned faster, from the same strength, if something hidden "
        "is left of it.",
        ("Ebbinghaus 1885", "Hinton and Plaut 1987"),
        SAVINGS.of("bio", match="decay").within(0.05),
        SAVINGS.of("ann", match="fast_slow") >= 0.05,
        supported="Yes, if something hidden is left: a slow strength brings the visible one "
        "back and makes learning faster. A weight that decays saves nothing",
    ),
    OURS.claim(
        "C4e",
        "Without anything hidden nothing is saved: neither by weights that decay, nor by synapses "
        "whose hidden strength is erased.",
        SAVINGS.of_each(("ann", "erased"), "decay").between(-0.01, 0.01),
    ),
)


def list_human_savings(comparison: ba.Comparison) -> ba.figures.Curves:
    hours = np.geomspace(EBBINGHAUS_HOURS[0], EBBINGHAUS_HOURS[-1], 100)
    curves = {name: (hours, fit.predict(hours)) for name, fit in FITS.items()}
    return {"Ebbinghaus 1885": (EBBINGHAUS_HOURS, EBBINGHAUS_SAVINGS), **curves}


FIGURE = ba.figures.Panels.of_figures(
    "Synapses with a hidden strength do not forget everything, recover after they are wiped (at "
    "5.5 s), and learn faster the second time (from 7.5 s); erasing the hidden strength takes that "
    "away. A weight that decays comes back to nothing. People forget by a power law.",
    ba.figures.TimeCourses(match="decay", models=("bio", "erased"), ylabel="strength [activation]"),
    ba.figures.TimeCourses(
        models=("ann",),
        curves={unit: ba.metrics.ResponseCurve(unit) for unit in UNITS},
        ylabel="weight [activation]",
    ),
    ba.figures.ComputedCurves(
        list_human_savings, xlabel="time since learning [h]", ylabel="savings [share]", log_x=True
    ),
)


def make_stimulus() -> xr.DataArray:
    """Return pairs of pulses on x and, 5 ms later, on the teacher, at two rates."""
    # In the middle of each interval, so that their sum is close to the integral.
    middles = [(np.arange(LEARNING * rate) + 0.5) / rate for rate in RATES]
    pairs = [np.concatenate([START + t, AGAIN + t]) * second for t in middles]
    early = [times - 5 * ms for times in pairs]
    return ba.stimuli.pulse_trains(
        {"x": early, "teacher": pairs, "goal": early},
        duration=STOP * second,
        coords={"rate": RATES},
    )


def build_circuit() -> ba.SpikingNetwork:
    # So weak that only the teacher makes post cells fire: what is learned is the strength alone.
    weak, fast = 0.005 * nS, ba.receptors.AMPA(tau=2 * ms)
    return ba.SpikingNetwork.of_members(
        ba.Population("pre", 5, "glutamate"),
        ba.Population("post", 5, "glutamate"),
        ba.Afferent.of_volleys("x", "pre"),
        ba.Afferent.of_volleys("teacher", "post"),
        ba.Projection("pre", "post", weak, fast, plasticity=BEAKERS),
    )


def build_units() -> ba.learning.PlasticRateNetwork:
    # Connections of no strength, for all that counts, before they learn.
    network = ba.RateNetwork(
        UNITS, channels=("x",), W_in=np.full((2, 1), 1e-6), activation="linear"
    )
    learn = functools.partial(ba.learning.FastSlow, channels=("x",), goals=("goal",))
    tau = BEAKERS.tau_fast * second
    rules = tuple(
        learn((unit,), rate=50 * Hz, slow_rate=slow_rate, tau_fast=tau, name=unit)
        for unit, slow_rate in zip(UNITS, (0 * Hz, 5 * Hz), strict=True)
    )
    return ba.learning.PlasticRateNetwork(network, rules)


def build_protocol(
    learner: ba.SpikingNetwork | ba.learning.PlasticRateNetwork,
    *wiped: ba.Lesion,
    erased: tuple[ba.Lesion, ...] = (),
) -> ba.Protocol:
    lesions = {"learn": (), "forget": (), "rebound": wiped, "relearn": (*wiped, *erased)}
    durations = np.diff([0, LEARNED, FORGOTTEN, AGAIN, STOP]) * second
    phases = zip(lesions.items(), durations, strict=True)
    return ba.Protocol(learner, tuple(ba.Phase(name, t, lesion) for (name, lesion), t in phases))


def pair() -> ba.Pair:
    synapses, learner = build_circuit(), build_units()
    weight, hidden = (
        ba.Lesion(f"{variable}_pre_to_post", strength=1.0) for variable in ("weight", "hidden")
    )
    bio, erased = (
        ba.LearnedStrength(
            build_protocol(synapses, weight, erased=lesions), {"post": "pre_to_post"}, scale=20.0
        )
        for lesions in ((), (hidden,))
    )
    wiped = (ba.Lesion(f"weight_{unit}", strength=0.0) for unit in UNITS)
    return ba.Pair(
        "forgetting_and_savings",
        bio,
        ba.LearnedStrength(build_protocol(learner, *wiped), UNITS),
        ba.Correspondence.of_units(dict.fromkeys(UNITS, "post"), scale=1 * Hz),
        question="Can what is forgotten be recalled, and what does that take?",
        stimulus=make_stimulus(),
        settle=AGAIN * second,
        margin=ba.Margin(0.1, "a tenth of the strength that is learned"),
        trials=20,
        controls={"erased": erased},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
