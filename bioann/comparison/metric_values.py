"""The values that a metric function returns, in the order of matches and channels."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arrays import to_floats
from bioann.base.errors import UserCodeError
from bioann.base.text import join_names

#: Dimensions of a response that a metric sums up; others (resamples, shuffles) it keeps.
OWN_DIMENSIONS = frozenset({"condition", "match", "time", "trial"})


def arrange_values(
    values: Any, name: str, axes: Mapping[str, Sequence[str]], further: Collection[Hashable]
) -> np.ndarray:
    """Return the values of a metric as an array with known axes.

    Parameters
    ----------
    values : xarray.DataArray
        What the function of the metric returned; any number, if the metric has one for the pair.
    name : str
        Name of the metric, for the error.
    axes : mapping of str to sequence of str
        Dimensions that have a value each, and their labels: of matches and channels, or none.
    further : collection of hashable
        Dimensions that the function has to keep.

    Returns
    -------
    numpy.ndarray of float, shape (*axes, further)
        The last is 1 where the responses have no further dimension.

    Raises
    ------
    UserCodeError
        If the function returned something else, or left a dimension that it has to sum up: one of
        its numbers would stand for all.
    """
    obj, got = f"metric {name!r}", type(values).__name__ if axes else ""
    if isinstance(values, xr.DataArray):
        leftover = [d for d in values.dims if d not in axes and d not in further]
        leftover = [d for d in leftover if values.sizes[d] > 1]
        got = f"an array that keeps {join_names(leftover)}" if leftover else ""
        if any(values.sizes.get(axis, len(labels)) != len(labels) for axis, labels in axes.items()):
            got = f"an array of sizes {dict(values.sizes)}"
    if got:
        expected = f"a DataArray with one number for each {' and '.join(axes) or 'pair'}"
        remedy = "Average over the rest, for example by `response.mean('condition')`."
        raise UserCodeError(obj, expected, got, remedy)
    if axes:
        missing = {axis: labels for axis, labels in axes.items() if axis not in values.dims}
        values = values.expand_dims(missing).transpose(*axes, ...)
    return to_floats(values, obj, UserCodeError).reshape(*map(len, axes.values()), -1)
