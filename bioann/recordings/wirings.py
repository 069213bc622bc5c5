"""Wirings: the independent draws of a network's synapses, each of which has some of the trials.

A recording of a network whose synapses are drawn has the coordinate ``wiring`` along ``trial``.
Trials of one wiring have the same synapses, so that what is independent are the wirings. Parameters
of neurons and synapses that have a distribution are drawn with the synapses.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bioann.base.errors import SimulationError
from bioann.recordings.learned_synapses import align_synapses
from bioann.recordings.recording import SPIKE_FIELDS

#: Name of the coordinate.
WIRING = "wiring"


def check_wirings(wirings: int, trials: int) -> int:
    """Return the number of wirings as an int; `SimulationError` unless it is 1 to `trials`."""
    is_integer = isinstance(wirings, (int, np.integer)) and not isinstance(wirings, bool)
    if not is_integer or wirings < 1:
        raise SimulationError(
            "wirings", "a whole number >= 1", repr(wirings), "Ask for at least one wiring."
        )
    if wirings > trials:
        raise SimulationError(
            "wirings",
            f"at most the number of trials, {trials}",
            f"{wirings}",
            "Each trial has one wiring: ask for more trials, or for fewer wirings.",
        )
    return int(wirings)


def count_wirings(recording: xr.Dataset | xr.DataTree) -> int:
    """Return the number of wirings of a recording; 1 if its synapses are not drawn."""
    if WIRING not in recording.coords:
        return 1
    return len(np.unique(recording.coords[WIRING].values))


def describe_wirings(recording: xr.Dataset | xr.DataTree) -> str:
    """Write on how many wirings trials are, to follow their number: "10 trials on 5 wirings"."""
    wirings = count_wirings(recording)
    return f" on {wirings} wirings" if wirings > 1 else ""


def label_wirings(recording: xr.Dataset, wirings: int, first_trial: int = 0) -> xr.Dataset:
    """Add the coordinate of the wiring: the number of the trial in its run, modulo `wirings`."""
    numbers = (recording.trial.values + first_trial) % wirings
    return recording.assign_coords({WIRING: ("trial", numbers)})


def join_wirings(recordings: Sequence[xr.Dataset]) -> xr.Dataset:
    """Join the recordings of all wirings of a network along their trials.

    Parameters
    ----------
    recordings : sequence of xarray.Dataset
        Recording of each wiring, at least one. Trial `k` of wiring `w` becomes trial
        ``k * wirings + w``.

    Returns
    -------
    xarray.Dataset
        One recording with all trials in order. What does not depend on the trial is that of the
        first wiring. A learned weight is NaN where the wiring of a trial lacks the synapse.
    """
    wirings = len(recordings)
    if wirings == 1:
        return recordings[0]
    numbered = [
        recording.assign_coords(trial=recording.trial.values * wirings + wiring)
        for wiring, recording in enumerate(align_synapses(recordings))
    ]
    joined = xr.concat(
        [recording.drop_vars(SPIKE_FIELDS, errors="ignore") for recording in numbered],
        dim="trial",
        data_vars="minimal",
        coords="minimal",
        compat="override",
    ).sortby("trial")
    if "spike_trial" not in recordings[0]:
        return joined
    return joined.assign(_join_spikes(recordings, joined.sizes["trial"]))


def _join_spikes(recordings: Sequence[xr.Dataset], trials: int) -> dict[str, xr.DataArray]:
    """Join the spikes of all wirings, sorted as each recording is: by lane, then in time."""
    columns = {
        field: np.concatenate([recording[field].values for recording in recordings])
        for field in SPIKE_FIELDS
    }
    counts = [recording.sizes["spike"] for recording in recordings]
    wiring = np.repeat(np.arange(len(recordings), dtype=columns["spike_trial"].dtype), counts)
    columns["spike_trial"] = columns["spike_trial"] * wiring.dtype.type(len(recordings)) + wiring
    # A lane has one wiring, in which its spikes are in order: a stable sort keeps that.
    order = np.argsort(columns["spike_condition"] * trials + columns["spike_trial"], kind="stable")
    return {field: xr.DataArray(column[order], dims="spike") for field, column in columns.items()}
