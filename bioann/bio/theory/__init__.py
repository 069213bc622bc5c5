"""Firing rate under noise in closed form: two limits, and where each is valid."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
