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
from bioann.parameters.addresses import Parameter, collect_parameters, get_parameter
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
    return _replace_values(description, {parameter.path: _check_value(parameter, value)})


@name_argument_errors
def replace_parameters(
    description: DescriptionT,
    values: Mapping[str, Any],
    parameters: Mapping[str, Parameter] | None = None,
) -> DescriptionT:
    """Return a copy of a model or pair in which several parameters have other values.

    Every object is built once, with all its new values, so that only the result has to be allowed:
    a threshold and a reset may both move past where the other was.

    Parameters
    ----------
    description : Description
        A model, a pair, or an object inside one; it stays as it is.
    values : mapping of str to quantity or float or int
        Value of each parameter by its address, as for `replace_parameter`.
    parameters : mapping of str to Parameter, optional
        All parameters by address, where they are collected already.

    Returns
    -------
    Description
        The copy, of the same class, checked like the original.

    Raises
    ------
    UnknownNameError
        If nothing has an address; the message suggests similar addresses.
    DescriptionError
        If a value has another dimension, or the description does not allow the values.
    """
    by_address = parameters or {p.address: p for p in collect_parameters(description)}
    by_path = {}
    for address, value in values.items():
        # `get_parameter` raises the error of an unby_address address.
        parameter = by_address.get(address) or get_parameter(description, address)
        by_path[parameter.path] = _check_value(parameter, value)
    return _replace_values(description, by_path)


def _check_value(parameter: Parameter, value: Any) -> Any:
    """Return a value to be assigned; a physical one is checked by the description itself."""
    return value if parameter.unit else _check_number(parameter, value)


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


def _replace_values(obj: Any, values: Mapping[tuple[Step, ...], Any]) -> Any:
    """Return a copy of an object with other values at the ends of several paths of steps."""
    if not values:
        return obj
    if () in values:
        return values[()]
    by_step: dict[Step, dict[tuple[Step, ...], Any]] = {}
    for path, value in values.items():
        by_step.setdefault(path[0], {})[path[1:]] = value
    if isinstance(obj, HeterogeneousQuantity):  # its only member is the distribution
        return _replace_values(obj.distribution, by_step["distribution"])
    if isinstance(obj, Description):
        changes = {
            str(step): _replace_values(getattr(obj, str(step)), members)
            for step, members in by_step.items()
        }
        return dataclasses.replace(obj, **changes)  # type: ignore[type-var]
    if isinstance(obj, Mapping):
        return {k: _replace_values(v, by_step.get(k, {})) for k, v in obj.items()}
    if isinstance(obj, tuple):
        return tuple(_replace_values(item, by_step.get(k, {})) for k, item in enumerate(obj))
    array = np.array(obj)
    for step, members in by_step.items():
        array[step] = members[()]
    return array
