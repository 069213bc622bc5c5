"""Images and one-dimensional patterns of the usual shapes: discs, edges, gratings and bumps.

Positions and lengths are in pixels, and position 0 is the middle of a pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from bioann.base.arguments import check_minimum, check_whole_number, name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import StimulusError
from bioann.stimuli.stimulus import label_conditions

#: Number of pixels of a one-dimensional pattern, or rows and columns of an image.
Size: TypeAlias = int | tuple[int, int]
#: Names of the axes of one pattern, by their number.
AXES = {1: ("position",), 2: ("row", "column")}
#: Points per pixel and axis at which the cover of a pixel by a disc is sampled.
SUBPIXELS = 16


@name_argument_errors
def make_discs(radii: Sequence[float] | np.ndarray, size: Size) -> xr.DataArray:
    """Make discs of light about the middle of an image.

    Parameters
    ----------
    radii : sequence of float
        Radii of the discs in pixels.
    size : int or (int, int)
        Rows and columns of the image; of a one-dimensional pattern the number of pixels.

    Returns
    -------
    xarray.DataArray, shape (pattern, row, column) or (pattern, position)
        The share of each pixel that the disc covers; the coordinate ``radius`` has the radii.
    """
    check_minimum("make_discs", 0, radii=min(radii))
    fine = (np.arange(SUBPIXELS) + 0.5) / SUBPIXELS - 0.5
    axes = [(axis[:, None] + fine).ravel() for axis in _pixel_positions(size, "make_discs")]
    square = axes[0] ** 2 if len(axes) == 1 else axes[0][:, None] ** 2 + axes[1] ** 2
    blocks = [length for axis in axes for length in (len(axis) // SUBPIXELS, SUBPIXELS)]
    within_pixel = tuple(range(1, 2 * len(axes), 2))
    discs = [(square < r**2).reshape(blocks).mean(axis=within_pixel) for r in radii]
    return _label_patterns(discs, "radius", radii)


@name_argument_errors
def make_edges(positions: Sequence[float] | np.ndarray, size: Size) -> xr.DataArray:
    """Make edges: dark before a position and light after it.

    Parameters
    ----------
    positions : sequence of float
        Positions of the edges along the columns of an image, or along a one-dimensional pattern,
        in pixels from its middle.
    size : int or (int, int)
        Number of pixels, or rows and columns.

    Returns
    -------
    xarray.DataArray, shape (pattern, position) or (pattern, row, column)
        0 and 1, and the light share of the pixel in which the edge lies; the coordinate ``edge``
        has the positions.
    """
    x = _pixel_positions(size, "make_edges")[-1]
    edges = [np.clip(x + 0.5 - edge, 0, 1) for edge in positions]
    return _label_patterns(_repeat_rows(edges, size), "edge", positions)


@name_argument_errors
def make_gratings(
    frequencies: Sequence[float] | np.ndarray, size: Size, *, phase: float = 0.0
) -> xr.DataArray:
    r"""Make sinusoidal gratings, :math:`(1 + \cos(2 \pi f x + \varphi)) / 2`.

    Parameters
    ----------
    frequencies : sequence of float
        Spatial frequencies `f` along the columns of an image, or along a one-dimensional pattern,
        in cycles per pixel.
    size : int or (int, int)
        Number of pixels, or rows and columns.
    phase : float, optional
        Phase :math:`\varphi` at the middle, in radians.

    Returns
    -------
    xarray.DataArray, shape (pattern, position) or (pattern, row, column)
        The coordinate ``frequency`` has the frequencies.
    """
    x = _pixel_positions(size, "make_gratings")[-1]
    waves = [(1 + np.cos(2 * np.pi * f * x + phase)) / 2 for f in frequencies]
    return _label_patterns(_repeat_rows(waves, size), "frequency", frequencies)


@name_argument_errors
def make_bumps(
    centres: Sequence[float] | np.ndarray, n_positions: int, *, width: float, on_ring: bool = False
) -> xr.DataArray:
    r"""Make Gaussian bumps on a line or a ring, :math:`e^{-(x - c)^2 / 2 w^2}`.

    Parameters
    ----------
    centres : sequence of float
        Positions `c` of the bumps in pixels from the middle.
    n_positions : int
        Number of pixels of a pattern, at least 1.
    width : float
        Standard deviation `w` in pixels, above 0.
    on_ring : bool, optional
        Whether the last pixel is a neighbour of the first.

    Returns
    -------
    xarray.DataArray, shape (pattern, position)
        The coordinate ``centre`` has the positions.
    """
    check_minimum("make_bumps", 1e-9, width=width)
    distance = _pixel_positions(n_positions, "make_bumps")[0] - np.asarray(centres)[:, None]
    if on_ring:
        distance = (distance + n_positions / 2) % n_positions - n_positions / 2
    return _label_patterns(np.exp(-(distance**2) / (2 * width**2)), "centre", centres)


@name_argument_errors
def join_patterns(*blocks: xr.DataArray) -> xr.DataArray:
    """Return the patterns of several blocks, one block after the other.

    Parameters
    ----------
    *blocks : xarray.DataArray
        Patterns of one size, such as discs and edges.

    Returns
    -------
    xarray.DataArray
        With the coordinates of all blocks, NaN for the patterns of a block that has none: a measure
        is restricted to the discs by ``measure.at_levels(radius=(0, 20))``.

    Raises
    ------
    StimulusError
        If the sizes of the patterns differ.
    """
    sizes = {block.shape[1:] for block in blocks}
    if len(sizes) != 1:
        raise StimulusError(
            "join_patterns", "patterns of one size", f"sizes {sorted(sizes)}", "Make them alike."
        )
    names = dict.fromkeys(n for block in blocks for n, c in block.coords.items() if c.ndim == 1)
    names.pop("pattern", None)
    numbers = {
        str(name): np.concatenate(
            [
                block[name].values if name in block.coords else [np.nan] * len(block)
                for block in blocks
            ]
        )
        for name in names
    }
    labels = [str(label) for block in blocks for label in block["pattern"].values]
    coords = {"pattern": labels} | {name: ("pattern", row) for name, row in numbers.items()}
    values = np.concatenate([block.values for block in blocks])
    return xr.DataArray(values, dims=blocks[0].dims, coords=coords)


def _pixel_positions(size: Size, obj: str) -> list[np.ndarray]:
    """Return the positions of the pixels along each axis, 0 in the middle."""
    lengths = (size,) if isinstance(size, int) else size
    counts = [check_whole_number(n, f"{obj}, size") for n in lengths]
    return [np.arange(n) - (n - 1) / 2 for n in counts]


def _repeat_rows(rows: list[np.ndarray], size: Size) -> list[np.ndarray]:
    """Return rows as images of equal rows if `size` is that of an image."""
    return rows if isinstance(size, int) else [np.tile(row, (size[0], 1)) for row in rows]


def _label_patterns(values: Any, name: str, numbers: Sequence[float] | np.ndarray) -> xr.DataArray:
    """Return patterns with the coordinate that tells them apart."""
    array = np.asarray(values, dtype=float)
    coordinate = to_floats(numbers, f"patterns, {name}", StimulusError)
    coords = {"pattern": label_conditions({name: coordinate}), name: ("pattern", coordinate)}
    return xr.DataArray(array, dims=("pattern", *AXES[array.ndim - 1]), coords=coords)
