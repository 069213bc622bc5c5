"""Checks of the fields of a rate network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import check_names


def resolve_channels(units: tuple[str, ...], channels: Any, W_in: Any) -> tuple[str, ...]:
    """Return the names of the stimulus channels, those of the units by default.

    Parameters
    ----------
    units : tuple of str
        Names of the units.
    channels : tuple of str, str or None
        Names of the channels, as the user passed them.
    W_in : array_like, mapping or None, shape (unit, channel)
        Weights from the channels; None for one channel per unit.

    Raises
    ------
    DescriptionError
        If names repeat, or are missing.
    """
    is_named = W_in is None or isinstance(W_in, Mapping)
    columns = len(units) if is_named else np.shape(W_in)[-1] if np.ndim(W_in) else 0
    if channels is None and columns == len(units):
        channels = units
    if isinstance(channels, str):
        channels = (channels,)
    if channels is None or len(set(channels)) != len(channels):
        raise DescriptionError(
            "RateNetwork, channels",
            f"{columns} different name(s), one per column of W_in",
            repr(channels),
            "Pass channels=('name', ...).",
        )
    check_names(channels, "RateNetwork, channels")
    return tuple(channels)


def to_matrix(weights: Any, rows: Sequence[str], columns: Sequence[str], field: str) -> np.ndarray:
    """Return weights as a read-only matrix; rows are targets, columns are sources.

    Parameters
    ----------
    weights : array_like, shape (target, source), or mapping of str to mapping of str to float
        The matrix, or for each target the weights of its sources by name; the others are zero.
    rows, columns : sequence of str
        Names of the targets and of the sources.
    field : str
        Field of the network, for errors.

    Raises
    ------
    UnknownNameError
        If there is no target or source of a name.
    DescriptionError
        If the shape does not fit, or a number is not finite.
    """
    if isinstance(weights, Mapping):
        sources = select_by_name(weights, rows, {}, field)
        weights = [select_by_name(row, columns, 0.0, field) for row in sources]
    axes = "(unit, channel)" if field.endswith("_in") else "(unit, unit)"
    array = to_floats(weights, f"RateNetwork, {field}")
    return _check_numbers(array, (len(rows), len(columns)), axes, field)


def to_vector(values: Any, names: Sequence[str], field: str) -> np.ndarray:
    """Return one number per unit as a read-only array.

    Parameters
    ----------
    values : float, array_like of shape (unit,), or mapping of str to float
        One number for all, one for each, or those of some units by name; the others are zero.
    names : sequence of str
        Names of the units.
    field : str
        Field of the network, for errors.

    Raises
    ------
    UnknownNameError
        If there is no unit of a name.
    DescriptionError
        If the shape does not fit, or a number is not finite.
    """
    if isinstance(values, Mapping):
        values = select_by_name(values, names, 0.0, field)
    array = to_floats(values, f"RateNetwork, {field}")
    array = np.full(len(names), array) if array.ndim == 0 else array
    return _check_numbers(array, (len(names),), "(unit,)", field)


def _check_numbers(array: np.ndarray, shape: tuple[int, ...], axes: str, field: str) -> np.ndarray:
    if array.shape != shape or not np.isfinite(array).all():
        raise DescriptionError(
            f"RateNetwork, {field}",
            f"finite numbers of shape {axes} = {shape}",
            f"shape {array.shape}" if array.shape != shape else "NaN or infinite values",
            "Rows are targets, columns are sources.",
        )
    array.setflags(write=False)
    return array


def select_by_name(
    values: Mapping[str, Any], names: Sequence[str], default: Any, field: str
) -> list[Any]:
    """Return the value of each name in a mapping, or the default of those that it leaves out.

    Raises
    ------
    UnknownNameError
        If the mapping has another name.
    """
    for name in values:
        if name not in names:
            raise unknown_name_error(f"RateNetwork, {field}", "name", name, names)
    return [values.get(name, default) for name in names]


def check_divisive(divisive: np.ndarray, divisive_in: np.ndarray) -> None:
    """Raise `DescriptionError` for divisive weights below 0."""
    smallest = min(divisive.min(), divisive_in.min(initial=0.0))
    if smallest < 0:
        raise DescriptionError(
            "RateNetwork, divisive",
            "weights of 0 or more",
            f"{smallest:g}",
            "A shunt divides whatever the sign of its synapse; W has the subtractive weights.",
        )


def check_gates(units: Sequence[str], gates: Mapping[str, str]) -> None:
    """Check that gates connect different units of a network.

    Parameters
    ----------
    units : sequence of str
        Names of the units.
    gates : mapping of str to str
        The gating unit of each gated one.

    Raises
    ------
    UnknownNameError
        If there is no such unit.
    DescriptionError
        If a unit gates itself.
    """
    for unit, gate in gates.items():
        for name in (unit, gate):
            if name not in units:
                raise unknown_name_error("RateNetwork, gates", "unit", name, units)
        if unit == gate:
            raise DescriptionError(
                f"RateNetwork, gate of {unit!r}",
                "another unit",
                "the unit itself",
                "The square of an activation is activation=bioann.activations.Power(2).",
            )
