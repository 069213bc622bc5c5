"""Rules: what a score has to meet for a claim to be supported.

>>> import bioann as ba
>>> rule = ba.Score(ba.metrics.RMSE) <= 0.05
>>> isinstance(rule, ba.rules.Rule)
True
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
