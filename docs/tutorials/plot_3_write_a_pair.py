"""
Write a pair, from the question to a figure
===========================================

*For researchers: you have a claim about inhibition or signs and want to know whether it holds.*

The claim in this tutorial: *shunting inhibition divides a firing rate.* A synapse that reverses
at rest causes no current in a resting cell; it lowers the resistance of the membrane. It is often
said to divide the response by a factor.
"""

# %%
# 1. The spiking model
# --------------------
# One population with an excitatory current and an inhibitory synapse that reverses at the resting
# potential, -65 mV. The transmitter says what a synapse can be, the receptor where it reverses;
# conductances are magnitudes.

import bioann as ba
from brian2 import mV, ms, nS, pA

shunt = ba.receptors.GABA_A(reversal=-65 * mV)
bio = ba.SpikingNetwork.of_members(
    ba.Population("cell", 30, transmitter="glutamate", background=2 * nS),
    ba.CurrentAfferent("current", "cell", 800 * pA),
    ba.Afferent("inhibition", "cell", 1 * nS, fibres=20, transmitter="GABA", receptor=shunt),
)

# %%
# 2. The rate model
# -----------------
# What would a unit do? `to_ann` derives it: a unit with a negative weight, since a shunt takes
# away current once the cell is depolarised.

ann, correspondence = ba.to_ann(bio)
print("weights from current and inhibition:", ann.W_in.round(2))

# %%
# 3. Stimulus, claim and margin
# -----------------------------
# Current from 0.3 to 1, with and without inhibition. If inhibition divides, the ratio of the rates
# is the same at all currents; if it subtracts, the difference is. Both are measured, and the rules
# are written before the run.

levels = ba.stimuli.cross_levels({"current": [0.3, 0.4, 0.5, 0.7, 1.0], "inhibition": [0.0, 1.0]})
stimulus = ba.steps(levels, duration=500 * ms)


def compute_lost_rate(response, stimulus, current):
    """Return what inhibition takes away at one current, in activation."""
    at_current = response.where(response.current == current, drop=True)
    free = at_current.where(at_current.inhibition == 0, drop=True).mean("condition")
    return free - at_current.where(at_current.inhibition == 1, drop=True).mean("condition")


def compute_lost_share(response, stimulus, current):
    """Return the share of the rate that inhibition takes away at one current."""
    at_current = response.where(response.current == current, drop=True)
    free = at_current.where(at_current.inhibition == 0, drop=True).mean("condition")
    return compute_lost_rate(response, stimulus, current) / free


def compare_currents(compute):
    """Return a measure: what is lost at a current of 1 over what is lost at 0.5."""

    def compute_ratio(response, stimulus):
        return compute(response, stimulus, 1.0) / compute(response, stimulus, 0.5)

    return compute_ratio


share = ba.measure(compare_currents(compute_lost_share), "lost share at 1 over that at 0.5")
difference = ba.measure(compare_currents(compute_lost_rate), "lost rate at 1 over that at 0.5")
claims = (
    ba.Claim("1", "A shunt divides the rate.", "textbooks", share.of("bio").between(0.9, 1.1)),
    ba.Claim(
        "2",
        "A shunt subtracts from the rate.",
        "Holt and Koch 1997",
        difference.of("bio").between(0.8, 1.2),
    ),
    ba.Claim("3", "A negative weight stands for it.", "ours", ba.rules.Equivalent(match="cell")),
)

# %%
# 4. The pair
# -----------

pair = ba.Pair(
    "shunt",
    bio,
    ann,
    correspondence,
    question="Does a shunt divide a firing rate?",
    source="Holt and Koch 1997",
    stimulus=stimulus,
    margin=ba.Margin(0.1, "10 Hz, a tenth of the highest rates"),
    claims=claims,
    figures=(ba.figures.ResponseCurves("current", by="inhibition"),),
)
comparison = ba.compare(pair.run(trials=10, seed=1))
for verdict in comparison.claims:
    print(verdict.claim.id, verdict.outcome, "-", verdict.because)

# %%
# Both are refuted. At a high current the shunt takes away a smaller share of the rate, and less of
# the rate, too: it subtracts from the *current*, in front of a transfer function that bends. A
# unit with a negative weight and that transfer function is equivalent.
#
# 5. The figure
# -------------

comparison.figure("response_curves")

# %%
# ``ba.report(comparison, "shunt.html", "shunt.pdf")`` writes the report. As a file ``shunt.py``
# with a function ``pair()`` that returns the pair, the commands ``bioann check shunt.py`` and
# ``bioann run shunt.py`` serve it as they serve those that ship; ``bioann new my_pair`` writes
# such a file, with its test.
