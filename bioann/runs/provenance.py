"""Provenance: the attributes that tell what a recording was made from."""

from __future__ import annotations

import json
from importlib import metadata
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.as_code import hash_description
from bioann.runs.description import PairDescription
from bioann.runs.options import RunOptions

#: Packages whose versions the numbers of a report depend on, besides description and seed.
VERSIONED_PACKAGES = ("bioann", "brian2", "numpy", "scipy", "xarray", "matplotlib", "typst")


def describe_provenance(
    pair: PairDescription,
    bio: xr.Dataset,
    window: tuple[float, float],
    options: RunOptions,
) -> dict[str, Any]:
    """Return the attributes of a recording: pair, seed, trials, wirings, engine, dt and versions.

    Parameters
    ----------
    pair : PairDescription
        The pair that was run.
    bio : xarray.Dataset
        Recording of the spiking model, which has engine and time step as attributes.
    window : tuple of float
        Start and end of the window of steady responses, in seconds.
    options : RunOptions
        Trials and seed of the run.

    Returns
    -------
    dict of str to object
        Attributes of types that netCDF can hold.
    """
    versions = {package: metadata.version(package) for package in VERSIONED_PACKAGES}
    return {
        "pair": pair.name,
        "pair_hash": hash_description(pair),
        "seed": int(options.seed),
        "trials": int(options.trials),
        "wirings": int(options.wirings),
        "engine": bio.attrs.get("engine", ""),
        "dt": bio.attrs.get("dt", np.nan),
        "window": list(window),
        "versions": json.dumps(versions),
    }
