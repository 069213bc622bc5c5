"""The rate of a cell under noise, in closed form: two limits, each with where it holds."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
