"""Numbers and arrays of a Brian2 script: as literals with units, or by name in its data file."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import brian2 as b2
import numpy as np
from brian2.core.namespace import DEFAULT_UNITS

#: The unit in which numbers of a base unit are usually written.
USUAL_UNITS = {
    "second": "ms",
    "volt": "mV",
    "siemens": "nS",
    "amp": "pA",
    "farad": "pF",
    "hertz": "Hz",
}
#: Longest array that is written into the script itself.
MAX_INLINE = 6
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclasses.dataclass
class ScriptData:
    """What the text of a script refers to: units to import, and arrays in its data file.

    Attributes
    ----------
    arrays : dict of str to numpy.ndarray
        Arrays of the data file, by name.
    units : set of str
        Names of units that occur in the script.
    """

    arrays: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    units: set[str] = dataclasses.field(default_factory=set)

    def write_number(self, value: float, unit: str) -> str:
        """Write a number of SI units such that Python reads the same bits.

        Parameters
        ----------
        value : float
            Number in the base unit.
        unit : str
            Base unit as Brian2 writes it, ``"1"`` for none.

        Returns
        -------
        str
            ``"5*ms"`` if that has the same bits, otherwise the number in its base unit.
        """
        if unit in USUAL_UNITS:
            usual = USUAL_UNITS[unit]
            scale = float(DEFAULT_UNITS[usual])
            number = float(f"{value / scale:.12g}")
            if number * scale == value:
                self.units.add(usual)
                return f"{_shorten_number(number)}*{usual}"
        return self.attach_unit(_shorten_number(float(value)), unit)

    def attach_unit(self, text: str, unit: str) -> str:
        """Return an expression multiplied by a base unit, ``"1"`` for none."""
        if unit == "1":
            return text
        self.units |= set(_WORD.findall(unit))
        return f"{text} * {unit}" if unit.isidentifier() else f"{text} * ({unit})"

    def write_array(self, name: str, values: np.ndarray) -> str:
        """Store an array in the data file, and return the expression that reads it."""
        self.arrays[name] = np.asarray(values)
        return f'data["{name}"]'

    def write_values(self, name: str, values: Any, unit: str) -> str:
        """Write a number or an array, once if all its elements are equal.

        Parameters
        ----------
        name : str
            Name of the array in the data file.
        values : float or numpy.ndarray, shape (n,)
            Values in the base unit.
        unit : str
            Base unit as Brian2 writes it, ``"1"`` for none.
        """
        array = np.asarray(values)
        if array.size and (array == array.flat[0]).all():
            return self.write_number(array.flat[0].item(), unit)
        if array.size <= MAX_INLINE:
            return self.attach_unit(repr(array.tolist()), unit)
        return self.attach_unit(self.write_array(name, array), unit)


def _shorten_number(number: float) -> str:
    """Write a number exactly, and whole numbers without a decimal point."""
    if not math.isfinite(number):
        return f'float("{number}")'
    text = f"{number:.0f}"
    is_short = abs(number) < 1e6 and float(text) == number and not text.startswith("-0")
    return text if is_short else repr(number)


def list_units(equations: str) -> dict[str, str]:
    """Return the base unit of each variable of equations as Brian2 writes it, ``"1"`` for none."""
    if not equations:
        return {}
    dimensions = {name: eq.dim for name, eq in b2.Equations(equations).items()}
    return {
        name: "1" if dim.is_dimensionless else repr(b2.get_unit(dim))
        for name, dim in dimensions.items()
    }
