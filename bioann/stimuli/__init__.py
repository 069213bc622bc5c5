"""Stimuli: labelled arrays in units of activation, and functions that build waveforms."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
