"""Firing rate of a cell in noise that is slow compared with its membrane."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from brian2 import amp

from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.units import SI
from bioann.bio.cells.cell import Cell

#: Standard normal deviates that the noise is averaged over, and their weights.
DEVIATES = np.linspace(-4, 4, 161)
DEVIATE_WEIGHTS = np.exp(-(DEVIATES**2) / 2) / np.exp(-(DEVIATES**2) / 2).sum()


@name_argument_errors
def slow_noise_rate(cell: Cell, mean: SI, spread: SI, levels: SI) -> np.ndarray:
    """Average the noise-free rate over a Gaussian current, as if each of its values lasted.

    The noise-free rate is solved at some levels and its square is interpolated between them,
    because above a saddle-node on an invariant circle the square starts as a line.

    Parameters
    ----------
    cell : Cell
        The cell model that receives the current.
    mean, spread : quantity, any shape
        Mean and standard deviation of the current.
    levels : quantity, shape (level,)
        Currents at which the rate is solved, ascending; below the first the cell is silent.

    Returns
    -------
    numpy.ndarray
        Rate in Hz, of the shape of `mean`.
    """
    centre, width = (np.asarray(current / amp)[..., None] for current in (mean, spread))
    level_values = np.asarray(levels / amp)
    square = np.interp(
        centre + width * DEVIATES, level_values, _squared_rates(cell, tuple(level_values)), left=0.0
    )
    return np.asarray(np.sqrt(square) @ DEVIATE_WEIGHTS)


@functools.cache
def _squared_rates(cell: Cell, levels: tuple[float, ...]) -> np.ndarray:
    """Compute the squared rate at levels in ampere; later calls reuse it."""
    return cell.rate(np.array(levels) * amp) ** 2


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SlowNoise(Description):
    """Response of a cell in slow noise to stimuli, for a `bioann.FunctionModel`.

    Parameters
    ----------
    cell : Cell
        The cell model that receives the current.
    mean : mapping of str to float
        Weight of each channel in the mean current, in `unit`.
    noise : str
        Name of the channel whose activation is the variance of the current.
    spread : float
        Standard deviation of the current in `unit` where that activation is 1.
    levels : sequence of float
        Currents in `unit`, ascending, at which the noise-free rate is solved.
    unit : quantity
        Unit of all these currents.
    hertz : float
        Rate in Hz that corresponds to activation 1.
    copies : int, optional
        Number of units with this response.
    """

    cell: Cell
    mean: Mapping[str, float]
    noise: str
    spread: float
    levels: Sequence[float] | np.ndarray
    unit: SI
    hertz: float
    copies: int = 1

    def __call__(self, stimulus: xr.DataArray, rng: np.random.Generator) -> np.ndarray:
        """Return the activations, which are the same in all trials."""
        first, *others = (w * stimulus.sel(channel=c, drop=True) for c, w in self.mean.items())
        mean = sum(others, first).values
        spread = (self.spread * stimulus.sel(channel=self.noise) ** 0.5).values
        currents = (x * self.unit for x in (mean, spread, np.asarray(self.levels)))
        rate = slow_noise_rate(self.cell, *currents) / self.hertz
        return np.repeat(rate[..., None], self.copies, axis=-1)
