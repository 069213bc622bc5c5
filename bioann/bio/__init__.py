"""The spiking model: cells, receptors, spiking networks, and how Brian2 runs them."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
