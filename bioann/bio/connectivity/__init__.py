"""Connectivity: rules that decide which neurons are connected, and where neurons lie.

>>> import bioann as ba
>>> rule = ba.connectivity.DistanceDependent(ba.connectivity.GaussianKernel(20, peak=0.3))
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
