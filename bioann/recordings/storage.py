"""Recordings as netCDF files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

from bioann.base.errors import OutputError
from bioann.base.files import write_atomically


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
    plain_run = run.copy()
    # The name is a text that remembers its pair; a file keeps the text.
    plain_run.attrs = {k: str(v) if isinstance(v, str) else v for k, v in run.attrs.items()}
    encoding: dict[str, Any] = {}
    for node in run.subtree:
        large = [str(n) for n, v in node.data_vars.items() if v.dtype.kind in "if" and v.size > 999]
        encoding[node.path] = {name: {"zlib": True, "complevel": 4} for name in large}
    return bytes(plain_run.to_netcdf(engine="h5netcdf", encoding=encoding))


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
    with write_atomically(path) as (temporary,):
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
    run = xr.DataTree.from_dict(nodes)
    if not {"stimulus", "bio", "ann"} <= set(run.children):
        raise OutputError(f"recording {path}", expected, "netCDF without a run of a pair", remedy)
    run.attrs = {k: v.tolist() if hasattr(v, "tolist") else v for k, v in run.attrs.items()}
    return run
