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
#: Trained weights hardly compress, pruned ones by a factor of 50; a hostile file by 1000.
MAX_RATIO = 100
#: Bytes that a file may unpack to, however small it is: a new network may be all zeros.
ALWAYS_UNPACKED = 20_000_000
#: Largest number of units of a layer, or of numbers in an input, each of which gets a name.
MAX_UNITS = 10_000_000

_SIZE_REMEDY = (
    "If you trust the file, raise bioann.ann.interop.size_limits.{name}; if not, do not use it."
)

BROKEN_FILE_REMEDY = "The file is broken or hostile; get a new copy from its author."
_FILE_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@contextlib.contextmanager
def wrap_library_errors(
    obj: str, expected: str, remedy: str = BROKEN_FILE_REMEDY
) -> Iterator[None]:
    """Convert any exception of a library that reads a malformed file to `ForeignFileError`."""
    try:
        yield
    except BioannError:
        raise
    except Exception as error:
        reason = error.strerror if isinstance(error, OSError) else None
        got = reason or f"{type(error).__name__}: {error}"
        raise ForeignFileError(obj, expected, got, remedy) from error


def read_file(path: Path, kind: str) -> bytes:
    """Read the bytes of a regular file with at most `MAX_BYTES`.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file, which is read as a whole.
    kind : str
        Kind of file for the error, ``"ONNX file"`` for example.

    Raises
    ------
    ForeignFileError
        If the file cannot be read, is too large, or is a folder, a pipe or a device.
    """
    obj = f"{kind} {path}"
    remedy = "Pass the path of a readable file."
    with wrap_library_errors(obj, "a file", remedy):
        status = path.stat()
        # Opening a named pipe would wait for a writer, and a device may have no end.
        if not stat.S_ISREG(status.st_mode):
            names = [name for is_kind, name in _FILE_KINDS if is_kind(status.st_mode)]
            raise ForeignFileError(obj, "a regular file", names[0] if names else "none", remedy)
        check_bytes(status.st_size, obj)
        with path.open("rb") as file:
            content = file.read(status.st_size + 1)
        if len(content) > status.st_size:  # files of the kernel declare no size
            raise ForeignFileError(obj, f"{status.st_size} bytes, its size", "more", remedy)
    return content


def check_bytes(size: int, obj: str) -> None:
    """Raise `ForeignFileError` for more than `MAX_BYTES`."""
    if size > MAX_BYTES:
        raise ForeignFileError(
            obj,
            f"at most {MAX_BYTES / 1e9:.3g} GB",
            f"{size / 1e9:.3g} GB",
            _SIZE_REMEDY.format(name="MAX_BYTES"),
        )


def check_unpacked(size: int, packed_size: int, obj: str) -> None:
    """Raise `ForeignFileError` for data that unpack to more than weights can.

    Parameters
    ----------
    size : int
        Declared size of the data, in bytes.
    packed_size : int
        Size of the file that they are unpacked from, in bytes.
    obj : str
        The file, for the error.
    """
    check_bytes(size, f"{obj}, unpacked")
    if size > max(MAX_RATIO * packed_size, ALWAYS_UNPACKED):
        raise ForeignFileError(
            f"{obj}, unpacked",
            f"at most {MAX_RATIO} times the size of the file, {packed_size / 1e6:.3g} MB",
            f"{size / 1e6:.3g} MB",
            _SIZE_REMEDY.format(name="MAX_RATIO"),
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
