"""Quantities that every class of a family has to declare, because no default could be right."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError


class UndeclaredQuantity:
    """Placeholder in a base class; reading it is an error until a subclass declares the quantity.

    It has no ``__set__``, so a dataclass field of the same name replaces it as a property does.

    Parameters
    ----------
    meaning : str
        The quantity and its SI unit, for the error message.
    remedy : str
        Further advice for the error message, a sentence; empty if there is none.
    """

    def __init__(self, meaning: str, remedy: str) -> None:
        self.meaning, self.remedy = meaning, remedy

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> float:
        if instance is None:  # a dataclass would take it for the default of a field of that name
            raise AttributeError(f"{owner.__name__} does not declare {self.name}")
        raise DescriptionError(
            f"{type(instance).__name__}, {self.name}",
            self.meaning,
            "a class that does not declare it",
            f"Declare `{self.name}` as a property or field of the class. {self.remedy}".rstrip(),
        )


def declared_quantity(meaning: str, remedy: str = "") -> Any:
    """Return the placeholder of a quantity that subclasses declare as a property or field.

    Parameters
    ----------
    meaning : str
        The quantity and its SI unit, for the error message.
    remedy : str, optional
        Further advice for the error message, a sentence.

    Returns
    -------
    UndeclaredQuantity
        For a class attribute; reading it of an instance raises `DescriptionError`.
    """
    return UndeclaredQuantity(meaning, remedy)


def from_field(name: str) -> Any:
    """Return a property whose value is that of the field `name`: a float, or one per neuron."""
    read_field = operator.attrgetter(name)
    return property(lambda description: _to_float(read_field(description)))


def _to_float(value: Any) -> Any:
    """Return a number as a float, and an array of the values of single neurons as it is."""
    return value if isinstance(value, np.ndarray) else float(value)
