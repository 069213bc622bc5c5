"""Read a safetensors file: a JSON header with types, shapes and offsets, then the numbers."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.base.errors import ForeignFileError

#: NumPy types by the names of the format. BF16 is the upper half of a float32.
DTYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"},
    **{"I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1"},
    **{"U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1"},
}
#: Longest header in bytes, the limit of the reference implementation of the format.
MAX_HEADER = 100_000_000


def read_safetensors(path: Path) -> list[tuple[str, np.ndarray]]:
    """Read all arrays of a safetensors file.

    Parameters
    ----------
    path : pathlib.Path
        The file. The arrays share its bytes; BF16 becomes float32.

    Returns
    -------
    list of (str, numpy.ndarray)
        The arrays by name, in the order of the header.

    Raises
    ------
    ForeignFileError
        If the header is broken, or arrays overlap, leave gaps or do not have the size that their
        shape needs, or have a type that NumPy cannot express.
    """
    obj = f"safetensors file {path}"
    content = size_limits.read_file(path, "safetensors file")
    with size_limits.wrap_library_errors(obj, "a complete file with a JSON header"):
        (length,) = struct.unpack_from("<Q", content)
        if length > min(len(content) - 8, MAX_HEADER):
            raise ValueError(f"a header of {length} bytes in a file of {len(content)} bytes")
        header = json.loads(content[8 : 8 + length], object_pairs_hook=_reject_duplicates)
        header.pop("__metadata__", None)
        entries = [(name, *_check_entry(entry)) for name, entry in header.items()]
    data = memoryview(content)[8 + length :]
    _check_offsets([e[-2:] for e in entries], len(data), obj)
    arrays = []
    for name, kind, shape, start, stop in entries:
        if kind not in DTYPES:
            raise ForeignFileError(
                f"{obj}, array {name!r}",
                f"one of the types {', '.join(DTYPES)}",
                f"type {kind}",
                "Save the weights as float32.",
            )
        dtype = np.dtype(DTYPES[kind])
        size_limits.check_shape(shape, dtype.itemsize, stop - start, f"{obj}, array {name!r}")
        arrays.append((name, _decode(data[start:stop], dtype, kind).reshape(shape)))
    return arrays


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object as a dictionary; a name that occurs twice is an error."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"the name {max(names, key=names.count)!r} more than once")
    return dict(pairs)


def _check_entry(entry: dict[str, Any]) -> tuple[str, tuple[int, ...], int, int]:
    """Return type, shape and offsets of an array; raise for anything but whole numbers."""
    shape, (start, stop) = entry["shape"], entry["data_offsets"]
    if not all(type(n) is int and n >= 0 for n in (*shape, start, stop)) or len(shape) > 32:
        raise ValueError(f"shape {shape} at {start} to {stop}")
    return str(entry["dtype"]), tuple(shape), start, stop


def _check_offsets(offsets: list[tuple[int, int]], size: int, obj: str) -> None:
    """Raise unless the arrays fill the data without gaps or overlaps."""
    starts = [0, *(stop for _, stop in sorted(offsets))]
    if [*(start for start, _ in sorted(offsets)), size] != starts:
        raise ForeignFileError(
            obj,
            f"arrays that fill the {size} bytes of data without gap or overlap",
            f"arrays at {sorted(offsets)[:6]}",
            size_limits.BROKEN_FILE_REMEDY,
        )


def _decode(data: memoryview, dtype: np.dtype[Any], kind: str) -> np.ndarray:
    numbers = np.frombuffer(data, dtype)
    if kind != "BF16":
        return numbers
    return (numbers.astype("<u4") << 16).view("<f4")
