"""Join the recordings of successive phases of one run along time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bioann.recordings.recording import SPIKE_FIELDS

#: Dimensions of time: response bins, and samples of states and weights.
TIMES = ("time", "sample_time")


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
    last = recordings[-1]
    others = [n for n in last.data_vars if n not in SPIKE_FIELDS]
    joined = xr.Dataset(coords=last.drop_dims([d for d in TIMES if d in last.dims]).coords)
    for dim in (d for d in TIMES if d in last.dims):
        names = [n for n in others if dim in last[n].dims]
        shifted = [
            recording[names].assign_coords({dim: recording[dim] + start})
            for recording, start in zip(recordings, starts, strict=True)
        ]
        joined = joined.assign(xr.concat(shifted, dim))
        others = [n for n in others if n not in names]
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
