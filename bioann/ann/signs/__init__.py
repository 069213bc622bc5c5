"""Signs of weights: constraints on training, random shuffles, and a census.

>>> import bioann as ba
>>> ba.signs.DaleColumns()
DaleColumns(method='projection', inhibitory=0.2)
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
