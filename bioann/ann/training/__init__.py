"""Training of rate and layered networks by gradient descent, and self-organising maps.

>>> import bioann as ba
>>> options = ba.training.TrainingOptions(epochs=10)
>>> options.epochs
10
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
