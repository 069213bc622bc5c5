"""Which of several families of curves describes a response curve, by an information criterion."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import xarray as xr

from bioann.base.description import Description
from bioann.metrics.information_criteria import CurveFamily, aicc
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
        Name of the family that is judged.
    families : mapping of str to CurveFamily
        All families by name, `family` among them.
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
        """Return the curves of every family at `x`, each of length one: shape (curve, point)."""
        if x.tobytes() not in self._curve_cache:
            curves_by_family = {}
            for name, family in self.families.items():
                curves = np.array([curve(x) for curve in family.curves], dtype=float)
                norm = np.linalg.norm(curves, axis=1, keepdims=True)
                curves_by_family[name] = curves / np.where(norm > 0, norm, 1.0)
            self._curve_cache[x.tobytes()] = curves_by_family
        return self._curve_cache[x.tobytes()]

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the difference of the AICc; NaN with too few points."""
        response = response.transpose("condition", ...)
        x = np.round(condition_levels(stimulus, self.along), 12)
        n = len(x)
        template = response.isel(condition=0, drop=True)
        if n < max(f.n_parameters for f in self.families.values()) + 4:
            return template * np.nan
        y = response.values.reshape(n, -1)
        total_square = (y**2).sum(axis=0)
        rounding_square = n * (ROUNDING * np.abs(y).max(axis=0)) ** 2
        aicc_by_family = {}
        for name, curves in self._normalised_curves(x).items():
            projection = np.maximum(curves @ y, 0.0).max(axis=0)
            k = self.families[name].n_parameters + 1
            residual = np.maximum(total_square - projection**2, np.maximum(rounding_square, 1e-300))
            aicc_by_family[name] = aicc(residual, n, k)
        family_aicc = aicc_by_family.pop(self.family)
        best_other = np.min(list(aicc_by_family.values()), axis=0)
        return template.copy(data=(family_aicc - best_other).reshape(template.shape))
