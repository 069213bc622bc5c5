"""Checkpoints of a training: one file of plain arrays, written atomically."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from bioann.base.errors import OutputError
from bioann.base.files import write_atomically

_REMEDY = "Use another file, or start a new training with resume=False."


def save_checkpoint(path: Path, arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> None:
    """Write the arrays and the metadata of a training to a file.

    Parameters
    ----------
    path : pathlib.Path
        The file, which is replaced as a whole.
    arrays : dict of str to numpy.ndarray
        Arrays of numbers by name; Python objects are not allowed.
    metadata : dict
        Values that JSON can represent.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = np.frombuffer(json.dumps(metadata, sort_keys=True).encode(), dtype=np.uint8)
    contents: dict[str, Any] = {"about": text, **arrays}
    with write_atomically(path) as (temporary,), temporary.open("wb") as file:
        np.savez(file, **contents)


def load_checkpoint(
    path: Path, expected: dict[str, Any]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read a file that `save_checkpoint` wrote, without executing anything in it.

    Parameters
    ----------
    path : pathlib.Path
        Path of an existing checkpoint.
    expected : dict
        Metadata that the file must contain, with these values.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
        The arrays by name.
    metadata : dict
        All metadata of the file.

    Raises
    ------
    OutputError
        If the file is not a checkpoint, or belongs to another training.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        metadata = json.loads(arrays.pop("about").tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise OutputError(f"checkpoint {path}", "a checkpoint", f"{error}", _REMEDY) from error
    for name, value in expected.items():
        if metadata.get(name) != value:
            raise OutputError(
                f"checkpoint {path}, {name}",
                f"that of this training, {value}",
                f"{metadata.get(name)}",
                _REMEDY,
            )
    return arrays, metadata
