"""The layout of recorded data: the names of its dimensions, and the dataset that all sources make.

A source is read into a dataset with the coordinates ``condition``, ``trial`` and ``unit``, the
number of neurons of each unit (``n_neurons``), and either spikes (`SPIKE_FIELDS`, indices and times
in seconds from the start of their trial) or ``rate`` in Hz ``(condition, trial, time, unit)``.
Attributes: ``duration`` of a trial in seconds, ``bin_width`` of rates in seconds, and ``flag``, a
sentence for the report, empty without a reason.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bioann.base.arguments import is_whole_number
from bioann.base.errors import DescriptionError
from bioann.base.text import check_names, join_names, shorten_repr

#: The object of errors about the arguments of `bioann.from_recording`.
READER = "from_recording"


@dataclasses.dataclass(frozen=True)
class SourceNames:
    """Names of dimensions of an array, of columns of a table, or of annotations of Neo objects.

    Parameters
    ----------
    condition, trial, unit, time, neuron : str
        Name under which the source has the condition, the trial within it, the recorded unit or
        population, the time, and the number of the neuron within its population.
    """

    condition: str = "condition"
    trial: str = "trial"
    unit: str = "unit"
    time: str = "time"
    neuron: str = "neuron"


def find_duration(recording: xr.Dataset) -> float:
    """Return the duration of the trials of a recording of bioann in seconds, in whole bins."""
    centres = recording["time"].values
    return float(centres[-1] + centres[0])  # the first centre is half a bin


def match_trials(counts: Mapping[str, int]) -> tuple[int, str]:
    """Return the number of trials that every condition has, and a flag if some have more.

    Parameters
    ----------
    counts : mapping of str to int
        Number of recorded trials by condition.

    Returns
    -------
    n_trials : int
        The smallest of the numbers, at least 1.
    flag : str
        Sentence about trials that are left out; empty if there are none.

    Raises
    ------
    DescriptionError
        If there is no condition, or a condition has no trial.
    """
    without = [name for name, count in counts.items() if not count]
    if not counts or without:
        got = f"none of {join_names([repr(name) for name in without])}" if counts else "no trial"
        remedy = "Leave out the conditions that were not recorded, or add their trials."
        raise DescriptionError(READER, "at least one trial of each condition", got, remedy)
    fewest, most = min(counts.values()), max(counts.values())
    if fewest == most:
        return fewest, ""
    scarcest = next(name for name, count in counts.items() if count == fewest)
    return fewest, (
        f"Conditions were recorded in {fewest} to {most} trials: the first {fewest} of each count, "
        f"as many as there are of {scarcest!r}."
    )


def check_sizes(sizes: Mapping[str, int] | None, units: Sequence[str]) -> dict[str, int]:
    """Return the number of neurons of each unit that `sizes` names; empty without it.

    Raises
    ------
    DescriptionError
        If a unit was not recorded, or a number is not whole and at least 1.
    """
    for name, size in (sizes or {}).items():
        if name not in units:
            got, remedy = repr(name), f"The recorded units are {join_names(units)}."
            raise DescriptionError(f"{READER}, sizes", "names of recorded units", got, remedy)
        if not is_whole_number(size, 1):
            got, remedy = shorten_repr(size), "Give the number of recorded neurons."
            raise DescriptionError(f"{READER}, size of {name!r}", "whole and >= 1", got, remedy)
    return {str(name): int(size) for name, size in (sizes or {}).items()}


def check_labels(labels: Sequence[str], kind: str) -> list[str]:
    """Return the labels of conditions or units as text, or raise `DescriptionError`."""
    texts = [str(label) for label in labels]
    check_names(texts, f"{READER}, {kind}")
    if len(set(texts)) < len(texts):
        got = shorten_repr(texts)
        raise DescriptionError(f"{READER}, {kind}", "different labels", got, "Rename some.")
    return texts


def convert_to_seconds(value: object) -> np.ndarray:
    """Return times in seconds: plain numbers are in seconds, quantities have a ``rescale``."""
    rescale = getattr(value, "rescale", None)
    return np.asarray(value if rescale is None else rescale("s").magnitude, dtype=float)


def find_time_remedy(latest: float, duration: float) -> str:
    """Return the remedy for times after the end of a trial, which are often milliseconds."""
    if latest <= duration * 1e3 * (1 + 1e-9) and latest > 10 * duration:
        return "They look like milliseconds: divide them by 1000, because times are in seconds."
    return "Give times in seconds from the start of their trial, or a longer duration."
