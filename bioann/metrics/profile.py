"""How the responses of several matches follow a profile over them, such as a tuning curve."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.annotations import is_real_number
from bioann.base.errors import DescriptionError
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class _ProfileMetric(ParametricMetric):
    """Base of the measures that compare responses with a profile."""

    profile: Mapping[str, float]

    def check(self) -> None:
        """Raise `DescriptionError` unless the profile has two different values, and a mean."""
        values = list(self.profile.values())
        are_real = all(is_real_number(value) and np.isfinite(value) for value in values)
        # A mean that is 0 up to rounding would divide rounding errors.
        if not are_real or len(set(values)) < 2 or abs(sum(values)) < 1e-9 * sum(map(abs, values)):
            raise DescriptionError(
                f"{type(self).__name__}, profile",
                "a number for each match, not all the same, whose mean is not 0",
                repr(dict(self.profile)),
                f"Write {type(self).__name__}({{'a': 0.5, 'b': 1.5}}).",
            )

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "note": "needs responses whose mean is not 0"}

    def compare_profiles(self, response: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
        """Return the deviations of the responses, and of the profile, relative to their means."""
        profile = xr.DataArray(list(self.profile.values()), dims="match")
        mean = response.mean("condition").sel(match=list(self.profile)).drop_vars("match")
        level = mean.mean("match")
        return mean / level.where(level != 0) - 1, profile / profile.mean() - 1


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ProfileSlope(_ProfileMetric):
    r"""Slope of the responses against a profile, both relative to their mean over the matches.

    .. math:: \frac{\sum_k (r_k / \bar r - 1)(p_k / \bar p - 1)}{\sum_k (p_k / \bar p - 1)^2}

    A measure of a pair for `bioann.measure`: 0 if the responses are all the same or vary in another
    way, and 1 if they are proportional to the profile.

    Parameters
    ----------
    profile : mapping of str to float
        The profile :math:`p_k`, by name of the match.
    """

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the slope of the mean over conditions."""
        response, profile = self.compare_profiles(response)
        return xr.dot(response, profile, dim="match") / float((profile**2).sum())


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ProfileCorrelation(_ProfileMetric):
    """Pearson's correlation over matches of the responses with a profile.

    A measure of a pair for `bioann.measure`. The sign of the responses does not count: negative
    weights follow a positive profile.

    Parameters
    ----------
    profile : mapping of str to float
        The profile, by name of the match.
    """

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        note = "needs responses that differ and whose mean is not 0"
        return super().measure_options() | {"limits": (-1.0, 1.0), "note": note}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the correlation of the mean over conditions."""
        response, profile = self.compare_profiles(response)
        size = (response**2).sum("match", skipna=False) * float((profile**2).sum())
        return xr.dot(response, profile, dim="match") / np.sqrt(size.where(size > 0))
