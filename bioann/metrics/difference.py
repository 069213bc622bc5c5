"""The difference of two measures of one response."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

import xarray as xr

from bioann.base.units import Description

#: ``function(response, stimulus) -> value``, with the arrays of `bioann.metrics.metric.Metric`.
ResponseFunction: TypeAlias = Callable[[xr.DataArray, xr.DataArray], xr.DataArray]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Difference(Description):
    """One function of a response minus another.

    Parameters
    ----------
    function, minus : callable
        ``function(response, stimulus)``, both in the same unit.
    """

    function: ResponseFunction
    minus: ResponseFunction

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the difference."""
        return self.function(response, stimulus) - self.minus(response, stimulus)
