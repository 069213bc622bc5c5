"""Turn the 8-bit integers of a quantised network into the weights that they stand for."""

from __future__ import annotations

import re

import numpy as np

from bioann.base.errors import ForeignFileError

#: Suffixes of the names of scales and zero points, after the name of the integers.
SCALE_SUFFIXES = ("_scale", ".scale", "_scales", ".scales")
ZERO_POINT_SUFFIXES = ("_zero_point", ".zero_point", "_zero_points", ".zero_points")
#: Names of integers that hold several weights each.
PACKED_WEIGHTS = re.compile(r"qweight|qzeros|packed", re.I)


def dequantise_arrays(arrays: dict[str, np.ndarray], obj: str) -> dict[str, np.ndarray]:
    """Replace arrays of 8-bit integers by the numbers that they stand for.

    Parameters
    ----------
    arrays : dict of str to numpy.ndarray
        All arrays of a file by name.
    obj : str
        The file, for errors.

    Returns
    -------
    dict of str to numpy.ndarray
        ``(integers - zero point) * scale`` in place of the integers, without the scales and zero
        points; all other arrays as they are.

    Raises
    ------
    ForeignFileError
        If 8-bit integers have no scale, unsigned ones no zero point, either does not fit, or
        integers hold several packed weights each.
    """
    used: set[str] = set()
    weights = {}
    for name, array in arrays.items():
        if PACKED_WEIGHTS.search(name) and array.dtype.kind in "iu":
            raise ForeignFileError(
                f"{obj}, array {name!r}",
                "one weight per number",
                f"packed integers of type {array.dtype}",
                "Save the dequantised weights as float32.",
            )
        if array.dtype.kind in "iu" and array.dtype.itemsize == 1 and not _is_zero_point(name):
            scale, zero_point = (
                _find_companion(arrays, name, suffixes)
                for suffixes in (SCALE_SUFFIXES, ZERO_POINT_SUFFIXES)
            )
            used |= {n for n in (scale, zero_point) if n is not None}
            weights[name] = _dequantise(arrays, name, scale, zero_point, obj)
        else:
            weights[name] = array
    return {name: array for name, array in weights.items() if name not in used}


def _is_zero_point(name: str) -> bool:
    return name.endswith(ZERO_POINT_SUFFIXES)


def _find_companion(
    arrays: dict[str, np.ndarray], name: str, suffixes: tuple[str, ...]
) -> str | None:
    """Return the name of the scale or zero point of an array: ``fc.weight_scale``, ``fc.scale``."""
    stems = (name, name.rpartition(".")[0] or name)
    return next((s + end for s in stems for end in suffixes if s + end in arrays), None)


def _dequantise(
    arrays: dict[str, np.ndarray],
    name: str,
    scale: str | None,
    zero_point: str | None,
    obj: str,
) -> np.ndarray:
    integers = arrays[name]
    is_unsigned = integers.dtype.kind == "u"
    if scale is None or (is_unsigned and zero_point is None):
        missing = "scale" if scale is None else "zero point"
        suffixes = SCALE_SUFFIXES if scale is None else ZERO_POINT_SUFFIXES
        raise ForeignFileError(
            f"{obj}, array {name!r}",
            f"the {missing} of its 8-bit integers, an array {name + suffixes[0]!r}",
            "none",
            f"Add the {missing} to the file, or save the weights as float32.",
        )
    factors = _spread(arrays, name, scale, obj)
    offsets = 0.0 if zero_point is None else _spread(arrays, name, zero_point, obj)
    return (integers.astype(float) - offsets) * factors


def _spread(arrays: dict[str, np.ndarray], name: str, companion: str, obj: str) -> np.ndarray:
    """Return a scale or zero point so that it multiplies the integers: one per array or channel."""
    shape, values = arrays[name].shape, arrays[companion].astype(float)
    if values.size == 1:
        return values.reshape(())
    if values.ndim == len(shape) and all(
        n in (1, m) for n, m in zip(values.shape, shape, strict=True)
    ):
        return values
    axes = [axis for axis in {0, len(shape) - 1} if values.shape == (shape[axis],)]
    if len(axes) == 1:
        return values.reshape([-1 if axis == axes[0] else 1 for axis in range(len(shape))])
    raise ForeignFileError(
        f"{obj}, array {companion!r}",
        f"one number, or one per row or per column of {name!r} {shape}",
        f"shape {values.shape}" + (", which fits both" if axes else ""),
        "Save it with as many axes as the integers: (n, 1) for rows, (1, n) for columns.",
    )
