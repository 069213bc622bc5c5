"""Descriptions: frozen dataclasses that check their fields, compare by value and print as code."""

from __future__ import annotations

import abc
import dataclasses
import inspect
import types
from collections.abc import Mapping
from typing import Any

from bioann.base.annotations import list_allowed_types
from bioann.base.arguments import (
    OTHER_ERRORS,
    argument_error,
    bind_arguments,
    name_method_errors,
)
from bioann.base.as_code import to_code
from bioann.base.content.libraries import is_library
from bioann.base.errors import DescriptionError
from bioann.base.heterogeneity import (
    Distribution,
    HeterogeneousQuantity,
    bound_error,
    is_above,
    is_heterogeneous,
    to_heterogeneous,
    values_to_code,
)
from bioann.base.text import join_names, shorten_repr
from bioann.base.type_checks import as_tuple, check_field_types
from bioann.base.units import UNIT_SCALES, CheckedQuantity, format_quantity, to_si


class DescriptionType(abc.ABCMeta):
    """The type of descriptions: bad arguments of constructors and methods are errors of bioann.

    Methods of a user's class stay the functions that the user wrote, whose code a run records.
    """

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> DescriptionType:
        """Return a new class."""
        if is_library(namespace.get("__module__", "")):
            for key, member in namespace.items():
                is_public = not key.startswith("_") or key == "__call__"
                if is_public and isinstance(member, (classmethod, staticmethod)):
                    namespace[key] = type(member)(name_method_errors(member.__func__))
                elif is_public and isinstance(member, types.FunctionType):
                    namespace[key] = name_method_errors(member)
        return super().__new__(mcs, name, bases, namespace, **kwargs)

    @property
    def __signature__(cls) -> inspect.Signature:
        """The signature that `help` shows: that of the fields."""
        parameters = list(inspect.signature(cls.__init__).parameters.values())  # type: ignore[misc]
        return inspect.Signature(parameters[1:])

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Return a new object."""
        if missing := sorted(cls.__abstractmethods__):
            expected = f"a subclass that defines {join_names(missing)}"
            remedy = "Use one of its subclasses, or write one."
            raise DescriptionError(cls.__name__, expected, "the abstract class itself", remedy)
        try:
            return super().__call__(*args, **kwargs)
        except TypeError:
            bind_arguments(cls.__name__, cls.__signature__, args, kwargs)
            raise


class Description(metaclass=DescriptionType):
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

    def heterogeneity_of(self, f: dataclasses.Field[Any]) -> str:
        """Return what may have a value of its own in a physical field; empty for nothing."""
        return str(f.metadata.get("one_per", ""))

    @property
    def heterogeneous_fields(self) -> dict[str, HeterogeneousQuantity]:
        """Physical fields that have one value per neuron or synapse, by name."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}  # type: ignore[arg-type]
        return {n: v for n, v in fields.items() if isinstance(v, HeterogeneousQuantity)}

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
        unit, obj, value = self.unit_of(f), f"{self.title()}, {f.name}", getattr(self, f.name)
        one_per = self.heterogeneity_of(f)
        if one_per and is_heterogeneous(value):
            quantity: CheckedQuantity = to_heterogeneous(value, unit, one_per, obj)
        elif isinstance(value, Distribution):
            remedy = "Pass a single quantity: its neurons or synapses cannot differ in this field."
            raise DescriptionError(obj, "one value", repr(value), remedy)
        else:
            quantity = CheckedQuantity(to_si(value, unit, obj))
            quantity.unit = unit
        self._check_bounds(f, quantity)
        self.set_field(f.name, quantity)

    def _check_bounds(self, f: dataclasses.Field[Any], quantity: CheckedQuantity) -> None:
        """Raise `DescriptionError` for a value below the bound of its field."""
        unit = quantity.unit
        for name in ("above", "at_least"):
            if name not in f.metadata:
                continue
            bound, excludes = f.metadata[name] * UNIT_SCALES[unit], name == "above"
            if is_above(quantity, bound, excludes):
                continue
            bound_text = f"{name.replace('_', ' ')} {f.metadata[name]:g} {unit}"
            if isinstance(quantity, HeterogeneousQuantity):
                if quantity.distribution is not None:
                    raise bound_error(f"{self.title()}, {f.name}", quantity, bound_text)
                quantity = CheckedQuantity(quantity.support[0])
            raise self.range_error(f.name, quantity, unit, f"a value {bound_text}")

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
            if isinstance(value, HeterogeneousQuantity):
                text = values_to_code(value)
            elif "unit" in f.metadata and not self._is_missing(f):
                text = format_quantity(value, self.unit_of(f))
            else:
                text = to_code(value)
            arguments.append(f"{f.name}={text}")
        return f"{type(self).__name__}({', '.join(arguments)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))
