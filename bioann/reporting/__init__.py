"""The report: a document of five block kinds, and one renderer per format."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
