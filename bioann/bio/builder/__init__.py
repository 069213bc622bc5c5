"""The folder that turns descriptions into plans, and plans into Brian2 objects.

A plan is code and numbers, kept apart (`bioann.bio.builder.plan`), and serves every engine. All
lanes of a run stand side by side in one network: neuron ``i`` of lane ``k`` is index ``k * n + i``
of its group. Nothing here is random: what is was drawn in `bioann.bio.input_spikes.draw`.
"""

from bioann.bio.builder.brian_objects import Built
from bioann.bio.builder.network import build, plan

__all__ = ["Built", "build", "plan"]
