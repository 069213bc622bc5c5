"""Neuromodulation: concentrations, dose-response curves, effects, and preset modulators.

>>> import bioann as ba
>>> ba.modulation.dopamine().name
'dopamine'
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
