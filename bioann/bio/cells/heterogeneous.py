"""Cells whose parameters differ between the neurons of a population."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.heterogeneity import HeterogeneousQuantity
from bioann.base.units import CheckedQuantity

DescriptionT = TypeVar("DescriptionT", bound=Description)


def copy_with_values(description: DescriptionT, values: Mapping[str, Any]) -> DescriptionT:
    """Return an unchecked copy of a description in which some fields have other values."""
    duplicate = copy.copy(description)
    for name, value in values.items():
        duplicate.set_field(name, value)
    return duplicate


def make_array_cell(cell: DescriptionT) -> DescriptionT:
    """Return an unchecked copy of a cell whose heterogeneous fields are arrays, shape ``(n,)``.

    Its quantities (`capacitance`, `refractory_period`, ...) are arrays where they depend on such a
    field. Values that have a distribution must have been drawn before. A cell without such fields
    is returned itself.
    """
    values = {n: np.array(v.values) for n, v in cell.heterogeneous_fields.items()}
    return copy_with_values(cell, values) if values else cell


def iter_neuron_cells(array_cell: DescriptionT) -> Iterator[DescriptionT]:
    """Yield the cell of each neuron of an array cell; a cell without arrays is that of all."""
    fields = {f.name: getattr(array_cell, f.name) for f in dataclasses.fields(array_cell)}  # type: ignore[arg-type]
    arrays = {name: value for name, value in fields.items() if isinstance(value, np.ndarray)}
    if not arrays:
        yield array_cell
    for values in zip(*arrays.values(), strict=True):
        yield copy_with_values(array_cell, dict(zip(arrays, values, strict=True)))


def check_neuron_cells(cell: Description) -> None:
    """Check every combination of values that a neuron can have, as one cell with them is checked.

    Of distributions the ends of their range are checked, infinite where it is unbounded.

    Raises
    ------
    DescriptionError
        If a cell with these values would be refused; with the neuron, or the distributions.
    """
    fields = cell.heterogeneous_fields
    arrays = {name: f for name, f in fields.items() if f.values is not None}
    ranges = {name: f for name, f in fields.items() if f.distribution is not None}
    n = max((len(f.values) for f in arrays.values() if f.values is not None), default=1)
    corners = itertools.product(*(field.support for field in ranges.values()))
    for corner, neuron in itertools.product(corners, range(n)):
        limits = zip(ranges.items(), corner, strict=True)
        values = {name: _quantity(limit, field) for (name, field), limit in limits}
        values |= {name: _pick(field, neuron) for name, field in arrays.items()}
        try:
            copy_with_values(cell, values).check()
        except DescriptionError as error:
            raise _add_cause(error, ranges, neuron if arrays else None) from error


def _pick(field: HeterogeneousQuantity, neuron: int) -> CheckedQuantity:
    """Return the value of one neuron, of those that are present."""
    assert field.values is not None
    return _quantity(field.values[min(neuron, len(field.values) - 1)], field)


def _quantity(value: float, field: HeterogeneousQuantity) -> CheckedQuantity:
    quantity = CheckedQuantity(value)
    quantity.unit = field.unit
    return quantity


def _add_cause(
    error: DescriptionError, ranges: Mapping[str, HeterogeneousQuantity], neuron: int | None
) -> DescriptionError:
    """Return the error of one neuron's cell, with the neuron or the distributions behind it."""
    got, remedy = error.got, error.remedy
    if neuron is not None:
        got += f" in neuron {neuron}"
    if ranges:
        laws = (f"{name} = {field.distribution!r}" for name, field in ranges.items())
        got += f", possible with {' and '.join(laws)}"
        remedy += " Bound a distribution with Normal(..., minimum=..., maximum=...) or Uniform."
    return DescriptionError(error.obj, error.expected, got, remedy)
