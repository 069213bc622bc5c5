"""Keep what a run made: recordings as netCDF, scores as JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.comparison import Comparison
from bioann.errors import OutputError
from bioann.files import writing


def recording_bytes(run: xr.DataTree) -> bytes:
    """Give a recording as a netCDF file; the same bytes for the same run.

    Parameters
    ----------
    run : xarray.DataTree
        From ``Pair.run``.

    Returns
    -------
    bytes
        The file. It is made in memory, because the HDF5 library cannot recover from a full disk.
    """
    plain = run.copy()
    # The name is a text that remembers its pair; a file keeps the text.
    plain.attrs = {k: str(v) if isinstance(v, str) else v for k, v in run.attrs.items()}
    packed: dict[str, Any] = {}
    for node in run.subtree:
        large = [str(n) for n, v in node.data_vars.items() if v.dtype.kind in "if" and v.size > 999]
        packed[node.path] = {name: {"zlib": True, "complevel": 4} for name in large}
    return bytes(plain.to_netcdf(engine="h5netcdf", encoding=packed))


def save_recording(run: xr.DataTree, path: str | Path) -> None:
    """Save a recording as netCDF.

    Parameters
    ----------
    run : xarray.DataTree
        From ``Pair.run``.
    path : str or pathlib.Path
        The file, ``.nc`` by custom.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    content = recording_bytes(run)
    with writing(path) as (temporary,):
        temporary.write_bytes(content)


def open_recording(path: str | Path) -> xr.DataTree:
    """Read a recording that `save_recording` wrote; the file is closed again.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.

    Returns
    -------
    xarray.DataTree
        The recording. It knows the name of its pair only: ``compare(run, pair=load(name))``.

    Raises
    ------
    OutputError
        If there is no such file, or it holds something else.
    """
    wanted, do = "a recording (.nc)", "Give a file that save_recording or 'bioann run' wrote."
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise OutputError(f"recording {path}", wanted, error.strerror or str(error), do) from error
    try:
        with xr.open_datatree(content, engine="h5netcdf") as opened:
            # Node by node: the tree's own load() leaves some variables in the file.
            nodes = {n.path: n.to_dataset(inherit=False).load() for n in opened.subtree}
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(f"recording {path}", wanted, "another kind of file", do) from error
    run = xr.DataTree.from_dict(nodes)
    if not {"stimulus", "bio", "ann"} <= set(run.children):
        raise OutputError(f"recording {path}", wanted, "netCDF without a run of a pair", do)
    run.attrs = {k: v.tolist() if hasattr(v, "tolist") else v for k, v in run.attrs.items()}
    return run


def to_json(comparison: Comparison, **extra: Any) -> str:
    """Write scores, verdicts and provenance as strict JSON.

    Parameters
    ----------
    comparison : Comparison
        What to write.
    **extra : object
        Goes into ``provenance``: what only the caller knows (wall time, date, command). Without
        it, equal runs give equal text.

    Returns
    -------
    str
        With the keys ``pair``, ``question``, ``source``, ``claims``, ``scores``,
        ``equivalence``, ``audit`` and ``ledger`` (null unless asked for), ``signs``, ``flags``,
        ``window_s`` and ``provenance``, in that order. NaN and infinite numbers are ``null``.
    """
    pair = comparison.pair
    attrs = comparison.run.attrs
    kept = {k: attrs.get(k) for k in ("pair", "pair_hash", "command", "seed", "trials", "engine")}
    versions = json.loads(attrs.get("versions", "{}"))
    claims = [
        {
            "id": verdict.claim.id,
            "claim": verdict.claim.sentence,
            "source": verdict.claim.source,
            "rule": verdict.claim.rule.text,
            "outcome": verdict.outcome,
            "because": verdict.because,
        }
        for verdict in comparison.claims
    ]
    whole = {
        "pair": pair.name,
        "question": pair.question,
        "source": pair.source,
        "claims": claims,
        "scores": comparison.scores,
        "equivalence": comparison.equivalence,
        "audit": comparison.audit,
        "ledger": comparison.ledger,
        "signs": comparison.signs,
        "flags": comparison.flags,
        "window_s": comparison.window,
        "provenance": {**kept, "dt_s": attrs.get("dt"), "versions": versions, **extra},
    }
    return json.dumps(_plain(whole), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Turn what a comparison holds into what JSON has."""
    if isinstance(value, pd.DataFrame):
        value = value.to_dict("records")
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, type(None))) else str(value)
