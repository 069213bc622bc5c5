"""Training tasks: labelled samples, generated or from public image data sets.

>>> import bioann as ba
>>> ba.tasks.xor()["target"].values.ravel()
array([0, 1, 1, 0])
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
