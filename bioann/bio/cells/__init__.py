"""Cell models: one file each, equations in the docstring, sources beside the numbers.

>>> import bioann as ba
>>> from brian2 import mV
>>> ba.cells.LIF(V_th=-48 * mV)
LIF(C=200.0 * pF, g_L=10.0 * nS, E_L=-65.0 * mV, V_th=-48.0 * mV, V_r=-60.0 * mV, t_ref=2.0 * ms)
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
