"""Rate networks that learn while they run, by local rules: one rule a file.

>>> import bioann as ba
>>> from brian2 import Hz
>>> rule = ba.learning.Oja(("y",), ("x",), rate=0.1 * Hz)
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
