"""The rate model: activations, rate networks with signed weights, and their simulation."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
