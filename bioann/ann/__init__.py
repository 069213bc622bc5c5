"""Rate models: activations, rate networks and layered networks, their simulation and training."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
