"""Import and export of networks: ONNX and NIR files, NumPy archives, safetensors.

Files are treated as hostile. Nothing in them is executed: no pickle, no code, no operator that
bioann does not define itself. Every size that a file declares is checked against its actual
contents and against `size_limits` before memory is allocated.

>>> import bioann as ba
>>> network = ba.interop.read_network("classifier.onnx")  # doctest: +SKIP
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
