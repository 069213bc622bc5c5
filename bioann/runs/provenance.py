"""Provenance: the attributes that prove what a recording was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.content.libraries import find_version, is_python_module
from bioann.runs.claim_record import pack_claims, read_claims
from bioann.runs.description import PairDescription
from bioann.runs.options import RunOptions
from bioann.runs.pair_record import pack_values, read_experiment

#: Packages whose versions the numbers of a report depend on, besides description and seed.
VERSIONED_PACKAGES = (
    "python",
    "bioann",
    "brian2",
    "numpy",
    "scipy",
    "xarray",
    "matplotlib",
    "typst",
)
#: Attribute of a run: number of sign patterns with which the rate model diverged, if any.
DIVERGED_SHUFFLES = "diverged_shuffles"


def identify_pair(pair: PairDescription) -> dict[str, Any]:
    """Return the attributes of a recording that identify the pair and its claims, with their code.

    Taken before the run, because a function may keep state.

    Parameters
    ----------
    pair : PairDescription
        The pair that is going to be run.

    Returns
    -------
    dict of str to str
        Name and hash of the pair, its content, the hashes of its claims, the functions whose code
        cannot be read, and the versions of packages.
    """
    claims = pair.claims
    experiment, claim_contents = read_experiment(pair), read_claims(claims)
    libraries = {name for content in (experiment, *claim_contents) for name in content.libraries}
    others = sorted(name for name in libraries if not is_python_module(name))
    packages = dict.fromkeys((*VERSIONED_PACKAGES, *others))
    unhashed = [
        *experiment.unhashed,
        *(
            f"claim {claim.id}, {path}"
            for claim, content in zip(claims, claim_contents, strict=True)
            for path in content.unhashed
        ),
    ]
    return {
        "pair": pair.name,
        "pair_hash": experiment.hash,
        "pair_content": pack_values(experiment.values),
        "claims": pack_claims(claims, claim_contents),
        "unhashed": json.dumps(unhashed),
        "versions": json.dumps({package: find_version(package) for package in packages}),
    }


def describe_provenance(
    pair_attrs: Mapping[str, Any],
    bio: xr.Dataset,
    window: tuple[float, float],
    options: RunOptions,
) -> dict[str, Any]:
    """Return the attributes of a recording: pair, seed, trials, wirings, engine, dt and versions.

    Parameters
    ----------
    pair_attrs : mapping of str to object
        What `identify_pair` returned before the run.
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
    return {
        **pair_attrs,
        # Files have no larger integers; whoever reads it calls int().
        "seed": int(options.seed) if options.seed < 2**63 else str(options.seed),
        "trials": int(options.trials),
        "wirings": int(options.wirings),
        "engine": bio.attrs.get("engine", ""),
        "dt": bio.attrs.get("dt", np.nan),
        "window": list(window),
    }
