"""Physical quantities: users write Brian2 quantities, and the package stores SI floats.

A frozen dataclass that derives from `Description` declares its physical fields with `quantity`.
Their dimensions are checked at construction, where the user writes the number.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import amp, farad, hertz, mmolar, prefs, second, siemens, volt
from brian2.units.fundamentalunits import Quantity, get_dimensions

from bioann.base.annotations import list_allowed_types
from bioann.base.arguments import OTHER_ERRORS, argument_error, name_argument_errors
from bioann.base.as_code import to_code
from bioann.base.errors import DescriptionError, DimensionError, unknown_name_error
from bioann.base.text import shorten_repr
from bioann.base.type_checks import as_tuple, check_field_types

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
}
_BASE_UNITS = {
    "siemens": siemens,
    "amp": amp,
    "volt": volt,
    "second": second,
    "farad": farad,
    "hertz": hertz,
    "mmolar": mmolar,
}
# In SI base units; that of concentration is mol per cubic metre, which is mM.
_UNIT_SCALES = {
    "nS": 1e-9,
    "pA": 1e-12,
    "mV": 1e-3,
    "ms": 1e-3,
    "pF": 1e-12,
    "Hz": 1.0,
    "mM": 1.0,
    "uM": 1e-3,
}


class _CheckedQuantity(float):
    """An SI float with its unit, so that `dataclasses.replace` can pass it to the constructor."""

    unit: str


def to_si(value: Any, unit: str, obj: str) -> float:
    """Convert one Brian2 quantity to an SI float.

    Parameters
    ----------
    value : brian2.Quantity
        A scalar quantity. A number without a unit is allowed only if it is zero.
    unit : {'nS', 'pA', 'mV', 'ms', 'pF', 'Hz', 'mM', 'uM'}
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
    if isinstance(value, _CheckedQuantity) and value.unit == unit:
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
    **check: float,
) -> Any:
    """Declare a physical field of a `Description`.

    Parameters
    ----------
    unit : {'nS', 'pA', 'mV', 'ms', 'pF', 'Hz', 'mM', 'uM'}
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
    **check : float
        Lower bound in that unit: ``above=x`` excludes it, ``at_least=x`` includes it.

    Returns
    -------
    dataclasses.Field
        A field that `Description` checks and converts to SI.
    """
    if unit not in _UNITS:
        raise unknown_name_error("quantity", "unit", unit, _UNITS)
    metadata = {"unit": unit, "symbol": symbol, "meaning": meaning, "source": source, **check}
    if optional:
        return dataclasses.field(default=None, metadata=metadata | {"optional": True})
    if default is None:
        return dataclasses.field(metadata=metadata)
    default_quantity = default * _UNIT_SCALES[unit] * _BASE_UNITS[_UNITS[unit][0]]
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
    scaled = float(f"{value / _UNIT_SCALES[unit]:.12g}")
    if scaled * _UNIT_SCALES[unit] == value:
        return f"{scaled!r} * {unit}"
    return f"{value!r} * {_UNITS[unit][0]}"


def in_unit(value: float, unit: str) -> float:
    """Convert an SI float to a display unit (``in_unit(3e-9, 'nS') == 3.0``)."""
    return float(f"{value / _UNIT_SCALES[unit]:.12g}")


def brian_quantity(value: float, unit: str) -> Quantity:
    """Return an SI float as a Brian2 quantity."""
    return value * _BASE_UNITS[_UNITS[unit][0]]


class Description:
    """Base class of all frozen descriptions: checks units, compares by value, prints as code.

    A subclass is a ``@dataclass(frozen=True, repr=False, eq=False)``. Its ``repr`` is a Python
    expression that constructs an equal object, with names from `bioann` and `brian2`.
    """

    def __post_init__(self) -> None:
        """Convert the physical fields to SI floats, call `check`, and check the fields' types."""
        fields, allowed_types = dataclasses.fields(self), list_allowed_types(type(self))  # type: ignore[arg-type]
        for f in fields:
            self.set_field(f.name, as_tuple(getattr(self, f.name), allowed_types.get(f.name, ())))
        values = {f.name: getattr(self, f.name) for f in fields}
        physical_fields = (f for f in fields if "unit" in f.metadata and not self._is_missing(f))
        try:
            for f in physical_fields:
                self._convert_field(f)
            self.check()
        except OTHER_ERRORS:  # `check` knows best what is wanted
            raise
        except Exception as error:  # a value of another type fails wherever it is first used
            self._check_types(values)
            texts = [f"{name}={shorten_repr(value)}" for name, value in values.items()]
            raise argument_error(type(self).__name__, texts, error) from error
        self._check_types(values)

    def unit_of(self, f: dataclasses.Field[Any]) -> str:
        """Return the unit of a physical field; override where it depends on other fields."""
        return str(f.metadata["unit"])

    def check(self) -> None:
        """Check that the fields are consistent; subclasses raise `DescriptionError` if not."""

    def title(self) -> str:
        """Return the object's title for errors: its class, and its ``name`` field if it has one."""
        name = getattr(self, "name", None)
        return type(self).__name__ + (f" {name!r}" if isinstance(name, str) else "")

    def set_field(self, field: str, value: Any) -> None:
        """Set a field of the frozen object; for ``check``, which normalises fields."""
        object.__setattr__(self, field, value)

    def _is_missing(self, f: dataclasses.Field[Any]) -> bool:
        return bool(f.metadata.get("optional")) and getattr(self, f.name) is None

    def _check_types(self, values: Mapping[str, Any]) -> None:
        """Raise `DescriptionError` for a value of another type than its field is annotated with."""
        fields = [f for f in dataclasses.fields(self) if "unit" not in f.metadata]  # type: ignore[arg-type]
        try:
            title = self.title()
        except Exception:  # a title that quotes a field of a wrong type
            title = type(self).__name__
        check_field_types(fields, values, type(self), title)

    def _convert_field(self, f: dataclasses.Field[Any]) -> None:
        unit, obj = self.unit_of(f), f"{self.title()}, {f.name}"
        value = to_si(getattr(self, f.name), unit, obj)
        for bound, is_within in (("above", np.greater), ("at_least", np.greater_equal)):
            if bound in f.metadata and not is_within(value, f.metadata[bound] * _UNIT_SCALES[unit]):
                bound_text = f"{bound.replace('_', ' ')} {f.metadata[bound]:g} {unit}"
                raise self.range_error(f.name, value, unit, f"a value {bound_text}")
        checked_value = _CheckedQuantity(value)
        checked_value.unit = unit
        self.set_field(f.name, checked_value)

    def range_error(self, field: str, value: float, unit: str, expected: str) -> DescriptionError:
        """Return the error of a physical field, in SI units, that is out of bounds."""
        obj, got = f"{self.title()}, {field}", format_quantity(value, unit)
        return DescriptionError(obj, expected, got, self.remedy_for(field))

    def remedy_for(self, field: str) -> str:
        """Return the remedy for a physical field that is out of bounds."""
        return f"Change {field}."

    def __repr__(self) -> str:
        arguments = []
        for f in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            is_physical = "unit" in f.metadata and not self._is_missing(f)
            text = format_quantity(value, self.unit_of(f)) if is_physical else to_code(value)
            arguments.append(f"{f.name}={text}")
        return f"{type(self).__name__}({', '.join(arguments)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))
