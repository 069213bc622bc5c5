"""Parameters of descriptions: their addresses, another value for one, and grids of values.

>>> import bioann as ba
>>> pair = ba.load("inverter")
>>> str(ba.parameters.collect_parameters(pair)[0])
'population interneurons, n: 20'
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
