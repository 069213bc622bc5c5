"""Derive either model from the other, and assess how far the result can be trusted.

>>> import bioann as ba
>>> from brian2 import nS
>>> cell = ba.Population("cell", 1, "glutamate", background=2 * nS)
>>> drive = ba.Afferent("x", "cell", 0.5 * nS, fibres=10)
>>> rates = ba.translate.measure_transfer(cell, (drive,), {"x": [0.0, 1.0]}, "siegert")
>>> rates.round().values.tolist()
[2.0, 51.0]
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
