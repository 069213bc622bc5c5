"""Read the text of an axis, as the command line takes it: ``0.1..1.0nS:20``."""

from __future__ import annotations

import re

import numpy as np
from brian2.core.namespace import DEFAULT_UNITS
from brian2.units.fundamentalunits import Quantity

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import UNIT_SCALES, find_unit
from bioann.sweeps.axes import ParameterAxis

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_UNIT = r"\s*(?P<unit>[A-Za-zµμ]*)"
_RANGE = re.compile(
    rf"(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER}){_UNIT}(?::(?P<count>\d+))?(?P<log>:log)?"
)
_VALUES = re.compile(rf"(?P<values>{_NUMBER}(?:\s*,\s*{_NUMBER})*){_UNIT}")
_REMEDY = (
    "Write 'ADDRESS=0.1..1nS:20' for 20 values, 'ADDRESS=0.1,0.5,1nS' for a list, "
    "'ADDRESS=0.1..10nS:20:log' for a logarithmic range."
)
#: Values of one axis at most.
MAX_AXIS_VALUES = 1_000_000


def read_axis(text: str, *, is_range: bool = False) -> ParameterAxis:
    """Read an axis from its text.

    Parameters
    ----------
    text : str
        ``ADDRESS=LOW..HIGH[UNIT][:COUNT][:log]``, or ``ADDRESS=VALUE,VALUE,...[UNIT]``.
    is_range : bool, optional
        Whether the axis is sampled, so that it is a range without a count.

    Returns
    -------
    ParameterAxis
        With values in SI units.

    Raises
    ------
    DescriptionError
        If the text has another form, or the range is empty.
    UnknownNameError
        If there is no such unit.

    Examples
    --------
    >>> read_axis("afferent in -> out, weight=1,2nS").values
    (1e-09, 2e-09)
    """
    address, equals, values = (piece.strip() for piece in text.rpartition("="))
    obj = f"sweep, {text!r}"
    if not equals or not address:
        raise DescriptionError(obj, "an address, '=' and values", repr(text), _REMEDY)
    if match := _RANGE.fullmatch(values):
        return _read_range(address, match, is_range, obj)
    match = _VALUES.fullmatch(values)
    if match is None or is_range:
        expected = "a range such as 0.1..1nS" if is_range else "a range or a list of numbers"
        raise DescriptionError(obj, expected, repr(values), _REMEDY)
    unit, scale = _read_unit(match["unit"], obj)
    numbers = [float(number) for number in match["values"].split(",")]
    return ParameterAxis(address, tuple(number * scale for number in numbers), unit)


def _read_range(address: str, match: re.Match[str], is_range: bool, obj: str) -> ParameterAxis:
    """Return the axis of a range: its two ends, or evenly spaced values."""
    unit, scale = _read_unit(match["unit"], obj)
    low, high, is_log = float(match["low"]), float(match["high"]), bool(match["log"])
    if not low < high or (is_log and low <= 0):
        expected = "a range above 0" if is_log and low <= 0 else "a range, the smaller end first"
        raise DescriptionError(obj, expected, f"{match['low']}..{match['high']}", _REMEDY)
    if is_range:
        if match["count"]:
            remedy = "Leave the count out: --points is the number of points of the whole design."
            raise DescriptionError(obj, "a range without a count", f":{match['count']}", remedy)
        return ParameterAxis(address, (low * scale, high * scale), unit, True, is_log)
    count = int(match["count"] or 0)
    if not 2 <= count <= MAX_AXIS_VALUES:
        expected = f"a range with 2 to {MAX_AXIS_VALUES} values"
        raise DescriptionError(obj, expected, f"{match['count'] or 'no count'}", _REMEDY)
    values = np.geomspace(low, high, count) if is_log else np.linspace(low, high, count)
    # The decimals that a user would write, so that a range and a list name the same points.
    numbers = tuple(float(f"{value:.12g}") * scale for value in values)
    return ParameterAxis(address, numbers, unit, False, is_log)


def _read_unit(name: str, obj: str) -> tuple[str, float]:
    """Return the display unit of a dimension, and the SI value of the unit that was written."""
    if not name:
        return "", 1.0
    name = name.replace("µ", "u").replace("μ", "u")
    if name in UNIT_SCALES:
        return name, UNIT_SCALES[name]
    quantity = DEFAULT_UNITS.get(name)
    unit = find_unit(Quantity(quantity)) if quantity is not None else None
    if unit is None:
        raise unknown_name_error(obj, "unit", name, UNIT_SCALES)
    return unit, float(np.asarray(quantity))
