"""The rate of a cell in noise that is slow against its membrane."""

from __future__ import annotations

import functools

import numpy as np
from brian2 import amp

from bioann.bio.cells.cell import Cell
from bioann.units import SI

#: Standard normal deviates that the noise is averaged over, and their shares.
Z = np.linspace(-4, 4, 161)
SHARES = np.exp(-(Z**2) / 2) / np.exp(-(Z**2) / 2).sum()


def slow_noise_rate(cell: Cell, mean: SI, spread: SI, levels: SI) -> np.ndarray:
    """Average the noise-free rate over a Gaussian current, as if each value of it stayed.

    The noise-free rate is solved at some levels, and its square is interpolated between them:
    above a saddle-node on an invariant circle that begins as a line.

    Parameters
    ----------
    cell : Cell
        The cell.
    mean, spread : quantity, any shape
        Mean and standard deviation of the current.
    levels : quantity, shape (level,)
        Currents, ascending; below the first the cell is silent.

    Returns
    -------
    numpy.ndarray
        Rate in Hz, of the shape of `mean`.
    """
    at, wide = (np.asarray(current / amp)[..., None] for current in (mean, spread))
    known = np.asarray(levels / amp)
    square = np.interp(at + wide * Z, known, _squares(cell, tuple(known)), left=0.0)
    return np.asarray(np.sqrt(square) @ SHARES)


@functools.cache
def _squares(cell: Cell, levels: tuple[float, ...]) -> np.ndarray:
    """Solve for the rate at levels in ampere, once; square it."""
    return cell.rate(np.array(levels) * amp) ** 2
