"""Stimuli: labelled arrays in activation units, and the waveforms that make them."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
