"""Layers of an artificial network.

A layer stores its parameters as read-only arrays. ``forward(parameters, x, xp, dt)`` takes the
parameters and the array namespace `xp` (`numpy` or `jax.numpy`) as arguments, so that simulation
and training share one definition.

>>> import bioann as ba
>>> layer = ba.layers.Dense([[1.0, -1.0]], activation="relu")
>>> ba.LayeredNetwork((layer,)).predict([[3.0, 1.0]])
array([[2.]])
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
