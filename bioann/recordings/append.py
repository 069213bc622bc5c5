"""Append the trials of a recording to those of an earlier one of the same model."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.recordings.learned_synapses import align_synapses
from bioann.recordings.recording import SPIKE_FIELDS


def append_trials(recording: xr.Dataset, more: xr.Dataset) -> xr.Dataset:
    """Append the trials of a recording to those of an earlier one.

    Parameters
    ----------
    recording, more : xarray.Dataset
        Recordings of one model with the same conditions, whose trials count from 0.

    Returns
    -------
    xarray.Dataset
        All trials, numbered through; `recording` itself if nothing in the model is random: it has
        one trial then, whatever was asked for. What does not depend on the trial is that of
        `recording`; ``engine`` names both engines if they differ.
    """
    n_first, n_more = recording.sizes["trial"], more.sizes["trial"]
    if n_first == n_more == 1:
        return recording
    both = align_synapses((recording, more))
    tables = [dataset.drop_vars(SPIKE_FIELDS, errors="ignore") for dataset in both]
    joined = xr.concat(
        tables,
        dim="trial",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        combine_attrs="override",
    ).assign_coords(trial=np.arange(n_first + n_more))
    engines = dict.fromkeys(table.attrs["engine"] for table in tables if "engine" in table.attrs)
    if engines:
        joined.attrs["engine"] = " and ".join(engines)
    if "spike_trial" not in recording:
        return joined
    return joined.assign(_append_spikes(recording, more))


def _append_spikes(recording: xr.Dataset, more: xr.Dataset) -> dict[str, xr.DataArray]:
    """Append spikes, and sort them as each recording is: by condition and trial, then in time."""
    n_first, n_trials = recording.sizes["trial"], recording.sizes["trial"] + more.sizes["trial"]
    columns = {
        field: np.concatenate([recording[field].values, more[field].values])
        for field in SPIKE_FIELDS
    }
    columns["spike_trial"][recording.sizes["spike"] :] += n_first
    lane = columns["spike_condition"].astype(np.int64) * n_trials + columns["spike_trial"]
    # A lane is in one of the recordings, where its spikes are in order: a stable sort keeps that.
    order = np.argsort(lane, kind="stable")
    return {field: xr.DataArray(column[order], dims="spike") for field, column in columns.items()}
