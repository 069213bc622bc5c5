"""Which of several families of curves describes a response curve, by an information criterion."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import xarray as xr

from bioann.base.units import Description
from bioann.metrics.information_criteria import CurveFamily, aicc
from bioann.metrics.metric import Metric
from bioann.metrics.selection import condition_levels

#: A misfit below this share of the largest response is rounding.
ROUNDING = 1e-6


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AiccDifference(Description):
    """How much worse one family describes a response curve than the best of the others.

    The residual is what the least squares over all curves of a family and their height leave. The
    value is the AICc (see `bioann.metrics.information_criteria`) of the family minus the smallest
    of the others: below zero the family is the best.

    Parameters
    ----------
    family : str
        Which one.
    families : mapping of str to Family
        All of them.
    along : str
        The channel, or the coordinate of the conditions, that is the input of the curves.
    """

    family: str
    families: Mapping[str, CurveFamily]
    along: str

    @cached_property
    def _curve_cache(self) -> dict[bytes, dict[str, np.ndarray]]:
        return {}

    def _normalised_curves(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Give the curves of every family at `x`, each of length one: shape (curve, point)."""
        if x.tobytes() not in self._curve_cache:
            found = {}
            for name, family in self.families.items():
                drawn = np.array([curve(x) for curve in family.curves], dtype=float)
                size = np.linalg.norm(drawn, axis=1, keepdims=True)
                found[name] = drawn / np.where(size > 0, size, 1.0)
            self._curve_cache[x.tobytes()] = found
        return self._curve_cache[x.tobytes()]

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the difference of the AICc; NaN with too few points."""
        response = bio.transpose("condition", ...)
        x = np.round(condition_levels(stimulus, self.along), 12)
        n = len(x)
        shape = response.isel(condition=0, drop=True)
        if n < max(f.n_parameters for f in self.families.values()) + 4:
            return shape * np.nan
        y = response.values.reshape(n, -1)
        whole = (y**2).sum(axis=0)
        least = n * (ROUNDING * np.abs(y).max(axis=0)) ** 2
        found = {}
        for name, curves in self._normalised_curves(x).items():
            along = np.maximum(curves @ y, 0.0).max(axis=0)
            k = self.families[name].n_parameters + 1
            left = np.maximum(whole - along**2, np.maximum(least, 1e-300))
            found[name] = aicc(left, n, k)
        own = found.pop(self.family)
        best = np.min(list(found.values()), axis=0)
        return shape.copy(data=(own - best).reshape(shape.shape))


def aicc_metrics(families: Mapping[str, CurveFamily], along: str) -> dict[str, Metric]:
    """Make a metric of each family: how much worse it describes biology than the best of the rest.

    Parameters
    ----------
    families : mapping of str to Family
        All of them.
    along : str
        The channel, or the coordinate of the conditions, that is the input of the curves.

    Returns
    -------
    dict of str to Metric
        By family; "step above the best" is the name of that of a step.
    """
    return {
        name: Metric(
            f"{name} above the best", AiccDifference(name, families, along), np.nan, alone=True
        )
        for name in families
    }
