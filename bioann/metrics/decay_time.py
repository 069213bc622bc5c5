"""How long a response lasts after its input has ended."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DecayTime(ParametricMetric):
    r"""Mean time in ms, from `start` on, at which what is left of a response occurs.

    .. math:: \frac{\int_{t_0}^{t_1} (t - t_0) \, r(t) \, dt}{\int_{t_0}^{t_1} r(t) \, dt}

    A measure of time courses for `bioann.measure`. Of an exponential decay it is the time constant,
    up to what is missing after `stop`; unlike a fit, it needs no model of the decay.

    Parameters
    ----------
    start, stop : float
        Bounds :math:`t_0` and :math:`t_1` in seconds, on edges of the response bins; many time
        constants apart.
    """

    start: float
    stop: float

    def check(self) -> None:
        """Raise `DescriptionError` if no time lies between the bounds."""
        if not self.start < self.stop:
            raise DescriptionError(
                "DecayTime",
                "a start before the stop",
                f"start {self.start:g} s, stop {self.stop:g} s",
                "Exchange them, or move one.",
            )

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"over": "time", "unit": "ms", "note": "needs a response between start and stop"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the time in ms; NaN where there is no response."""
        inside = (response.time > self.start) & (response.time < self.stop)
        course = response.isel(time=np.flatnonzero(inside)).mean("condition")
        total = course.sum("time", skipna=False)
        delay = (course * (course.time - self.start)).sum("time", skipna=False)
        return 1e3 * delay / total.where(total > 0)
