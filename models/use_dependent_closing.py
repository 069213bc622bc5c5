"""Use-dependent closing: does a pathway close because it is used, or because pain follows its use?

Spiking model: `pre` cells, which fire once per pulse of `use`, excite `post` cells. A pair of
spikes makes the synapse eligible for a time tau_e, and pain (a negative reward) weakens what is
eligible. Controls: `strength` is that of these synapses; in `chemistry` pain releases a substance
that weakens all synapses by a dose-response curve and is cleared in 4 s. Rate model: `static`
passes its input on; `learned` has the weight of a three-factor rule.

Each condition is a train of 1.6 s, with pain after or before it, and a test 3.8 s after the start.
"""

from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz, ms, nS, second
from brian2.units.allunits import mmolar

import bioann as ba
from bioann.claims.sources import FORUM_2018, OURS, Source
from bioann.metrics import Difference, Ratio, ResponseBetween

#: A pulse lasts one step, in which every fibre fires once.
STEP, RATE = 0.5 * ms, 100 * Hz
TAU_E, CLEARANCE = 1 * second, 4 * second
#: In seconds: train, pain, and test, which consists of three pulses at 20 Hz.
START, END, PAIN, TEST, STOP = 0.3, 1.9, 0.2, 3.8, 4.0
PAIN_DELAYS = (0.0, 0.5, 1.0, 1.5)
#: Rate of the train in Hz, and start of pain in s; 9 is after the end.
NOTHING, ONLY_PAIN = {"train": 0.0, "pain": 9.0}, {"train": 0.0, "pain": END}
ONLY_USE, PAIN_THEN_USE, *USE_THEN_PAIN = (
    {"train": 20.0, "pain": pain} for pain in (9.0, START - PAIN, *(END + d for d in PAIN_DELAYS))
)
CLOSING = {
    "use alone": ONLY_USE,
    "pain alone": ONLY_PAIN,
    "pain before use": PAIN_THEN_USE,
    "pain after use": USE_THEN_PAIN[0],
}
CONDITIONS = [NOTHING, ONLY_USE, ONLY_PAIN, PAIN_THEN_USE, *USE_THEN_PAIN]


def respond_to_test(condition: dict[str, float]) -> ResponseBetween:
    return ResponseBetween(TEST, STOP, condition)


def lost_after(condition: dict[str, float]) -> Difference:
    return Difference(respond_to_test(NOTHING), respond_to_test(condition))


CLOSED = {
    name: ba.measure(
        Ratio(lost_after(condition), respond_to_test(NOTHING)),
        f"share of the response closed by {name}",
    )
    for name, condition in CLOSING.items()
}
BY_PAIN_AFTER_USE, OTHERS = CLOSED["pain after use"], tuple(CLOSED.values())[:-1]
TIMING = {
    delay: ba.measure(
        Ratio(lost_after(late), lost_after(USE_THEN_PAIN[0])),
        f"closed by pain {delay:g} s after use, over that at once",
        best=float(np.exp(-delay * second / TAU_E)),
    )
    for late, delay in zip(USE_THEN_PAIN[1:], PAIN_DELAYS[1:], strict=True)
}
LEARNERS = ("strength", "ann")
#: A tenth of the response: one spike in three tests of three pulses.
TENTH = 0.1
CLAIMS = (
    FORUM_2018.claim(
        "C1a",
        "A pathway in common use may close down by sharp pain that follows its use: neither use "
        "nor pain alone closes it, nor pain before use.",
        BY_PAIN_AFTER_USE.of("bio", match="learned") >= 1 - TENTH,
        *(share.of("bio", match="learned").between(-TENTH, TENTH) for share in OTHERS),
        supported="Because pain follows: use alone closes nothing for long, pain after use "
        "does. Depression, which needs no pain, recovers within a second",
    ),
    FORUM_2018.claim(
        "C1b",
        "Plasticity is not needed for it: a substance that pain releases in the region closes "
        "the pathway, and only if it was used.",
        BY_PAIN_AFTER_USE.of("chemistry", match="learned") >= 1 - TENTH,
        CLOSED["pain alone"].of("chemistry", match="learned").between(-TENTH, TENTH),
    ),
    Source("Izhikevich 2007").claim(
        "C1c",
        "The eligibility sets how late pain may come: a delay d leaves exp(-d / 1 s).",
        *(ratio.of_each(LEARNERS, "learned").within(0.05) for ratio in TIMING.values()),
    ),
    OURS.claim(
        "C1g",
        "An artificial unit closes by pain after use alone if its weight has an eligibility; a "
        "static unit never closes.",
        BY_PAIN_AFTER_USE.of("ann", match="learned") >= 0.3,
        *(share.of("ann", match="learned").between(-TENTH, TENTH) for share in OTHERS),
        *(share.of("ann", match="static").between(-1e-9, 1e-9) for share in CLOSED.values()),
    ),
)


FIGURE = ba.figures.Panels.of_figures(
    "Only pain that follows use weakens the synapses, the less the later it comes (eligibility).",
    ba.figures.TimeCourses(
        match="learned", models=("strength",), curves=CLOSING, ylabel="strength of synapses [1]"
    ),
    ba.figures.ScoreCurves(
        {m: {d: r.of(m, match="learned") for d, r in TIMING.items()} for m in LEARNERS},
        xlabel="pain after use [s]",
        ylabel="loss [of that at once]",
    ),
)


def make_stimulus() -> xr.DataArray:
    """Return pulses of one step on `use`, and pain as +1 on `pain` and -1 on `reward`."""
    test, train = TEST + np.arange(3) / 20, np.arange(START, END - 1e-9, 1 / 20)
    uses = [np.r_[train[: len(train) * bool(c["train"])], test] * second for c in CONDITIONS]
    pains = [[c["pain"]] * second if c["pain"] < STOP else [] for c in CONDITIONS]
    return ba.stimuli.pulse_trains(
        {"use": uses, "reward": pains, "pain": pains},
        duration=STOP * second,
        dt=STEP,
        widths={"reward": PAIN * second, "pain": PAIN * second},
        heights={"use": float(1 / (STEP * RATE)), "reward": -1.0},
        coords={name: [c[name] for c in CONDITIONS] for name in NOTHING},
    )


def build_circuit(plasticity: Any, *modulations: ba.modulation.Modulation) -> ba.SpikingNetwork:
    fast = ba.receptors.AMPA(tau=2 * ms)
    return ba.SpikingNetwork.of_members(
        ba.Population("pre", 5, "glutamate"),
        ba.Population("post", 5, "glutamate", background=0.5 * nS),
        ba.Afferent.of_volleys("use", "pre", rate=RATE),
        ba.Projection("pre", "post", 7 * nS, fast, plasticity=plasticity),
        *modulations,
    )


def build_units() -> ba.learning.PlasticRateNetwork:
    network = ba.RateNetwork(("static", "learned"), channels=("use",), W_in=[[1], [1]])
    rule = ba.learning.ThreeFactor(
        ("learned",), channels=("use",), rate=0.85 * Hz, factor="reward", tau_e=TAU_E
    )
    return ba.learning.PlasticRateNetwork(network, (rule,))


def pair() -> ba.Pair:
    # Weakened to about 0.75, the synapses no longer make post cells fire.
    eligible = ba.plasticity.RewardSTDP(
        "reward", ba.plasticity.PairSTDP(A_plus=0.01, A_minus=0.0), tau_e=TAU_E, gain=20 * Hz
    )
    bio = build_circuit(eligible)
    weaken = ba.modulation.Modulation(
        ba.modulation.Modulator("substance", 40e-3 * mmolar, clearance=CLEARANCE, channel="pain"),
        ba.modulation.Hill(0.5e-3 * mmolar, 2.0),
        ba.modulation.SynapticGain("pre_to_post", 0.3),
    )
    return ba.Pair(
        "use_dependent_closing",
        bio,
        build_units(),
        ba.Correspondence.of_units(
            {"static": "post", "learned": "post"}, scale=RATE, bio_only=("pre",)
        ),
        question="Does a pathway close because it is used, or because pain follows its use?",
        stimulus=make_stimulus(),
        settle=TEST * second,
        margin=ba.Margin(5 * Hz, "one of the three spikes that a test evokes"),
        trials=5,
        controls={
            "strength": ba.LearnedStrength(bio, {"post": "pre_to_post"}, silent=("pre",)),
            "chemistry": build_circuit((), weaken),
        },
        figures=(FIGURE,),
        claims=CLAIMS,
    )
