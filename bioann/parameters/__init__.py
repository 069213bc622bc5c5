"""Parameters of descriptions: their addresses, another value for one, and grids of values."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
