"""Delayed reward: how late may a reward come, and still teach what came before it?

Spiking model: two cells fire once each, 10 ms apart, which makes the synapse between them eligible
for learning (spike-timing-dependent plasticity); the eligibility decays with 200 ms, and a reward
some time later turns what is left of it into a change. Rate model: a unit whose weight learns by a
three-factor rule with the same eligibility. Both responses are changes of a strength.

A reward that comes d later finds e^(-d / tau_e) of the eligibility (Izhikevich 2007). A weight has
an eligibility only if its learning rule gives it one. The spikes are imposed, and nothing is drawn.
"""

import numpy as np
from brian2 import Hz, ms, mV, nS

import bioann as ba

TAU_E = 200 * ms
#: Delays of the reward behind the first one, in decay times of the eligibility.
LATE = (0.0, 0.5, 1.0, 3.0)
#: In ms: the pair of spikes, the earliest reward after it, and the end.
ONSET, FIRST, DURATION, STEP = 700, 50, 1400, 10
#: About what a reward at once changes, which is activation 1: only ratios count.
AT_ONCE = {"bio": 5e-4, "ann": 4e-3}
DELAYS = {late: FIRST + late * float(TAU_E / ms) for late in LATE}

LATE_REWARDS = [
    ba.measure(
        ba.metrics.Ratio(
            *(ba.metrics.Contrast({"lag": lag}, match="learned") for lag in (DELAYS[late], FIRST))
        ),
        f"learning by a reward {late:g} decay times later, over that at once",
        best=float(np.exp(-late)),
    )
    for late in LATE[1:]
]
CLAIMS = (
    ba.Claim(
        "C3e",
        "A reward gates learning: one that comes d later teaches exp(-d/tau_e) of it, 5 % after "
        "three decay times of the eligibility.",
        "Izhikevich 2007",
        *(reward.of(model).within(0.05) for model in ("bio", "ann") for reward in LATE_REWARDS),
        supported="By a few decay times of the eligibility: a reward three of them later teaches a "
        "twentieth",
        refuted="Not as predicted: what a late reward teaches does not fall with the eligibility",
    ),
)
FIGURE = ba.figures.Panels(
    (
        ba.figures.ResponseCurves(
            "lag",
            ("learned",),
            xlabel="reward after the spikes [ms]",
            ylabel="change [about that at once]",
        ),
    ),
    "What a reward teaches falls by e for each 200 ms, the decay time of the eligibility, in "
    "synapses as in the weight of a three-factor rule.",
)


def build_synapse() -> ba.LearnedStrength:
    """Return two cells that fire once each, and a synapse whose change a reward reads out."""
    kick = {"weight": 60 * mV, "receptor": ba.receptors.DeltaSynapse()}
    rule = ba.plasticity.PairSTDP(A_plus=0.01, A_minus=0)
    learning = ba.plasticity.RewardSTDP("reward", rule, tau_e=TAU_E, gain=10 * Hz)
    network = ba.SpikingNetwork(
        (ba.Population("pre", 1, "glutamate"), ba.Population("post", 1, "glutamate")),
        (
            ba.ScheduledAfferent([[ONSET] * ms], "pre", **kick),
            ba.ScheduledAfferent([[ONSET + 10] * ms], "post", **kick),
        ),
        (ba.Projection("pre", "post", 0.001 * nS, plasticity=learning, name="learned"),),
        dt=0.5 * ms,
    )
    return ba.LearnedStrength(network, ("learned",), as_change=True, scale=AT_ONCE["bio"])


def build_unit() -> ba.LearnedStrength:
    network = ba.RateNetwork(("y",), channels=("x",), W_in=[[1.0]], activation="linear")
    rule = ba.learning.ThreeFactor(
        ("y",), channels=("x",), rate=10 * Hz, factor="reward", tau_e=TAU_E, name="learned"
    )
    learner = ba.learning.PlasticRateNetwork(network, (rule,))
    return ba.LearnedStrength(learner, ("learned",), as_change=True, scale=AT_ONCE["ann"])


def pair() -> ba.Pair:
    return ba.Pair(
        "delayed_reward",
        build_synapse(),
        build_unit(),
        ba.Correspondence.of_names("learned"),
        question="How late may a reward come, and still teach what came before it?",
        source="Izhikevich 2007; 'How to implement inhibition / negative input?' (AI Stack "
        "Exchange, 2018)",
        stimulus=ba.stimuli.paired_pulses(
            ("x", "reward"),
            lags=[lag * ms for lag in DELAYS.values()],
            period=DURATION * ms,
            duration=DURATION * ms,
            dt=STEP * ms,
        ),
        settle=(DURATION - STEP) * ms,
        trials=5,
        figures=(FIGURE,),
        claims=CLAIMS,
    )
