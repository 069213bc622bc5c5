"""Read a table of spikes, one a row."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.base.arguments import is_whole_number
from bioann.base.arrays import to_floats
from bioann.base.errors import DescriptionError
from bioann.base.text import format_setting, join_names, shorten_repr
from bioann.recordings.recording import SPIKE_FIELDS
from bioann.recordings.sources.layout import (
    READER,
    SourceNames,
    check_labels,
    check_sizes,
    find_time_remedy,
    match_trials,
)


def read_spike_table(
    table: pd.DataFrame,
    names: SourceNames,
    sizes: Mapping[str, int] | None,
    duration: float | None,
    trials: int | Mapping[str, int] | None,
    conditions: Sequence[str] | None = None,
) -> xr.Dataset:
    """Read a table of spikes, as `bioann.recordings.sources.layout` describes.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each spike.
    names : SourceNames
        Names of its columns. Time is in seconds from the start of the trial; neurons count from 0
        within their unit, and a table without that column has one neuron in each unit.
    sizes : mapping of str to int, optional
        Number of neurons of each unit, if not that of the largest neuron number. A unit without
        spikes is known by it alone.
    duration : float
        Duration of every trial in seconds.
    trials : int or mapping of str to int, optional
        Number of recorded trials: of every condition, or by condition. Without it a trial counts
        if it has a spike, which overstates rates if others were silent.
    conditions : sequence of str, optional
        Conditions in their order. Those that `trials` or the table have beyond them follow.

    Raises
    ------
    DescriptionError
        If a column or value is missing, a time is outside its trial, or there are more trials than
        `trials` states.
    """
    duration = _check_table(table, names, duration)
    labels = table[names.condition].astype(str)
    with_trials = trials if isinstance(trials, Mapping) else ()
    ordered = list(dict.fromkeys([*(conditions or ()), *with_trials, *pd.unique(labels)]))
    check_labels(ordered, "conditions")
    times = to_floats(table[names.time].to_numpy(), f"{READER}, column {names.time!r}")
    _check_times(times, table, names, duration)
    recorded_units = dict.fromkeys([*(sizes or {}), *pd.unique(table[names.unit].astype(str))])
    units = check_labels(list(recorded_units), "units")
    neurons = _read_neurons(table, names)
    unit_index = pd.Index(units).get_indexer(table[names.unit].astype(str))
    numbers = _count_neurons(units, unit_index, neurons, check_sizes(sizes, units))
    by_condition = {name: table.loc[labels == name, names.trial] for name in ordered}
    trial_labels, counts = _list_trials(by_condition, trials)
    n_trials, flag = match_trials(counts)
    condition_index = pd.Index(ordered).get_indexer(labels)
    trial_index = _number_trials(table[names.trial], condition_index, ordered, trial_labels)
    inside = trial_index < n_trials
    columns = (condition_index, trial_index, times, unit_index, neurons)
    spikes = {field: c[inside] for field, c in zip(SPIKE_FIELDS, columns, strict=True)}
    order = np.lexsort([spikes[field] for field in reversed(SPIKE_FIELDS)])
    return xr.Dataset(
        {field: ("spike", spikes[field][order]) for field in SPIKE_FIELDS}
        | {"n_neurons": ("unit", numbers)},
        coords={"condition": ordered, "trial": np.arange(n_trials), "unit": units},
        attrs={"duration": duration, "flag": flag},
    )


def _check_table(table: pd.DataFrame, names: SourceNames, duration: float | None) -> float:
    """Check that the columns are there and complete, and return the duration."""
    for name in (names.condition, names.trial, names.unit, names.time):
        if name not in table:
            got = f"columns {join_names(list(table.columns))}" if len(table.columns) else "none"
            raise DescriptionError(
                f"{READER}, table of spikes",
                f"a column {name!r}",
                got,
                "Name the columns of the table, such as unit='cell', time='spike_time'.",
            )
        if table[name].isna().any():
            row = int(np.flatnonzero(table[name].isna())[0])
            remedy = "Leave out spikes that are not known."
            obj = f"{READER}, column {name!r}"
            raise DescriptionError(obj, "a value for each spike", f"none in row {row}", remedy)
    if duration is None or not duration > 0:
        remedy = "Pass duration=500 * ms, for example: the last spike does not end a trial."
        raise DescriptionError(f"{READER}, duration", "the duration of a trial", "none", remedy)
    return float(duration)


def _check_times(
    times: np.ndarray, table: pd.DataFrame, names: SourceNames, duration: float
) -> None:
    """Raise `DescriptionError` for a spike that is not inside its trial."""
    is_outside = ~((times >= 0) & (times <= duration))
    if is_outside.any():
        row = table.iloc[int(np.flatnonzero(is_outside)[0])]
        latest = float(times.max()) if np.isfinite(times).all() else np.nan
        remedy = "Count time from the start of the trial, and leave out spikes before it."
        if (times >= 0).all():
            remedy = find_time_remedy(latest, duration)
        raise DescriptionError(
            f"{READER}, column {names.time!r}",
            f"spike times from 0 to {format_setting(duration, 's')}",
            f"{row[names.time]:g} in condition {str(row[names.condition])!r}, trial "
            f"{row[names.trial]}, unit {str(row[names.unit])!r}",
            remedy,
        )


def _read_neurons(table: pd.DataFrame, names: SourceNames) -> np.ndarray:
    """Return the neuron of each spike within its unit; 0 without a column."""
    if names.neuron not in table:
        return np.zeros(len(table), dtype=np.int64)
    numbers = to_floats(table[names.neuron].to_numpy(), f"{READER}, column {names.neuron!r}")
    is_bad = ~((numbers >= 0) & (numbers == np.round(numbers)))
    if is_bad.any():
        raise DescriptionError(
            f"{READER}, column {names.neuron!r}",
            "whole numbers from 0",
            f"{numbers[is_bad][0]:g}",
            "Number the neurons of each unit from 0.",
        )
    return numbers.astype(np.int64)


def _count_neurons(
    units: list[str], unit_index: np.ndarray, neurons: np.ndarray, sizes: Mapping[str, int]
) -> np.ndarray:
    """Return the number of neurons of each unit: as stated, or one more than the last number."""
    last = np.zeros(len(units), dtype=np.int64)
    np.maximum.at(last, unit_index, neurons)
    numbers = np.array([sizes.get(unit, n + 1) for unit, n in zip(units, last, strict=True)])
    for unit, size, n in zip(units, numbers, last, strict=True):
        if n >= size:
            raise DescriptionError(
                f"{READER}, size of {unit!r}",
                f"more than the largest neuron number, {n}",
                f"{size}",
                "Count neurons from 0, or state more of them.",
            )
    return numbers


def _list_trials(
    recorded: Mapping[str, pd.Series], trials: int | Mapping[str, int] | None
) -> tuple[dict[str, list[Hashable]], dict[str, int]]:
    """Return the labels of the trials with spikes, and the number of trials, by condition."""
    labels = {name: sorted(pd.unique(column)) for name, column in recorded.items()}
    counts = {name: len(with_spikes) for name, with_spikes in labels.items()}
    for name in counts if trials is not None else ():
        number: Any = trials.get(name, 0) if isinstance(trials, Mapping) else trials
        if not is_whole_number(number, 0) or number < counts[name]:
            raise DescriptionError(
                f"{READER}, trials of condition {name!r}",
                f"a whole number, at least the {counts[name]} trials with spikes",
                shorten_repr(number),
                "State the number of recorded trials, silent ones included.",
            )
        counts[name] = int(number)
        if all(is_whole_number(label, 0) and label < number for label in labels[name]):
            labels[name] = list(range(number))  # as numbered: silent trials keep their number
    return labels, counts


def _number_trials(
    column: pd.Series,
    condition_index: np.ndarray,
    conditions: list[str],
    labels: Mapping[str, list[Hashable]],
) -> np.ndarray:
    """Return the number of the trial of each spike within its condition."""
    numbers = np.zeros(len(column), dtype=np.int64)
    for index, name in enumerate(conditions):
        inside = condition_index == index
        numbers[inside] = pd.Index(labels[name]).get_indexer(column[inside])
    return numbers
