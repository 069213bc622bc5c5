"""Keep what a run made: files that appear whole or not at all, recordings, scores as JSON."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.comparison import Comparison
from bioann.errors import BioannError, OutputError

_ELSEWHERE = "Choose another folder, or make this one writable."
#: What to say about the errors that a user can do something about: wanted, got, do.
_REASONS = {
    errno.ENOSPC: (
        "room for the files",
        "a full disk",
        "Free some space, or choose another folder; nothing half-written was left behind.",
    ),
    errno.EDQUOT: (
        "room for the files",
        "a disk quota that is used up",
        "Free some space, or choose another folder; nothing half-written was left behind.",
    ),
    errno.EACCES: ("a folder that can be written", "no permission", _ELSEWHERE),
    errno.EPERM: ("a folder that can be written", "no permission", _ELSEWHERE),
    errno.EROFS: ("a folder that can be written", "a read-only file system", _ELSEWHERE),
    errno.ENOTDIR: ("a folder", "a path that leads through a file", _ELSEWHERE),
    errno.EEXIST: ("a folder", "a file of that name", _ELSEWHERE),
}


@contextlib.contextmanager
def writing(*paths: str | Path) -> Iterator[tuple[Path, ...]]:
    """Write files that appear together, each whole, or not at all.

    Inside the ``with`` block, write to the temporary paths that it gives; they stand beside their
    targets and keep their suffixes. Whatever stood at the targets stays until the end.

    Parameters
    ----------
    *paths : str or pathlib.Path
        Where the files shall appear; folders are made.

    Yields
    ------
    tuple of pathlib.Path
        Where to write, in the order of `paths`.

    Raises
    ------
    OutputError
        If a folder cannot be made or written, a path is a folder, or the disk is full. Neither
        the temporary files nor any of the targets is left behind then.
    """
    targets = tuple(Path(p) for p in paths)
    token = secrets.token_hex(4)
    temporary = tuple(t.with_name(f".{t.stem}.{token}{t.suffix}") for t in targets)
    try:
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir():
                raise OutputError(
                    f"file {target}", "a file", "a folder of that name", "Choose another name."
                )
        yield temporary
        _publish(temporary, targets)
    except BioannError:
        raise
    except OSError as error:
        raise explained(error, " and ".join(map(str, targets))) from error
    finally:
        for path in temporary:
            with contextlib.suppress(OSError):
                path.unlink()


def _publish(temporary: tuple[Path, ...], targets: tuple[Path, ...]) -> None:
    """Give finished files their names."""
    for path in temporary:
        # Some file systems say that they are full only when they are asked to keep the bytes.
        with path.open("rb") as file:
            os.fsync(file.fileno())
    done: list[Path] = []
    try:
        for path, target in zip(temporary, targets, strict=True):
            path.replace(target)
            done.append(target)
    except OSError:
        # Seen only when somebody else changes the folder meanwhile: better none than a mixture.
        for target in done:
            target.unlink()
        raise


def explained(error: OSError, where: str) -> OutputError:
    """Turn an error of the operating system into one that says what to do.

    Parameters
    ----------
    error : OSError
        What came.
    where : str
        The file or folder.

    Returns
    -------
    OutputError
        To be raised by the caller.
    """
    said = error.strerror or str(error)
    known = _REASONS.get(error.errno or 0)
    wanted, got, do = known or ("a file that can be written", "an error", _ELSEWHERE)
    return OutputError(f"output {where}", wanted, f"{got} ({said})", do)


def writable(folder: str | Path) -> Path:
    """Make a folder if it is not there, and check that a file can be written to it.

    Parameters
    ----------
    folder : str or pathlib.Path
        The folder.

    Returns
    -------
    pathlib.Path
        The same.

    Raises
    ------
    OutputError
        If it cannot be made or written.
    """
    path = Path(folder)
    probe = path / f".probe.{secrets.token_hex(4)}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"\0")
    except OSError as error:
        raise explained(error, str(folder)) from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
    return path


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
        ``equivalence``, ``audit`` (null unless asked for), ``signs``, ``flags``, ``window_s`` and
        ``provenance``, in that order. NaN and infinite numbers are ``null``.
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
