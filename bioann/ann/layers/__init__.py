"""Layers of an artificial network: each is a description with one forward definition.

A layer holds its parameters as read-only arrays. ``forward(parameters, x, xp, dt)`` computes with
the namespace `xp` that it is given, `numpy` or `jax.numpy`, and with parameters that need not be
its own, so that one definition serves a run and a gradient.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
