"""Read and write recordings as netCDF files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import OutputError
from bioann.base.files import write_atomically
from bioann.recordings.array_digests import check_arrays
from bioann.recordings.check_file import check_netcdf

#: Attributes of a run that hold JSON, which reports and comparisons read.
JSON_ATTRIBUTES = {"claims", "unhashed", "versions"}
#: Number of the file format, another one for every change that a reader must know; files without
#: the attribute have the first.
FORMAT = 1
#: Begins the last bytes of a recording's file.
SEAL_START = b"\nbioann recording, blake2b of the bytes before: "


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
    tree = recording.copy()  # of the tree, not of its arrays
    tree.attrs = {**recording.attrs, "format": FORMAT}
    with _without_dask_client():
        content = bytes(tree.to_netcdf(engine="h5netcdf", encoding=encoding))
    return content + _make_seal(content)


def _make_seal(content: bytes) -> bytes:
    """Return the end of the file: a digest of all bytes before it. HDF5 ignores what follows it."""
    return SEAL_START + hashlib.blake2b(content, digest_size=16).hexdigest().encode()


def _check_seal(content: bytes, obj: str) -> None:
    """Raise `OutputError` if a byte changed since a recording was written.

    A file that other software wrote anew has no seal; its arrays still have their digests.
    """
    body, start, _ = content.rpartition(SEAL_START)
    if start and content != body + _make_seal(body):
        raise OutputError(
            obj,
            "the bytes that were written",
            "other bytes: the file is damaged or was changed",
            "Restore the original, or run the pair anew.",
        )


@name_argument_errors
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

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import second
    >>> bio = ba.FunctionModel(
    ...     lambda stimulus, rng: stimulus.values + rng.normal(0, 0.05, stimulus.shape),
    ...     units=("unit",), channels=("x",), random=True,
    ... )
    >>> ann = ba.RateNetwork(("unit",), channels=("x",))
    >>> correspondence = ba.Correspondence((ba.Match("unit", "unit"),))
    >>> stimulus = ba.steps({"x": [0.0, 0.5, 1.0]}, duration=second)
    >>> pair = ba.Pair("identity", bio, ann, correspondence, stimulus=stimulus)
    >>> ba.save_recording(pair.run(trials=2, seed=1).recording, "identity.nc")
    >>> sorted(ba.open_recording("identity.nc").children)
    ['ann', 'bio', 'ceiling', 'chance', 'stimulus']
    """
    if not isinstance(recording, xr.DataTree):
        raise OutputError(
            "save_recording", "an xarray.DataTree", type(recording).__name__, "Pass run.recording."
        )
    content = recording_bytes(recording)
    with write_atomically(path) as (temporary,):
        temporary.write_bytes(content)


@name_argument_errors
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
        If the file does not exist, holds something else or takes anything from elsewhere, or a
        byte or an array was changed since the run.

    Examples
    --------
    >>> import bioann as ba
    >>> recording = ba.open_recording("inverter.nc")  # doctest: +SKIP
    >>> comparison = ba.compare(recording, pair=ba.load("inverter"))  # doctest: +SKIP
    """
    expected = "a recording (.nc)"
    remedy = "Give a file that save_recording or 'bioann run' wrote."
    recording = read_sealed_tree(path, f"recording {path}", expected, remedy)
    if not {"stimulus", "bio", "ann"} <= set(recording.children):
        got = "netCDF without a run of a pair"
        if "study" in recording.attrs:
            got = "data of a study"
            remedy = "Compare its .json, or open the data with xarray.open_dataset."
        raise OutputError(f"recording {path}", expected, got, remedy)
    return recording


def read_sealed_tree(path: str | Path, obj: str, expected: str, remedy: str) -> xr.DataTree:
    """Read a netCDF file that `recording_bytes` wrote, and close it.

    Parameters
    ----------
    path : str or pathlib.Path
        The file to read.
    obj, expected, remedy : str
        The file, what it should be, and what to do if it is not, for errors.

    Returns
    -------
    xarray.DataTree
        All of its nodes, in memory.

    Raises
    ------
    OutputError
        If the file does not exist, holds something else or takes anything from elsewhere, or a
        byte or an array was changed since it was written.
    """
    try:
        content = Path(path).read_bytes() if Path(path).is_file() else None
    except (OSError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(obj, expected, reason, remedy) from error
    if content is None:
        got = "a folder, pipe or device" if Path(path).exists() else "No such file or directory"
        raise OutputError(obj, expected, got, remedy)
    _check_seal(content, obj)
    try:
        check_netcdf(content, obj)
        recording = _read_tree(content)
        _check_format(recording.attrs.pop("format", FORMAT), obj)
        check_arrays(recording, obj)
        for name in JSON_ATTRIBUTES & set(recording.attrs):
            json.loads(recording.attrs[name])
    except OutputError:
        raise
    except Exception as error:  # h5py and xarray raise all kinds for what is damaged
        got = f"another kind of file, or a damaged one ({type(error).__name__})"
        raise OutputError(obj, expected, got, remedy) from error
    return recording


def _check_format(number: Any, obj: str) -> None:
    """Raise `OutputError` if a file has a format that this version does not know."""
    if number != FORMAT:
        raise OutputError(
            obj,
            f"file format {FORMAT} or older, which this version reads",
            f"format {number}",
            "Install the version of bioann that wrote it, or a newer one.",
        )


def _without_dask_client() -> contextlib.AbstractContextManager[Any]:
    """Let xarray use a lock of this process: that of a dask client cannot lock bytes in memory."""
    dask = sys.modules.get("dask")
    if dask is None:
        return contextlib.nullcontext()
    lock: contextlib.AbstractContextManager[Any] = dask.config.set(scheduler="synchronous")
    return lock


def _read_tree(content: bytes) -> xr.DataTree:
    """Read all nodes of a file into memory."""
    with _without_dask_client(), xr.open_datatree(content, engine="h5netcdf") as tree:
        # Node by node: the tree's own load() leaves some variables in the file.
        nodes = {n.path: n.to_dataset(inherit=False).load() for n in tree.subtree}
    recording = xr.DataTree.from_dict(nodes)
    # netCDF has no plain numbers: they come back as arrays.
    recording.attrs = {
        k: v.tolist() if isinstance(v, (np.ndarray, np.generic)) else v
        for k, v in recording.attrs.items()
    }
    return recording
