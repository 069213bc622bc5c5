"""Copies of descriptions in which one parameter has another value."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS, get_dimensions

from bioann.base.arguments import name_argument_errors, shorten_repr
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.heterogeneity import HeterogeneousQuantity
from bioann.parameters.addresses import Parameter, get_parameter
from bioann.parameters.members import Step

DescriptionT = TypeVar("DescriptionT", bound=Description)


@name_argument_errors
def replace_parameter(description: DescriptionT, address: str, value: Any) -> DescriptionT:
    """Return a copy of a model or pair in which one parameter has another value.

    Parameters
    ----------
    description : Description
        A model, a pair, or an object inside one; it stays as it is.
    address : str
        Address of the parameter, as `collect_parameters` lists it.
    value : quantity or float or int
        Value of the same dimension; a number for a dimensionless parameter.

    Returns
    -------
    Description
        The copy, of the same class, checked like the original.

    Raises
    ------
    UnknownNameError
        If nothing has that address; the message suggests similar addresses.
    DescriptionError
        If the value has another dimension, or the description does not allow it.
    """
    parameter = get_parameter(description, address)
    if not parameter.unit:
        value = _check_number(parameter, value)
    copy: DescriptionT = _replace_at(description, parameter.path, value)
    return copy


def _check_number(parameter: Parameter, value: Any) -> float:
    """Return the value of a dimensionless parameter as a number of its type."""
    is_int = isinstance(parameter.value, (int, np.integer))
    is_number = (
        isinstance(value, (int, float, np.number, np.ndarray))
        and not isinstance(value, bool)
        and np.size(value) == 1
        and get_dimensions(value) is DIMENSIONLESS
        and np.isrealobj(value)
    )
    if not is_number or not np.isfinite(value) or (is_int and float(value) != int(value)):
        raise DescriptionError(
            parameter.address,
            "a whole number" if is_int else "a finite number without a unit",
            shorten_repr(value),
            f"Give a number like the one that it has, {parameter.value:g}.",
        )
    return int(value) if is_int else float(value)


def _replace_at(obj: Any, path: tuple[Step, ...], value: Any) -> Any:
    """Return a copy of an object with another value at the end of a path of steps."""
    if not path:
        return value
    step, *later_steps = path
    later_path = tuple(later_steps)
    if isinstance(obj, HeterogeneousQuantity):  # its only member is the distribution
        return _replace_at(obj.distribution, later_path, value)
    if isinstance(obj, Description):
        name = str(step)
        return dataclasses.replace(
            obj,  # type: ignore[type-var]
            **{name: _replace_at(getattr(obj, name), later_path, value)},
        )
    if isinstance(obj, Mapping):
        return {k: _replace_at(v, later_path, value) if k == step else v for k, v in obj.items()}
    if isinstance(obj, tuple):
        return tuple(
            _replace_at(item, later_path, value) if k == step else item
            for k, item in enumerate(obj)
        )
    array = np.array(obj)
    array[step] = value
    return array
