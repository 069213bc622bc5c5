"""Stimuli of images and of one-dimensional patterns: one channel per pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.arguments import name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import StimulusError
from bioann.base.units import SI
from bioann.stimuli.stimulus import Levels, count_steps, make_stimulus
from bioann.stimuli.waveforms import steps


@name_argument_errors
def patterns(
    values: Any,
    *,
    duration: SI,
    onset: SI = 0 * ms,
    offset: SI | None = None,
    dt: SI = 1 * ms,
    names: Sequence[str] | None = None,
    coords: Levels | None = None,
) -> xr.DataArray:
    """Build a stimulus from patterns: one condition per pattern, one channel per pixel.

    Parameters
    ----------
    values : array_like, shape (pattern, position) or (pattern, row, column)
        Activations of the pixels, constant from `onset` to `offset`; zero otherwise. Numeric
        coordinates of an xarray.DataArray along its first dimension label the conditions.
    duration : quantity
        Duration of every condition, in ms.
    onset, offset : quantity, optional
        Start and end of the pattern, in ms; `offset` defaults to the end of the condition.
    dt : quantity, optional
        Time step of the stimulus, in ms.
    names : sequence of str, optional
        Names of the patterns, all different; by default those of the array, or else its numbers.
    coords : mapping of str to sequence of float, optional
        Numbers that describe the patterns, one per pattern, besides those of the array.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``; channels ``position_<position>`` counted from 0,
        or ``pixel_<row>_<column>``, row by row.

    Raises
    ------
    StimulusError
        If there is another number of axes.
    """
    numbers = dict(coords or {})
    if isinstance(values, xr.DataArray) and values.ndim:
        first = values.dims[0]
        along = {str(name): c.values for name, c in values.coords.items() if c.dims == (first,)}
        labels = along.pop(str(first), None)
        if labels is not None and names is None:
            names = [str(label) for label in labels]
        numbers = along | numbers
        values = values.values
    array = to_floats(values, "patterns", StimulusError)
    if array.ndim not in (2, 3):
        raise StimulusError(
            "patterns",
            "shape (pattern, position) or (pattern, row, column)",
            f"shape {array.shape}",
            "Stack the patterns along the first axis.",
        )
    prefix = "position" if array.ndim == 2 else "pixel"
    pixels = ["_".join(map(str, (prefix, *index))) for index in np.ndindex(*array.shape[1:])]
    count_steps(duration, dt, "patterns", array.size)
    course = steps({"on": [1.0]}, duration=duration, onset=onset, offset=offset, dt=dt)
    values = course.values[..., :1] * array.reshape(len(array), 1, -1)
    return make_stimulus(values, channels=pixels, dt=dt, conditions=names, coords=numbers)


@name_argument_errors
def images(
    pictures: Any,
    *,
    duration: SI,
    dt: SI = 1 * ms,
    names: Sequence[str] | None = None,
    coords: Levels | None = None,
) -> xr.DataArray:
    """Build a stimulus from pictures: one condition per picture, one channel per pixel.

    Parameters
    ----------
    pictures : array_like, shape (picture, row, column)
        Activations of the pixels, constant for the whole condition.
    duration, dt : quantity
        Duration of every condition, and time step, in ms.
    names : sequence of str, optional
        Names of the pictures, all different; ``image 0``, ``image 1``, ... by default.
    coords : mapping of str to sequence of float, optional
        Numbers that describe the pictures, one per picture.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``; channels ``pixel_<row>_<column>``, row by row.
    """
    array = to_floats(pictures, "images", StimulusError)
    if array.ndim != 3:
        raise StimulusError(
            "images", "shape (picture, row, column)", f"shape {array.shape}", "Stack the pictures."
        )
    names = [f"image {i}" for i in range(len(array))] if names is None else names
    return patterns(array, duration=duration, dt=dt, names=names, coords=coords)
