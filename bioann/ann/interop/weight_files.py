"""Read weights by name from a NumPy archive or a safetensors file."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.dequantise import dequantise_arrays
from bioann.ann.interop.foreign_formats import foreign_ending_error
from bioann.ann.interop.safetensors_file import read_safetensors
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import ForeignFileError

#: How the files of a network are named that is stored in several.
PART_NAME = re.compile(r"-(\d+)-of-(\d+)$")


@name_argument_errors
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
        Arrays of floats, in the order of the file; 8-bit integers are multiplied by their scale.

    Raises
    ------
    ForeignFileError
        If the file is broken, too large (`bioann.ann.interop.size_limits`), or contains anything
        but finite numbers.
    """
    return {name: array.astype(float) for name, array in read_arrays(path).items()}


def describe_part(path: Path) -> tuple[str, ...]:
    """Return a phrase if a file's name says that it is one of several of a network."""
    match = PART_NAME.search(path.stem)
    if match is None or int(match[2]) < 2:
        return ()
    return (f"part {int(match[1])} of {int(match[2])} of a network",)


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read the arrays of `read_weights` in the types in which the file stores them."""
    readers = {".npz": read_npz, ".safetensors": read_safetensors}
    file = Path(path)
    ending = file.suffix.lower()
    if ending not in readers:
        raise foreign_ending_error(f"weight file {path}", ending, readers)
    arrays = dict(readers[ending](file))
    n_bytes = 8 * sum(array.size for array in arrays.values())
    size_limits.check_bytes(n_bytes, f"weight file {path}, as 64-bit floats")
    for name, array in arrays.items():
        check_numbers(array, f"{path}, array {name!r}")
    if not arrays:
        raise ForeignFileError(
            f"weight file {path}", "weights", "an empty file", size_limits.BROKEN_FILE_REMEDY
        )
    return dequantise_arrays(arrays, f"weight file {path}")


def check_numbers(array: np.ndarray, obj: str) -> None:
    """Raise `ForeignFileError` unless an array holds finite real numbers."""
    if array.dtype.kind not in "fiu":
        got = f"type {array.dtype}"
    else:
        with np.errstate(over="ignore"):  # long double has larger numbers than float
            finite = np.isfinite(array.astype(float))
        if finite.all():
            return
        first = np.argwhere(~finite)[0].tolist()
        count = finite.size - np.count_nonzero(finite)
        got = f"{count} NaN or infinite values, the first at {first}"
    raise ForeignFileError(
        obj, "finite real numbers", got, "Save the weights of the trained network only."
    )


def read_npz(
    path: Path, choose_names: Callable[[list[str]], Collection[str]] = list
) -> list[tuple[str, np.ndarray]]:
    """Read arrays of a NumPy archive; their headers and sizes are checked before any is read.

    Parameters
    ----------
    path : pathlib.Path
        The ``.npz`` file. Nothing in it is executed.
    choose_names : callable, optional
        Function of the names of all arrays that returns the names of those to read; all unless
        given.

    Returns
    -------
    list of (str, numpy.ndarray)
        The arrays by name, in the order of the file and in the types in which it stores them.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, or an array holds anything but real numbers.
    """
    obj = f"NumPy archive {path}"
    content = size_limits.read_file(path, "NumPy archive")
    with (
        size_limits.wrap_library_errors(obj, "a complete .npz file"),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
    ):
        members = [m for m in archive.infolist() if m.filename.endswith(".npy")]
        names = [m.filename for m in members]
        if len(set(names)) < len(names):
            twice = max(names, key=names.count)
            raise ForeignFileError(
                f"{obj}, array {twice[:-4]!r}",
                "one array of that name",
                f"{names.count(twice)} of them",
                size_limits.BROKEN_FILE_REMEDY,
            )
        chosen_names = choose_names([name[:-4] for name in names])
        members = [m for m in members if m.filename[:-4] in chosen_names]
        # The uncompressed size counts: zeros compress by a factor of a thousand.
        size_limits.check_unpacked(sum(m.file_size for m in members), len(content), obj)
        for member in members:
            with archive.open(member) as file:
                _read_header(file, member.file_size, f"{path}, array {member.filename[:-4]!r}")
        arrays = []
        for member in members:
            name = member.filename[:-4]
            with archive.open(member) as file:
                array = _read_npy(file, member.file_size, f"{path}, array {name!r}")
            arrays.append((name, array))
        return arrays


def read_npy_file(path: Path) -> np.ndarray:
    """Read the array of a ``.npy`` file, whose header and size are checked first.

    Parameters
    ----------
    path : pathlib.Path
        The file. Nothing in it is executed.

    Raises
    ------
    ForeignFileError
        If the file is broken or too large, or holds anything but real numbers.
    """
    content = size_limits.read_file(path, "NumPy file")
    return _read_npy(io.BytesIO(content), len(content), f"NumPy file {path}")


def _read_header(file: Any, size: int, obj: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and type of an array of `size` bytes, once they have been checked."""
    with size_limits.wrap_library_errors(obj, "a NumPy array"):
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        # NumPy parses the header as a literal and rejects more than 10,000 characters.
        shape, fortran, dtype = read_header(file)
    if dtype.hasobject or dtype.kind not in "fiu":
        raise ForeignFileError(
            obj,
            "finite real numbers",
            "Python objects, which could run code" if dtype.hasobject else f"type {dtype}",
            "Save plain arrays: numpy.savez(path, W=numpy.asarray(W, float)).",
        )
    size_limits.check_shape(shape, dtype.itemsize, size - file.tell(), obj)
    return shape, fortran, dtype


def _read_npy(file: Any, size: int, obj: str) -> np.ndarray:
    """Return an array of the byte order of this machine."""
    shape, fortran, dtype = _read_header(file, size, obj)
    array = np.frombuffer(file.read(), dtype).astype(dtype.newbyteorder("="), copy=False)
    return array.reshape(shape, order="F" if fortran else "C")
