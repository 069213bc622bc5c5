"""Networks that come from elsewhere or go there: ONNX, NumPy archives, safetensors.

A file is taken for hostile until it is read. Nothing in it is run: no pickle, no code, no operator
that bioann does not know itself. Every size it claims is held against what the file holds, and
against `limits`, before memory is taken.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
