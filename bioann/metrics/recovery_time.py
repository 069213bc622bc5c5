"""Time constant with which a response recovers, probed at several times."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.metrics.difference import ResponseFunction, combine_measure_options
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RecoveryTime(ParametricMetric):
    r"""Time constant in ms with which what is missing of a response decays.

    .. math:: 1 - \frac{r(d)}{r_0} \propto e^{-d / \tau}

    A measure for `bioann.measure`, by a straight line through the logarithm of what is missing of
    the response :math:`r(d)` to a probe after each delay; :math:`r_0` is the response at rest.

    Parameters
    ----------
    baseline : callable
        ``function(response, stimulus)``: the response that recovery leads back to.
    probes : mapping of float to callable
        By delay in seconds, at least two, ``function(response, stimulus)`` of the same kind.
    """

    baseline: ResponseFunction
    probes: Mapping[float, ResponseFunction]

    def check(self) -> None:
        """Raise `DescriptionError` for fewer than two delays."""
        if len(self.probes) < 2:
            raise DescriptionError(
                "RecoveryTime, probes",
                "at least two delays",
                f"{list(self.probes)}",
                "Probe the recovery once more, later.",
            )

    def measure_options(self) -> dict[str, Any]:
        """Return the options that all functions declare, and the unit."""
        options = combine_measure_options(self.baseline, *self.probes.values())
        return options | {"unit": "ms", "note": "needs a response that is not recovered"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the time constant; NaN where nothing is missing of a response."""
        baseline, delays = self.baseline(response, stimulus), np.array(list(self.probes))
        centred = delays - delays.mean()
        slope = xr.zeros_like(baseline)
        for delay, probe in zip(centred, self.probes.values(), strict=True):
            missing = 1 - probe(response, stimulus) / baseline
            logarithm = xr.apply_ufunc(np.log, missing.where(missing > 0))
            slope = slope + delay * logarithm / float((centred**2).sum())
        return -1e3 / slope
