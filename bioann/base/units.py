"""Physical quantities: users write Brian2 quantities, and the package stores SI floats.

A `bioann.base.description.Description` declares its physical fields with `quantity`. Their
dimensions are checked at construction, where the user writes the number.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from brian2 import amp, farad, hertz, mmolar, prefs, second, siemens, volt
from brian2.units.fundamentalunits import Quantity, get_dimensions

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, DimensionError, unknown_name_error
from bioann.base.text import shorten_repr

# Errors of bioann name a remedy; Brian2 would add a request to report a bug in Brian2.
prefs["logging.display_brian_error_message"] = False

#: A physical field: the user passes a Brian2 quantity, the object stores an SI float.
SI = Any

_UNITS = {
    "nS": ("siemens", "a conductance", "3 * nS"),
    "pA": ("amp", "a current", "200 * pA"),
    "mV": ("volt", "a potential", "-65 * mV"),
    "ms": ("second", "a time", "5 * ms"),
    "pF": ("farad", "a capacitance", "200 * pF"),
    "Hz": ("hertz", "a rate", "100 * Hz"),
    "mM": ("mmolar", "a concentration", "1 * mM"),
    "uM": ("mmolar", "a concentration", "1 * uM"),
    "1": ("one", "a number", "0.5"),
}
_BASE_UNITS = {
    "siemens": siemens,
    "amp": amp,
    "volt": volt,
    "second": second,
    "farad": farad,
    "hertz": hertz,
    "mmolar": mmolar,
    "one": Quantity(1.0),
}
# In SI base units; that of concentration is mol per cubic metre, which is mM.
UNIT_SCALES = {
    "nS": 1e-9,
    "pA": 1e-12,
    "mV": 1e-3,
    "ms": 1e-3,
    "pF": 1e-12,
    "Hz": 1.0,
    "mM": 1.0,
    "uM": 1e-3,
    "1": 1.0,
}


class CheckedQuantity(float):
    """An SI float with its unit, so that `dataclasses.replace` can pass it to the constructor."""

    unit: str


def to_si(value: Any, unit: str, obj: str) -> float:
    """Convert one Brian2 quantity to an SI float.

    Parameters
    ----------
    value : brian2.Quantity
        A scalar quantity. A number without a unit is allowed only if it is zero.
    unit : {'nS', 'pA', 'mV', 'ms', 'pF', 'Hz', 'mM', 'uM', '1'}
        A unit of the required dimension.
    obj : str
        The object and field that the quantity belongs to, for the error.

    Returns
    -------
    float
        The value in SI base units (siemens, ampere, volt, second, farad, hertz,
        mol per cubic metre).

    Raises
    ------
    DimensionError
        If the value has another dimension or no unit.
    DescriptionError
        If the value is not a finite scalar.
    """
    base, kind, example = _UNITS[unit]
    if isinstance(value, CheckedQuantity) and value.unit == unit:
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number, np.ndarray)):
        got = shorten_repr(value)
        raise DimensionError(obj, f"{kind} in {unit}", got, f"Write it as {example}.")
    if np.size(value) != 1:
        raise DescriptionError(
            obj, f"one {kind[2:]}", f"{np.size(value)} values", f"Write it as {example}."
        )
    if np.ma.is_masked(value) or np.iscomplexobj(value):
        kind_of_value = "a masked value" if np.ma.is_masked(value) else f"complex {value!r}"
        raise DescriptionError(obj, "a real number", kind_of_value, f"Write it as {example}.")
    try:
        number = float(np.asarray(value).reshape(()))
    except (TypeError, OverflowError):  # a complex number, or one beyond all floats
        number = math.nan
    has_dimension = get_dimensions(value) == _BASE_UNITS[base].dim
    if not has_dimension and not (number == 0 and not isinstance(value, Quantity)):
        raise DimensionError(obj, f"{kind} in {unit}", repr(value), f"Write it as {example}.")
    if not math.isfinite(number):
        raise DescriptionError(obj, "a finite number", shorten_repr(value), "Give a finite value.")
    return number


@name_argument_errors
def quantity(
    unit: str,
    default: float | None = None,
    *,
    symbol: str = "",
    meaning: str = "",
    source: str = "",
    optional: bool = False,
    one_per: str = "",
    **check: float,
) -> Any:
    """Declare a physical field of a `Description`.

    Parameters
    ----------
    unit : {'nS', 'pA', 'mV', 'ms', 'pF', 'Hz', 'mM', 'uM', '1'}
        The unit in which the field is displayed; a value must have its dimension.
    default : float, optional
        Default value in that unit. A field without a default is required.
    symbol : str, optional
        Symbol of the parameter in equations, in Typst math.
    meaning : str, optional
        What the parameter is, in a few words, for the report.
    source : str, optional
        Reference for the default, where it differs from that of the object's other defaults.
    optional : bool, optional
        Whether the field may be None, which is then the default.
    one_per : {'', 'neuron', 'synapse'}, optional
        What may have a value of its own: then the field also takes an array or a distribution
        (`bioann.base.heterogeneity`). The fields of a cell always take one value per neuron.
    **check : float
        Lower bound in that unit: ``above=x`` excludes it, ``at_least=x`` includes it.

    Returns
    -------
    dataclasses.Field
        A field that `Description` checks and converts to SI.

    Examples
    --------
    >>> import dataclasses
    >>> import bioann as ba
    >>> @dataclasses.dataclass(frozen=True)
    ... class Slow(ba.receptors.AMPA):
    ...     depth: ba.SI = ba.quantity("mV", 2, above=0, meaning="depth of the well")
    ...
    >>> Slow().depth
    0.002
    """
    if unit not in _UNITS:
        raise unknown_name_error("quantity", "unit", unit, _UNITS)
    metadata = {"unit": unit, "symbol": symbol, "meaning": meaning, "source": source, **check}
    metadata |= {"one_per": one_per} if one_per else {}
    if optional:
        return dataclasses.field(default=None, metadata=metadata | {"optional": True})
    if default is None:
        return dataclasses.field(metadata=metadata)
    default_quantity = default * UNIT_SCALES[unit] * _BASE_UNITS[_UNITS[unit][0]]
    # A factory, because a Quantity is an array, which dataclasses reject as a plain default.
    return dataclasses.field(default_factory=lambda: default_quantity, metadata=metadata)


def dimensionless_number(
    default: float | None, *, symbol: str = "", meaning: str = "", source: str = ""
) -> Any:
    """Declare a dimensionless parameter of a `Description`.

    Parameters
    ----------
    default : float or None
        Default value; None if the parameter is off by default.
    symbol, meaning, source : str, optional
        Its symbol in Typst math, its meaning in a few words, and where the default comes from.

    Returns
    -------
    dataclasses.Field
        A field with this default and metadata.
    """
    metadata = {"number": True, "symbol": symbol, "meaning": meaning, "source": source}
    return dataclasses.field(default=default, metadata=metadata)


def format_quantity(value: float, unit: str) -> str:
    """Return the Brian2 expression that evaluates to exactly the same SI float.

    Parameters
    ----------
    value : float
        The value in SI base units.
    unit : str
        Display unit of the expression, one of those of `quantity`.

    Returns
    -------
    str
        ``'3.0 * nS'``, or an expression in the base unit where rounding would change the value.
    """
    if unit == "1":
        return repr(float(value))
    scaled = float(f"{value / UNIT_SCALES[unit]:.12g}")
    if scaled * UNIT_SCALES[unit] == value:
        return f"{scaled!r} * {unit}"
    return f"{value!r} * {_UNITS[unit][0]}"


def base_unit_of(unit: str) -> str:
    """Return the SI unit of a display unit, as Brian2 calls it: ``siemens`` for ``nS``."""
    return "1" if unit == "1" else _UNITS[unit][0]


def find_unit(value: Any) -> str | None:
    """Return the display unit for the dimension of a quantity; None if it has no such unit."""
    if isinstance(value, CheckedQuantity):
        return value.unit
    dimension = get_dimensions(value) if isinstance(value, Quantity) else None
    units = (
        u for u, (base, *_) in _UNITS.items() if u != "1" and _BASE_UNITS[base].dim == dimension
    )
    return next(units, None)


def in_unit(value: float, unit: str) -> float:
    """Convert an SI float to a display unit (``in_unit(3e-9, 'nS') == 3.0``)."""
    return float(f"{value / UNIT_SCALES[unit]:.12g}")


def brian_quantity(value: float, unit: str) -> Quantity:
    """Return an SI float as a Brian2 quantity."""
    return value * _BASE_UNITS[_UNITS[unit][0]]
