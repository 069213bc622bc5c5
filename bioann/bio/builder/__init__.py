"""The folder that turns descriptions into plans, and plans into Brian2 objects.

A plan is code and numbers, kept apart (`bioann.bio.builder.plan_network`), and serves every engine.
All lanes of a run stand side by side in one network: neuron ``i`` of lane ``k`` is index ``k * n +
i`` of its group. Nothing here is random: what is was drawn in `bioann.bio.input_spikes.draw`.
"""

from bioann.bio.builder.brian_objects import BrianObjects
from bioann.bio.builder.network import build_network, plan_network

__all__ = ["BrianObjects", "build_network", "plan_network"]
