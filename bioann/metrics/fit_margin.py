"""Which of several families of curves describes a response curve, by an information criterion."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import xarray as xr

from bioann.base.units import Description
from bioann.metrics.information_criteria import Family, aicc
from bioann.metrics.metric import Metric
from bioann.metrics.selection import level_of

#: A misfit below this share of the largest response is rounding.
ROUNDING = 1e-6


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Margin(Description):
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
    families: Mapping[str, Family]
    along: str

    @cached_property
    def _nets(self) -> dict[bytes, dict[str, np.ndarray]]:
        return {}

    def _net(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Give the curves of every family at `x`, each of length one: shape (curve, point)."""
        if x.tobytes() not in self._nets:
            found = {}
            for name, family in self.families.items():
                drawn = np.array([curve(x) for curve in family.curves], dtype=float)
                size = np.linalg.norm(drawn, axis=1, keepdims=True)
                found[name] = drawn / np.where(size > 0, size, 1.0)
            self._nets[x.tobytes()] = found
        return self._nets[x.tobytes()]

    def __call__(
        self, bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
    ) -> xr.DataArray:
        """Return the difference of the AICc; NaN with too few points."""
        response = bio.transpose("condition", ...)
        x = np.round(level_of(stimulus, self.along), 12)
        n = len(x)
        shape = response.isel(condition=0, drop=True)
        if n < max(f.parameters for f in self.families.values()) + 4:
            return shape * np.nan
        y = response.values.reshape(n, -1)
        whole = (y**2).sum(axis=0)
        least = n * (ROUNDING * np.abs(y).max(axis=0)) ** 2
        found = {}
        for name, curves in self._net(x).items():
            along = np.maximum(curves @ y, 0.0).max(axis=0)
            k = self.families[name].parameters + 1
            left = np.maximum(whole - along**2, np.maximum(least, 1e-300))
            found[name] = aicc(left, n, k)
        own = found.pop(self.family)
        best = np.min(list(found.values()), axis=0)
        return shape.copy(data=(own - best).reshape(shape.shape))


def margins(families: Mapping[str, Family], along: str) -> dict[str, Metric]:
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
        name: Metric(f"{name} above the best", Margin(name, families, along), np.nan, alone=True)
        for name in families
    }
