"""Functions and units of Brian2 as functions and numbers in SI units."""

from __future__ import annotations

import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS

#: Values of the units of Brian2, and of pi and e.
UNIT_VALUES = {name: float(unit) for name, unit in DEFAULT_UNITS.items()} | {
    **{"pi": np.pi, "e": np.e, "inf": np.inf}
}
#: Functions of Brian2 as functions of numbers.
FUNCTIONS = {name: f.pyfunc for name, f in DEFAULT_FUNCTIONS.items() if hasattr(f, "pyfunc")}
FUNCTIONS["int_"] = FUNCTIONS["int"]  # as Brian2 calls it in expressions
