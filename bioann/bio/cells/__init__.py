"""Cell models: one file each, equations in the docstring, sources beside the numbers."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
