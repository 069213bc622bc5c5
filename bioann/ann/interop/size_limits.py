"""Size limits for files from other sources, and checks against them."""

from __future__ import annotations

import contextlib
import math
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from bioann.base.errors import BioannError, ForeignFileError

#: Largest number of bytes of weights in one file; also the limit of protocol buffers, and so ONNX.
MAX_BYTES = 2**31 - 1
#: Largest number of units of a layer, or of numbers in an input, each of which gets a name.
MAX_UNITS = 10_000_000

_SIZE_REMEDY = (
    "If you trust the file, raise bioann.ann.interop.size_limits.{name}; if not, do not use it."
)

BROKEN_FILE_REMEDY = "The file is broken or hostile; get a new copy from its author."


@contextlib.contextmanager
def wrap_library_errors(obj: str, expected: str) -> Iterator[None]:
    """Convert any exception of a library that reads a malformed file to `ForeignFileError`."""
    try:
        yield
    except BioannError:
        raise
    except Exception as error:
        raise ForeignFileError(
            obj, expected, f"{type(error).__name__}: {error}", BROKEN_FILE_REMEDY
        ) from error


def read_file(path: Path, kind: str) -> bytes:
    """Read the bytes of a file with at most `MAX_BYTES`.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file, which is read as a whole.
    kind : str
        Kind of file for the error, ``"ONNX file"`` for example.

    Raises
    ------
    ForeignFileError
        If the file cannot be read, is too large, or is no regular file.
    """
    obj = f"{kind} {path}"
    remedy = "Pass the path of a readable file."
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe or a device could be read without end
            raise ForeignFileError(obj, "a regular file", "a folder, pipe or device", remedy)
        check_bytes(status.st_size, obj)
        return path.read_bytes()
    except OSError as error:
        raise ForeignFileError(obj, "a file", error.strerror or str(error), remedy) from error


def check_bytes(size: int, obj: str) -> None:
    """Raise `ForeignFileError` for more than `MAX_BYTES`."""
    if size > MAX_BYTES:
        raise ForeignFileError(
            obj,
            f"at most {MAX_BYTES / 1e9:.3g} GB",
            f"{size / 1e9:.3g} GB",
            _SIZE_REMEDY.format(name="MAX_BYTES"),
        )


def check_units(shape: Sequence[int], obj: str) -> None:
    """Raise `ForeignFileError` for sizes below 1, or for more than `MAX_UNITS` in total."""
    if any(n < 1 for n in shape) or math.prod(shape) > MAX_UNITS:
        raise ForeignFileError(
            obj,
            f"a shape of positive sizes and at most {MAX_UNITS:g} numbers",
            f"{tuple(shape)}",
            _SIZE_REMEDY.format(name="MAX_UNITS"),
        )


def check_shape(shape: Sequence[int], itemsize: int, size: int, obj: str) -> None:
    """Raise `ForeignFileError` unless the data of an array has the size that its shape requires.

    Parameters
    ----------
    shape : sequence of int
        Shape of the array as declared in the file.
    itemsize : int
        Size of one number in bytes.
    size : int
        Size of the array's data in the file, in bytes.
    obj : str
        Name of the array, for the error.
    """
    claimed_size = math.prod(shape) * itemsize
    if any(n < 0 for n in shape) or claimed_size != size:
        raise ForeignFileError(
            obj,
            f"as many bytes as its shape {tuple(shape)} needs, {claimed_size}",
            f"{size} bytes",
            BROKEN_FILE_REMEDY,
        )
