"""The only door where Brian2 quantities become floats: users give quantities, inside is SI.

A frozen dataclass that derives from `Description` declares its physical fields with `quantity`;
they are checked where the user writes them and kept as plain SI floats.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import math
from typing import Any

import brian2.units.allunits as allunits
import numpy as np
from brian2 import prefs
from brian2.units.fundamentalunits import Quantity, get_dimensions

from bioann.base.errors import DescriptionError, DimensionError

# An error that names what to do must not end in Brian2's plea to report a bug in Brian2.
prefs["logging.display_brian_error_message"] = False

#: A physical field: the user gives a Brian2 quantity, the object keeps the SI float.
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
# In SI base units; the one of a concentration, mol per cubic metre, is mM.
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
    """An SI float that remembers its unit, so that `dataclasses.replace` can hand it back in."""

    unit: str


def to_si(value: Any, unit: str, obj: str) -> float:
    """Turn one Brian2 quantity into an SI float, or say what is wrong with it.

    Parameters
    ----------
    value : brian2.Quantity
        The quantity as the user wrote it. A bare number passes only if it is zero.
    unit : {'nS', 'pA', 'mV', 'ms', 'pF', 'Hz', 'mM', 'uM'}
        The unit whose dimension is wanted.
    obj : str
        What the quantity belongs to, for the error.

    Returns
    -------
    float
        The value in SI base units (siemens, ampere, volt, second, farad, hertz,
        mol per cubic metre).

    Raises
    ------
    DimensionError
        If the dimension is another one, or there is none.
    DescriptionError
        If the value is not a finite scalar.
    """
    base, kind, example = _UNITS[unit]
    if isinstance(value, _CheckedQuantity) and value.unit == unit:
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number, np.ndarray)):
        raise DimensionError(obj, f"{kind} in {unit}", repr(value), f"Write it as {example}.")
    if np.size(value) != 1:
        raise DescriptionError(
            obj, f"one {kind[2:]}", f"{np.size(value)} values", f"Write it as {example}."
        )
    number = float(np.asarray(value).reshape(()))
    has_dimension = get_dimensions(value) == getattr(allunits, base).dim
    if not has_dimension and not (number == 0 and not isinstance(value, Quantity)):
        raise DimensionError(obj, f"{kind} in {unit}", repr(value), f"Write it as {example}.")
    if not math.isfinite(number):
        raise DescriptionError(obj, "a finite number", repr(value), "Give a finite value.")
    return number


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
        The unit the field is shown in; its dimension is what the user must give.
    default : float, optional
        Default in that unit; without one the field is required.
    symbol : str, optional
        Its symbol in equations, in Typst math.
    meaning : str, optional
        What it is, in a few words, for the report.
    source : str, optional
        Where the default comes from, if not from where the object's other defaults do.
    optional : bool, optional
        Whether None may be given, and is the default.
    **check : float
        ``above=x`` or ``at_least=x``: the lower bound in that unit.

    Returns
    -------
    dataclasses.Field
        A field that `Description` checks and converts.
    """
    metadata = {"unit": unit, "symbol": symbol, "meaning": meaning, "source": source, **check}
    if optional:
        return dataclasses.field(default=None, metadata=metadata | {"optional": True})
    if default is None:
        return dataclasses.field(metadata=metadata)
    default_quantity = default * _UNIT_SCALES[unit] * getattr(allunits, _UNITS[unit][0])
    # A factory, because dataclasses refuse arrays (a Quantity is one) as plain defaults.
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
    """Write an SI float as the Brian2 expression that gives back the same float.

    Parameters
    ----------
    value : float
        In SI base units.
    unit : str
        Preferred unit.

    Returns
    -------
    str
        ``'3.0 * nS'``, or with the base unit where rounding would change the last bit.
    """
    scaled = float(f"{value / _UNIT_SCALES[unit]:.12g}")
    if scaled * _UNIT_SCALES[unit] == value:
        return f"{scaled!r} * {unit}"
    return f"{value!r} * {_UNITS[unit][0]}"


def in_unit(value: float, unit: str) -> float:
    """Give an SI float in a display unit (``in_unit(3e-9, 'nS') == 3.0``)."""
    return float(f"{value / _UNIT_SCALES[unit]:.12g}")


def brian_quantity(value: float, unit: str) -> Quantity:
    """Give an SI float back to Brian2 with its dimension."""
    return value * getattr(allunits, _UNITS[unit][0])


class Description:
    """Base of all frozen descriptions: checks units, compares by value, prints as code.

    A subclass is a ``@dataclass(frozen=True, repr=False, eq=False)``. Its ``repr`` is the Python
    expression that makes an equal object (names from `bioann` and `brian2`).
    """

    def __post_init__(self) -> None:
        """Convert the physical fields to SI floats, then call `check`."""
        for f in dataclasses.fields(self):  # type: ignore[arg-type]
            if "unit" in f.metadata and not self._is_missing(f):
                self._convert_field(f)
        self.check()

    def unit_of(self, f: dataclasses.Field[Any]) -> str:
        """Give the unit of a physical field; a class whose unit depends on others overrides it."""
        return str(f.metadata["unit"])

    def check(self) -> None:
        """Raise `DescriptionError` if the parts do not fit; subclasses fill this in."""

    def title(self) -> str:
        """Name the object in errors: the class, and the ``name`` field where there is one."""
        name = getattr(self, "name", None)
        return type(self).__name__ + (f" {name!r}" if isinstance(name, str) else "")

    def set_field(self, field: str, value: Any) -> None:
        """Set a field of the frozen object; only for ``check`` to keep a normal form."""
        object.__setattr__(self, field, value)

    def _is_missing(self, f: dataclasses.Field[Any]) -> bool:
        return bool(f.metadata.get("optional")) and getattr(self, f.name) is None

    def _convert_field(self, f: dataclasses.Field[Any]) -> None:
        unit, obj = self.unit_of(f), f"{self.title()}, {f.name}"
        value = to_si(getattr(self, f.name), unit, obj)
        for bound, is_within in (("above", np.greater), ("at_least", np.greater_equal)):
            if bound in f.metadata and not is_within(value, f.metadata[bound] * _UNIT_SCALES[unit]):
                bound_text = f"{bound.replace('_', ' ')} {f.metadata[bound]:g} {unit}"
                raise DescriptionError(
                    obj,
                    f"a value {bound_text}",
                    format_quantity(value, unit),
                    self.remedy_for(f.name),
                )
        checked_value = _CheckedQuantity(value)
        checked_value.unit = unit
        self.set_field(f.name, checked_value)

    def remedy_for(self, field: str) -> str:
        """Say what to do about a physical field that is out of bounds."""
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


def to_code(value: Any) -> str:
    """Write a field's value as Python: arrays as lists, functions by their dotted name."""
    if isinstance(value, np.ndarray):
        return repr(value.tolist())
    if hasattr(value, "coords"):  # labelled arrays: the labels count as much as the values
        labels = {name: coordinate.values.tolist() for name, coordinate in value.coords.items()}
        contents = value.to_numpy().tobytes() + repr((labels, value.attrs)).encode()
        content = hashlib.blake2b(contents, digest_size=8).hexdigest()
        return f"stimulus({dict(value.sizes)!r}, content={content!r})"
    if isinstance(value, tuple):
        return f"({', '.join(map(to_code, value))}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{to_code(k)}: {to_code(v)}" for k, v in value.items()) + "}"
    if isinstance(value, functools.partial):  # its own repr has an address in memory
        arguments = [
            *map(to_code, value.args),
            *(f"{k}={to_code(v)}" for k, v in value.keywords.items()),
        ]
        return f"functools.partial({', '.join([to_code(value.func), *arguments])})"
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return repr(value)


def hash_description(description: object) -> str:
    """Hash a description: the same text for equal descriptions, in any process.

    Parameters
    ----------
    description : object
        Anything whose ``repr`` says all there is to say, every `Description` for one.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    return hashlib.blake2b(to_code(description).encode(), digest_size=8).hexdigest()
