"""Decode the tensors of an ONNX file, once their sizes have been checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.base.errors import ForeignFileError

#: NumPy type, and field for numbers that are listed one by one, of every ONNX type of numbers.
#: NumPy has no bfloat16, the upper half of a float32; it is stored as a whole number of two bytes.
TENSOR_TYPES = {
    "FLOAT": (np.float32, "float_data"),
    "DOUBLE": (np.float64, "double_data"),
    "FLOAT16": (np.float16, "int32_data"),
    "BFLOAT16": (np.uint16, "int32_data"),
    "INT8": (np.int8, "int32_data"),
    "UINT8": (np.uint8, "int32_data"),
    "INT16": (np.int16, "int32_data"),
    "UINT16": (np.uint16, "int32_data"),
    "INT32": (np.int32, "int32_data"),
    "INT64": (np.int64, "int64_data"),
    "UINT32": (np.uint32, "uint64_data"),
    "UINT64": (np.uint64, "uint64_data"),
    "BOOL": (np.bool_, "int32_data"),
}


def decode_tensors(onnx: Any, tensors: list[tuple[str, Any]], path: Path) -> dict[str, np.ndarray]:
    """Decode all tensors, once the sum of their sizes has been checked.

    Parameters
    ----------
    onnx : module
        The imported library `onnx`.
    tensors : list of (str, TensorProto)
        Names and protocol buffers.
    path : pathlib.Path
        Path of the file, for errors and for weights in other files of its folder.

    Raises
    ------
    ForeignFileError
        If a size does not match the data, the sum of all sizes is too large, or a tensor holds
        anything but finite numbers.
    """
    total = 0
    for name, tensor in tensors:
        shape = tuple(tensor.dims)
        if any(n < 0 for n in shape):
            raise ForeignFileError(
                f"{path}, tensor {name!r}", "sizes >= 0", f"{shape}", size_limits.BROKEN_FILE_REMEDY
            )
        total += int(np.prod(shape, dtype=object)) * 8
        size_limits.check_bytes(total, f"{path}, tensor {name!r} and those before it")
    return {name: decode_tensor(onnx, tensor, path, name) for name, tensor in tensors}


def decode_tensor(onnx: Any, tensor: Any, path: Path, name: str) -> np.ndarray:
    """Decode one tensor, once the amount of data has been checked against its shape."""
    obj = f"{path}, tensor {name!r}"
    shape = tuple(tensor.dims)
    types = onnx.TensorProto.DataType
    kind = types.Name(tensor.data_type) if tensor.data_type in types.values() else "unknown"
    if kind not in TENSOR_TYPES:
        raise ForeignFileError(
            obj,
            f"numbers of type {', '.join(TENSOR_TYPES).lower()}",
            f"type {kind}",
            "Export the network with float32 weights.",
        )
    dtype, field = TENSOR_TYPES[kind]
    size = np.dtype(dtype).itemsize
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raw = _read_external_tensor(tensor, shape, size, path, obj)
    elif tensor.HasField("raw_data"):
        raw = tensor.raw_data
    else:
        numbers = getattr(tensor, field)
        size_limits.check_shape(shape, size, len(numbers) * size, obj)
        # Numbers of two bytes are listed as the whole numbers with the same bits.
        bits = np.uint16 if kind in ("FLOAT16", "BFLOAT16") else dtype
        raw = np.array(numbers).astype(np.dtype(bits).newbyteorder("<")).tobytes()
    size_limits.check_shape(shape, size, len(raw), obj)
    values = np.frombuffer(raw, np.dtype(dtype).newbyteorder("<")).reshape(shape)
    if kind == "BFLOAT16":
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return _require_finite(values, obj)


def _require_finite(values: np.ndarray, obj: str) -> np.ndarray:
    """Return the values; raise for NaN, and for infinite numbers except a single one.

    A single infinite number is a bound that does nothing, for example the minimum of a Clip.
    """
    is_broken = values.dtype.kind == "f" and not np.isfinite(values).all()
    if is_broken and (values.size > 1 or np.isnan(values).any()):
        raise ForeignFileError(
            obj,
            "finite numbers",
            f"{int((~np.isfinite(values)).sum())} of {values.size} NaN or infinite",
            "The training diverged, or the file is broken; use an earlier checkpoint.",
        )
    return values


def _read_external_tensor(
    tensor: Any, shape: tuple[int, ...], size: int, path: Path, obj: str
) -> bytes:
    """Read the bytes of a tensor that is stored in another file of the same folder."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    folder = path.resolve().parent
    target = (folder / entries.get("location", "")).resolve()
    expected = "a file inside the folder of the ONNX file"
    if not target.is_relative_to(folder) or not target.is_file():
        got = f"{entries.get('location')!r}" + (
            "" if target.is_relative_to(folder) else ", outside"
        )
        raise ForeignFileError(obj, expected, got, "Move the weights next to the ONNX file.")
    start, length = entries.get("offset", "0"), entries.get("length")
    file_size = target.stat().st_size
    if not (start.isdecimal() and (length is None or length.isdecimal())):
        raise ForeignFileError(
            obj, "an offset and length >= 0", f"{start}, {length}", size_limits.BROKEN_FILE_REMEDY
        )
    tensor_size = max(file_size - int(start), 0) if length is None else int(length)
    size_limits.check_shape(shape, size, tensor_size, obj)
    if int(start) + tensor_size > file_size:
        got = f"a file of {file_size} bytes"
        raise ForeignFileError(
            obj, f"{tensor_size} bytes from byte {start} on", got, size_limits.BROKEN_FILE_REMEDY
        )
    with target.open("rb") as file:
        file.seek(int(start))
        return file.read(tensor_size)
