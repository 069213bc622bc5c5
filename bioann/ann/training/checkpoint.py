"""Keep a training that is under way: one file of plain arrays, whole or not there."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from bioann.base.errors import OutputError
from bioann.base.files import write_atomically

_REMEDY = "Give another file, or train afresh with resume=False."


def save_checkpoint(path: Path, arrays: dict[str, np.ndarray], metadata: dict[str, Any]) -> None:
    """Write arrays and what they belong to.

    Parameters
    ----------
    path : pathlib.Path
        The file; it is replaced whole.
    arrays : dict of str to numpy.ndarray
        Numbers only.
    metadata : dict
        Plain values, kept as JSON.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    text = np.frombuffer(json.dumps(metadata, sort_keys=True).encode(), dtype=np.uint8)
    contents: dict[str, Any] = {"about": text, **arrays}
    with write_atomically(path) as (temporary,), temporary.open("wb") as file:
        np.savez(file, **contents)


def load_checkpoint(
    path: Path, expected: dict[str, Any]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `save_checkpoint` wrote; nothing in the file can run.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    expected : dict
        What it has to say about itself.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
        The arrays.
    metadata : dict
        The rest.

    Raises
    ------
    OutputError
        If it is no checkpoint, or one of another training.
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
