"""Read the segments of a Neo block, each of which is a trial.

Neo itself is not imported: every object with these attributes is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.base.text import format_setting, join_names
from bioann.recordings.neuron_index import split_name
from bioann.recordings.sources.layout import READER, SourceNames, convert_to_seconds
from bioann.recordings.sources.spike_table import read_spike_table

#: Name of a segment by `bioann.to_neo`: NWB files keep names, but no annotations.
SEGMENT_NAME = re.compile(r"(.+), trial (\d+)")
#: Durations of trials that differ by less are one, in seconds: rounding of time stamps.
DURATION_TOLERANCE = 1e-6


def is_neo_source(source: Any) -> bool:
    """Return whether an object is a block (with segments) or a sequence of segments."""
    if hasattr(source, "segments"):
        return True
    is_sequence = isinstance(source, (list, tuple)) and len(source) > 0
    return is_sequence and all(hasattr(item, "spiketrains") for item in source)


def read_neo_segments(
    source: Any, names: SourceNames, sizes: Mapping[str, int] | None, duration: float | None,
    conditions: Sequence[str] | None = None,
) -> xr.Dataset:  # fmt: skip
    """Read the spikes of Neo segments, as `bioann.recordings.sources.layout` describes.

    Parameters
    ----------
    source : neo.Block or sequence of neo.Segment
        One segment for each trial. Its annotations name condition and trial; without a trial they
        count as they come. The annotations of a spike train name unit and neuron. Its ``name`` is
        the unit otherwise (or neuron 3 of a unit, ``"left[3]"``), and spike trains of one unit are
        its neurons as they come. Names by `bioann.to_neo` are read as annotations.
    names : SourceNames
        Names of the annotations.
    sizes : mapping of str to int, optional
        Number of neurons of each unit, if more than there are spike trains.
    duration : float, optional
        Duration of a trial in seconds; that of the spike trains unless given.
    conditions : sequence of str, optional
        Conditions in their order. Those that the segments have beyond them follow.

    Raises
    ------
    DescriptionError
        If a condition or unit is not annotated, segments have other spike trains or durations, or
        a trial has two segments.
    """
    segments = list(getattr(source, "segments", source))
    if not segments:
        raise DescriptionError(READER, "segments", "a block without any", "Read them as well.")
    lanes = _list_lanes(segments, names)
    trains = [_list_trains(segment, names, k) for k, segment in enumerate(segments)]
    for k, by_neuron in enumerate(trains):
        if by_neuron.keys() != trains[0].keys():
            different = next(iter(by_neuron.keys() ^ trains[0].keys()))
            raise DescriptionError(
                f"{READER}, segment {k}",
                "the units of segment 0",
                f"neuron {different[1]} of unit {different[0]!r} in one of the two alone",
                "Add spike trains without spikes, or leave out what was not always recorded.",
            )
    seconds = _find_duration(trains) if duration is None else duration
    table = _tabulate_spikes(lanes, trains, names)
    counts = pd.Series([condition for condition, _ in lanes]).value_counts(sort=False).to_dict()
    recorded_sizes: dict[str, int] = {}
    for unit, neuron in trains[0]:
        recorded_sizes[unit] = max(recorded_sizes.get(unit, 0), neuron + 1)
    return read_spike_table(
        table, names, recorded_sizes | dict(sizes or {}), seconds, counts, conditions
    )


def _list_lanes(segments: list[Any], names: SourceNames) -> list[tuple[str, int]]:
    """Return condition and number of the trial of each segment."""
    labels: dict[str, list[Any]] = {}
    conditions = []
    for k, segment in enumerate(segments):
        condition, trial = _read_lane(segment, names, k)
        trials = labels.setdefault(condition, [])
        trials.append(len(trials) if trial is None else trial)
        conditions.append(condition)
        if trials.count(trials[-1]) > 1:
            raise DescriptionError(
                f"{READER}, segment {k}",
                "one segment for each trial",
                f"a second one of trial {trials[-1]} of {condition!r}",
                f"Number the trials in the annotation {names.trial!r}.",
            )
    ranks = {name: iter(np.argsort(np.argsort(trials)).tolist()) for name, trials in labels.items()}
    return [(name, next(ranks[name])) for name in conditions]


def _read_lane(segment: Any, names: SourceNames, number: int) -> tuple[str, Any]:
    """Return condition and trial of a segment, from its annotations or else from its name."""
    annotations = dict(getattr(segment, "annotations", None) or {})
    if names.condition in annotations:
        return str(annotations[names.condition]), annotations.get(names.trial)
    written_name = SEGMENT_NAME.fullmatch(str(getattr(segment, "name", "")))
    if written_name is None:
        others = [name for name in annotations if name != names.trial]
        raise DescriptionError(
            f"{READER}, segment {number}",
            f"an annotation {names.condition!r}",
            f"annotations {join_names(list(annotations))}" if annotations else "none",
            f"Add it: segment.annotate({names.condition}='...')"
            + (f", or pass condition={others[0]!r}." if others else "."),
        )
    return written_name[1], int(written_name[2])


def _list_trains(segment: Any, names: SourceNames, number: int) -> dict[tuple[str, int], Any]:
    """Return the spike trains of a segment by unit and neuron."""
    by_neuron: dict[tuple[str, int], Any] = {}
    for train in segment.spiketrains:
        annotations = dict(getattr(train, "annotations", None) or {})
        name, neurons = split_name(str(getattr(train, "name", None) or ""))
        unit = str(annotations.get(names.unit, name))
        if not unit:
            raise DescriptionError(
                f"{READER}, segment {number}, spike train {len(by_neuron)}",
                f"an annotation {names.unit!r} or a name",
                "neither",
                f"Add it: train.annotate({names.unit}='...').",
            )
        n_before = sum(1 for other, _ in by_neuron if other == unit)
        default = n_before if neurons is None else neurons.start
        key = (unit, int(annotations.get(names.neuron, default)))
        if key in by_neuron:
            got = f"two of neuron {key[1]} of unit {key[0]!r}"
            remedy = f"Number the neurons in the annotation {names.neuron!r}."
            obj = f"{READER}, segment {number}"
            raise DescriptionError(obj, "one spike train for each neuron", got, remedy)
        by_neuron[key] = train
    if not by_neuron:
        remedy = "Leave out the segment, or add spike trains without spikes."
        raise DescriptionError(f"{READER}, segment {number}", "spike trains", "none", remedy)
    return by_neuron


def _find_duration(trains: list[dict[tuple[str, int], Any]]) -> float:
    """Return the duration of all spike trains in seconds, or raise `DescriptionError`."""
    durations = np.array(
        [
            float(convert_to_seconds(train.t_stop) - convert_to_seconds(train.t_start))
            for by_neuron in trains
            for train in by_neuron.values()
        ]
    )
    if np.ptp(durations) > DURATION_TOLERANCE:
        texts = [format_setting(float(d), "s") for d in (durations.min(), durations.max())]
        remedy = "Cut the trials to one duration, or state it: duration=500 * ms."
        got = " to ".join(texts)
        raise DescriptionError(f"{READER}, spike trains", "one duration of all", got, remedy)
    return float(durations.max())


def _tabulate_spikes(
    lanes: list[tuple[str, int]],
    trains: list[dict[tuple[str, int], Any]],
    names: SourceNames,
) -> pd.DataFrame:
    """Return a table with one row for each spike, times in seconds from the start of the trial."""
    columns: dict[str, list[np.ndarray]] = {
        name: [] for name in (names.condition, names.trial, names.unit, names.neuron, names.time)
    }
    for lane, by_neuron in zip(lanes, trains, strict=True):
        for neuron, train in by_neuron.items():
            times = convert_to_seconds(getattr(train, "times", train))
            times = times - convert_to_seconds(train.t_start)
            for name, label in zip(columns, (*lane, *neuron), strict=False):
                columns[name].append(np.full(len(times), label))
            columns[names.time].append(times)
    return pd.DataFrame({name: np.concatenate(column) for name, column in columns.items()})
