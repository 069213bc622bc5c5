"""Builder: turns network descriptions into plans, and plans into Brian2 objects.

A plan (`bioann.bio.builder.plan_network`) keeps code and numbers apart and serves every engine.
All lanes of a run, one per condition and trial, are simulated in one network: neuron ``i`` of lane
``k`` has index ``k * n + i`` in its group. The builder draws no random numbers of its own; input
spikes and initial states come from `bioann.bio.input_spikes.draw`.
"""

from bioann.bio.builder.brian_objects import BrianObjects
from bioann.bio.builder.network import build_network, plan_network

__all__ = ["BrianObjects", "build_network", "plan_network"]
