"""Join the recordings of successive phases of one run along time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bioann.recordings.recording import SPIKE_FIELDS


def join_phases(recordings: Sequence[xr.Dataset], starts: Sequence[float]) -> xr.Dataset:
    """Join the recordings of successive phases.

    Parameters
    ----------
    recordings : sequence of xarray.Dataset
        Recording of each phase, with the same units, conditions and trials; its times begin at 0.
    starts : sequence of float
        Time in seconds at which each phase begins.

    Returns
    -------
    xarray.Dataset
        What depends on time, and the spikes, of all phases; everything else, such as learned
        weights, as it is at the end of the last phase.
    """
    shifted = [
        recording.assign_coords(time=recording.time + start)
        for recording, start in zip(recordings, starts, strict=True)
    ]
    last = recordings[-1]
    over_time = [name for name, values in last.data_vars.items() if "time" in values.dims]
    joined = xr.concat([recording[over_time] for recording in shifted], "time")
    others = [n for n in last.data_vars if n not in over_time and n not in SPIKE_FIELDS]
    joined = joined.assign(last[others]).assign_attrs(last.attrs)
    return joined.assign(_shift_spikes(recordings, starts)) if "spike_time" in last else joined


def _shift_spikes(
    recordings: Sequence[xr.Dataset], starts: Sequence[float]
) -> dict[str, xr.DataArray]:
    """Return the spikes of all phases, sorted as those of a recording are."""
    columns = {
        field: np.concatenate([recording[field].values for recording in recordings])
        for field in SPIKE_FIELDS
    }
    columns["spike_time"] = columns["spike_time"] + np.repeat(
        starts, [recording.sizes["spike"] for recording in recordings]
    )
    order = np.lexsort([columns[field] for field in reversed(SPIKE_FIELDS)])
    return {field: xr.DataArray(column[order], dims="spike") for field, column in columns.items()}
