"""A function of the responses that is computed in each trial, before trials are averaged."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError
from bioann.metrics.difference import ResponseFunction
from bioann.metrics.parametric import TrialQuantity, list_measure_options


@name_argument_errors
def bins_as_conditions(responses: xr.DataArray, start: float) -> xr.DataArray:
    """Return the response bins after a time as conditions, of a run with a single condition.

    A long stimulus that shows many patterns in turn, such as the tests after learning, becomes one
    condition for each pattern if the bins are as long as a pattern.

    Parameters
    ----------
    responses : xarray.DataArray
        With the dimensions ``condition``, of length 1, and ``time``, and any others.
    start : float
        In seconds; bins whose middle comes later are returned.

    Returns
    -------
    xarray.DataArray
        With one entry of ``condition`` for each bin, and without ``time``.

    Raises
    ------
    DescriptionError
        If there are several conditions.
    """
    if responses.sizes["condition"] != 1:
        raise DescriptionError(
            "bins_as_conditions",
            "one condition, whose bins become conditions",
            f"{responses.sizes['condition']} conditions",
            "Choose one: measure(...).at_levels(...).",
        )
    course = responses.isel(condition=0, drop=True)
    late = course.isel(time=np.flatnonzero(course.time > start)).drop_vars("time")
    return late.rename(time="condition")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class InEachTrial(TrialQuantity):
    """A function of the responses in each trial, whose mean over trials is the measure.

    For ``MeanResponse(of=...)``, where the average over trials would hide what is measured: maps
    that order themselves in another direction in every trial, or choices.

    Parameters
    ----------
    function : callable
        ``function(response, stimulus)``, which does not read the stimulus.
    start : float, optional
        The response bins after this time, in seconds, are the conditions (`bins_as_conditions`).
    """

    function: ResponseFunction
    start: float | None = None

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`: limits and unit are those of the function."""
        declared = list_measure_options(self.function)
        options: dict[str, Any] = {
            "per": "pair",
            "over": "window" if self.start is None else "time",
        }
        return options | {k: declared[k] for k in ("limits", "unit", "note") if k in declared}

    def __call__(self, responses: xr.DataArray) -> xr.DataArray:
        """Return the value of each trial, as the only condition."""
        if self.start is not None:
            responses = bins_as_conditions(responses, self.start)
        return self.function(responses, responses).expand_dims("condition")
