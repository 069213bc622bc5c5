"""Scores: pure functions of labelled arrays, with intervals from resampled trials.

>>> import bioann as ba
>>> ba.metrics.RMSE.unit
'activation'
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
