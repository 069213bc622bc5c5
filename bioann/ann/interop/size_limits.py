"""How large a thing from elsewhere may be, and how a file is taken in."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from bioann.base.errors import BioannError, ForeignFileError

#: Bytes of weights that are taken from one file; protocol buffers, which ONNX files are, end there.
MAX_BYTES = 2**31 - 1
#: Units of one layer, or numbers of one input: each gets a name, so many are a mistake or worse.
MAX_UNITS = 10_000_000

_SIZE_REMEDY = (
    "If you trust it, raise bioann.ann.interop.size_limits.{name}; if not, leave it alone."
)

BROKEN_FILE_REMEDY = "The file is broken or hostile; get it again from who made it."


@contextlib.contextmanager
def wrap_library_errors(obj: str, expected: str) -> Iterator[None]:
    """Turn whatever a library says to garbage into a `ForeignFileError` on `obj`."""
    try:
        yield
    except BioannError:
        raise
    except Exception as error:
        raise ForeignFileError(
            obj, expected, f"{type(error).__name__}: {error}", BROKEN_FILE_REMEDY
        ) from error


def read_file(path: Path, kind: str) -> bytes:
    """Read a whole file, unless it is larger than `MAX_BYTES`.

    Raises
    ------
    ForeignFileError
        If it cannot be read, or is too large.
    """
    obj = f"{kind} {path}"
    remedy = "Give the path of a file that you can read."
    try:
        size = path.stat().st_size
        check_bytes(size, obj)
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
    """Raise `ForeignFileError` for a shape that is not positive, or of more than `MAX_UNITS`."""
    if any(n < 1 for n in shape) or math.prod(shape) > MAX_UNITS:
        raise ForeignFileError(
            obj,
            f"a shape of positive sizes and at most {MAX_UNITS:g} numbers",
            f"{tuple(shape)}",
            _SIZE_REMEDY.format(name="MAX_UNITS"),
        )


def check_shape(shape: Sequence[int], itemsize: int, size: int, obj: str) -> None:
    """Raise `ForeignFileError` unless an array of that shape fills just the bytes that are there.

    Parameters
    ----------
    shape : sequence of int
        What the file claims.
    itemsize : int
        Bytes of one number.
    size : int
        Bytes that the file holds for it.
    obj : str
        The array, for the error.
    """
    claimed_size = math.prod(shape) * itemsize
    if any(n < 0 for n in shape) or claimed_size != size:
        raise ForeignFileError(
            obj,
            f"as many bytes as its shape {tuple(shape)} needs, {claimed_size}",
            f"{size} bytes",
            BROKEN_FILE_REMEDY,
        )
