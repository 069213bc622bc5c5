"""Activation functions of rate networks and transfer functions of spiking cells.

>>> import bioann as ba
>>> ba.activations.Sigmoid()
Sigmoid()
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
