"""Read weights by name from a NumPy archive or a safetensors file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.base.errors import ForeignFileError, unknown_name_error
from bioann.base.optional import import_optional


def read_weights(path: str | Path) -> dict[str, np.ndarray]:
    """Read arrays of numbers by name.

    Parameters
    ----------
    path : str or pathlib.Path
        A ``.npz`` (NumPy archive) or ``.safetensors`` file. Nothing in it is executed: arrays of
        Python objects, which NumPy would unpickle, are rejected.

    Returns
    -------
    dict of str to numpy.ndarray
        Arrays of floats, in the order of the file.

    Raises
    ------
    ForeignFileError
        If the file is broken, too large (`bioann.ann.interop.size_limits`), or contains anything
        but numbers.
    MissingExtraError
        For safetensors without the extra ``interop``.
    """
    readers = {".npz": _read_npz, ".safetensors": _read_safetensors}
    file = Path(path)
    if file.suffix not in readers:
        raise unknown_name_error(f"weight file {path}", "file ending", file.suffix, readers)
    weights = {name: _check_floats(array, name, file) for name, array in readers[file.suffix](file)}
    if not weights:
        raise ForeignFileError(
            f"weight file {path}", "weights", "an empty file", size_limits.BROKEN_FILE_REMEDY
        )
    return weights


def _check_floats(array: np.ndarray, name: str, path: Path) -> np.ndarray:
    if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise ForeignFileError(
            f"{path}, array {name!r}",
            "finite real numbers",
            "NaN or infinite values" if array.dtype.kind == "f" else f"type {array.dtype}",
            "Save the weights of the trained network only.",
        )
    return array.astype(float)


def _read_npz(path: Path) -> list[tuple[str, np.ndarray]]:
    """Read a NumPy archive; the sizes of all members are checked before any array is read."""
    obj = f"NumPy archive {path}"
    content = size_limits.read_file(path, "NumPy archive")
    with (
        size_limits.wrap_library_errors(obj, "a complete .npz file"),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
    ):
        members = [m for m in archive.infolist() if m.filename.endswith(".npy")]
        # The uncompressed size counts: zeros compress by a factor of a thousand.
        size_limits.check_bytes(sum(m.file_size for m in members), f"{obj}, unpacked")
        return [(m.filename[:-4], _read_npy(archive, m, path)) for m in members]


def _read_npy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> np.ndarray:
    obj = f"{path}, array {member.filename[:-4]!r}"
    with archive.open(member) as file:
        with size_limits.wrap_library_errors(obj, "a NumPy array"):
            version = np.lib.format.read_magic(file)
            read_header = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            # NumPy parses the header as a literal and rejects more than 10,000 characters.
            shape, fortran, dtype = read_header(file)
        if dtype.hasobject or dtype.kind not in "fiub":
            raise ForeignFileError(
                obj,
                "numbers",
                "Python objects, which could run code" if dtype.hasobject else f"type {dtype}",
                "Save plain arrays: numpy.savez(path, W=numpy.asarray(W, float)).",
            )
        size_limits.check_shape(shape, dtype.itemsize, member.file_size - file.tell(), obj)
        array = np.frombuffer(file.read(), dtype)
    return array.reshape(shape, order="F" if fortran else "C")


def _read_safetensors(path: Path) -> list[tuple[str, np.ndarray]]:
    """Read a safetensors file; the library checks every offset against the length of the file."""
    safetensors: Any = import_optional("safetensors.numpy", "interop", f"weight file {path}")
    content = size_limits.read_file(path, "safetensors file")
    try:
        return list(safetensors.load(content).items())
    except Exception as error:  # an error of safetensors, or of NumPy for unknown data types
        raise ForeignFileError(
            f"safetensors file {path}",
            "a complete file with data types that NumPy supports",
            f"{type(error).__name__}: {error}",
            "Save the weights as float32.",
        ) from error
