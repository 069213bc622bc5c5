"""Firing rates without simulation: of a cell under noise, in two limits, and of a whole network."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
