"""Topographic order of the responses of neurons on a line, a ring or a grid."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import DescriptionError
from bioann.metrics.parametric import ParametricMetric


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TopographicError(ParametricMetric):
    """Share of the stimuli whose two largest responses are not of neighbours (Kiviluoto 1996).

    For `bioann.measure`. Neighbours share a side or a corner; in an ordered map it is near 0, and
    among `n` places on a ring without order 1 - 2 / (n - 1). `bioann.training.topographic_error` is
    the same of the weights of a self-organising map.

    Parameters
    ----------
    shape : tuple of int
        Number of matches along each axis of the map; the matches of the pair are its places, the
        last axis fastest.
    on_ring : bool, optional
        Whether the last place of an axis is a neighbour of the first.
    """

    shape: tuple[int, ...]
    on_ring: bool = False

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"per": "pair", "limits": (0.0, 1.0), "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the share; conditions without any response do not count."""
        if math.prod(self.shape) != response.sizes["match"]:
            raise DescriptionError(
                "TopographicError, shape",
                f"{response.sizes['match']} places, one per match",
                f"{self.shape}",
                "Give the number of matches along each axis.",
            )
        is_error = xr.apply_ufunc(self._mark_errors, response, input_core_dims=[["match"]])
        return is_error.mean("condition")

    def _mark_errors(self, values: np.ndarray) -> np.ndarray:
        largest_two = np.argsort(values, axis=-1)[..., -2:]
        distances = []
        for places, n in zip(np.unravel_index(largest_two, self.shape), self.shape, strict=True):
            distance = abs(np.diff(places, axis=-1))[..., 0]
            distances.append(np.minimum(distance, n - distance) if self.on_ring else distance)
        is_error = np.max(distances, axis=0) > 1
        return np.where(values.max(axis=-1) > 0, is_error.astype(float), np.nan)
