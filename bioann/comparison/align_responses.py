"""Responses of all models of a run on a common axis."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from bioann.correspondence import Correspondence, read_responses

#: Recordings of rate models, and those that have no responses of further spiking models.
RATE_NODES = ("ann", "chance")
OTHER_NODES = ("stimulus", "bio", "effective_weights", "parameter_grid", *RATE_NODES)


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
    nodes = {name: node.to_dataset() for name, node in run.children.items() if name != "stimulus"}
    stimulus = run["stimulus"].to_dataset()["stimulus"]
    return align_nodes(nodes, stimulus, correspondence)


def align_nodes(
    nodes: Mapping[str, xr.Dataset], stimulus: xr.DataArray, correspondence: Correspondence
) -> xr.Dataset:
    """Return the responses of recordings that are not in a tree; see `align_responses`.

    Parameters
    ----------
    nodes : mapping of str to xarray.Dataset
        Recordings by their names in the tree.
    stimulus : xarray.DataArray
        The stimulus, with ``stimulus_time`` as its time.
    correspondence : Correspondence
        The matches.
    """
    data = {name: read_node(nodes[name], correspondence, name) for name in ("bio", "ann")}
    data["stimulus"] = stimulus
    for name, node in nodes.items():
        if name not in OTHER_NODES:  # the ceiling, and the pair's controls
            data[name] = read_node(node, correspondence, name)
    if "chance" in nodes:
        data["chance"] = read_node(nodes["chance"], correspondence, "chance")
    scales = correspondence.scales_in_hertz()
    data["scale_hz"] = xr.DataArray(list(scales.values()), dims="match", attrs={"units": "Hz"})
    return xr.Dataset(data)


def read_node(node: xr.Dataset, correspondence: Correspondence, name: str) -> xr.DataArray:
    """Return the responses in a recording by match; those of rate models without ``trial``."""
    if name in RATE_NODES:
        return read_responses(node, correspondence, "ann").mean("trial")
    return read_responses(node, correspondence, "bio")
