"""Responses of all models of a run on a common axis."""

from __future__ import annotations

import xarray as xr

from bioann.correspondence import Correspondence, read_responses


def align_responses(run: xr.DataTree, correspondence: Correspondence) -> xr.Dataset:
    """Return the responses of both models and the controls by match, in activation.

    Parameters
    ----------
    run : xarray.DataTree
        Recording of a pair: ``/stimulus``, ``/bio``, ``/ann`` and, where they were run,
        ``/ceiling`` (the spiking model with another seed), ``/chance`` (the rate model with
        shuffled signs) and the pair's controls.
    correspondence : Correspondence
        The matches, with the names of populations and units.

    Returns
    -------
    xarray.Dataset
        ``bio``, ``ceiling`` (condition, trial, time, match); ``ann`` (condition, time, match);
        ``chance`` (shuffle, condition, time, match); the pair's controls like ``bio``, by their
        names; ``stimulus`` (condition, stimulus_time, channel); ``scale_hz`` (match), in Hz.
    """
    data = {
        "bio": read_responses(run["bio"].to_dataset(), correspondence, "bio"),
        "ann": read_responses(run["ann"].to_dataset(), correspondence, "ann").mean("trial"),
        "stimulus": run["stimulus"]["stimulus"],
    }
    other_nodes = ("stimulus", "bio", "ann", "chance", "effective_weights", "parameter_grid")
    for name in run.children:
        if name not in other_nodes:  # the ceiling, and the pair's controls
            data[name] = read_responses(run[name].to_dataset(), correspondence, "bio")
    if "chance" in run.children:
        chance = read_responses(run["chance"].to_dataset(), correspondence, "ann")
        data["chance"] = chance.mean("trial")
    scales = correspondence.scales_in_hertz()
    data["scale_hz"] = xr.DataArray(list(scales.values()), dims="match", attrs={"units": "Hz"})
    return xr.Dataset(data)
