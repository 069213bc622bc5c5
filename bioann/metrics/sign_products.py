"""Of an output and a weight, whether the sign of their product is what reaches the receiver."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bioann.metrics.input_effects import effect_of_level
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CorrectSignProducts(ParametricMetric):
    """How many products of the signs of an output and of a weight come out right.

    For `bioann.measure`. Right means the right sign, and at least some size.

    Parameters
    ----------
    weight_signs : mapping of str to int
        Sign of the weight of each channel.
    output : float
        The output that is sent through each, once positive and once negative.
    min_effect : float
        The smallest effect that counts, in activation.
    """

    weight_signs: Mapping[str, int]
    output: float
    min_effect: float

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        n = 2 * len(self.weight_signs)
        return {"best": float(n), "unit": f"of {n}", "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return a number from 0 to twice that of the channels."""
        signed_effects = [
            np.sign(output) * sign * effect_of_level(response, stimulus, channel, output)
            for channel, sign in self.weight_signs.items()
            for output in (-self.output, self.output)
        ]
        is_correct = xr.concat([s >= self.min_effect for s in signed_effects], "product")
        return is_correct.sum("product").astype(float)
