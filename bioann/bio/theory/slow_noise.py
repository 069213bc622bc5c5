"""The rate of a cell in noise that is slow against its membrane."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from brian2 import amp

from bioann.base.units import SI, Description
from bioann.bio.cells.cell import Cell

#: Standard normal deviates that the noise is averaged over, and their shares.
DEVIATES = np.linspace(-4, 4, 161)
DEVIATE_WEIGHTS = np.exp(-(DEVIATES**2) / 2) / np.exp(-(DEVIATES**2) / 2).sum()


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
    centre, width = (np.asarray(current / amp)[..., None] for current in (mean, spread))
    level_values = np.asarray(levels / amp)
    square = np.interp(
        centre + width * DEVIATES, level_values, _squared_rates(cell, tuple(level_values)), left=0.0
    )
    return np.asarray(np.sqrt(square) @ DEVIATE_WEIGHTS)


@functools.cache
def _squared_rates(cell: Cell, levels: tuple[float, ...]) -> np.ndarray:
    """Solve for the rate at levels in ampere, once; square it."""
    return cell.rate(np.array(levels) * amp) ** 2


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SlowNoise(Description):
    """The rate of a cell in slow noise as an answer to stimuli, for a `bioann.FunctionModel`.

    Parameters
    ----------
    cell : Cell
        The cell.
    mean : mapping of str to float
        Weights of the channels whose sum is the mean current.
    noise : str
        The channel whose activation is the variance of the current.
    spread : float
        Standard deviation of the current where that is 1.
    levels : sequence of float
        Currents, ascending, at which the noise-free rate is solved.
    unit : quantity
        What all these currents are given in.
    hertz : float
        Rate that activation 1 stands for.
    copies : int, optional
        How many units give this answer.
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
