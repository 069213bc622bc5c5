"""Make the spiking side of a pair from recorded data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError
from bioann.base.text import check_names, join_names, shorten_repr
from bioann.base.units import SI, to_si
from bioann.bio.recorded_model import RecordedModel
from bioann.recordings.recording import SPIKE_FIELDS
from bioann.recordings.sources.layout import (
    READER,
    SourceNames,
    check_labels,
    find_duration,
)
from bioann.recordings.sources.neo_segments import is_neo_source, read_neo_segments
from bioann.recordings.sources.rates import read_rates
from bioann.recordings.sources.spike_table import read_spike_table

#: Names that a channel cannot have, because the recording uses them.
RESERVED_CHANNELS = ("condition", "trial", "time", "unit", "rate", "n_neurons", *SPIKE_FIELDS)


@name_argument_errors
def from_recording(
    source: Any,
    *,
    conditions: pd.DataFrame | None = None,
    channels: str | Sequence[str] = (),
    trials: int | Mapping[str, int] | None = None,
    duration: SI | None = None,
    sizes: Mapping[str, int] | None = None,
    variable: str | None = None,
    counts: bool = False,
    condition: str = "condition",
    trial: str = "trial",
    unit: str = "unit",
    time: str = "time",
    neuron: str = "neuron",
) -> RecordedModel:
    """Return a model whose responses are recorded ones: the spiking side of a `Pair`.

    Parameters
    ----------
    source : xarray.DataArray, xarray.Dataset, pandas.DataFrame, neo.Block or list of neo.Segment
        Rates or spike counts by condition, trial, unit and time; a table with one row for each
        spike; or one Neo segment for each trial. The recording of a spiking network (``run["bio"]``
        as a dataset) is such a dataset. Times are in seconds from the start of their trial.
    conditions : pandas.DataFrame, optional
        Level of each channel (columns), in activation, by the name of the condition (index). Of an
        array the coordinates along its conditions are the levels unless given.
    channels : str or sequence of str, optional
        Names of the stimulus channels of a recording without levels, such as one of a stimulus that
        varies in time.
    trials : int or mapping of str to int, optional
        Number of recorded trials in a table of spikes: of each condition, or by condition. Without
        it trials without any spike are not known, and rates are overstated.
    duration : quantity, optional
        Duration of a trial, a time. A table of spikes needs it.
    sizes : mapping of str to int, optional
        Number of neurons of each unit, whose rate is their mean.
    variable : str, optional
        Variable of a dataset; the only one unless given, or ``"rate"``.
    counts : bool, optional
        Whether the values of an array are spike counts in each bin, not rates in Hz.
    condition, trial, unit, time, neuron : str, optional
        Name of the condition, trial, unit, time and neuron in the source: a dimension of an array,
        a column of a table, an annotation of a Neo object.

    Returns
    -------
    RecordedModel
        Its trials are those that every condition has; a flag in the report says so if some were
        recorded more often.

    Raises
    ------
    DescriptionError
        If the source lacks a dimension or label, a condition has no trial, a value is missing or
        negative, or a time is outside its trial.

    Examples
    --------
    >>> import bioann as ba
    >>> import xarray as xr
    >>> rates = xr.DataArray(
    ...     [[[[0.0, 0.0]], [[0.0, 5.0]]], [[[20.0, 25.0]], [[30.0, 25.0]]]],  # Hz
    ...     coords={"condition": ["dark", "light"], "unit": ["cell"], "time": [0.05, 0.15],
    ...             "light": ("condition", [0.0, 1.0])},
    ...     dims=("condition", "trial", "unit", "time"),
    ... )
    >>> model = ba.from_recording(rates)
    >>> model.units, model.channels
    (('cell',), ('light',))
    """
    names = SourceNames(condition, trial, unit, time, neuron)
    seconds = None if duration is None else to_si(duration, "ms", f"{READER}, duration")
    rows = None if conditions is None else _check_conditions(conditions)
    labels = None if rows is None else list(rows.index)
    is_table = isinstance(source, pd.DataFrame)
    is_labelled = isinstance(source, (xr.DataArray, xr.Dataset))
    _check_options(is_table or trials is None, is_labelled or not (counts or variable))
    if is_table:
        recording = read_spike_table(source, names, sizes, seconds, trials, labels)
    elif is_labelled:
        recording, rows = _read_labelled(source, names, sizes, seconds, variable, counts, rows)
    elif is_neo_source(source):
        recording = read_neo_segments(source, names, sizes, seconds, labels)
    else:
        raise DescriptionError(
            f"{READER}, source",
            "an xarray object, a pandas table of spikes, or Neo segments",
            shorten_repr(source),
            "Convert it to one of these: a table of spikes is the simplest.",
        )
    channels = (channels,) if isinstance(channels, str) else tuple(channels)
    if rows is not None:
        recording = _label_levels(recording, rows)
        channels = tuple(dict.fromkeys((*rows.columns, *channels)))
    return RecordedModel(recording, channels)


def _check_options(may_state_trials: bool, may_choose_values: bool) -> None:
    """Raise `DescriptionError` for options that a source of this kind does not have."""
    for allowed, options, source in (
        (may_state_trials, "trials", "a table of spikes"),
        (may_choose_values, "variable and counts", "an xarray object"),
    ):
        if not allowed:
            remedy = f"Leave out {options}: this source states them itself."
            raise DescriptionError(f"{READER}, {options}", source, "another source", remedy)


def _check_conditions(conditions: pd.DataFrame) -> pd.DataFrame:
    """Return the table of levels with text labels and finite numbers."""
    labels = check_labels(conditions.index.tolist(), "conditions")
    values = to_floats(conditions.to_numpy(), f"{READER}, conditions")
    names = [str(name) for name in conditions.columns]
    check_names(names, f"{READER}, columns of conditions")
    reserved = [name for name in names if name in RESERVED_CHANNELS]
    if reserved or not np.isfinite(values).all():
        raise DescriptionError(
            f"{READER}, conditions",
            "a finite level of each channel, whose name the recording does not use",
            f"a channel {reserved[0]!r}" if reserved else "a missing or infinite level",
            "State the level of each channel in activation, by the name of the condition.",
        )
    return pd.DataFrame(values, index=labels, columns=names)


def _read_labelled(
    source: xr.DataArray | xr.Dataset,
    names: SourceNames,
    sizes: Mapping[str, int] | None,
    duration: float | None,
    variable: str | None,
    counts: bool,
    rows: pd.DataFrame | None,
) -> tuple[xr.Dataset, pd.DataFrame | None]:
    """Read an array, or the spikes of a dataset that has them; return the levels as well."""
    if isinstance(source, xr.Dataset) and variable is None and set(SPIKE_FIELDS) <= {*source}:
        labels = None if rows is None else list(rows.index)
        return _read_spike_dataset(source, sizes, duration, labels), rows
    array = source if isinstance(source, xr.DataArray) else _choose_variable(source, variable)
    if isinstance(source, xr.Dataset) and sizes is None and "n_neurons" in source:
        numbers = map(int, source["n_neurons"].values)
        sizes = dict(zip(map(str, source[names.unit].values), numbers, strict=True))
    recording = read_rates(array, names, sizes, duration, counts)
    recorded = list(map(str, recording.condition.values))
    if rows is None:
        levels = {
            str(name): coordinate.values
            for name, coordinate in array.coords.items()
            if coordinate.dims == (names.condition,)
            and name != names.condition
            and coordinate.dtype.kind in "iuf"
        }
        rows = _check_conditions(pd.DataFrame(levels, index=recorded)) if levels else None
    return recording, rows


def _read_spike_dataset(
    source: xr.Dataset,
    sizes: Mapping[str, int] | None,
    duration: float | None,
    labels: list[str] | None,
) -> xr.Dataset:
    """Read a recording of bioann, by its spikes."""
    if duration is None and source.sizes.get("time", 0):
        duration = find_duration(source)
    table = pd.DataFrame(
        {
            "condition": source["condition"].values[source["spike_condition"].values],
            "trial": source["spike_trial"].values,
            "unit": source["unit"].values[source["spike_unit"].values],
            "neuron": source["spike_neuron"].values,
            "time": source["spike_time"].values,
        }
    )
    numbers = zip(map(str, source["unit"].values), source["n_neurons"].values, strict=True)
    sizes = {unit: int(number) for unit, number in numbers} | dict(sizes or {})
    trials = dict.fromkeys(map(str, source["condition"].values), int(source.sizes["trial"]))
    inside = table["time"] <= (np.inf if duration is None else duration)
    return read_spike_table(table[inside], SourceNames(), sizes, duration, trials, labels)


def _choose_variable(source: xr.Dataset, variable: str | None) -> xr.DataArray:
    """Return a variable of a dataset: the named one, ``rate``, or the only one."""
    names = [str(name) for name in source.data_vars]
    chosen = variable if variable is not None else "rate" if "rate" in names else None
    if chosen is None and len(names) == 1:
        chosen = names[0]
    if chosen not in names:
        raise DescriptionError(
            f"{READER}, variable",
            f"one of {join_names(names)}" if names else "a variable",
            "none" if chosen is None else repr(chosen),
            "Pass variable='...'.",
        )
    return source[chosen]


def _label_levels(recording: xr.Dataset, rows: pd.DataFrame) -> xr.Dataset:
    """Add the levels of the channels as coordinates of the conditions, in the order of the table.

    Raises
    ------
    DescriptionError
        If a recorded condition has no levels, or the other way round.
    """
    recorded, stated = list(map(str, recording.condition.values)), list(rows.index)
    if set(recorded) != set(stated):
        missing = [name for name in recorded if name not in stated]
        without = [name for name in stated if name not in recorded]
        got = f"none of {join_names(missing)}" if missing else f"no trials of {join_names(without)}"
        raise DescriptionError(
            f"{READER}, conditions",
            "a row for each recorded condition, and trials for each row",
            got,
            "Complete the table, or leave these conditions out. Labels are compared as text: "
            f"those of the table are {join_names([repr(name) for name in stated], 3)}.",
        )
    coords = {name: ("condition", rows.loc[recorded, name].to_numpy()) for name in rows.columns}
    return recording.assign_coords(coords)
