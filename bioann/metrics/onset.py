"""Where responses begin: what there is below a level of a weighted sum, and how it starts above."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import xarray as xr

from bioann.metrics.select import at_levels, mean_where
from bioann.units import Description


def weighted(stimulus: xr.DataArray, weights: Mapping[str, float]) -> xr.DataArray:
    """Add channels up.

    Parameters
    ----------
    stimulus : xarray.DataArray
        With the dimension ``channel``.
    weights : mapping of str to float
        By channel; the others do not count.

    Returns
    -------
    xarray.DataArray
        Without ``channel``.
    """
    parts = [w * stimulus.sel(channel=c, drop=True) for c, w in weights.items()]
    return sum(parts[1:], parts[0])


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class HighestBelow(Description):
    """The highest mean response to a weighted sum below some level.

    A measure for `bioann.metrics.one_half`.

    Parameters
    ----------
    along : mapping of str to float
        The weights of the channels.
    below : float
        The level.
    where : mapping of str to float
        Levels at which channels are held.
    hertz : float, optional
        What activation 1 is given as.
    """

    along: Mapping[str, float]
    below: float
    where: Mapping[str, float]
    hertz: float = 1.0

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return it; NaN where there is no such condition."""
        low = (weighted(stimulus, self.along) < self.below).values
        kept = np.flatnonzero(low & at_levels(stimulus, self.where))
        if not len(kept):
            return response.isel(condition=0, drop=True) * np.nan
        return response.isel(condition=kept).max("condition") * self.hertz


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class OnsetRatio(Description):
    """The mean response of one match in a band of a weighted sum, over that of another.

    A measure for `bioann.metrics.one_half`, of a whole pair.

    Parameters
    ----------
    of, over : str
        The two matches.
    along : mapping of str to float
        The weights of the channels.
    band : tuple of float
        Levels between which the sum lies.
    where : mapping of str to float
        Levels at which channels are held.
    """

    of: str
    over: str
    along: Mapping[str, float]
    band: tuple[float, float]
    where: Mapping[str, float]

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the ratio."""
        total = weighted(stimulus, self.along)
        inside = (total > self.band[0]) & (total < self.band[1])
        rate = mean_where(response, inside.values & at_levels(stimulus, self.where))
        return rate.sel(match=self.of) / rate.sel(match=self.over)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LargestDifference(Description):
    """The largest difference from the other over conditions, in percent of its highest response.

    Parameters
    ----------
    where : mapping of str to float
        Levels at which channels are held.
    """

    where: Mapping[str, float]

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return it; NaN where there is no such condition."""
        kept = np.flatnonzero(at_levels(stimulus, self.where))
        if not len(kept):
            return (bio - other).isel(condition=0, drop=True) * np.nan
        off = abs(bio - other).isel(condition=kept).max("condition")
        return 100 * off / other.isel(condition=kept).max("condition")
