"""What a recording says about where it comes from."""

from __future__ import annotations

import json
from importlib import metadata
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.units import hash_description
from bioann.runs.description import PairDescription
from bioann.runs.options import RunOptions

#: What the numbers of a run depend on besides the description and the seed.
VERSIONED_PACKAGES = ("bioann", "brian2", "numpy", "scipy", "xarray", "matplotlib", "typst")


class PairName(str):
    """A pair's name that remembers the pair while the run is in memory; text in a file."""

    pair: Any = None


def describe_provenance(
    pair: PairDescription,
    bio: xr.Dataset,
    window: tuple[float, float],
    options: RunOptions,
) -> dict[str, Any]:
    """Return the attributes of a recording: pair, seed, trials, engine and versions.

    Parameters
    ----------
    pair : PairDescription
        The pair that was run.
    bio : xarray.Dataset
        Recording of the spiking model, which knows engine and time step.
    window : tuple of float
        Start and end of the window of steady responses, in seconds.
    options : RunOptions
        Options of the run.

    Returns
    -------
    dict of str to object
        Attributes that netCDF can hold.
    """
    name = PairName(pair.name)
    name.pair = pair
    versions = {package: metadata.version(package) for package in VERSIONED_PACKAGES}
    return {
        "pair": name,
        "pair_hash": hash_description(pair),
        "seed": int(options.seed),
        "trials": int(options.trials),
        "engine": bio.attrs.get("engine", ""),
        "dt": bio.attrs.get("dt", np.nan),
        "window": list(window),
        "versions": json.dumps(versions),
    }
