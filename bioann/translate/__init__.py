"""Derive either model from the other, and assess how far the result can be trusted."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
