"""The folder that turns descriptions into Brian2 objects; nothing here is random.

All lanes of a run stand side by side in one network: neuron ``i`` of lane ``k`` is index
``k * n + i`` of its group. Every object is named from the description (Brian2 orders objects by
name, and names it makes itself depend on garbage collection). What is random was drawn in
`bioann.bio.draw`.
"""

from bioann.bio.build.network import Built, build

__all__ = ["Built", "build"]
