"""Firing rates without simulation: of a cell under noise, in two limits, and of a whole network.

>>> import bioann as ba
>>> from brian2 import mV, ms
>>> rate = ba.theory.siegert_rate(
...     -48 * mV, 3 * mV, 20 * ms, threshold=-50 * mV, reset=-60 * mV
... )
>>> round(float(rate), 1)
32.9
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
