"""
From a Brian2 script to its rate network
========================================

*For neuroscientists: you have a network in Brian2, and ask which signed weights describe it.*

The network: twenty conductance-based cells with an excitatory and an inhibitory Poisson input.
Nothing in it knows of bioann.
"""

import bioann as ba
from brian2 import Hz, NeuronGroup, PoissonGroup, Synapses, mV, ms, nS, pF

C, g_leak, E_leak = 200 * pF, 10 * nS, -65 * mV
equations = """
dv/dt = (g_leak*(E_leak - v) + g_e*(0*mV - v) + g_i*(-80*mV - v))/C : volt (unless refractory)
dg_e/dt = -g_e/(5*ms) : siemens
dg_i/dt = -g_i/(10*ms) : siemens
"""
cells = NeuronGroup(
    20,
    equations,
    threshold="v > -50*mV",
    reset="v = -60*mV",
    refractory=2 * ms,
    method="exponential_euler",
)
cells.v = E_leak
excitation, inhibition = PoissonGroup(80, 20 * Hz), PoissonGroup(20, 20 * Hz)
excite = Synapses(excitation, cells, on_pre="g_e += 1*nS")
excite.connect()
inhibit = Synapses(inhibition, cells, on_pre="g_i += 3*nS")
inhibit.connect()

# %%
# Read the network
# ----------------
# `from_brian2` stands where the script would call ``run()``. It simulates nothing: it matches the
# equations with those of cells and receptors that it knows, and takes parameters, weights and
# connections over. What it decided is a table: that ``g_e`` is a conductance that excites follows
# from its reversal potential above threshold, for example.

result = ba.from_brian2(channels={"excitation": excitation, "inhibition": inhibition})
result.decision_table()

# %%
# Derive the rate network
# -----------------------
# `to_ann` turns conductances into signed weights, and the cell into an activation function.
# Channels may go up to twice the rate of the script here. The flags say where the derivation ends
# to be valid.

span = {"excitation": (0, 2), "inhibition": (0, 2)}
translation = ba.to_ann(result.network, span=span)
ann, correspondence = translation
print(ann.W_in)
for flag in translation.flags:
    print("-", flag)

# %%
# The weights are changes of activation (1 is a firing rate of 100 Hz) per activation of the input
# (1 is the rate of the script, 20 Hz for each fibre). The conductances 1 nS and 3 nS say nothing
# about their ratio by themselves: the number of fibres, the decay times and the driving forces
# count as well.
#
# Compare both
# ------------
# One input is raised while the other stays. The correspondence comes with the translation, which
# knows the population that each unit was made of.

levels = [0.0, 0.5, 1.0, 1.5, 2.0]
inputs = {"excitation": [*levels, *[2.0] * 3], "inhibition": [*[0.0] * 5, 0.5, 1.0, 2.0]}
stimulus = ba.steps(inputs, duration=400 * ms)
pair = ba.Pair("from_script", result.network, ann, correspondence)
comparison = ba.compare(pair.run(stimulus, trials=10, seed=1))
comparison.figure("responses")

# %%
# The scores have their intervals, with the noise ceiling (the spiking network against itself) and
# the chance level (the rate network with shuffled signs) beside them.

comparison.scores[["metric", "value", "low", "high", "ceiling", "chance"]].head(8)

# %%
# Write the report with ``ba.report(comparison, "from_script.html", "from_script.pdf")``. The
# command ``bioann import script.py`` does all of this without a change to the script;
# `ba.measure_effective_weights` measures the weights by perturbation instead of deriving them.
