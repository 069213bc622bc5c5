"""Runs of several pairs, and several runs of one: reports, atlas, changes, history.

>>> import bioann as ba
>>> history = ba.batch.read_history("reports")  # doctest: +SKIP
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
