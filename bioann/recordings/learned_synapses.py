"""Synapses of recordings whose wirings differ: learned weights along one list of synapses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

#: Start of the names of dimensions along which learned weights lie, one synapse after the other.
SYNAPSES = "synapse_"


def align_synapses(recordings: Sequence[xr.Dataset]) -> list[xr.Dataset]:
    """Put the learned weights of several recordings of one network on common lists of synapses.

    Parameters
    ----------
    recordings : sequence of xarray.Dataset
        Recordings of one network, whose drawn synapses may differ.

    Returns
    -------
    list of xarray.Dataset
        The recordings. Where the synapses of a pathway differ, all of them have the synapses that
        occur in any, by target and source; a weight is NaN where a recording lacks the synapse.
    """
    aligned = list(recordings)
    for dim in (str(d) for d in recordings[0].dims if str(d).startswith(SYNAPSES)):
        indices = [_index_synapses(recording, dim) for recording in aligned]
        if all(index.equals(indices[0]) for index in indices):
            continue
        union = indices[0]
        for index in indices[1:]:
            union = union.union(index)
        union = union.sort_values()
        aligned = [
            _move_synapses(recording, dim, union.get_indexer(index), union)
            for recording, index in zip(aligned, indices, strict=True)
        ]
    return aligned


def select_synapses(recording: xr.Dataset, dim: str) -> xr.Dataset:
    """Return a recording with the synapses of a pathway that exist: their weight is not NaN.

    Parameters
    ----------
    recording : xarray.Dataset
        Learned weights of one wiring.
    dim : str
        Name of the dimension of the synapses, ``"synapse_<pathway>"``.
    """
    weights = recording[f"weight_{dim.removeprefix(SYNAPSES)}"]
    others = [d for d in weights.dims if d != dim]
    return recording.isel({dim: np.flatnonzero(weights.notnull().any(others).values)})


def collect_learned(run: Any) -> dict[str, xr.Dataset]:
    """Return the recordings of the models of a pair that learn, by their names.

    Parameters
    ----------
    run : Run or xarray.DataTree
        Recording of the pair. That of the spiking model is always among them.
    """
    recordings = {name: run[name].to_dataset() for name in run.children}
    return {
        name: recording
        for name, recording in recordings.items()
        if name == "bio" or any(str(v).startswith("weight_") for v in recording.data_vars)
    }


def _index_synapses(recording: xr.Dataset, dim: str) -> pd.MultiIndex:
    """Return target, source and number of each synapse: a pair of neurons may have several."""
    name = dim.removeprefix(SYNAPSES)
    table = pd.DataFrame(
        {end: recording[f"{end}_{name}"].values for end in ("post", "pre")},
        index=np.arange(recording.sizes[dim]),
    )
    table["copy"] = table.groupby(["post", "pre"]).cumcount()
    return pd.MultiIndex.from_frame(table)


def _move_synapses(
    recording: xr.Dataset, dim: str, places: np.ndarray, union: pd.MultiIndex
) -> xr.Dataset:
    """Return a recording with its synapses at `places` in the list `union`."""
    name = dim.removeprefix(SYNAPSES)
    arrays = {}
    for variable, values in recording.data_vars.items():
        if dim not in values.dims:
            continue
        others = [d for d in values.dims if d != dim]
        values_of_union = np.full((len(union), *(values.sizes[d] for d in others)), np.nan)
        values_of_union[places] = values.transpose(dim, *others).values
        array = xr.DataArray(values_of_union, dims=(dim, *others), attrs=values.attrs)
        arrays[str(variable)] = array.transpose(*values.dims)
    neurons = {end: union.get_level_values(end).to_numpy() for end in ("pre", "post")}
    coords = {f"{end}_{name}": (dim, numbers) for end, numbers in neurons.items()}
    return recording.drop_dims(dim).assign(arrays).assign_coords(coords)
