"""Read a labelled array of firing rates or spike counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError
from bioann.base.text import format_setting, join_names
from bioann.recordings.recording import RESPONSE_DIMS
from bioann.recordings.sources.layout import (
    READER,
    SourceNames,
    check_labels,
    check_sizes,
    find_time_remedy,
    match_trials,
)

#: Relative error of bin centres that were stored with few digits.
TIME_TOLERANCE = 1e-3


def read_rates(
    array: xr.DataArray,
    names: SourceNames,
    sizes: Mapping[str, int] | None,
    duration: float | None,
    counts: bool,
) -> xr.Dataset:
    """Read firing rates or spike counts, as `bioann.recordings.sources.layout` describes.

    Parameters
    ----------
    array : xarray.DataArray
        Mean rate per neuron in Hz, or number of spikes of each unit in each bin. A trial that is
        NaN as a whole was not recorded.
    names : SourceNames
        Names of the dimensions. The coordinate of time is the centre of each bin in seconds from
        the start of the trial.
    sizes : mapping of str to int, optional
        Number of neurons of each unit; 1 where it is not stated.
    duration : float, optional
        Duration of a trial in seconds, to check the times against.
    counts : bool
        Whether values are spike counts.

    Raises
    ------
    DescriptionError
        If a dimension or its labels are missing, times are no bin centres in seconds, or a value
        is negative or missing.
    """
    array = _name_dimensions(array, names)
    conditions = check_labels(array["condition"].values.tolist(), "conditions")
    units = check_labels(array["unit"].values.tolist(), "units")
    width = _find_bin_width(array, names.time, duration)
    values = to_floats(array.values, f"{READER}, values")
    numbers = np.array([check_sizes(sizes, units).get(unit, 1) for unit in units])
    is_missing = np.isnan(values).all(axis=(2, 3))
    _check_values(values[~is_missing], conditions, np.argwhere(~is_missing))
    n_trials, flag = match_trials(dict(zip(conditions, (~is_missing).sum(axis=1), strict=True)))
    rates = np.array(
        [lanes[~missing][:n_trials] for lanes, missing in zip(values, is_missing, strict=True)]
    )
    if counts:
        rates /= numbers * width
    n_bins = rates.shape[2]
    return xr.Dataset(
        {"rate": (RESPONSE_DIMS, rates, {"units": "Hz"}), "n_neurons": ("unit", numbers)},
        coords={
            "condition": conditions,
            "trial": np.arange(n_trials),
            "time": (np.arange(n_bins) + 0.5) * width,
            "unit": units,
        },
        attrs={"duration": n_bins * width, "bin_width": width, "flag": flag},
    )


def _name_dimensions(array: xr.DataArray, names: SourceNames) -> xr.DataArray:
    """Return the array with the dimensions `RESPONSE_DIMS`, each of which has labels."""
    dims = {getattr(names, dim): dim for dim in RESPONSE_DIMS}
    if set(array.dims) != set(dims):
        raise DescriptionError(
            f"{READER}, dimensions",
            join_names(list(dims)),
            join_names(array.dims) if array.dims else "none",
            "Name the dimensions of the array, such as unit='cell', and average over others.",
        )
    for name in set(dims) - {names.trial}:
        if name not in array.coords:
            raise DescriptionError(
                f"{READER}, dimension {name!r}",
                "a coordinate with its labels",
                "none",
                f"Add it: array.assign_coords({name}=...).",
            )
    return array.rename({name: dim for name, dim in dims.items() if name != dim}).transpose(
        *RESPONSE_DIMS
    )


def _find_bin_width(array: xr.DataArray, name: str, duration: float | None) -> float:
    """Return the width of the bins in seconds, from their centres."""
    obj, unit = f"{READER}, coordinate {name!r}", array["time"].attrs.get("units", "s")
    if unit not in ("s", "sec", "second", "seconds"):
        remedy = "Convert it to seconds."
        raise DescriptionError(obj, "times in seconds", f"units {unit!r}", remedy)
    centres = to_floats(array["time"].values, obj)
    width = float(np.diff(centres).mean()) if len(centres) > 1 else 2 * float(centres[0])
    expected = (np.arange(len(centres)) + 0.5) * width
    if not (width > 0 and np.allclose(centres, expected, rtol=0, atol=TIME_TOLERANCE * width)):
        raise DescriptionError(
            obj,
            "the centres of equal bins that start with the trial, such as 0.005, 0.015, 0.025 s",
            join_names([f"{t:g}" for t in centres[:4]]) + (" ..." if len(centres) > 4 else ""),
            "Cut the trials at their start, count time from there, and add half a bin to edges.",
        )
    end = len(centres) * width
    if duration is not None and abs(end - duration) > TIME_TOLERANCE * max(end, duration):
        expected_end = f"bins that fill the duration, {format_setting(duration, 's')}"
        remedy = find_time_remedy(end, duration)
        raise DescriptionError(obj, expected_end, f"bins up to {format_setting(end, 's')}", remedy)
    return width


def _check_values(values: np.ndarray, conditions: list[str], lanes: np.ndarray) -> None:
    """Raise `DescriptionError` for a value (lane, time, unit) that is negative or not finite."""
    is_bad = ~(np.isfinite(values) & (values >= 0))
    if is_bad.any():
        lane, step, unit = np.argwhere(is_bad)[0]
        condition, trial = lanes[lane]
        raise DescriptionError(
            f"{READER}, values",
            "finite rates or counts of 0 or more, or trials that are missing as a whole",
            f"{values[lane, step, unit]:g} in condition {conditions[condition]!r}, trial {trial}",
            "Do not subtract a baseline or interpolate; leave out trials that are incomplete.",
        )
