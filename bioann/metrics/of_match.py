"""A function of the response of one match, as a measure of the whole pair."""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr

from bioann.metrics.difference import ResponseFunction
from bioann.metrics.parametric import ParametricMetric, list_measure_options


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class OfMatch(ParametricMetric):
    """A function of the response of one match, to relate it to that of another.

    ``Difference(OfMatch(midpoint, "double"), OfMatch(midpoint, "single"))`` is by how much the
    midpoint of one match lies beyond that of the other, a measure of the whole pair.

    Parameters
    ----------
    function : callable
        Measure ``function(response, stimulus)`` that reads the chosen match.
    match : str
        Name of the match.
    """

    function: ResponseFunction
    match: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options that the function declares, per pair."""
        return list_measure_options(self.function) | {"per": "pair"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the value."""
        return self.function(response.sel(match=self.match, drop=True), stimulus)
