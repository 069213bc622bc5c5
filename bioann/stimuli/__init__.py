"""Stimuli: labelled arrays in units of activation, and functions that build waveforms.

>>> import bioann as ba
>>> from brian2 import ms
>>> ba.stimuli.ramps({"x": [0.5, 1.0]}, duration=100 * ms).dims
('condition', 'time', 'channel')
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
