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


def strength_at(time: float) -> ba.metrics.Difference:
    """Return the strength in the bin before a time, above that before learning."""
    last = ba.metrics.ResponseBetween(time - 0.01, time)
    return ba.metrics.Difference(last, ba.metrics.ResponseBetween(0.0, START))


TAU = 1 / (1 / BEAKERS.tau_fast + 1 / BEAKERS.tau_slow)
DECAY = ba.measure(
    ba.metrics.RelaxationTime(LEARNED, FORGOTTEN),
    "time constant of forgetting",
    best=TAU * 1e3,
)
RETAINED = ba.measure(
    ba.metrics.Ratio(strength_at(FORGOTTEN), strength_at(LEARNED)),
    "strength that is never forgotten, over what was learned",
    best=ASYMPTOTE / PEAK,
)
RECOVERED = ba.measure(
    ba.metrics.Ratio(strength_at(AGAIN), strength_at(FORGOTTEN)),
    "strength that comes back after it was wiped, over that before",
    best=COMES_BACK / ASYMPTOTE,
)
SAVINGS = ba.measure(
    ba.metrics.Savings(START, AGAIN, LEARNING, CRITERION),
    "time saved by learning again, at the strength of the first time",
    best=1 - SECOND_TIME / FIRST_TIME,
)
FITS = {
    name: ba.metrics.fit_forgetting_curve(name, EBBINGHAUS_HOURS, EBBINGHAUS_SAVINGS)
    for name in ("exponential", "exponential and constant", "power law")
}


def subtract_aicc(name: str) -> float:
    return FITS[name].aicc - FITS["power law"].aicc


AICC = [
    ba.measure(
        functools.partial(subtract_aicc, name),
        f"AICc of an {name} minus that of a power law, human savings over 31 days",
    )
    for name in ("exponential", "exponential and constant")
]
FORUM, PAIR_SAVINGS = "AI Stack Exchange 2018", 0.05
CLAIMS = (
    ba.Claim(
        "C4a",
        "Memory attenuates at a roughly inverse exponential rate: an exponential, with or without "
        "a constant, describes how people forget better than a power law.",
        FORUM,
        *(difference.of() <= 0.0 for difference in AICC),
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
        ("Ebbinghaus 1885", "Hinton and Plaut 1987"),
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
)


def list_human_savings(comparison: ba.Comparison) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    hours = np.geomspace(EBBINGHAUS_HOURS[0], EBBINGHAUS_HOURS[-1], 100)
    curves = {name: (hours, fit.predict(hours)) for name, fit in FITS.items()}
    return {"Ebbinghaus 1885": (EBBINGHAUS_HOURS, EBBINGHAUS_SAVINGS), **curves}


FIGURE = ba.figures.Panels(
    (
        ba.figures.TimeCourses(
            match="decay", models=("bio", "erased"), ylabel="strength [activation]"
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
    """Return two populations that pulses make fire once, and synapses that learn between them."""
    fast = ba.receptors.AMPA(tau=2 * ms)
    # So weak that only the teacher makes post cells fire: what is learned is the strength alone.
    weak = 0.005 * nS
    return ba.SpikingNetwork(
        (ba.Population("pre", 5, "glutamate"), ba.Population("post", 5, "glutamate")),
        tuple(
            ba.Afferent(
                channel, target, 4 * nS, receptor=fast, fibres=20, rate=1000 * Hz, kind="regular"
            )
            for channel, target in (("x", "pre"), ("teacher", "post"))
        ),
        (ba.Projection("pre", "post", weak, fast, plasticity=BEAKERS),),
    )


def build_units() -> ba.learning.PlasticRateNetwork:
    units = ("decay", "fast_slow")
    # Connections of no strength, for all that counts, before they learn.
    network = ba.RateNetwork(
        units, channels=("x",), W_in=np.full((2, 1), 1e-6), activation="linear"
    )
    learn = functools.partial(
        ba.learning.FastSlow,
        channels=("x",),
        rate=50 * Hz,
        goals=("goal",),
        tau_fast=BEAKERS.tau_fast * second,
    )
    rules = (
        learn(("decay",), slow_rate=0 * Hz, name="decay"),
        learn(("fast_slow",), slow_rate=5 * Hz, name="fast_slow"),
    )
    return ba.learning.PlasticRateNetwork(network, rules)


def build_protocol(
    learner: ba.SpikingNetwork | ba.learning.PlasticRateNetwork,
    wiped: tuple[ba.Lesion, ...],
    erased: tuple[ba.Lesion, ...] = (),
) -> ba.Protocol:
    return ba.Protocol(
        learner,
        (
            ba.Phase("learn", LEARNED * second),
            ba.Phase("forget", (FORGOTTEN - LEARNED) * second),
            ba.Phase("rebound", (AGAIN - FORGOTTEN) * second, wiped),
            ba.Phase("relearn", (STOP - AGAIN) * second, (*wiped, *erased)),
        ),
    )


def pair() -> ba.Pair:
    synapses, learner = build_circuit(), build_units()
    units = learner.units
    weight, hidden = (
        ba.Lesion(f"{variable}_pre_to_post", strength=1.0) for variable in ("weight", "hidden")
    )
    bio, erased = (
        ba.LearnedStrength(
            build_protocol(synapses, (weight,), lesions), {"post": "pre_to_post"}, scale=20.0
        )
        for lesions in ((), (hidden,))
    )
    wiped = tuple(ba.Lesion(f"weight_{unit}", strength=0.0) for unit in units)
    return ba.Pair(
        "forgetting_and_savings",
        bio,
        ba.LearnedStrength(build_protocol(learner, wiped), units),
        ba.Correspondence(tuple(ba.Match("post", unit, 1 * Hz, unit) for unit in units)),
        question="Can what is forgotten be recalled, and what does that take?",
        source="'How to implement inhibition / negative input?' (AI Stack Exchange, 2018); "
        "Ebbinghaus 1885; Benna and Fusi 2016; Hinton and Plaut 1987",
        stimulus=make_stimulus(),
        settle=AGAIN * second,
        margin=ba.Margin(0.1, "a tenth of the strength that is learned"),
        trials=20,
        controls={"erased": erased},
        figures=(FIGURE,),
        claims=CLAIMS,
    )
