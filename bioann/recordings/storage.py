"""Read and write recordings as netCDF files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import OutputError
from bioann.base.files import write_atomically
from bioann.recordings.array_digests import check_arrays


def recording_bytes(recording: xr.DataTree) -> bytes:
    """Return a recording as the bytes of a netCDF file, the same for equal recordings.

    Parameters
    ----------
    recording : xarray.DataTree
        The recording of a run.

    Returns
    -------
    bytes
        The file. It is made in memory, because the HDF5 library cannot recover from a full disk.
    """
    encoding: dict[str, Any] = {}
    for node in recording.subtree:
        large = [str(n) for n, v in node.data_vars.items() if v.dtype.kind in "if" and v.size > 999]
        encoding[node.path] = {name: {"zlib": True, "complevel": 4} for name in large}
    return bytes(recording.to_netcdf(engine="h5netcdf", encoding=encoding))


def save_recording(recording: xr.DataTree, path: str | Path) -> None:
    """Save a recording as netCDF.

    Parameters
    ----------
    recording : xarray.DataTree
        The recording of a run, ``pair.run(...).recording``.
    path : str or pathlib.Path
        The file to write, usually with the ending ``.nc``.

    Raises
    ------
    OutputError
        If it is not a recording, or cannot be written.
    """
    if not isinstance(recording, xr.DataTree):
        raise OutputError(
            "save_recording", "an xarray.DataTree", type(recording).__name__, "Pass run.recording."
        )
    content = recording_bytes(recording)
    with write_atomically(path) as (temporary,):
        temporary.write_bytes(content)


def open_recording(path: str | Path) -> xr.DataTree:
    """Read a recording that `save_recording` wrote, and close the file.

    Parameters
    ----------
    path : str or pathlib.Path
        The file to read.

    Returns
    -------
    xarray.DataTree
        The recording. The file identifies its pair and does not contain it: ``Run(pair,
        recording)`` or ``compare(recording, pair=pair)`` puts them together again.

    Raises
    ------
    OutputError
        If the file does not exist, holds something else, or an array was changed since the run.
    """
    expected, remedy = "a recording (.nc)", "Give a file that save_recording or 'bioann run' wrote."
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise OutputError(
            f"recording {path}", expected, error.strerror or str(error), remedy
        ) from error
    try:
        with xr.open_datatree(content, engine="h5netcdf") as tree:
            # Node by node: the tree's own load() leaves some variables in the file.
            nodes = {n.path: n.to_dataset(inherit=False).load() for n in tree.subtree}
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(f"recording {path}", expected, "another kind of file", remedy) from error
    recording = xr.DataTree.from_dict(nodes)
    if not {"stimulus", "bio", "ann"} <= set(recording.children):
        raise OutputError(f"recording {path}", expected, "netCDF without a run of a pair", remedy)
    # netCDF has no plain numbers: they come back as arrays.
    recording.attrs = {
        k: v.tolist() if isinstance(v, (np.ndarray, np.generic)) else v
        for k, v in recording.attrs.items()
    }
    check_arrays(recording, f"recording {path}")
    return recording
